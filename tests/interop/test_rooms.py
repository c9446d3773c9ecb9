"""Rooms: said to all who belong there, here or not; heard from them; and silent where anybody could read."""
from cases import case
from gateway import Gateway
from peer import Peer
from prosody import ROOMS, Prosody, jid
from stage import Failure, canary, check, until

TEAM = f"team@{ROOMS}"
BOTH = ["axolotl", "omemo2"]


def configure(owner, room, **settings):
    """Submits the room's form: membersonly, whois …"""
    fields = "".join(f"<field var='muc#roomconfig_{name}'><value>{value}</value></field>" for name, value in settings.items())
    reply = owner.iq("set", f"<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
                     f"<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>{fields}</x></query>", to=room)
    check(reply["type"] == "result", f"the room takes its settings: {reply}")


def affiliate(owner, room, who, affiliation="member"):
    reply = owner.iq("set", f"<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='{affiliation}' jid='{who}'/></query>", to=room)
    check(reply["type"] == "result", f"{who} is {affiliation}: {reply}")


def found(owner, members):
    """A private room with these members."""
    owner.joins(TEAM)
    configure(owner, TEAM, membersonly="1", whois="anyone", persistentroom="1")
    for member in members:
        affiliate(owner, TEAM, member)


def rooms_of(bot):
    return {room["jid"]: room for room in bot.ask("room.list")["rooms"]}


def in_team(stage, server, **settings):
    bot = Gateway(stage, server, rooms={TEAM: {"hear": "members", **settings}})
    until(20, lambda: f"the bot is in the room; it says {rooms_of(bot)}", lambda: not rooms_of(bot)[TEAM]["obstacle"])
    return bot


@case(version=BOTH, seconds=120)
def a_room_of_three_with_one_offline(stage, version):
    server = Prosody(stage, rooms=True)
    alice, bob = Peer(stage, server, "alice", version), Peer(stage, server, "bob", version, store="bob.keys")
    found(alice, [jid("bot"), bob.jid])
    bob.close()
    bot = in_team(stage, server)
    word = canary("word")
    row = bot.cli_json("send", TEAM, f"the disk is full {word}", "--wait", "sent")
    heard = alice.hears(f"the disk is full {word}", room=TEAM)
    check(heard["sender"] == bot.jid and not heard["wants_receipt"], "by the bot, and nobody is asked for receipts")
    bob = Peer(stage, server, "bob", version, store="bob.keys")
    bob.joins(TEAM)
    bob.hears(f"the disk is full {word}", room=TEAM)  # out of the room's history: it was encrypted to him, too
    message, = bot.ask("why", message=str(row["id"]))["messages"]
    check({d["jid"] for d in message["devices"] if d["included"]} == {alice.jid, bob.jid}, f"why names both: {message}")
    alice.says_in(TEAM, f"tell {word}", [bot.jid, bob.jid], version)
    alice.hears(f"you said {word}", room=TEAM)
    bob.hears(f"you said {word}", room=TEAM)
    check(word not in server.stanzas(), "the server sees no word of it")


@case(seconds=120)
def a_member_without_keys_is_left_out_and_stops_nobody(stage):
    server = Prosody(stage, rooms=True)
    alice, bob = Peer(stage, server, "alice", "omemo2"), Peer(stage, server, "bob", "none")
    found(alice, [jid("bot"), bob.jid])
    bot = in_team(stage, server)
    row = bot.cli_json("send", TEAM, "hello", "--wait", "sent")["id"]
    alice.hears("hello", room=TEAM)
    message, = bot.ask("why", message=str(row))["messages"]
    check([(d["jid"], d["cause"]) for d in message["devices"] if not d["included"]] == [(bob.jid, "no_device")], f"why names him: {message}")


# case 131
@case(seconds=120)
def a_room_that_opens_is_an_alarm_and_nothing_is_said_in_it(stage):
    server = Prosody(stage, rooms=True)
    alice = Peer(stage, server, "alice", "omemo2")
    found(alice, [jid("bot")])
    bot = in_team(stage, server)
    for settings, why in (({"membersonly": "0"}, "open to anybody"), ({"membersonly": "1", "whois": "moderators"}, "hides its members")):
        configure(alice, TEAM, **settings)
        until(15, lambda: f"the bot notices; it says {rooms_of(bot)}", lambda: why in rooms_of(bot)[TEAM]["obstacle"])
        secret = canary("secret")
        row = bot.cli_json("send", TEAM, secret)["id"]
        until(15, "it is held", lambda: bot.ask("outbox.show", id=row)["state"] == "held")
        check(why in bot.ask("outbox.show", id=row)["reason"], "with the reason")
        check("room.exposed" in bot.log_text(), "and there is an alarm")
        configure(alice, TEAM, membersonly="1", whois="anyone")
        alice.hears(secret, room=TEAM, seconds=30)


