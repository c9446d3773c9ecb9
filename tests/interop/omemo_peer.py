#!/usr/bin/python3
"""An XMPP client not written here: slixmpp with python-omemo, both OMEMO versions. One JSON object a line.

  omemo_peer.py --jid alice@example.org --password-file FILE --host 127.0.0.1 --port 5222 --ca ca.pem
                [--versions omemo2,axolotl | none] [--store FILE] [--resource NAME]

commands on stdin   {"cmd":"send","to":JID,"body":TEXT,"version":null|"axolotl"|"omemo2","tag":ANY,"about":ABOUT}
                    {"cmd":"send","to":ROOM,"members":[JID],…}  into a room
                    {"cmd":"join","room":JID,"nick":NAME}
                    {"cmd":"plain","to":JID,"body":TEXT}      unencrypted
                    {"cmd":"raw","xml":TEXT}                  bytes for the stream, as they are
                    {"cmd":"devices","jid":JID}               asks the server for the lists and bundles
                    {"cmd":"iq","type":"get"|"set","to":JID|null,"xml":PAYLOAD,"tag":ANY}
                    {"cmd":"send_file","to":JID,"path":FILE,"service":JID,"version":…,"tag":ANY}  XEP-0363, then as its version has it
                    {"cmd":"fetch","file":FILE,"path":FILE,"tag":ANY}  what a message brought; decrypted and checked
                    {"cmd":"quit"}
ABOUT, of messages too: {"replace"|"retract"|"displayed"|"reply": ID, "reactions": [ID, EMOJI, …]}; of those heard also {"state": "composing"|…}
FILE: {"url","key","iv"} and, if the sender said so, {"name","size","sha256"}
events on stdout    ready, file, fetched, message, annotation (one without body), plain, empty, empty_sent, undecryptable, sent, devices, receipt, iq, error, bye
"""
import argparse
import asyncio
import json
import secrets
import sys
import time
import warnings
import xml.etree.ElementTree as ET

warnings.simplefilter("ignore", DeprecationWarning)
import slixmpp  # noqa: E402
from slixmpp import JID  # noqa: E402
from slixmpp.exceptions import IqError, IqTimeout  # noqa: E402
from slixmpp.xmlstream.handler import Callback  # noqa: E402
from slixmpp.xmlstream.matcher import MatchXPath  # noqa: E402

from omemo import DeviceListDownloadFailed  # noqa: E402
from annotations import annotate, annotations, ask_for_markers, own_text  # noqa: E402
from files import download, file_in, sharing, upload  # noqa: E402
from omemo_pep import ETREE, LIST_NODE, NAME, NAMESPACE, FileStorage, backends, make_manager  # noqa: E402

SCE, CLIENT = "urn:xmpp:sce:1", "jabber:client"
START = time.monotonic()


def emit(event, **fields):
    print(json.dumps({"event": event, "t": round(time.monotonic() - START, 3), **fields}), flush=True)


