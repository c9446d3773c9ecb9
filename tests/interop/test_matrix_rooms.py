"""The plugin matrix where more takes part: files, rooms on both sides, news of rooms, people with Matrix users of their own."""
import os

from cases import case
from matrix_bridge import BOT, MIB, Bridge, ghost_of
from peer import Peer
from prosody import UPLOAD, jid
from stage import canary, check, read, until
from synapse import NAME, MatrixUser
from test_rooms import TEAM, found


def is_message(body):
    return lambda e: e["type"] == "m.room.message" and e["content"].get("body") == body


@case(seconds=300, by_name=True)
def files_go_both_ways_and_what_is_too_large_is_named(stage):
    bridge = Bridge(stage, uploads=20 * MIB, config={"max_file": 8})
    alice, maria, room, bot = bridge.alice, bridge.maria, bridge.room, bridge.bot
    alice.sends(bot.jid, "hello")  # the bot comes into the room now
    maria.reads_text(room, "alice: hello")
    word = canary("file")
    picture = b"\x89PNG\r\n\x1a\n" + word.encode() + os.urandom(5 * MIB)  # more than a frame or Lua's memory would take twice
    there = maria.sends_file(room, "cat.png", picture, "image/png", caption="look at her")
    alice.hears("maria: look at her", seconds=60)
    copy = stage.path("alice-got")
    heard = alice.gets_file(copy, seconds=60)
    check(read(copy) == picture, "alice has Maria's bytes")
    check(heard["file"].get("name") == "cat.png", f"and their name: {heard}")
    back = stage.path("song.ogg")
    with open(back, "wb") as file:
        file.write(os.urandom(3 * MIB) + word.encode())
    alice.sends_file(bot.jid, back, UPLOAD)
    event = maria.reads(room, lambda e: e["content"].get("msgtype") == "m.audio", seconds=60)
    check(maria.gets_file(event) == read(back), "Maria has Alice's bytes")
    check(event["content"]["info"] == {"mimetype": "audio/ogg", "size": 3 * MIB + len(word)} and event["content"]["filename"] == "song.ogg",
          f"and what they are: {event['content']}")
    maria.sends_file(room, "film.mp4", os.urandom(9 * MIB), "video/mp4")
    alice.hears("maria: [film.mp4, 9.0 MiB: only in Matrix]", seconds=60)
    maria.redacts(room, there)
    alice.wait("message", about={"retract": heard["id"]}, seconds=60)
    check(word not in bridge.server.stanzas(), "the XMPP server sees no word of it")
    for name, content in bot.everything_written().items():
        check(word.encode() not in content, f"nor lies it readable in {name}")


@case(seconds=300, by_name=True)
def a_private_room_and_a_matrix_room_are_one(stage):
    def team(bridge):
        bridge.bob = Peer(stage, bridge.server, "bob", "omemo2,axolotl")
        found(bridge.alice, [jid("bot"), bridge.bob.jid])
        bridge.bob.joins(TEAM)
        return TEAM, {"rooms": {TEAM: {"hear": "members"}}, "allow": ("alice", "bob")}
    bridge = Bridge(stage, ghosts=True, found=team)
    alice, bob, maria, nina, room, bot = bridge.alice, bridge.bob, bridge.maria, bridge.nina, bridge.room, bridge.bot
    until(30, "the bot is in the room", lambda: [each for each in bot.ask("room.list")["rooms"] if not each["obstacle"]])
    word = canary("word")
    alice.says_in(TEAM, f"hello {word}", [bot.jid, bob.jid])
    bob.hears(f"hello {word}", room=TEAM)
    event = maria.reads(room, is_message(f"hello {word}"), seconds=60)
    check(event["sender"] == ghost_of(alice.jid), f"as a user of her own: {event}")
    bob.says_in(TEAM, "me, too", [bot.jid, alice.jid])
    check(maria.reads(room, is_message("me, too"), seconds=60)["sender"] == ghost_of(bob.jid), "and he as his")
    maria.says(room, f"welcome {word}")
    nina.says(room, "hi")
    for person in (alice, bob):
        person.hears(f"maria: welcome {word}", room=TEAM, seconds=60)
        person.hears("nina: hi", room=TEAM, seconds=60)
    check({user["display_name"] for user in maria.members(room).values()} >= {"alice", "bob"}, f"they are in the room: {maria.members(room)}")
    check(word not in bridge.server.stanzas(), "the XMPP server sees no word of it")
    said = 15
    for n in range(said):
        speaker, hearer = (alice, bob) if n % 2 else (bob, alice)
        speaker.says_in(TEAM, f"x{n}", [bot.jid, hearer.jid])
        hearer.hears(f"x{n}", room=TEAM)  # so there is an order
        maria.says(room, f"m{n}")
    alice.hears(f"maria: m{said - 1}", room=TEAM, seconds=90)
    maria.reads(room, is_message(f"x{said - 1}"), seconds=60)
    check([e["content"]["body"] for e in maria.timeline(room) if e["content"].get("body", "").startswith("x")] == [f"x{n}" for n in range(said)], "each once, in order")
    for person in (alice, bob):
        check([t for t in person.heard() if t.startswith("maria: m")] == [f"maria: m{n}" for n in range(said)], f"each once, in order: {person.heard()}")


