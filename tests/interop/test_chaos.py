"""A bad network between the gateway and a real server, and a client that counts: nothing lost, nothing twice."""
import random
import threading
import time

from cases import case
from chaos import Chaos
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, until
from test_crash import each_once, post_stubbornly

MESSAGES = 30


class Traffic:
    """Alerts out, commands in and their answers out, over a proxy."""

    def __init__(self, stage, **of_the_server):
        self.seed = random.randrange(1 << 30)
        stage.say(f"seed {self.seed}")
        self.stage, self.server = stage, Prosody(stage, **of_the_server)
        self.chaos = Chaos(stage, self.server.port, self.seed)
        self.alice = Peer(stage, self.server, "alice")
        self.bot = Gateway(stage, self.server, port=self.chaos.port)
        self.threads, self.expected = [], []

    def flows(self, count=MESSAGES, pause=0.1):
        """In the background, until all is accepted."""
        alerts = [f"alert {number}" for number in range(count)]
        words = [f"word {number}" for number in range(count)]
        self.expected += alerts + [f"you said {word}" for word in words]
        self.threads = [threading.Thread(target=post_stubbornly, args=(self.bot, alerts, pause), daemon=True),
                        threading.Thread(target=self.write, args=(words, pause), daemon=True)]
        for thread in self.threads:
            thread.start()

    def write(self, words, pause):
        for word in words:
            self.alice.sends(self.bot.jid, f"tell {word}")
            time.sleep(pause)

    def arrived_once_each(self, seconds=120):
        for thread in self.threads:
            thread.join(60)
            check(not thread.is_alive(), "everything is accepted")
        until(seconds, lambda: f"alice has all {len(self.expected)}; she lacks "
              f"{sorted(set(self.expected) - set(self.alice.heard()))}",
              lambda: set(self.expected) <= set(self.alice.heard()))
        self.bot.alerts("the last one")  # what was repeated comes before it
        self.alice.sends(self.bot.jid, "tell the last word")
        self.alice.hears("the last one", seconds=60)
        self.alice.hears("you said the last word", seconds=60)
        each_once(self.alice.heard(), [*self.expected, "the last one", "you said the last word"])
        self.stage.say(f"{len(self.expected) + 2} texts, each once; {self.chaos.bytes_passed} bytes passed")


# case 6, 8, 15
@case(seconds=300)
def a_storm_of_faults_loses_nothing_and_doubles_nothing(stage):
    traffic = Traffic(stage)
    traffic.flows(pause=0.4)
    stage.say("storm: " + ", ".join(traffic.chaos.storm(seconds=20)))
    traffic.arrived_once_each()


@case(seconds=300)
def a_storm_and_a_process_that_is_killed_lose_nothing(stage):
    traffic = Traffic(stage)
    traffic.flows(pause=0.4)
    for _ in range(3):
        traffic.chaos.storm(seconds=4)
        traffic.bot.kill()
        traffic.bot.start()
    traffic.arrived_once_each()


@case(fault=["single_bytes", "coalesce", "delay"], seconds=180)
def a_slow_network_is_only_slow(stage, fault):
    traffic = Traffic(stage)
    traffic.chaos.fault = fault
    traffic.flows(count=10)
    traffic.arrived_once_each()


# case 7
@case(seconds=240)
def a_black_hole_is_noticed_within_a_minute(stage):
    traffic = Traffic(stage)
    traffic.flows(count=3)
    traffic.arrived_once_each()
    traffic.chaos.fault = "black_hole"
    stage.say("black hole")
    start = time.monotonic()
    until(60 + 15, "the gateway knows that it is offline", lambda: not traffic.bot.status()["ready"], pause=0.2)
    stage.say(f"noticed after {time.monotonic() - start:.0f} s")
    traffic.bot.alerts("into the hole")
    traffic.expected += ["the last one", "you said the last word", "into the hole"]
    traffic.chaos.fault = None
    traffic.chaos.reset()
    until(90, "the text arrives after all", lambda: "into the hole" in traffic.alice.heard())
    each_once(traffic.alice.heard(), traffic.expected)
