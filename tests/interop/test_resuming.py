"""A restart is no new session: the stream goes on, and nothing is lost or doubled."""
import random
import re
import time

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until

RESUMED = "mod_smacks resuming existing session"


def resumptions(server):
    return server.log_text().count(RESUMED)


def has_its_presence_recorded(bot):
    """The first record follows the server's acknowledgement of our presence."""
    until(10, "the stream has a record", lambda: bot.ask("status")["ready"])
    time.sleep(0.3)


@case(end=["stop", "kill"])
def a_restart_resumes_the_stream(stage, end):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("before the restart")
    alice.hears("before the restart")
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    has_its_presence_recorded(bot)
    (bot.stop if end == "stop" else bot.kill)()
    check("</stream:stream>" not in server.stanzas(), "no goodbye was said")
    alice.sends(bot.jid, "tell meanwhile")
    bot.start()
    check(resumptions(server) == 1, f"the server says that it resumed; {resumptions(server)} times")
    alice.hears("you said meanwhile")
    bot.alerts("after the restart")
    alice.hears("after the restart")
    alice.sends(bot.jid, "tell end")
    alice.hears("you said end")
    heard = alice.heard()
    for text in ("before the restart", "pong", "you said meanwhile", "after the restart", "you said end"):
        check(heard.count(text) == 1, f"'{text}' exactly once: {heard}")


@case()
def a_message_of_the_downtime_arrives_once_where_the_server_forgot_the_stream(stage):
    server = Prosody(stage, hibernation=1)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")
    has_its_presence_recorded(bot)
    bot.stop()
    until(20, "the server gives the stream up", lambda: "Destroying session for hibernating too long" in server.log_text())
    alice.sends(bot.jid, "tell once")
    bot.start()
    check(resumptions(server) == 0, "nothing was left to resume")
    alice.hears("you said once")
    alice.sends(bot.jid, "tell end")
    alice.hears("you said end")
    check(alice.heard().count("you said once") == 1, f"once: {alice.heard()}")


@case()
def a_final_stop_says_goodbye(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("hello")
    alice.hears("hello")
    has_its_presence_recorded(bot)
    bot.cli("stop", "--final")
    until(20, "it has ended", lambda: bot.process.poll() is not None)
    until(5, "the server was told", lambda: re.search(r"from bot\S* <presence [^>]*type='unavailable'", server.stanzas()))
    check("hibernation" not in server.log_text(), "and keeps nothing for it")
    bot.start()
    check(resumptions(server) == 0, "the next session is a new one")
    bot.alerts("hello again")
    alice.hears("hello again")


@case(seconds=240)
def alerts_and_commands_survive_sigkill_over_one_stream(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("alert 0")
    alice.hears("alert 0")
    has_its_presence_recorded(bot)
    texts = ["alert 0"]
    for number in range(1, 9):
        for part in "abc":
            texts.append(f"alert {number}{part}")
            bot.alerts(texts[-1])
        texts.append(f"you said {number}")
        alice.sends(bot.jid, f"tell {number}")
        time.sleep(random.uniform(0, 0.15))
        bot.kill()
        bot.start()
    until(60, lambda: f"alice has them all; she has {alice.heard()}", lambda: set(texts) <= set(alice.heard()))
    bot.alerts("the last one")
    alice.hears("the last one")
    check(sorted(alice.heard()) == sorted([*texts, "the last one"]), f"each once: {sorted(alice.heard())}")
    check(resumptions(server) >= 6, f"nearly every start resumed: {resumptions(server)} of 8")