@case(seconds=240, by_name=True)
def news_of_the_room_and_who_is_typing_are_told(stage):
    bridge = Bridge(stage)
    alice, maria, nina, room, bot = bridge.alice, bridge.maria, bridge.nina, bridge.room, bridge.bot
    alice.sends(bot.jid, "hello")
    maria.reads_text(room, "alice: hello")
    maria.sets(room, "m.room.topic", {"topic": "Fires and floods"})
    alice.hears("* maria has set the topic: Fires and floods", seconds=60)
    maria.call("POST", "rooms", room, "kick", body={"user_id": nina.id, "reason": "too loud"})
    alice.hears("* nina was put out by maria: too loud", seconds=60)
    maria.call("POST", "rooms", room, "invite", body={"user_id": nina.id})
    nina.joins(room)
    alice.hears("* nina has come in.", seconds=60)
    nina.call("PUT", "profile", nina.id, "displayname", body={"displayname": "Nina from the tower"})
    alice.hears("* nina is now called Nina from the tower.", seconds=60)
    nina.sends(room, {"msgtype": "m.text", "body": "**now**", "format": "org.matrix.custom.html", "formatted_body": "<strong>now</strong> &amp; here"})
    alice.hears("Nina from the tower: *now* & here", seconds=60)
    long = maria.says(room, "Nina: " * 9500)  # in two messages, and no second one begins like somebody else's
    until(60, "Alice reads all of it", lambda: sum(text.count("Nina: ") for text in alice.heard() if "Nina: Nina: " in text) >= 9499)
    check([text[:7] for text in alice.heard() if "Nina: Nina: " in text][0] == "maria: ", "with its writer's name in front")
    check([text[:2] for text in alice.heard() if "Nina: Nina: " in text][1] == "… ", "the second part is one")
    maria.redacts(room, long)
    for part in [each for each in alice.history if "Nina: Nina: " in (each.get("body") or "")]:
        alice.wait("message", about={"retract": part["id"]}, seconds=60)
    since = maria.syncs()["next_batch"]
    alice.command("raw", xml=f"<message to='{bot.jid}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>")
    until(30, "Maria sees that somebody types", lambda: BOT in maria.typing_in(room, since))


@case(seconds=240, by_name=True, version=["omemo2", "axolotl"])
def who_types_and_who_has_read_is_shown_on_the_other_side(stage, version):
    bridge = Bridge(stage, ghosts=True, version=version)
    alice, maria, room, bot = bridge.alice, bridge.maria, bridge.room, bridge.bot
    first = alice.sends(bot.jid, "hello")
    here = maria.reads(room, is_message("hello"))
    there = maria.says(room, "good morning")
    heard = alice.hears("maria: good morning", seconds=60)
    before = len(bridge.server.stanzas())
    maria.types(room)
    maria.has_read(room, here["event_id"])
    if version == "omemo2":
        alice.wait("annotation", seconds=60, about={"state": "composing"})
        alice.wait("annotation", seconds=60, about={"displayed": first})
        maria.types(room, False)
        alice.wait("annotation", seconds=60, about={"state": "active"})
        for word in ("chatstates", "<displayed"):
            check(word not in bridge.server.stanzas()[before:], f"the XMPP server sees no {word}")
    else:  # as the clients of that version say it
        seen = lambda word: word in bridge.server.stanzas()[before:]
        until(60, "Alice sees that Maria types", lambda: seen("<composing"))
        until(60, "and that she has read it", lambda: seen("<displayed") and first in bridge.server.stanzas()[before:])
        maria.types(room, False)
        until(60, "and that she does not type any more", lambda: seen("<active"))
    since = maria.syncs()["next_batch"]
    if version == "omemo2":
        alice.sends(bot.jid, "", displayed=heard["id"])
    else:
        alice.command("raw", xml=f"<message to='{bot.jid}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='{heard['id']}'/></message>")
    until(30, "Maria sees that Alice has read it", lambda: ghost_of(alice.jid) in maria.readers(room, there, since))


