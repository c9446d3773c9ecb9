"""Pictures as clients publish and read them: XEP-0084, and the vCards of rooms and older clients."""
import base64
import hashlib
import re

from stage import check

PUBSUB = "http://jabber.org/protocol/pubsub"
DATA, METADATA = "urn:xmpp:avatar:data", "urn:xmpp:avatar:metadata"


def picture(what):
    """Bytes that begin as a PNG does: nobody here looks further."""
    return b"\x89PNG\r\n\x1a\n" + what.encode() * 20


def hash_of(content):
    return hashlib.sha1(content).hexdigest()


# As Conversations publishes pictures: also for who shares a room only.
OPEN = ('<publish-options><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden">'
        '<value>http://jabber.org/protocol/pubsub#publish-options</value></field>'
        '<field var="pubsub#access_model"><value>open</value></field></x></publish-options>')


def shows(peer, content):
    """`content` is the peer's picture from now on."""
    name, text = hash_of(content), base64.b64encode(content).decode()
    for node, payload in ((DATA, f'<data xmlns="{DATA}">{text}</data>'),
                          (METADATA, f'<metadata xmlns="{METADATA}"><info id="{name}" type="image/png" bytes="{len(content)}"/></metadata>')):
        reply = peer.iq("set", f'<pubsub xmlns="{PUBSUB}"><publish node="{node}"><item id="{name}">{payload}</item></publish>{OPEN}</pubsub>')
        check(reply["type"] == "result", f"{peer.jid} publishes its picture: {reply}")


def announced_by(peer, jid):
    """The id in the metadata of `jid` that `peer` can read; empty: none."""
    reply = peer.iq("get", f'<pubsub xmlns="{PUBSUB}"><items node="{METADATA}" max_items="1"/></pubsub>', to=jid)
    found = re.search(r'\bid="([0-9a-f]{40})"[^>]*\btype=|\btype=[^>]*\bid="([0-9a-f]{40})"', reply["xml"])
    return (found[1] or found[2]) if found else ""


def published_by(peer, jid, name):
    """The picture of that id."""
    reply = peer.iq("get", f'<pubsub xmlns="{PUBSUB}"><items node="{DATA}"><item id="{name}"/></items></pubsub>', to=jid)
    found = re.search(r":data[^>]*>([A-Za-z0-9+/=\s]+)<|<data[^>]*>([A-Za-z0-9+/=\s]+)<", reply["xml"])
    return base64.b64decode(found[1] or found[2]) if found else b""


def in_vcard_of(peer, jid):
    """The photo in the vCard of `jid`; empty: none."""
    reply = peer.iq("get", '<vCard xmlns="vcard-temp"/>', to=jid)
    found = re.search(r"BINVAL>([A-Za-z0-9+/=\s]+)<", reply["xml"])
    return base64.b64decode(found[1]) if found else b""
