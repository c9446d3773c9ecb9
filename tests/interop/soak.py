"""scripts/torture --soak MINUTES: traffic both ways through a real server, faults among it, and nothing grows.

What is checked, each time on the running program: every text arrives once; resident memory and open descriptors after
the first third stay where they are; the database grows by what it keeps of each message (a week's history) and no
more; its log is folded.
"""
import os
import pathlib
import random
import sys
import threading
import time

from chaos import FAULTS, Chaos
from gateway import Gateway
from peer import Peer
from prosody import Prosody
from stage import Failure, Stage, check, until
from test_crash import post_stubbornly

# Some MiB: the allocator keeps what a burst needed; a leak of a message's size shows above it within an hour.
memory_grows = 3 * 1024 * 1024
memory_grows_an_hour = 1024 * 1024
descriptors_grow = 3
log_bytes = 8 * 1024 * 1024        # folded at 4 MiB, written by whole batches
kept_of_a_message = 4096           # bytes: a row sent, its notes per device, the id seen
pause_between = 0.25               # seconds, between two alerts and between two commands: Prosody is not what is tested
fault_every = 20                   # seconds


class Soak:
    def __init__(self, stage, seed):
        print(f"soak, seed {seed}", flush=True)
        self.stage, self.random = stage, random.Random(seed)
        server = Prosody(stage)
        self.chaos = Chaos(stage, server.port, seed)
        self.alice = Peer(stage, server, "alice")
        self.bot = Gateway(stage, server, port=self.chaos.port)
        self.pid = self.bot.process.pid
        self.stop, self.expected, self.samples, self.heard, self.said = threading.Event(), [], [], [], 0
        self.lock, self.failures, self.faults = threading.Lock(), [], []

    def run(self, seconds):
        threads = [threading.Thread(target=self.guarded, args=(work,), daemon=True)
                   for work in (self.post, self.write, self.disturb)]
        for thread in threads:
            thread.start()
        self.watch(seconds)
        self.stop.set()
        for thread in threads:
            thread.join(60)
        self.chaos.fault = None
        check(not self.failures, f"the traffic goes on: {self.failures}")
        until(180, lambda: f"everything arrives; missing {sorted(self.missing())[:10]}", lambda: not self.missing())
        heard = self.texts()
        twice = sorted({text for text in heard if heard.count(text) > 1})
        check(not twice, f"nothing arrives twice: {twice[:10]}")
        check(self.bot.process.pid == self.pid, "it is the same process to the end")
        self.judge()

    # --- traffic
    def guarded(self, work):
        try:
            work()
        except Exception as failure:  # a thread's end must not go unnoticed
            self.failures.append(repr(failure))

    def expect(self, text):
        with self.lock:
            self.expected.append(text)

    def post(self):
        number = 0
        while not self.stop.wait(pause_between):
            number += 1
            self.expect(f"alert {number}")
            post_stubbornly(self.bot, [f"alert {number}"])

    def write(self):
        number = 0
        while not self.stop.wait(pause_between):
            number += 1
            self.expect(f"you said word {number}")
            self.alice.command("send", to=self.bot.jid, body=f"tell word {number}", version=None, tag=None)

    def disturb(self):
        while not self.stop.wait(self.random.uniform(0.5, 1.5) * fault_every):
            fault = self.random.choice(FAULTS)
            self.faults.append(fault)
            if fault in ("reset", "half_close"):
                getattr(self.chaos, fault)()
                continue
            self.chaos.fault = fault
            self.stop.wait(2)
            if fault in ("black_hole", "stop_reading"):
                self.chaos.reset()
            self.chaos.fault = None

    def texts(self):
        self.heard = self.alice.heard()
        return self.heard

    def missing(self):
        return set(self.expected) - set(self.texts())

    # --- what grows
    def watch(self, seconds):
        start = shown = time.monotonic()
        while time.monotonic() - start < seconds and not self.failures:
            time.sleep(min(5, seconds / 20))
            self.alice.events.clear()  # `heard` counts from the history
            self.samples.append(self.sample(time.monotonic() - start))
            if time.monotonic() - shown >= 30:
                shown = time.monotonic()
                print(self.line(self.samples[-1]), flush=True)

    def sample(self, now):
        process, data = pathlib.Path(f"/proc/{self.pid}"), pathlib.Path(self.bot.data_dir)
        pages = int((process / "statm").read_text().split()[1])
        size = {suffix: (data / f"omegate.db{suffix}").stat().st_size if (data / f"omegate.db{suffix}").exists() else 0
                for suffix in ("", "-wal")}
        return {"seconds": now, "memory": pages * os.sysconf("SC_PAGE_SIZE"), "files": len(list((process / "fd").iterdir())),
                "database": size[""], "log": size["-wal"], "texts": len(self.texts())}

    def line(self, sample):
        return (f"{sample['seconds']:7.0f} s  {sample['texts']:6} texts  memory {sample['memory'] / 2**20:6.1f} MiB  "
                f"{sample['files']:3} descriptors  database {sample['database'] / 2**20:6.2f} MiB  "
                f"log {sample['log'] / 2**20:5.2f} MiB  {len(self.faults)} faults")

    def judge(self):
        """The middle third against the last: the first third fills caches and sessions."""
        third = len(self.samples) // 3
        check(third >= 3, "long enough to compare")
        middle, last = self.samples[third:2 * third], self.samples[2 * third:]

        def typical(samples, what):
            return sorted(sample[what] for sample in samples)[len(samples) // 2]
        hours = (last[len(last) // 2]["seconds"] - middle[len(middle) // 2]["seconds"]) / 3600
        memory, files = (typical(last, what) - typical(middle, what) for what in ("memory", "files"))
        texts = last[-1]["texts"] - middle[0]["texts"]
        database = (last[-1]["database"] - middle[0]["database"]) / max(texts, 1)
        print(self.line(last[-1]))
        print(f"from the middle third to the last: memory {memory / 2**10:+.0f} KiB, descriptors {files:+}, "
              f"database {database:.0f} bytes a message")
        check(memory <= memory_grows + hours * memory_grows_an_hour, "memory does not grow")
        check(files <= descriptors_grow, "descriptors do not grow")
        check(database <= kept_of_a_message, "the database grows only by what is kept of each message")
        check(max(sample["log"] for sample in self.samples) <= log_bytes, "the database's log is folded")
        print(f"ok: {len(self.expected)} texts, each once; {len(self.faults)} faults")


def main(words):
    try:
        minutes = float(words[0])
        seed = int(words[words.index("--seed") + 1]) if "--seed" in words else random.randrange(1 << 30)
    except (ValueError, IndexError):
        print("usage: scripts/torture --soak MINUTES [--seed N]", file=sys.stderr)
        return 2
    with Stage() as stage:
        try:
            Soak(stage, seed).run(minutes * 60)
            return 0
        except Failure as failure:
            print(f"FAIL {failure}", file=sys.stderr)
            stage.show_logs()
            return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