@case(seconds=120)
def who_is_put_out_stays_out_and_who_is_kicked_comes_back(stage):
    server = Prosody(stage, rooms=True)
    alice = Peer(stage, server, "alice", "omemo2")
    found(alice, [jid("bot")])
    bot = in_team(stage, server)
    affiliate(alice, TEAM, bot.jid, "none")
    until(15, "the bot is out", lambda: rooms_of(bot)[TEAM]["state"] == "refused")
    row = bot.cli_json("send", TEAM, "into nothing")["id"]
    until(15, "it is held", lambda: bot.ask("outbox.show", id=row)["state"] == "held")
    affiliate(alice, TEAM, bot.jid)
    bot.restart()
    alice.hears("into nothing", room=TEAM, seconds=30)


@case(seconds=120)
def a_reload_goes_into_new_rooms_and_out_of_those_that_are_gone(stage):
    server = Prosody(stage, rooms=True)
    alice, bot = Peer(stage, server, "alice", "omemo2"), Gateway(stage, server)
    found(alice, [jid("bot")])
    row = bot.cli_json("send", TEAM, "from before")["id"]
    until(15, "nothing is said to a room the bot is not in", lambda: bot.ask("outbox.show", id=row)["state"] == "held")

    def reloads(rooms):
        bot.accounts["bot"]["rooms"] = rooms
        bot.write_files()
        said = bot.cli_json("reload")
        check("account bot: other rules" in said["changes"] and not said["needs_restart"], f"it is taken on: {said}")

    reloads({TEAM: {"nick": "robot"}})
    alice.hears("from before", room=TEAM, seconds=30)
    check(rooms_of(bot)[TEAM]["nick"] == "robot", f"under its name there: {rooms_of(bot)}")
    alice.says_in(TEAM, "tell one", [bot.jid], "omemo2")
    alice.hears("you said one", room=TEAM)
    reloads({TEAM: {"nick": "helper", "hear": "members"}})
    until(20, lambda: f"it goes by another name: {rooms_of(bot)}", lambda: rooms_of(bot)[TEAM]["nick"] == "helper" and not rooms_of(bot)[TEAM]["obstacle"])
    bot.cli("send", TEAM, "the same bot", "--wait", "sent")
    alice.hears("the same bot", room=TEAM)
    reloads({})
    until(15, lambda: f"it is out: {rooms_of(bot)}", lambda: not rooms_of(bot))
    row = bot.cli_json("send", TEAM, "for nobody")["id"]
    until(15, "and says nothing there any more", lambda: bot.ask("outbox.show", id=row)["state"] == "held")
    reloads({TEAM: {}})
    alice.hears("for nobody", room=TEAM, seconds=30)


@case(version=BOTH, seconds=120)
def what_was_said_while_the_bot_was_away_is_heard_once_and_in_order(stage, version):
    server = Prosody(stage, rooms=True)
    alice, bob = Peer(stage, server, "alice", version), Peer(stage, server, "bob", version)
    found(alice, [jid("bot"), bob.jid])
    bot = in_team(stage, server)
    bob.joins(TEAM)
    alice.says_in(TEAM, "tell first", [bot.jid, bob.jid], version)
    alice.hears("you said first", room=TEAM)
    bot.cli("stop", "--final")
    bot.process.wait(20)
    texts = [f"number {n}" for n in range(8)]
    for n, text in enumerate(texts):  # in turn, each after the other's was heard
        speaker, hearer = (alice, bob) if n % 2 else (bob, alice)
        speaker.says_in(TEAM, f"tell {text}", [bot.jid, hearer.jid], version)
        hearer.hears(f"tell {text}", room=TEAM)
    bot.start()
    for text in texts:
        alice.hears(f"you said {text}", room=TEAM, seconds=30)
    alice.says_in(TEAM, "tell last", [bot.jid, bob.jid], version)
    alice.hears("you said last", room=TEAM)
    bot.cli("stop", "--final")
    bot.process.wait(20)
    bot.start()
    alice.says_in(TEAM, "tell again", [bot.jid, bob.jid], version)
    alice.hears("you said again", room=TEAM)
    heard = [text for text in alice.heard() if text.startswith("you said")]
    check(heard == [f"you said {text}" for text in ("first", *texts, "last", "again")], f"each once, in order: {heard}")


def invites(person, room, who):
    """Directly, as clients do for private rooms."""
    person.command("raw", xml=f"<message to='{who}'><x xmlns='jabber:x:conference' jid='{room}'/></message>")


@case(seconds=120)
def an_admins_invitation_is_followed_and_nobody_elses(stage):
    server = Prosody(stage, rooms=True)
    alice, bob = Peer(stage, server, "alice", "omemo2"), Peer(stage, server, "bob", "omemo2")
    found(alice, [jid("bot")])
    bot = Gateway(stage, server, admins=[alice.jid])
    invites(bob, TEAM, bot.jid)
    until(15, "it is in the log", lambda: "room.invitation_ignored" in bot.log_text())
    check(not rooms_of(bot), "bob is no admin")
    invites(alice, TEAM, bot.jid)
    until(20, lambda: f"the bot is in; it says {rooms_of(bot)}", lambda: rooms_of(bot) and not rooms_of(bot)[TEAM]["obstacle"])
    bot.cli("send", TEAM, "thank you", "--wait", "sent")
    alice.hears("thank you", room=TEAM)
    bot.restart()
    until(20, "and stays over a restart", lambda: rooms_of(bot) and not rooms_of(bot)[TEAM]["obstacle"])
    invites(alice, f"nowhere@{ROOMS}", bot.jid)
    until(15, "a room that is not there is not made", lambda: "there is no room nowhere@" in bot.log_text())
    check(set(rooms_of(bot)) == {TEAM}, f"one room: {rooms_of(bot)}")
    alice.joins(f"hall@{ROOMS}")
    configure(alice, f"hall@{ROOMS}", membersonly="0", whois="moderators")
    invites(alice, f"hall@{ROOMS}", bot.jid)
    until(15, "one that is open is not for it", lambda: "open to anybody" in bot.log_text())
    until(15, "it went out again", lambda: set(rooms_of(bot)) == {TEAM})


