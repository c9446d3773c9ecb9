"""Messages about messages: corrected, taken back, answered, reacted to, in both directions."""
import os

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import ROOT, canary, check

TALKER = {"talker": {"path": os.path.join(ROOT, "tests/flow/plugins/talker")}}
BOTH = ["axolotl", "omemo2"]


@case(version=BOTH)
def alice_corrects_herself_and_takes_it_back(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server, plugins=TALKER)
    word = canary("word")
    said = alice.sends(bot.jid, "deploy web1")
    alice.sends(bot.jid, f"deploy {word}", replace=said)
    alice.hears(f"edit {said} tofu: deploy {word}")
    alice.sends(bot.jid, "/me retracted a previous message", retract=said)
    alice.hears(f"retract {said} tofu")
    check(word not in server.stanzas(), "the server sees no word of it")
    check(not [body for body in alice.heard() if "/me retracted" in body], "what is for old clients is no text")


@case(version=BOTH)
def an_alert_is_one_message_that_changes(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    for hook, text in (("alerts?key=nas", "nas: backup runs"), ("alerts?key=web", "web: backup runs")):
        check(bot.post(hook, text)[0] == 202, "the webhook takes it")
    first, other = alice.hears("nas: backup runs"), alice.hears("web: backup runs")
    check(bot.post("alerts?key=nas", "nas: backup done")[0] == 202, "and the news of it")
    alice.hears("nas: backup done", about={"replace": first["id"]})
    bot.cli("send", alice.jid, "disk 90%", "--name", "disk", "--wait", "sent")
    disk = alice.hears("disk 90%")
    bot.cli("send", alice.jid, "disk 95%", "--edit", "disk")
    alice.hears("disk 95%", about={"replace": disk["id"]})
    bot.cli("send", alice.jid, "disk 99%", "--update", "disk")
    alice.hears("disk 99%", about={"replace": disk["id"]})
    bot.cli("send", alice.jid, "delete something", "--reply", "disk")
    alice.hears("delete something", about={"reply": disk["id"]})
    bot.cli("send", alice.jid, "🔥", "--react", "disk")
    if version == "omemo2":
        alice.wait("annotation", about={"reactions": [disk["id"], "🔥"]})
    else:
        alice.hears("🔥", about={"reply": disk["id"]})
    bot.cli("send", alice.jid, "swap 10%", "--update", "swap", "--wait", "sent")  # there is none yet: it is the first
    check(alice.hears("swap 10%")["about"] == {}, "a message of its own")
    check("🔥" not in server.stanzas(), "the server sees no reaction")
    bot.cli("send", alice.jid, "--retract", "disk")
    alice.wait("message", about={"retract": disk["id"]})
    check(other["about"] == {}, "two keys are two messages")


@case(version=BOTH)
def a_reply_quotes_and_is_understood_without_its_quote(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server, plugins=TALKER)
    said = alice.sends(bot.jid, "like cheese")
    answer = alice.hears("I like cheese", about={"reply": said})
    check(answer["quote"] == "> like cheese\n", f"it quotes what was said: {answer}")
    alice.sends(bot.jid, "> I like cheese\nping", reply=answer["id"])
    alice.hears("pong")  # the command stands behind the quote


@case()
def a_reaction_silences_an_alert_in_omemo_2(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", "omemo2"), Gateway(stage, server, plugins=TALKER)
    alice.sends(bot.jid, "alert the pump stands still")
    alert = alice.hears("the pump stands still")
    alice.sends(bot.jid, "", reactions=[alert["id"], "🔕"])
    alice.hears("silenced", about={"replace": alert["id"]})
    alice.hears("reaction alert tofu +🔕 -")
    said = alice.sends(bot.jid, "like cheese")
    alice.wait("annotation", about={"reactions": [said, "👍"]})
    check("🔕" not in server.stanzas() and "👍" not in server.stanzas(), "the server sees no reaction")


# case 63, 64
@case()
def a_reaction_in_the_clear_silences_nothing(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", "axolotl"), Gateway(stage, server, plugins=TALKER)
    alice.sends(bot.jid, "alert the pump stands still")
    alert = alice.hears("the pump stands still")
    alice.command("raw", xml=f"<message to='{bot.jid}' type='chat' id='r1'><reactions xmlns='urn:xmpp:reactions:0' "
                             f"id='{alert['id']}'><reaction>🔕</reaction></reactions><store xmlns='urn:xmpp:hints'/></message>")
    alice.hears("reaction alert undecided +🔕 -")
    alice.hears_nothing_of("silenced")
    said = alice.sends(bot.jid, "like cheese")
    alice.hears("👍", about={"reply": said})  # the bot's own is an encrypted answer
    check("👍" not in server.stanzas(), "the server sees it not")
