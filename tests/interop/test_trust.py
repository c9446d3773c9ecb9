"""Who may read: the operator decides, and what waits for him goes out by itself."""
from cases import case
from gateway import Gateway
from peer import Peer
from profanity import Profanity
from prosody import Prosody
from stage import check, until


def held(bot):
    return [row for row in bot.cli_json("outbox", "list")["rows"] if row["state"] == "held"]


# case 116
@case(client=["axolotl", "omemo2"])
def a_held_message_goes_out_after_approval(stage, client):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", client), Gateway(stage, server, policy="manual")
    bot.alerts("for trusted eyes")
    row, = until(15, "one row is held", lambda: held(bot))
    check(row["to"] == alice.jid and row.get("reason"), f"it names recipient and reason: {row}")
    alice.hears_nothing_of("for trusted eyes")
    bot.cli("trust", "approve", alice.jid, alice.fingerprint)
    alice.hears("for trusted eyes")
    check(held(bot) == [], "nothing is held any more")


# case 118
@case()
def a_revoked_device_gets_nothing_more(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("while trusted")
    alice.hears("while trusted")
    bot.cli("trust", "revoke", alice.jid, alice.fingerprint)
    bot.alerts("after the phone was stolen")
    until(15, "the row is held", lambda: held(bot))
    alice.hears_nothing_of("after the phone was stolen")


# case 111
@case()
def a_new_device_of_a_tofu_contact_waits_for_approval(stage):
    server = Prosody(stage)
    phone, bot = Peer(stage, server, "alice", resource="phone"), Gateway(stage, server)
    phone.sends(bot.jid, "ping")
    phone.hears("pong")
    laptop = Peer(stage, server, "alice", resource="laptop")
    bot.alerts("not for the laptop yet")
    phone.hears("not for the laptop yet")
    until(15, "the gateway lists the laptop's key",
          lambda: laptop.fingerprint in [k["fingerprint"] for k in bot.ask("trust.list", jid=phone.jid)["keys"]])
    bot.cli("trust", "approve", phone.jid, laptop.fingerprint)
    bot.alerts("for both")
    phone.hears("for both")
    laptop.hears("for both")
    laptop.hears_nothing_of("not for the laptop yet")
    errors = [event for event in phone.history if event["event"] == "undecryptable"]
    check(not errors, f"no device that is allowed sees a stanza that is not for it: {errors}")


@case()
def both_sides_show_the_same_fingerprints(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    own, = bot.cli_json("keys")["accounts"]
    for version in ("axolotl", "omemo2"):
        seen, = alice.finds_device(bot.jid, version)
        check(seen["fingerprint"] == own["fingerprint"], f"alice sees {seen}, the bot says {own}")
        check(seen["id"] == own["device"], "under the same device id")
    bot.alerts("hello")
    heard = alice.hears("hello")
    check(heard["fingerprint"] == own["fingerprint"], "and it wrote with that key")
    keys = [key for key in bot.cli_json("trust", "list")["keys"] if key["jid"] == alice.jid]
    check([key["fingerprint"] for key in keys] == [alice.fingerprint], f"the bot lists alice's key: {keys}")
    check(own["fingerprint"][:8] in bot.cli("keys").stdout, "the text for people begins with the same digits")


@case(seconds=120)
def profanity_shows_the_fingerprint_that_the_bot_names(stage):
    server = Prosody(stage, legacy_codes=True)
    alice, bot = Profanity(stage, server, "alice"), Gateway(stage, server)
    own, = bot.cli_json("keys")["accounts"]
    bot.alerts("here I am")
    alice.shows("chat message: " + bot.jid)
    check(alice.fingerprint_in(f"/omemo fingerprint {bot.jid}") == own["fingerprint"], "Profanity shows the bot's key")
    keys = [key["fingerprint"] for key in bot.cli_json("trust", "show", alice.jid)["keys"]]
    check(keys == [alice.own_fingerprint()], "and the bot shows Profanity's")


@case()
def the_ledger_keeps_every_decision_and_verifies(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, policy="manual")
    bot.alerts("held")
    until(15, "the row is held", lambda: held(bot))
    bot.cli("trust", "approve", alice.jid, alice.fingerprint)
    alice.hears("held")
    bot.cli("trust", "revoke", alice.jid, alice.fingerprint)
    facts = [row["fact"] for row in bot.cli_json("trust", "log")["rows"] if row["jid"] == alice.jid]
    check({"seen", "trusted", "revoked"} <= set(facts), f"the log has all three: {facts}")
    bot.cli("trust", "verify")
    bot.restart()
    bot.cli("trust", "verify")
