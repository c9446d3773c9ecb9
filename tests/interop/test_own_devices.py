"""A second client on the bot's own account: seen, decided about, encrypted to, and understood."""
from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import canary, check, until

BOTH = ["axolotl", "omemo2"]


def own_keys(bot):
    """Of the account's other devices, by fingerprint."""
    return {key["fingerprint"]: key for key in bot.ask("trust.list", jid=bot.jid)["keys"]}


@case(version=BOTH, seconds=120)
def a_second_client_of_the_bot_reads_along_once_it_is_approved(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    laptop = Peer(stage, server, "bot", version, resource="laptop", carbons=True)
    until(20, lambda: f"the gateway sees its key: {own_keys(bot)}", lambda: laptop.fingerprint in own_keys(bot))
    key = own_keys(bot)[laptop.fingerprint]
    check(key["own"] and key["decision"] == "undecided", f"nothing decides silently: {key}")
    row = bot.cli_json("send", alice.jid, "not for the laptop", "--wait", "sent")["id"]
    alice.hears("not for the laptop")
    message, = bot.ask("why", message=str(row))["messages"]
    left_out = [d for d in message["devices"] if d["own"] and not d["included"]]
    check([d["fingerprint"] for d in left_out] == [laptop.fingerprint], f"why names it: {message}")

    bot.cli("trust", "approve", bot.jid, laptop.fingerprint)
    word = canary("word")
    bot.cli("send", alice.jid, f"for both {word}", "--wait", "sent")
    alice.hears(f"for both {word}")
    copy = laptop.hears(f"for both {word}", copied=True)
    check(copy["sender"] == bot.jid and copy["to"] == alice.jid, f"as a copy of what the bot said: {copy}")
    laptop.hears_nothing_of("not for the laptop")
    check(word not in server.stanzas(), "the server sees no word of it")


@case(version=BOTH, seconds=120)
def what_the_second_client_says_is_understood(stage, version):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", version), Gateway(stage, server)
    laptop = Peer(stage, server, "bot", version, resource="laptop", carbons=True)
    until(20, "the gateway sees its key", lambda: laptop.fingerprint in own_keys(bot))
    bot.cli("trust", "approve", bot.jid, laptop.fingerprint)
    laptop.finds_device(bot.jid, version)
    laptop.sends(alice.jid, "I write by hand today")
    alice.hears("I write by hand today", sender=bot.jid)
    laptop.sends(bot.jid, "ping")  # to the account itself, as a command
    laptop.hears("pong")
    until(15, "the copy of what it said to alice is read and is nobody's event",
          lambda: "kind=own" in bot.log_text().replace('"', ""))
    check("message.unread" not in bot.log_text(), "nothing was unreadable")
    alice.sends(bot.jid, "ping")
    alice.hears("pong")  # who is written to by two devices of the bot is answered still
