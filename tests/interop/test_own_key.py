"""The bot gets another key, and a device that is approved late hears what it missed: with clients that were not written here."""
from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import canary, check, until

BOTH = ["axolotl", "omemo2"]


def own_key(bot):
    own, = bot.ask("keys")["accounts"]
    return own


@case(version=BOTH, seconds=120)
def contacts_hear_the_next_key_from_the_old_one(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    before = own_key(bot)
    page = stage.path("keys.html")
    bot.cli("keys", "rotate", "--why", "once a year", "--html", page)
    told = until(20, "alice is told", lambda: [body for body in alice.heard() if "My key changes" in body])
    digits = "".join(told[0].split("key:")[-1].split())
    until(30, "the next key is in force", lambda: own_key(bot)["fingerprint"] != before["fingerprint"])
    after = own_key(bot)
    check(digits == after["fingerprint"], f"the notice named it: {digits}, {after}")
    check(str(before["device"]) in open(page).read() and str(after["device"]) in open(page).read(), "the page showed both")
    until(20, lambda: f"only the new device is published: {alice.devices_of(bot.jid)}",
          lambda: {device["id"] for device in alice.devices_of(bot.jid) if device["versions"]} == {after["device"]})
    bot.alerts("with the new key")
    alice.hears("with the new key")
    alice.finds_device(bot.jid, version, device=after["device"])
    alice.sends(bot.jid, "ping")
    until(20, "it is answered", lambda: alice.heard().count("pong") == 2)
    row, = bot.cli_json("trust", "log", "--fact", "own_key")["rows"]
    check(row["fingerprint"] == after["fingerprint"] and "once a year" in row["why"], f"the ledger has it: {row}")


@case(version=BOTH, seconds=120)
def a_late_device_hears_what_it_missed_once(stage, version):
    server = Prosody(stage)
    phone = Peer(stage, server, "alice", version, resource="phone")
    bot = Gateway(stage, server, redeliver={"hours": 1, "messages": 2})
    words = [canary(name) for name in ("one", "two", "three")]
    for word in words:
        bot.alerts(word)
        phone.hears(word)
    laptop = Peer(stage, server, "alice", version, resource="laptop")
    until(20, "the gateway lists the laptop's key",
          lambda: laptop.fingerprint in [k["fingerprint"] for k in bot.ask("trust.list", jid=phone.jid)["keys"]])
    bot.cli("trust", "approve", phone.jid, laptop.fingerprint)
    said = lambda: [body for body in laptop.heard() if body.startswith("(again, from ")]
    until(20, "the laptop hears the last two, in one message", said)
    check([line.split(") ")[1] for line in said()[0].splitlines()] == words[1:], f"in their order: {said()}")
    bot.cli("trust", "approve", phone.jid, laptop.fingerprint, "--verified")
    bot.alerts("for both")
    laptop.hears("for both")
    check(len(said()) == 1, f"once: {said()}")
    check(not [body for body in phone.heard() if "(again" in body], "and the phone hears nothing twice")
    check(not [w for w in words if w in server.stanzas()], "the server sees no word of it")
