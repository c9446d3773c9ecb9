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