@case(seconds=120)
def a_bookmark_of_the_accounts_other_client_is_followed_where_the_settings_say_so(stage):
    server = Prosody(stage, rooms=True)
    alice = Peer(stage, server, "alice", "omemo2")
    found(alice, [jid("bot")])
    other = Peer(stage, server, "bot", "none", resource="elsewhere")
    reply = other.iq("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'>"
                     f"<item id='{TEAM}'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item></publish></pubsub>", to=other.jid)
    check(reply["type"] == "result", f"the bookmark is kept: {reply}")
    bot = Gateway(stage, server)
    check(not rooms_of(bot), "by default it follows none")
    bot.stop()
    bot.accounts["bot"]["follow_bookmarks"] = True
    bot.write_files()
    bot.start()
    until(20, lambda: f"the bot is in; it says {rooms_of(bot)}", lambda: rooms_of(bot) and not rooms_of(bot)[TEAM]["obstacle"])


@case(version=BOTH, seconds=120)
def a_bot_that_is_a_moderator_takes_out_what_a_member_said(stage, version):
    server = Prosody(stage, rooms=True, moderation=True)
    alice, bob = Peer(stage, server, "alice", version), Peer(stage, server, "bob", version)
    found(alice, [jid("bot"), bob.jid])
    bot = in_team(stage, server)
    bob.joins(TEAM)
    word = canary("word")
    alice.says_in(TEAM, f"tell {word}", [bot.jid, bob.jid], version)
    alice.hears(f"you said {word}", room=TEAM)  # the bot has it
    said = bob.hears(f"tell {word}", room=TEAM)
    refused = bot.cli("room", "moderate", TEAM, said["id"], check_code=False)
    check(refused.returncode != 0 and "no moderator" in refused.stdout + refused.stderr, f"it is told what is missing: {refused}")
    check("<moderated" not in server.stanzas(), "and nothing is taken out")
    affiliate(alice, TEAM, bot.jid, "admin")
    reason = canary("reason")
    bot.cli("room", "moderate", TEAM, said["id"], "--reason", reason)
    until(15, "the room says to its members that the bot took it out",
          lambda: any(f"by='{TEAM}/" in line and reason in line and line.startswith(f"to {bob.jid}") and "<moderated" in line
                      for line in server.stanzas().splitlines()))
    check(word not in server.stanzas(), "the server sees no word of it")
    missing = bot.cli("room", "moderate", TEAM, "no-such-number", check_code=False)
    check(missing.returncode != 0 and "no such message" in missing.stdout + missing.stderr, f"what is not there is not taken out: {missing}")


@case(version=BOTH, seconds=120)
def a_late_device_of_a_member_hears_alone_what_was_said_in_the_room(stage, version):
    server = Prosody(stage, rooms=True)
    phone, bob = Peer(stage, server, "alice", version, resource="phone"), Peer(stage, server, "bob", version)
    found(phone, [jid("bot"), bob.jid])
    bot = Gateway(stage, server, rooms={TEAM: {"hear": "members"}}, redeliver={"hours": 1, "messages": 5})
    until(20, lambda: f"the bot is in the room; it says {rooms_of(bot)}", lambda: not rooms_of(bot)[TEAM]["obstacle"])
    bob.joins(TEAM)
    word = canary("word")
    bot.cli_json("send", TEAM, word, "--wait", "sent")
    phone.hears(word, room=TEAM)
    bob.hears(word, room=TEAM)
    laptop = Peer(stage, server, "alice", version, resource="laptop")
    until(20, "the gateway lists the laptop's key",
          lambda: laptop.fingerprint in [k["fingerprint"] for k in bot.ask("trust.list", jid=phone.jid)["keys"]])
    bot.cli("trust", "approve", phone.jid, laptop.fingerprint)
    until(20, "the laptop hears it from the bot alone",
          lambda: [body for body in laptop.heard() if body.startswith("(again, from ") and body.endswith(f" in {TEAM}) {word}")])
    bot.cli_json("send", TEAM, "for everybody", "--wait", "sent")
    bob.hears("for everybody", room=TEAM)
    check(not [body for body in bob.heard() + phone.heard() if "(again" in body], "and nobody hears it twice")
    check(word not in server.stanzas(), "the server sees no word of it")
