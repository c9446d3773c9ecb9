"""Nodes that a server or another client has broken are repaired at the start."""
from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import check

PUBSUB = "http://jabber.org/protocol/pubsub"
LIST = {"axolotl": "eu.siacs.conversations.axolotl.devicelist", "omemo2": "urn:xmpp:omemo:2:devices"}
EMPTY_LIST = {"axolotl": '<list xmlns="eu.siacs.conversations.axolotl"/>', "omemo2": '<devices xmlns="urn:xmpp:omemo:2"/>'}
OTHER_DEVICE = {"axolotl": '<list xmlns="eu.siacs.conversations.axolotl"><device id="4711"/></list>',
                "omemo2": '<devices xmlns="urn:xmpp:omemo:2"><device id="4711"/></devices>'}


class Vandal:
    """The bot's account in other hands: a client without OMEMO that writes its nodes."""

    def __init__(self, stage, server):
        self.client = Peer(stage, server, "bot", versions="none", resource="vandal")

    def does(self, xml):
        reply = self.client.iq("set", xml, to=jid("bot"))
        check(reply["type"] == "result", f"the vandal succeeds: {reply}")

    def publishes(self, node, payload):
        self.does(f'<pubsub xmlns="{PUBSUB}"><publish node="{node}"><item id="current">{payload}</item></publish></pubsub>')

    def deletes(self, node):
        self.does(f'<pubsub xmlns="{PUBSUB}#owner"><delete node="{node}"/></pubsub>')

    def closes(self, node):
        field = '<field var="{}"><value>{}</value></field>'.format
        self.does(f'<pubsub xmlns="{PUBSUB}#owner"><configure node="{node}"><x xmlns="jabber:x:data" type="submit">'
                  + field("FORM_TYPE", PUBSUB + "#node_config") + field("pubsub#access_model", "whitelist")
                  + "</x></configure></pubsub>")


def bundle_node(version, device):
    return f"eu.siacs.conversations.axolotl.bundles:{device}" if version == "axolotl" else "urn:xmpp:omemo:2:bundles"


DAMAGE = {
    "list closed": lambda vandal, version, device: vandal.closes(LIST[version]),
    "bundle closed": lambda vandal, version, device: vandal.closes(bundle_node(version, device)),
    "list emptied": lambda vandal, version, device: vandal.publishes(LIST[version], EMPTY_LIST[version]),
    "list of another": lambda vandal, version, device: vandal.publishes(LIST[version], OTHER_DEVICE[version]),
    "list deleted": lambda vandal, version, device: vandal.deletes(LIST[version]),
    "bundle deleted": lambda vandal, version, device: vandal.deletes(bundle_node(version, device)),
}


# case 60
@case(damage=[f"{version}: {kind}" for version in LIST for kind in DAMAGE])
def damage_is_repaired_at_the_start(stage, damage):
    version, kind = damage.split(": ")
    server = Prosody(stage, friends=False)
    bot = Gateway(stage, server)
    device = bot.ask("keys")["accounts"][0]["device"]
    bot.stop()
    vandal = Vandal(stage, server)
    DAMAGE[kind](vandal, version, device)
    vandal.client.close()
    bot.start()
    alice = Peer(stage, server, "alice", version)
    alice.finds_device(bot.jid, version, device=device)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")


# case 61
@case(version=list(LIST))
def damage_to_the_list_is_repaired_while_running(stage, version):
    server = Prosody(stage, friends=False)
    bot = Gateway(stage, server)
    device = bot.ask("keys")["accounts"][0]["device"]
    Vandal(stage, server).publishes(LIST[version], OTHER_DEVICE[version])
    alice = Peer(stage, server, "alice", version)
    alice.finds_device(bot.jid, version, device=device)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
