"""scripts/torture --points, --images, --reloads: the long forms of tests that scripts/test runs in short."""
import argparse
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

QUIET = 600  # seconds without a line of a program that says how far it is
COUNT = re.compile(r"^(\d+) of (\d+) points, (\d+) lives cut short$")


def points(root, words):
    """Crash points: as many programs at once as there are jobs, each with a seed of its own."""
    options = read(words, "--points", default=10_000)
    if options is None:
        return 2
    program = find(root, options.build, "flow_crash")
    share = -(-options.number // options.jobs)
    print(f"{options.number} crash points, seed {options.seed}, {options.jobs} programs at once", flush=True)
    runs = [Run(program, "SeededCrashes.Lose*", {"OMEGATE_POINTS": str(share), "OMEGATE_SEED": str(options.seed + job)})
            for job in range(options.jobs)]
    return wait_for(runs)


def images(root, words):
    """Power cuts: so many images of each."""
    options = read(words, "--images", default=2_000)
    if options is None:
        return 2
    program = find(root, options.build, "power")
    print(f"up to {options.number} images of each cut, seed {options.seed}", flush=True)
    runs = [Run(program, f"*Cord.*/{version}", {"OMEGATE_IMAGES": str(options.number), "OMEGATE_SEED": str(options.seed)})
            for version in ("legacy", "omemo2")]
    return wait_for(runs, shows=" images of ")


def reloads(root, words):
    """Reloads of a plugin under load: so many in one life of the gateway."""
    options = read(words, "--reloads", default=1_000)
    if options is None:
        return 2
    program = find(root, options.build, "flow")
    print(f"{options.number} reloads of a plugin while messages come", flush=True)
    run = Run(program, "ReloadFlow.ReloadsUnderLoadLoseAndDoubleNothing", {"OMEGATE_RELOADS": str(options.number)})
    return wait_for([run], shows=" reloads, with ")


def read(words, flag, default):
    parser = argparse.ArgumentParser(prog=f"scripts/torture {flag}", add_help=False)
    parser.add_argument("number", nargs="?", type=int, default=default)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--build", type=pathlib.Path)
    try:
        return parser.parse_args(words)
    except SystemExit:
        return None


def find(root, build, program):
    folders = [build] if build else [root / "build" / name for name in ("dev", "quick")]
    for folder in folders:
        if (folder / "tests" / program).exists():
            return (folder / "tests" / program).resolve()
    sys.exit(f"scripts/torture: {program} is not built: cmake --preset dev && cmake --build --preset dev")


class Run:
    """A test program and what it said; ended when it falls silent."""

    def __init__(self, program, test, variables):
        self.variables, self.said, self.done = variables, [], (0, 0)
        self.heard = time.monotonic()
        self.process = subprocess.Popen([program, f"--gtest_filter={test}"], env={**os.environ, **variables}, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self.listen, daemon=True)
        self.reader.start()

    def listen(self):
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            self.heard = time.monotonic()
            match = COUNT.match(line)
            if match:
                self.done = (int(match[1]), int(match[3]))

    def is_over(self):
        if time.monotonic() - self.heard > QUIET and self.process.poll() is None:
            self.said.append(f"FAIL: nothing heard for {QUIET} s")
            self.process.send_signal(signal.SIGKILL)
        return self.process.poll() is not None and not self.reader.is_alive()


def wait_for(runs, shows=None):
    """Until all have ended. `shows`: what is in the lines to print at the end; without it they say how far they are."""
    counted = shows is None
    start = shown = time.monotonic()
    try:
        while not all(run.is_over() for run in runs):
            time.sleep(0.2)
            if counted and time.monotonic() - shown > 10:
                shown = time.monotonic()
                report(runs, start)
    except KeyboardInterrupt:
        for run in runs:
            run.process.kill()
        raise
    if counted:
        report(runs, start)
    failed = [run for run in runs if run.process.returncode != 0]
    for run in failed:
        again = " ".join(f"{name}={value}" for name, value in run.variables.items())
        print("\n".join([f"FAIL, again with {again} {' '.join(map(str, run.process.args))}", *run.said[-60:]]))
    if not counted:
        print("\n".join(line for run in runs for line in run.said if shows in line))
    print(f"{len(runs) - len(failed)} of {len(runs)} programs found no fault ({time.monotonic() - start:.0f} s)")
    return 1 if failed else 0


def report(runs, start):
    points_done, killed = (sum(run.done[i] for run in runs) for i in (0, 1))
    seconds = time.monotonic() - start
    print(f"{points_done} points, {killed} lives cut short, {points_done / max(seconds, 1):.1f} a second", flush=True)