class Peer(slixmpp.ClientXMPP):
    def __init__(self, options, password):
        super().__init__(f"{options.jid}/{options.resource}", password)
        self.options, self.lock, self.manager = options, asyncio.Lock(), None
        self.ready = asyncio.Event()
        self.occupants = {}  # room/nick -> the real bare JID
        self.add_event_handler("presence", self.on_presence)
        self.versions = [] if options.versions == "none" else options.versions.split(",")
        for plugin in ("xep_0004", "xep_0030", "xep_0060", "xep_0115", "xep_0163", "xep_0184", "xep_0199", "xep_0280",
                       "xep_0334", "xep_0380"):
            self.register_plugin(plugin)
        for version in self.versions:
            node = LIST_NODE[version]
            self["xep_0060"].map_node_event(node, "list_" + version)
            self["xep_0163"].add_interest(node)
            self.add_event_handler(f"list_{version}_publish", lambda event, v=version: self.spawn(self.on_list(v, event)))
        self.add_event_handler("session_start", lambda _: self.spawn(self.on_start()))
        self.add_event_handler("message", lambda message: self.spawn(self.on_message(message)))
        for version in self.versions:  # slixmpp has no event for a message without body, and empty messages have none
            path = MatchXPath(f"{{{CLIENT}}}message/{{{NAMESPACE[version]}}}encrypted")
            self.register_handler(Callback(f"empty {version}", path, self.on_encrypted))
        self.add_event_handler("carbon_sent", lambda m: self.spawn(self.on_message(m["carbon_sent"], copied=True)))
        self.add_event_handler("carbon_received", lambda m: self.spawn(self.on_message(m["carbon_received"], copied=True)))
        self.add_event_handler("receipt_received", lambda m: emit("receipt", sender=m["from"].bare, id=m["receipt"]))
        self.add_event_handler("failed_auth", lambda _: emit("error", error="authentication failed"))
        self.add_event_handler("disconnected", lambda _: emit("bye"))

    @staticmethod
    def spawn(work):
        async def guarded():
            try:
                await work
            except Exception as failure:
                emit("error", error=repr(failure))
        asyncio.ensure_future(guarded())

    # --- coming up
    async def on_start(self):
        await self.get_roster()
        about = {}
        if self.versions:
            store = FileStorage(self.options.store)
            async with self.lock:
                self.manager = await make_manager(self, self.options.jid, emit).create(
                    backends(self.versions, store), store, self.boundjid.bare, None, "undecided")
                own, _ = await self.manager.get_own_device_information()
            about = dict(device=own.device_id, fingerprint=fingerprint(self.manager, own))
        if self.options.carbons:
            await self["xep_0280"].enable()
        self.send_presence()
        if self.manager:
            await asyncio.sleep(0.3)  # offline messages come first
            async with self.lock:
                await self.manager.after_history_sync()
        emit("ready", jid=str(self.boundjid), **about)
        self.ready.set()

    # --- hearing
    async def on_list(self, version, event):
        await self.ready.wait()
        for item in event["pubsub_event"]["items"]:
            devices = ETREE[version].parse_device_list(item["payload"])
            async with self.lock:
                await self.manager.update_device_list(NAMESPACE[version], event["from"].bare or self.boundjid.bare, devices)

    def on_presence(self, presence):
        user = presence.xml.find("{http://jabber.org/protocol/muc#user}x")
        item = None if user is None else user.find("{http://jabber.org/protocol/muc#user}item")
        if item is None:
            return
        if item.get("jid"):
            self.occupants[str(presence["from"])] = JID(item.get("jid")).bare
        codes = [int(status.get("code")) for status in user.findall("{http://jabber.org/protocol/muc#user}status")]
        emit("occupant", room=presence["from"].bare, nick=presence["from"].resource, codes=codes,
             gone=presence["type"] == "unavailable", jid=self.occupants.get(str(presence["from"])))

    def on_encrypted(self, message):
        if message.xml.find(f"{{{CLIENT}}}body") is None:
            self.spawn(self.on_message(message))

    async def on_message(self, message, copied=False):
        of_room = message["type"] == "groupchat"
        writer = self.occupants.get(str(message["from"]), "") if of_room else message["from"].bare
        if of_room and writer in ("", self.boundjid.bare):
            return  # the room itself, or our own words back
        about = dict(sender=writer, room=message["from"].bare if of_room else None, id=message["id"], hint=message["body"],
                     to=message["to"].bare, copied=copied,
                     wants_receipt=message.xml.find("{urn:xmpp:receipts}request") is not None)
        if message["type"] == "error":
            return emit("error", error="bounced", xml=str(message))
        while self.versions and self.manager is None:
            await asyncio.sleep(0.02)
        elements = {v: message.xml.find(f"{{{NAMESPACE[v]}}}encrypted") for v in self.versions}
        version = next((v for v, element in elements.items() if element is not None), None)
        if version is None:
            if message["body"]:
                emit("plain", body=message["body"], **about)
            return
        try:
            async with self.lock:
                content, body, device = await self.decrypt(version, elements[version], writer)
        except Exception as failure:
            return emit("undecryptable", error=repr(failure), version=version, **about)
        about.update(version=version, fingerprint=fingerprint(self.manager, device), device=device.device_id)
        said = annotations(message.xml if content is None else content)
        file = file_in(body, content)
        if file:
            return emit("file", file=file, body=body, **about)
        if body is None and not said:
            return emit("empty", **about)
        text, quote = own_text(body, message.xml if content is None else content)
        emit("annotation" if body is None else "message", body=text, quote=quote, about=said, **about)

    async def decrypt(self, version, element, sender):
        if version == "omemo2":
            message = ETREE[version].parse_message(element, sender)
        else:
            message = await ETREE[version].parse_message(element, sender, self.boundjid.bare, self.manager)
        plaintext, device = (await self.manager.decrypt(message))[:2]
        if plaintext is None:
            return None, None, device
        text = plaintext.decode()
        if version != "omemo2":
            return None, text, device
        content = open_envelope(text, sender)
        body = content.find(f"{{{CLIENT}}}body")
        return content, None if body is None else body.text, device

    # --- speaking
    async def send_file(self, to, path, service, version=None, tag=None):
        """The bytes go to the server first, then the word of where they are."""
        file = await upload(self, path, service, self.options.ca)
        link = f"aesgcm{file['url'][5:]}#{file['iv']}{file['key']}"
        await self.send_encrypted(to, link, version, tag, file=file)

    async def send_encrypted(self, to, body, version=None, tag=None, about=None, members=None, file=None):
        order = [NAMESPACE[v] for v in ([version] if version else self.versions)]
        message = self.make_message(mto=JID(to), mtype="groupchat" if members else "chat")
        message["id"] = secrets.token_hex(8)
        plaintexts = {NAMESPACE["axolotl"]: body.encode(), NAMESPACE["omemo2"]: self.envelope(body, to, about, file)}
        async with self.lock:
            for reader in members or [to]:
                await self.refresh_lists(reader, order)
            encrypted, errors = await self.manager.encrypt(frozenset(members or {to}), {n: plaintexts[n] for n in order},
                                                           backend_priority_order=order)
        message["body"] = "This message is OMEMO encrypted."
        message["eme"]["namespace"] = order[0]
        for part in encrypted:
            message.append(ETREE[NAME[part.namespace]].serialize_message(part))
        message.enable("store")
        if not members:
            message["request_receipt"] = True
        if NAME[order[0]] == "axolotl":  # beside the payload, as clients in use do it
            annotate(message.xml, about or {}, body)
            if body:
                ask_for_markers(message.xml)
        message.send()
        emit("sent", id=message["id"], to=to, tag=tag, errors=[repr(e) for e in errors],
             devices=sorted({key.device_id for part in encrypted for key, _ in part.keys}))

    async def refresh_lists(self, jid, namespaces):
        """A list that is closed to us is as good as none. Prosody says so to strangers of one that is not there, too."""
        for namespace in namespaces:
            try:
                await self.manager.refresh_device_list(namespace, jid)
            except DeviceListDownloadFailed:
                continue

    def envelope(self, body, to, about=None, file=None):
        root = ET.Element(f"{{{SCE}}}envelope")
        content = ET.SubElement(root, f"{{{SCE}}}content")
        if body:
            ET.SubElement(content, f"{{{CLIENT}}}body").text = body
        annotate(content, about or {}, body)
        if body:
            ask_for_markers(content)
        if file:
            content.extend(sharing(file))
        ET.SubElement(root, f"{{{SCE}}}rpad").text = secrets.token_hex(secrets.randbelow(100))
        ET.SubElement(root, f"{{{SCE}}}from", jid=self.boundjid.bare)
        ET.SubElement(root, f"{{{SCE}}}to", jid=to)
        ET.SubElement(root, f"{{{SCE}}}time", stamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        return ET.tostring(root)

    # --- commands
    async def obey(self, cmd, **arguments):
        if cmd == "send":
            await self.send_encrypted(**arguments)
        elif cmd == "send_file":
            await self.send_file(**arguments)
        elif cmd == "fetch":
            size = await download(arguments["file"], arguments["path"], self.options.ca)
            emit("fetched", size=size, tag=arguments["tag"])
        elif cmd == "join":
            self.send_raw(f"<presence to='{arguments['room']}/{arguments['nick']}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        elif cmd == "plain":
            self.send_message(mto=JID(arguments["to"]), mbody=arguments["body"], mtype="chat")
        elif cmd == "raw":
            self.send_raw(arguments["xml"])
        elif cmd == "devices":
            await self.list_devices(arguments["jid"])
        elif cmd == "iq":
            await self.send_iq(**arguments)
        elif cmd == "quit":
            self.disconnect(wait=1)
        else:
            raise ValueError("unknown command " + cmd)

    async def list_devices(self, jid):
        async with self.lock:
            await self.refresh_lists(jid, [NAMESPACE[version] for version in self.versions])
            devices = await self.manager.get_device_information(jid)
        emit("devices", jid=jid, devices=[
            dict(id=d.device_id, fingerprint=fingerprint(self.manager, d),
                 versions=[NAME[n] for n, active in d.active if active]) for d in devices])

    async def send_iq(self, type, xml, to=None, tag=None):
        iq = self.make_iq(itype=type, ito=JID(to) if to else None)
        iq.xml.append(ET.fromstring(xml))
        try:
            reply = await iq.send(timeout=10)
        except (IqError, IqTimeout) as failure:
            reply = failure.iq
        emit("iq", tag=tag, type=reply["type"], xml=ET.tostring(reply.xml, encoding="unicode"))


def fingerprint(manager, device):
    """As clients show it, of the Curve25519 form."""
    return "".join(manager.format_identity_key(device.identity_key))


def open_envelope(text, sender):
    root = ET.fromstring(text)
    assert root.tag == f"{{{SCE}}}envelope", "SCE: " + root.tag
    claimed = root.find(f"{{{SCE}}}from")
    assert claimed is not None and JID(claimed.get("jid")).bare == sender, "SCE: from"
    assert root.find(f"{{{SCE}}}rpad") is not None, "SCE: rpad"
    stamp = root.find(f"{{{SCE}}}time")
    assert stamp is None or stamp.get("stamp"), "SCE: time"
    return root.find(f"{{{SCE}}}content")


async def read_commands(peer):
    reader = asyncio.StreamReader(limit=1 << 20)  # bytes of one command
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await peer.ready.wait()
        try:
            await peer.obey(**json.loads(line))
        except Exception as failure:
            emit("error", error=repr(failure), command=line.decode().strip())
    peer.disconnect(wait=1)


def without_channel_binding(peer):
    """slixmpp 1.8 knows only tls-unique, which TLS 1.3 has not; so it must not claim to know any."""
    mechanisms = peer["feature_mechanisms"]
    mechanisms.use_mechs = {"SCRAM-SHA-256", "SCRAM-SHA-1"}
    ask = mechanisms.sasl_callback
    mechanisms.sasl_callback = lambda required, optional: {
        **ask(required, optional), **({"channel_binding": None} if "channel_binding" in optional else {})}


async def run(options, loop):
    with open(options.password_file, encoding="utf-8") as file:
        peer = Peer(options, file.read().strip())
    peer.ca_certs = options.ca
    without_channel_binding(peer)
    gone = loop.create_future()
    peer.add_event_handler("disconnected", lambda _: gone.done() or gone.set_result(None))
    peer.connect((options.host, options.port))
    commands = asyncio.ensure_future(read_commands(peer))
    await gone
    commands.cancel()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jid", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5222)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--versions", default="omemo2,axolotl", help="the first is preferred; none: without OMEMO")
    parser.add_argument("--store", help="a file that keeps the keys (default: memory)")
    parser.add_argument("--resource", default="peer")
    parser.add_argument("--carbons", action="store_true", help="copies of what the account's other clients say and get")
    options = parser.parse_args()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(run(options, loop))


if __name__ == "__main__":
    main()
