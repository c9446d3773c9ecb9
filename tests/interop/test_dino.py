"""Dino, which many people write with, as the contact: everything is read off its window and done with its buttons."""
import html
import json
import re

from cases import case
from dino import Dino
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import canary, check, until


def held(bot):
    return [row for row in bot.outbox() if row["state"] == "held"]


@case(seconds=180)
def dino_and_a_python_peer_talk_both_ways(stage):
    server = Prosody(stage)
    bob, alice = Peer(stage, server, "bob", "axolotl"), Dino(stage, server, "alice")
    device, = bob.finds_device(alice.jid, "axolotl", device=alice.device)
    check(alice.own_fingerprint() == device["fingerprint"], "Dino and the peer show the same fingerprint")
    alice.opens_chat(bob.jid)
    word, answer = canary("alice"), canary("bob")
    alice.says(f"Grüße & <tags> 🦀 {word}")
    bob.hears(f"Grüße & <tags> 🦀 {word}", version="axolotl")
    bob.sends(alice.jid, f"two lines\n& <tags> 🦀 {answer}")
    alice.reads(f"two lines\n& <tags> 🦀 {answer}")
    check(alice.keys_of_the_contact() == [(bob.fingerprint, "Accepted")], "Dino shows the peer's fingerprint")
    check(word not in server.stanzas() and answer not in server.stanzas(), "the server sees neither")


@case(seconds=180)
def dino_reads_the_alert_and_gets_answers(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server)
    alert, word = canary("alert"), canary("word")
    bot.alerts(f"the disk of <db-1> is full & hot 🔥\n{alert}")
    alice.opens_chat(bot.jid)
    alice.reads(f"the disk of <db-1> is full & hot 🔥\n{alert}")
    for text in (word, f"Grüße & <tags> 🦀 {word}"):
        alice.says(f"tell {text}")
        alice.reads(f"you said {text}")
    check(alert not in server.stanzas() and word not in server.stanzas(), "the server sees neither")
    bot.cli("why")  # nobody missed anything: else it fails


@case(seconds=180)
def dino_shows_the_fingerprint_that_the_bot_names(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server)
    own, = bot.cli_json("keys")["accounts"]
    bot.alerts("here I am")
    alice.opens_chat(bot.jid)
    alice.reads("here I am")
    check(alice.keys_of_the_contact() == [(own["fingerprint"], "Accepted")], "Dino shows the bot's key")
    keys = [key["fingerprint"] for key in bot.cli_json("trust", "show", alice.jid)["keys"]]
    check(keys == [alice.own_fingerprint()], "and the bot shows Dino's")
    alice.verifies(own["fingerprint"])
    check(alice.keys_of_the_contact() == [(own["fingerprint"], "Verified")], "compared, it is verified")
    alice.says("tell me more")
    alice.reads("you said me more")


@case(seconds=180)
def the_page_of_our_keys_has_the_digits_as_dino_writes_them(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server)
    page = stage.path("keys.html")
    bot.cli("keys", "--html", page)
    bot.alerts("here I am")
    alice.opens_chat(bot.jid)
    alice.reads("here I am")
    shown = alice.contact_key_as_shown()
    with open(page, encoding="utf-8") as file:
        printed, = re.findall("<th>Dino</th><td><code>(.*?)</code>", file.read(), re.S)
    printed = html.unescape(printed)
    check(shown == printed, f"Dino writes {shown!r}, the page {printed!r}")


@case(seconds=180)
def what_waits_goes_out_when_a_picture_of_dinos_code_is_imported(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server, policy="manual")
    bot.alerts("for trusted eyes")
    until(15, "it is held", lambda: held(bot))
    picture, code = alice.own_code()
    bot.cli("trust", "import", picture, "--why", "off the screen")
    alice.opens_chat(bot.jid)
    alice.reads("for trusted eyes")
    key, = bot.cli_json("trust", "show", alice.jid)["keys"]
    check(key["level"] == "verified" and key["fingerprint"] in code, f"it is verified: {key}")
    bot.cli("trust", "revoke", alice.jid, key["fingerprint"])
    bot.alerts("after her laptop was stolen")
    until(15, "it is held", lambda: held(bot))
    check("after her laptop was stolen" not in alice.sees(), "Dino does not show it")


@case(seconds=180)
def a_bot_that_dino_rejects_says_so_and_is_heard_once_accepted(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server)
    own, = bot.cli_json("keys")["accounts"]
    bot.alerts("here I am")
    alice.opens_chat(bot.jid)
    alice.reads("here I am")
    alice.rejects(own["fingerprint"])
    check(alice.keys_of_the_contact() == [(own["fingerprint"], "Rejected")], "Dino shows what was decided")
    alice.says("tell nobody")
    alice.reads("I could not read your last message. It was not encrypted for my device. Please trust my key in your app and send it again.")
    missed, = json.loads(bot.cli("why", "--json", check_code=False).stdout)["messages"]
    check((missed["from"], missed["cause"]) == (alice.jid, "not_for_us"), f"the operator is told, too: {missed}")
    alice.accepts(own["fingerprint"])
    alice.says("tell everybody")
    alice.reads("you said everybody")


@case(seconds=180)
def dino_goes_on_with_the_next_key_of_the_bot(stage):
    server = Prosody(stage)
    alice, bot = Dino(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("with the first key")
    alice.opens_chat(bot.jid)
    alice.reads("with the first key")
    bot.cli("keys", "rotate", "--why", "once a year")
    notice = alice.reads_something_with("My key changes")
    digits = re.sub(r"\s", "", notice.split("key:")[-1])
    until(30, "the next key is in force", lambda: bot.ask("keys")["accounts"][0]["fingerprint"] == digits)
    bot.alerts("with the next key")
    alice.reads("with the next key")
    alice.says("tell two")
    alice.reads("you said two", 30)
    check(alice.keys_of_the_contact() == [(digits, "Accepted")], "Dino shows the key that the notice named, and it alone")
