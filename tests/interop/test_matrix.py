"""The plugin matrix between a real homeserver and a real chat: both ways, and while one of them is away."""
import os
import threading
import time
import urllib.parse

from cases import case
from faces import picture, shows
from matrix_bridge import BOT, Bridge, ghost_of
from peer import Peer
from stage import canary, check, read, until

@case(seconds=240, by_name=True)
def a_room_and_a_chat_are_one(stage):
    bridge = Bridge(stage)
    alice, maria, nina, room, bot = bridge.alice, bridge.maria, bridge.nina, bridge.room, bridge.bot
    word = canary("word")
    # text
    first = alice.sends(bot.jid, f"hello {word}")
    here = maria.reads_text(room, f"alice: hello {word}")
    check(here["content"]["formatted_body"].startswith("<strong>alice</strong>"), "the name stands out")
    there = maria.says(room, f"good morning {word}")
    heard = alice.hears(f"maria: good morning {word}", seconds=60)  # Synapse asks again after 2, 4, 8 … s
    check(word not in bridge.server.stanzas(), "the XMPP server sees no word of it")
    # edits
    alice.sends(bot.jid, "hello all", replace=first)
    maria.reads(room, lambda e: e["content"].get("m.relates_to", {}).get("event_id") == here["event_id"] and
                e["content"]["m.new_content"]["body"] == "alice: hello all")
    maria.edits(room, there, "good evening")
    alice.hears("maria: good evening", about={"replace": heard["id"]})
    # replies
    alice.sends(bot.jid, "so late?", reply=heard["id"])
    maria.reads(room, lambda e: e["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") == there)
    nina.says(room, "always", **{"m.relates_to": {"m.in_reply_to": {"event_id": here["event_id"]}}})
    alice.hears("nina: always", about={"reply": first})
    # reactions
    alice.sends(bot.jid, "", reactions=[heard["id"], "👍"])
    thought = maria.reads(room, lambda e: e["type"] == "m.reaction" and e["content"]["m.relates_to"] ==
                          {"rel_type": "m.annotation", "event_id": there, "key": "👍"})
    alice.sends(bot.jid, "", reactions=[heard["id"]])
    maria.reads(room, lambda e: e["type"] == "m.room.redaction" and (e.get("redacts") or e["content"].get("redacts")) == thought["event_id"])
    mine = maria.reacts(room, here["event_id"], "🎉")
    alice.wait("annotation", about={"reactions": [first, "🎉"]})
    maria.redacts(room, mine)
    alice.wait("annotation", about={"reactions": [first]})
    # taken back
    maria.redacts(room, there)
    alice.wait("message", about={"retract": heard["id"]})
    alice.sends(bot.jid, "/me retracted a previous message", retract=first)
    maria.reads(room, lambda e: e["type"] == "m.room.redaction" and (e.get("redacts") or e["content"].get("redacts")) == here["event_id"])
    check(len([t for t in bridge.texts() if word in t]) == 0, "nothing of it is left in the room")


# case 207
@case(seconds=420, by_name=True)
def nothing_is_lost_or_doubled_when_one_of_them_is_away(stage):
    bridge = Bridge(stage)
    alice, maria, room, bot = bridge.alice, bridge.maria, bridge.room, bridge.bot
    said = {"alice": 0, "maria": 0}

    def both_say(count, can_alice=True, can_maria=True, meanwhile=None):
        def alice_says():
            for _ in range(count if can_alice else 0):
                alice.sends(bot.jid, f"a{said['alice']}")
                said["alice"] += 1

        def maria_says():
            for _ in range(count if can_maria else 0):
                maria.says(room, f"m{said['maria']}")
                said["maria"] += 1
        talk = [threading.Thread(target=each) for each in (alice_says, maria_says)]
        for each in talk:
            each.start()
        if meanwhile:
            time.sleep(0.5)  # they are in the middle of it
            meanwhile()
        for each in talk:
            each.join()

    def all_are_there():
        until(120, lambda: f"all come: {bridge.texts()[-3:]} of {said}", lambda: len(bridge.texts()) >= said["alice"] + 1, pause=0.5)
        alice.hears(f"maria: m{said['maria'] - 1}", seconds=120)
        check(bridge.texts()[1:] == [f"alice: a{n}" for n in range(said["alice"])], f"each once and in order: {bridge.texts()}")
        heard = [text for text in alice.heard() if text.startswith("maria: m")]
        check(heard == [f"maria: m{n}" for n in range(said["maria"])], f"each once and in order: {heard}")

    alice.sends(bot.jid, "ready?")  # the bot comes into the room now
    maria.reads_text(room, "alice: ready?")
    both_say(20)
    stage.say("the gateway is killed in the middle, both go on")
    both_say(60, meanwhile=bot.kill)
    bot.start()
    all_are_there()
    stage.say("the homeserver ends in the middle, Alice goes on")
    both_say(60, can_maria=False, meanwhile=bridge.synapse.stop)
    bridge.synapse.start()
    both_say(20, can_alice=False)
    all_are_there()
    written = read(bot.log)
    for name in ("as_token", "hs_token"):
        check(read(os.path.join(bridge.folder, name)).strip() not in written, f"the {name} is in no log")


