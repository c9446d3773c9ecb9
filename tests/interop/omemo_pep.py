"""What python-omemo leaves to its user: where keys are kept, how nodes are written and read, whom to trust.

Used by omemo_peer.py alone. Trust is blind: this is the peer, not the program under test.
"""
import json
import os
import xml.etree.ElementTree as ET

import oldmemo
import oldmemo.etree
import omemo
import twomemo
import twomemo.etree
from omemo.storage import Just, Nothing, Storage
from slixmpp import JID
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0004 import Form

NAMESPACE = {"axolotl": oldmemo.oldmemo.NAMESPACE, "omemo2": twomemo.twomemo.NAMESPACE}
NAME = {namespace: version for version, namespace in NAMESPACE.items()}
ETREE = {"axolotl": oldmemo.etree, "omemo2": twomemo.etree}
LIST_NODE = {"axolotl": "eu.siacs.conversations.axolotl.devicelist", "omemo2": "urn:xmpp:omemo:2:devices"}
BUNDLES_NODE = {"axolotl": "eu.siacs.conversations.axolotl.bundles:{}", "omemo2": "urn:xmpp:omemo:2:bundles"}


def backends(versions, store):
    return [oldmemo.Oldmemo(store) if version == "axolotl" else twomemo.Twomemo(store) for version in versions]


class FileStorage(Storage):
    """All state in one JSON file, written at each change; without a path in memory."""

    def __init__(self, path):
        super().__init__(True)
        self.path, self.data = path, {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.data = json.load(file)

    async def _load(self, key):
        return Just(self.data[key]) if key in self.data else Nothing()

    async def _store(self, key, value):
        self.data[key] = value
        self.flush()

    async def _delete(self, key):
        self.data.pop(key, None)
        self.flush()

    def flush(self):
        if self.path:
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.data, file)
            os.replace(self.path + ".new", self.path)


def form(kind, fields):
    filled = Form()
    filled["type"] = "submit"
    filled.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#" + kind)
    for name, value in fields.items():
        filled.add_field(var=name, value=value)
    return filled


class Nodes:
    """The PEP nodes of OMEMO, of this account and of others."""

    def __init__(self, peer, own_jid):
        self.pubsub, self.own_jid = peer["xep_0060"], JID(own_jid)

    async def publish(self, node, item, item_id, max_items):
        options = {"pubsub#access_model": "open", "pubsub#persist_items": "true", "pubsub#max_items": max_items}
        try:
            await self.pubsub.publish(self.own_jid, node, item_id, item, form("publish-options", options))
        except IqError as refusal:
            said = ET.tostring(refusal.iq.xml)
            if b"precondition-not-met" not in said and b"Unknown field" not in said:  # ejabberd of Debian 12 knows fewer
                raise
            if b"Unknown field" in said:
                await self.pubsub.publish(self.own_jid, node, item_id, item)
            await self.pubsub.set_node_config(self.own_jid, node, form("node_config", options))
            await self.pubsub.publish(self.own_jid, node, item_id, item)

    async def first_item(self, jid, node, **which):
        """The payload of the node's item; None if there is no item or no node."""
        try:
            reply = await self.pubsub.get_items(JID(jid), node, **which)
        except IqError as refusal:
            if refusal.iq["error"]["condition"] == "item-not-found":
                return None
            raise
        for item in reply["pubsub"]["items"]:
            return item.xml[0] if len(item.xml) else None
        return None


def make_manager(peer, own_jid, emit):
    """The class that python-omemo wants: its hooks, filled in with slixmpp."""
    nodes = Nodes(peer, own_jid)

    class Manager(omemo.SessionManager):
        @staticmethod
        async def _upload_bundle(bundle):
            version, device = NAME[bundle.namespace], bundle.device_id
            element = ETREE[version].serialize_bundle(bundle)
            if version == "omemo2":
                await nodes.publish(BUNDLES_NODE[version], element, str(device), "max")
            else:
                await nodes.publish(BUNDLES_NODE[version].format(device), element, "current", "1")

        @staticmethod
        async def _download_bundle(namespace, bare_jid, device_id):
            version = NAME[namespace]
            which = {"item_ids": [str(device_id)]} if version == "omemo2" else {"max_items": 1}
            try:
                element = await nodes.first_item(bare_jid, BUNDLES_NODE[version].format(device_id), **which)
            except IqError as refusal:
                raise omemo.BundleDownloadFailed(repr(refusal)) from refusal
            if element is None:
                raise omemo.BundleNotFound(f"{bare_jid}:{device_id} {version}")
            return ETREE[version].parse_bundle(element, bare_jid, device_id)

        @staticmethod
        async def _delete_bundle(namespace, device_id):
            raise omemo.BundleDeletionFailed("not needed here")

        @staticmethod
        async def _upload_device_list(namespace, device_list):
            version = NAME[namespace]
            await nodes.publish(LIST_NODE[version], ETREE[version].serialize_device_list(device_list), "current", "1")

        @staticmethod
        async def _download_device_list(namespace, bare_jid):
            version = NAME[namespace]
            try:
                element = await nodes.first_item(bare_jid, LIST_NODE[version], max_items=1)
            except IqError as refusal:
                raise omemo.DeviceListDownloadFailed(repr(refusal)) from refusal
            return {} if element is None or len(element) == 0 else ETREE[version].parse_device_list(element)

        async def _evaluate_custom_trust_level(self, device):
            return omemo.TrustLevel.TRUSTED if device.trust_level_name == "trusted" else omemo.TrustLevel.UNDECIDED

        async def _make_trust_decision(self, undecided, identifier):
            for device in undecided:
                await self.set_trust(device.bare_jid, device.identity_key, "trusted")

        @staticmethod
        async def _send_message(message, bare_jid):
            stanza = peer.make_message(mto=JID(bare_jid), mtype="chat")
            stanza.append(ETREE[NAME[message.namespace]].serialize_message(message))
            stanza.enable("store")
            stanza.send()
            emit("empty_sent", to=bare_jid, version=NAME[message.namespace])

    return Manager
