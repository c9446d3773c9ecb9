#!/usr/bin/python3
"""The interop client with two more talents: answering like the responder plugin, and asking fast.

  echo_peer.py ... as omemo_peer.py

commands on stdin   {"cmd":"echo"}                                      from now on answers "tell X" with "you said X"
                    {"cmd":"mirror"}                                    from now on sends the payload of each message back, unread
                    {"cmd":"prepare","to":JID,"version":V,"count":N}   after a first exchange by hand: encrypts N messages
                    {"cmd":"load","window":W}                           sends those, W under way at a time
events on stdout    echoing; mirroring; prepared; load: {"seconds", "latencies": [ms]} of the echoes

The messages of a load are encrypted before the clock starts, and the answers are counted in the bytes as they come (by their
payload element) and not read: the client is then no part of what is measured. After a load the stream is of no more use.
"""
import asyncio
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "interop"))
import omemo_peer  # noqa: E402
from omemo_peer import ETREE, JID, NAME, NAMESPACE, emit  # noqa: E402

ANSWER = b"</payload>"  # both OMEMO versions; empty messages have none
LONGEST = 300  # seconds that a load may take
NEVER = 1 << 30  # messages


class EchoPeer(omemo_peer.Peer):
    load = mirror = None
    stanzas = ()
    echoing = False
    lists_fetched = False

    async def obey(self, cmd, **arguments):
        if cmd == "echo":
            self.echoing = True
            # A load is one chain of messages, as no person writes them: python-omemo would send an empty message besides each
            # answer from the 54th on. That is no part of what an echo costs.
            type(self.manager).STALENESS_MAGIC_NUMBER = NEVER
            emit("echoing")
        elif cmd == "mirror":
            self.mirror = Mirror(self.transport)
            emit("mirroring")
        elif cmd == "prepare":
            await self.prepare(**arguments)
        elif cmd == "load":
            await self.run_load(**arguments)
        else:
            await super().obey(cmd, **arguments)

    async def refresh_lists(self, jid, namespaces):
        """Once; a bot that asks the server before each message would be slower for no reason of its own."""
        if not self.lists_fetched:
            await super().refresh_lists(jid, namespaces)
            self.lists_fetched = not self.echoing

    # --- answering
    async def on_message(self, message):
        if not self.echoing:
            return await super().on_message(message)
        version = next((v for v in self.versions if message.xml.find(f"{{{NAMESPACE[v]}}}encrypted") is not None), None)
        if version is None:
            return
        async with self.lock:
            _, body, _ = await self.decrypt(version, message.xml.find(f"{{{NAMESPACE[version]}}}encrypted"), message["from"].bare)
        if body and body.startswith("tell "):
            (await self.encrypted(message["from"].bare, "you said " + body[5:], version)).send()

    async def encrypted(self, to, body, version):
        plaintext = self.envelope(body, to) if version == "omemo2" else body.encode()
        async with self.lock:
            parts, _ = await self.manager.encrypt(frozenset({to}), {NAMESPACE[version]: plaintext},
                                                  backend_priority_order=[NAMESPACE[version]])
        message = self.make_message(mto=JID(to), mtype="chat")
        message["id"] = os.urandom(8).hex()
        message["body"] = "This message is OMEMO encrypted."
        for part in parts:
            message.append(ETREE[NAME[part.namespace]].serialize_message(part))
        message.enable("store")
        return message

    # --- asking
    async def prepare(self, to, version, count):
        self.stanzas = [str(await self.encrypted(to, f"tell {number}", version)).encode() for number in range(count)]
        emit("prepared")

    async def run_load(self, window):
        self.load = Load(self.stanzas, window, self.transport)
        self.load.start()
        await asyncio.wait_for(self.load.done, LONGEST)
        emit("load", seconds=self.load.seconds, latencies=self.load.latencies)

    def data_received(self, data):
        if self.load or self.mirror:
            return (self.load or self.mirror).receive(data)
        return super().data_received(data)


class Mirror:
    """What the server alone needs for an echo: the same bytes, no cryptography, no disk, no parser."""
    MESSAGE = re.compile(rb"<message ([^>]*)>(.*?)</message>", re.S)
    FROM = re.compile(rb"from=['\"]([^'\"]*)")

    def __init__(self, transport):
        self.transport, self.rest = transport, b""

    def receive(self, data):
        data, end = self.rest + data, 0
        for found in self.MESSAGE.finditer(data):
            end = found.end()
            self.transport.write(b"<message type='chat' to='" + self.FROM.search(found[1])[1] + b"'>" + found[2] + b"</message>")
        self.rest = data[end:]


class Load:
    def __init__(self, stanzas, window, transport):
        self.stanzas, self.window, self.transport = stanzas, window, transport
        self.sent_at, self.latencies, self.tail = [], [], b""
        self.done = asyncio.get_event_loop().create_future()

    def start(self):
        self.begun = time.perf_counter()
        for _ in range(min(self.window, len(self.stanzas))):
            self.send()

    def send(self):
        self.transport.write(self.stanzas[len(self.sent_at)])
        self.sent_at.append(time.perf_counter())

    def receive(self, data):
        now, data = time.perf_counter(), self.tail + data
        self.tail = data[-(len(ANSWER) - 1):]
        for _ in range(data.count(ANSWER)):
            self.latencies.append((now - self.sent_at[len(self.latencies)]) * 1000)  # answers come in order
            if len(self.sent_at) < len(self.stanzas):
                self.send()
        if len(self.latencies) >= len(self.stanzas) and not self.done.done():
            self.seconds = now - self.begun
            self.done.set_result(None)


if __name__ == "__main__":
    omemo_peer.Peer = EchoPeer
    omemo_peer.main()