@case(seconds=300, by_name=True)
def what_is_said_in_matrix_while_the_xmpp_server_is_away_comes_once_and_in_order(stage):
    bridge = Bridge(stage)
    maria, room, bot = bridge.maria, bridge.room, bridge.bot
    bridge.alice.sends(bot.jid, "ready?")  # the bot comes into the room now
    maria.reads_text(room, "alice: ready?")
    maria.says(room, "m0")
    bridge.alice.hears("maria: m0", seconds=60)
    for n in range(1, 10):
        maria.says(room, f"m{n}")
    bridge.server.stop()
    before = bridge.alice.heard()
    for n in range(10, 60):
        maria.says(room, f"m{n}")
    bridge.server.start()
    alice = Peer(stage, bridge.server, "alice", "omemo2,axolotl", store="alice.keys")
    alice.hears("maria: m59", seconds=120)
    heard = [text for text in before + alice.heard() if text.startswith("maria: m")]
    check(heard == [f"maria: m{n}" for n in range(60)], f"each once and in order: {heard}")
    check((bot.status() or {}).get("ready"), "and all is well again")


# case 202
@case(seconds=240, by_name=True)
def a_homeserver_that_is_in_no_hurry_is_waited_for(stage):
    bridge = Bridge(stage, limits={"rc_message": {"per_second": 2, "burst_count": 3}}, ghosts=True)
    alice, maria, room, bot = bridge.alice, bridge.maria, bridge.room, bridge.bot
    for n in range(12):
        alice.sends(bot.jid, f"fast {n}")
    said = lambda: [e for e in maria.timeline(room) if e["type"] == "m.room.message" and e["sender"] != BOT]
    until(60, lambda: f"all come: {len(said())}", lambda: len(said()) == 12)
    check([e["content"]["body"] for e in said()] == [f"fast {n}" for n in range(12)], "each once and in order")
    check({e["sender"] for e in said()} == {ghost_of(alice.jid)}, "as a user of her own")
    check("alice" in [e["content"].get("displayname") for e in maria.timeline(room) if e["type"] == "m.room.member"], "with her name")


@case(seconds=240, by_name=True)
def a_chat_is_linked_by_who_may_and_never_to_an_encrypted_room(stage):
    bridge = Bridge(stage, links=False)
    alice, maria, bot = bridge.alice, bridge.maria, bridge.bot
    bot.cli("trust", "approve", alice.jid, alice.fingerprint)
    secret = maria.makes_room(BOT, encrypted=True)
    alice.sends(bot.jid, f"matrix link {secret}")
    alice.hears(f"{secret} is end-to-end encrypted: the bot has no keys to it and cannot read it. Link a room without encryption.")
    maria.reads(secret, lambda e: e["sender"] == BOT and "no keys" in e["content"].get("body", ""))
    alice.sends(bot.jid, f"matrix link {bridge.room}")
    until(20, "she is asked", lambda: any("yes or no" in text for text in alice.heard()))
    alice.sends(bot.jid, "yes")
    until(20, "it is linked", lambda: any(text.startswith("Linked: ") for text in alice.heard()))
    maria.reads(bridge.room, lambda e: e["sender"] == BOT and "linked to the chat" in e["content"].get("body", ""))
    maria.says(bridge.room, "welcome")
    alice.hears("maria: welcome", seconds=60)
    alice.sends(bot.jid, "matrix unlink")
    alice.hears("Not linked any more.")


@case(seconds=240, by_name=True)
def a_ghost_looks_as_its_person_does(stage):
    bridge = Bridge(stage, ghosts=True)
    alice, maria, bot, ghost = bridge.alice, bridge.maria, bridge.bot, ghost_of(bridge.alice.jid)
    profile = "/_matrix/client/v3/profile/" + urllib.parse.quote(ghost, safe="") + "/avatar_url"

    def looks():
        """What Maria's client shows for Alice."""
        _, answer = bridge.synapse.ask("GET", profile, maria.token)
        address = answer.get("avatar_url") or ""
        return bridge.synapse.call("GET", "/_matrix/client/v1/media/download/" + address.removeprefix("mxc://"), maria.token) if address else b""
    for number, content in enumerate((picture("a face"), picture("another face"))):
        shows(alice, content)

        def speaks_and_looks():
            alice.sends(bot.jid, f"hello {number}")
            maria.reads_text(bridge.room, f"hello {number}")
            return looks() == content
        until(60, "the ghost looks so", speaks_and_looks)
