"""Nobody is left with a riddle: what the operator is told about messages that somebody could not read."""
import json

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until


def why(bot, *words):
    """What `omegate why … --json` says; it ends with 4 when somebody missed something."""
    return json.loads(bot.cli("why", *words, "--json", check_code=False).stdout)["messages"]


@case(client=["axolotl", "omemo2"])
def why_names_the_device_that_was_left_out_and_what_to_do(stage, client):
    server = Prosody(stage)
    phone, bot = Peer(stage, server, "alice", client, resource="phone"), Gateway(stage, server)
    phone.sends(bot.jid, "ping")
    phone.hears("pong")
    laptop = Peer(stage, server, "alice", client, resource="laptop")
    until(15, "the gateway knows the laptop's key",
          lambda: laptop.fingerprint in [k["fingerprint"] for k in bot.ask("trust.list", jid=phone.jid)["keys"]])
    row = bot.cli_json("send", phone.jid, "for the phone", "--wait", "sent")["id"]
    phone.hears("for the phone")
    message, = why(bot, str(row))
    check((message["readers"], message["of"]) == (1, 2), f"one of two can read it: {message}")
    devices = {device["fingerprint"]: device for device in message["devices"]}
    check(devices[phone.fingerprint]["included"], "the phone has it")
    left_out = devices[laptop.fingerprint]
    check(left_out["cause"] == "undecided" and left_out["trust"] == "undecided", f"the laptop has not: {left_out}")
    check("omegate trust approve " + phone.jid in left_out["to_do"], "and the step is named")
    print(bot.cli("why", str(row), check_code=False).stdout)
    bot.cli("trust", "approve", phone.jid, laptop.fingerprint)
    later, = why(bot, str(row))
    still = [d for d in later["devices"] if d["fingerprint"] == laptop.fingerprint][0]
    check(still["trust"] == "undecided" and not still["included"], "what was is not rewritten")
    check(still["now"]["trust"] == "trusted" and "send this one again" in still["to_do"], f"what is now is said: {still}")


@case()
def why_explains_a_held_message_and_a_plain_one(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server, policy="manual")
    alice.command("plain", to=bot.jid, body="psst")
    until(15, lambda: f"what came is explained: {why(bot)}", lambda: len(why(bot)) == 1)  # before the other: the newest is first
    bot.alerts("for trusted eyes")
    until(15, lambda: f"both are explained: {why(bot)}", lambda: len(why(bot)) == 2)
    sent, received = why(bot)
    check(sent["state"] == "held" and sent["devices"][0]["cause"] == "undecided", f"held: {sent}")
    check(received["cause"] == "unencrypted" and received["from"] == alice.jid, f"not looked at: {received}")
    print(bot.cli("why", alice.jid, check_code=False).stdout)