@case(seconds=240, by_name=True)
def a_person_with_a_token_writes_as_themselves(stage):
    def puppets(bridge):
        bridge.own = MatrixUser(bridge.synapse, "alicia")
        return {"own": (bridge.alice.jid, bridge.own)}
    bridge = Bridge(stage, puppets=puppets)
    alice, maria, room, bot = bridge.alice, bridge.maria, bridge.room, bridge.bot
    first = alice.sends(bot.jid, "it is me")
    event = maria.reads(room, is_message("it is me"))
    check(event["sender"] == bridge.own.id, f"in her own name: {event}")
    alice.sends(bot.jid, "it is I", replace=first)
    maria.reads(room, lambda e: e["sender"] == bridge.own.id and e["content"].get("m.new_content", {}).get("body") == "it is I")
    alice.sends(bot.jid, "/me retracted a previous message", retract=first)
    maria.reads(room, lambda e: e["type"] == "m.room.redaction" and e["sender"] == bridge.own.id)
    bridge.own.says(room, "from my Matrix client")
    alice.hears("alicia: from my Matrix client", seconds=60)
    alice.hears_nothing_of("alicia: it is me")
    check(read(os.path.join(bridge.folder, "own.token")) not in read(bot.log), "her token is in no log")


@case(seconds=300, by_name=True)
def rooms_are_made_when_somebody_wants_one(stage):
    portals = {"from": [f"*:{NAME}"], "to": [jid("bob")], "encryption_ends_here": True}
    bridge = Bridge(stage, links=False, config={"portals": portals}, found=lambda bridge: (bridge.alice.jid, {"allow": ("alice", "bob")}))
    alice, maria, bot = bridge.alice, bridge.maria, bridge.bot
    bob = Peer(stage, bridge.server, "bob")
    bot.cli("trust", "approve", alice.jid, alice.fingerprint)
    alice.sends(bot.jid, f"matrix create {maria.id}")
    until(20, lambda: f"she is asked: {alice.heard()}", lambda: any("yes or no" in text for text in alice.heard()))
    alice.sends(bot.jid, "yes")
    until(20, lambda: f"it is linked: {alice.heard()}", lambda: any(text.startswith("Linked: #_xmpp_") for text in alice.heard()))
    room, = maria.syncs()["rooms"]["invite"]
    maria.joins(room)
    alice.sends(bot.jid, "a room of our own")
    maria.reads_text(room, "alice: a room of our own")
    maria.says(room, "how nice")
    alice.hears("maria: how nice", seconds=60)
    # In Matrix, by inviting whom one wants to speak with
    direct = maria.makes_room(ghost_of(bob.jid))
    until(60, lambda: f"he is asked: {bob.heard()}", lambda: any("portal accept" in text for text in bob.heard()))
    bob.sends(bot.jid, "portal accept")
    bob.hears(f"You are in touch with {maria.id}. `portal refuse` ends it.")
    bob.sends(bot.jid, "who is there?")
    check(maria.reads(direct, is_message("who is there?"))["sender"] == ghost_of(bob.jid), "he writes as himself")
    maria.says(direct, "it is me")
    bob.hears("maria: it is me", seconds=60)
    bob.sends(bot.jid, "portal refuse")
    bob.hears("Nothing you write goes there.")
    until(20, "they are gone", lambda: list(maria.members(direct)) == [maria.id])
    secret = maria.makes_room(ghost_of(bob.jid), encrypted=True)
    stranger = maria.makes_room(ghost_of(alice.jid))
    for refused, who in ((secret, bob), (stranger, alice)):
        maria.reads(refused, lambda e: e["type"] == "m.room.member" and e["state_key"] == ghost_of(who.jid) and e["content"]["membership"] == "leave", seconds=60)
