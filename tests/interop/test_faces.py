"""Faces: the bot's picture as people's clients see it, and the pictures of people as plugins get them."""
import os

from cases import case
from faces import announced_by, hash_of, in_vcard_of, picture, published_by, shows
from gateway import Gateway
from peer import Peer
from prosody import Prosody, jid
from stage import ROOT, check, until
from test_rooms import TEAM, found

PORTRAIT = {"portrait": {"path": os.path.join(ROOT, "tests/flow/plugins/portrait")}}


def has_picture(stage, content):
    stage.write("gateway/bot.png", "")
    with open(stage.path("gateway", "bot.png"), "wb") as file:
        file.write(content)


def asks(peer, bot, text="look"):
    peer.sends(bot.jid, text)
    return peer.wait("message")["body"]


@case(vcards=[None, "vcard", "vcard_legacy"])
def the_bot_has_a_face_and_another_one_after_a_reload(stage, vcards):
    server, face, other = Prosody(stage, vcards=vcards), picture("a face"), picture("another face")
    has_picture(stage, face)
    bot = Gateway(stage, server, avatar="bot.png", nickname="Ops bot")
    alice = Peer(stage, server, "alice")

    def sees(content):
        until(20, "alice sees the picture", lambda: announced_by(alice, bot.jid) == hash_of(content))
        check(published_by(alice, bot.jid, hash_of(content)) == content, "it is that picture")
        if vcards:
            until(10, "old clients see it, too", lambda: in_vcard_of(alice, bot.jid) == content)
    sees(face)
    has_picture(stage, other)
    said = bot.cli_json("reload")
    check(not said["problems"] and said["changes"], f"the reload takes it on: {said}")
    sees(other)
    del bot.accounts["bot"]["avatar"]
    bot.write_files()
    bot.cli("reload")
    until(20, "it is taken back", lambda: announced_by(alice, bot.jid) == "")
    # and the bot still does what it is there for
    bot.alerts("no face, but a voice")
    alice.hears("no face, but a voice")


@case()
def a_picture_that_is_none_is_a_mistake_of_the_config(stage):
    server = Prosody(stage)
    bot = Gateway(stage, server)
    stage.write("gateway/bot.png", "<svg/>")
    bot.accounts["bot"]["avatar"] = "bot.png"
    bot.write_files()
    refused = bot.cli("check", check_code=False)
    check(refused.returncode != 0 and "PNG or JPEG" in refused.stdout + refused.stderr, f"it says what it wants: {refused.stderr}")


@case()
def a_plugin_gets_the_picture_that_somebody_publishes_and_the_next_one(stage):
    server = Prosody(stage)
    bot, alice = Gateway(stage, server, plugins=PORTRAIT), Peer(stage, server, "alice")
    check(asks(alice, bot) == "none", "there is none yet")
    for content in (picture("a face"), picture("another face")):
        shows(alice, content)
        wanted = f"{hash_of(content)} avatar.png here {len(content)}"
        until(20, "the plugin has the picture", lambda: asks(alice, bot) == wanted)
        check(asks(alice, bot) == "still " + hash_of(content), "and knows it by its hash")


@case(seconds=120)
def a_plugin_gets_the_picture_that_a_room_shows_of_somebody(stage):
    server, face = Prosody(stage, rooms=True, vcards="vcard_legacy"), picture("a face")
    alice = Peer(stage, server, "alice")
    shows(alice, face)
    found(alice, [jid("bot")])
    bot = Gateway(stage, server, plugins=PORTRAIT, rooms={TEAM: {"hear": "members"}})
    until(20, "the bot is in the room", lambda: not bot.ask("room.list")["rooms"][0]["obstacle"])
    wanted = f"{hash_of(face)} avatar.png here {len(face)}"

    def asks_there():
        alice.says_in(TEAM, "look", [bot.jid])
        return alice.wait("message", sender=bot.jid)["body"]
    until(30, "the plugin has the picture", lambda: asks_there() == wanted)
