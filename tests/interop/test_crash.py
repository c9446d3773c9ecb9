"""SIGKILL in the middle of traffic, and a server that goes away: nothing lost, nothing doubled."""
import http.client
import random
import threading
import time

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until

MESSAGES = 40


def post_stubbornly(bot, texts, pause=0.0):
    """As a careful sender does: each text with a key of its own, until it is accepted."""
    for text in texts:
        time.sleep(pause)
        while True:
            try:
                status, _ = bot.post("alerts", text, key=text)
                if status == 202:
                    break
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)


def kill_again_and_again(bot, times):
    for _ in range(times):
        time.sleep(random.uniform(0.1, 0.8))
        bot.kill()
        bot.start()


def each_once(heard, texts):
    check(sorted(heard) == sorted(texts), "each text once: missing {}, more than once {}".format(
        sorted(set(texts) - set(heard)), sorted({text for text in heard if heard.count(text) > 1})))


# case 134
@case(seconds=240)
def alerts_survive_sigkill(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    texts = [f"alert {number}" for number in range(MESSAGES)]
    sender = threading.Thread(target=post_stubbornly, args=(bot, texts), daemon=True)
    sender.start()
    kill_again_and_again(bot, times=5)
    sender.join(60)
    check(not sender.is_alive(), "all alerts are accepted")
    until(60, lambda: f"alice has them all; she has {len(alice.heard())}", lambda: set(texts) <= set(alice.heard()))
    bot.alerts("the last one")
    alice.hears("the last one")
    each_once(alice.heard(), [*texts, "the last one"])


# case 135
@case(seconds=240)
def commands_survive_sigkill(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    words = [f"word {number}" for number in range(MESSAGES)]

    def write():
        for word in words:
            alice.sends(bot.jid, f"tell {word}")
            time.sleep(0.05)
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    kill_again_and_again(bot, times=4)
    writer.join(60)
    answers = [f"you said {word}" for word in words]
    until(60, lambda: f"alice has all answers; she has {len(alice.heard())}", lambda: set(answers) <= set(alice.heard()))
    alice.sends(bot.jid, "tell the last one")
    alice.hears("you said the last one")
    each_once(alice.heard(), [*answers, "you said the last one"])


@case(seconds=120)
def after_a_restart_of_the_server_everything_is_delivered(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice", store="alice.keys"), Gateway(stage, server)
    bot.alerts("before")
    alice.hears("before")
    alice.close()
    server.stop()
    bot.alerts("while the server is down")
    server.start()
    alice = Peer(stage, server, "alice", store="alice.keys")
    alice.hears("while the server is down", seconds=60)
    alice.sends(bot.jid, "ping")
    alice.hears("pong")


# case 154
@case()
def a_stop_on_request_is_clean_and_quick(stage):
    server = Prosody(stage)
    alice, bot = Peer(stage, server, "alice"), Gateway(stage, server)
    bot.alerts("one")
    alice.hears("one")
    start = time.monotonic()
    check(bot.stop() == 0, f"exit code 0, not {bot.process.returncode}")
    check(time.monotonic() - start < 10, "within ten seconds")
    bot.start()
    bot.alerts("two")
    alice.hears("two")
