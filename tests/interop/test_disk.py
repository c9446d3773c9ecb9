"""The disk fails at the n-th write or sync of a running gateway: it says so, loses nothing, and goes on after a restart.

OMEGATE_DISK_POINTS: how many n of each kind (scripts/torture --disk: all); drawn, and printed.
"""
import http.client
import os
import random
import re
import time

from cases import case
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import check, read, tool, until
from test_crash import each_once

POINTS = int(os.environ.get("OMEGATE_DISK_POINTS", "3"))
WRITES, SYNCS = "pwrite64", "fdatasync,fsync"
REASON = re.compile(r"input/output|disk i/o|no space|full|must not be used|anchor", re.I)
PATIENCE = 12  # seconds for a gateway to end, or to do its work in spite of the fault


class Disk:
    """One gateway whose disk is told to fail, and what somebody was told before."""

    def __init__(self, stage, calls):
        self.stage, self.calls, self.trace = stage, calls, stage.path("calls")
        self.server = Prosody(stage)
        self.alice = Peer(stage, self.server, "alice")
        self.bot = Gateway(stage, self.server)
        self.expected, self.errands = [], 0
        self.errand(60)  # keys are fetched and sessions there

    def under(self, *injection):
        """-D: the gateway stays our child, the tracer ends with it."""
        self.stage.write("calls", "")
        return [tool("strace"), "-D", "-f", "-qq", "-o", self.trace, "-e", f"trace={self.calls}", *injection]

    def count(self):
        """How many calls a start, an alert and a command make, about: works that meet share a sync."""
        self.bot.stop()
        self.bot.start(under=self.under())
        self.errand(60)
        count = sum(read(self.trace).count(name.encode() + b"(") for name in self.calls.split(","))
        self.bot.stop()
        return count

    def errand(self, seconds):
        """An alert, a command; until both are answered, or the gateway has ended, or time is up. How it went."""
        self.errands += 1
        alert, word = f"alert {self.errands}", f"word {self.errands}"
        self.alice.sends(self.bot.jid, f"tell {word}")
        self.expected.append(f"you said {word}")
        accepted, end = False, time.monotonic() + seconds
        while time.monotonic() < end and self.bot.process.poll() is None:
            accepted = accepted or self.is_accepted(alert)
            if accepted and {alert, f"you said {word}"} <= set(self.alice.heard()):
                break
            time.sleep(0.05)
        if accepted:
            self.expected.append(alert)
        else:
            self.pending = alert
        return accepted

    def is_accepted(self, alert):
        try:
            return self.bot.post("alerts", alert, key=alert)[0] == 202
        except (OSError, http.client.HTTPException):
            return False

    def fails(self, number, error, onwards):
        """The fault at call `number`, then a disk that is whole again."""
        before = len(self.bot.log_text())
        when = f"{number}+" if onwards else str(number)
        inject = f"inject={self.calls}:error={error}:when={when}"
        self.pending = None
        self.bot.start(ready=False, under=self.under("-e", inject))
        self.errand(PATIENCE)
        injected = b"(INJECTED)" in read(self.trace)
        said = self.bot.log_text()[before:]
        how = "went on" if self.bot.process.poll() is None else f"ended with {self.bot.process.returncode}"
        self.stage.say(f"{error} at call {when}: {how if injected else 'not reached'}")
        self.bot.kill()
        if injected:
            check(REASON.search(said), f"the log says why; it says:\n{said}")
        self.bot.start()
        if self.pending:  # whoever was refused tries again with the same key
            until(30, "the alert is accepted now", lambda: self.is_accepted(self.pending))
            self.expected.append(self.pending)
        until(90, lambda: f"everything arrives; missing {set(self.expected) - set(self.alice.heard())}\n{self.bot.log_text()[-1500:]}",
              lambda: set(self.expected) <= set(self.alice.heard()))
        self.bot.stop()
        return injected


def fail_at_drawn_calls(stage, calls, error, onwards):
    seed = random.randrange(1 << 30)
    disk = Disk(stage, calls)
    count = disk.count()
    numbers = range(1, count + 1)
    if POINTS < count:
        draw = random.Random(seed)
        numbers = [draw.randint(1, count // 2), *draw.sample(numbers, POINTS - 1)]  # the first is surely met
    stage.say(f"{count} calls of {calls}, seed {seed}")
    reached = [disk.fails(number, error, onwards) for number in numbers]
    check(any(reached), "a fault is met")
    disk.bot.start()
    disk.errand(60)
    each_once(disk.alice.heard(), disk.expected)


# case 140
@case(calls=[WRITES, SYNCS], seconds=300 + 40 * POINTS)
def an_error_of_the_disk_loses_nothing(stage, calls):
    fail_at_drawn_calls(stage, calls, "EIO", onwards=False)


# case 143
@case(calls=[WRITES, SYNCS], seconds=300 + 40 * POINTS)
def a_disk_that_fills_up_at_any_moment_loses_nothing(stage, calls):
    fail_at_drawn_calls(stage, calls, "ENOSPC", onwards=True)
