#!/usr/bin/python3
"""Runs the interop cases: real server, real clients, the real program.

usage: run.py [--list] [--verbose] [--keep] [--jobs N] [PATTERN...]

One line a case: `ok|FAIL|skip name (seconds)`, a transcript below each failure, and the count at the end.
Each case is a process of its own, with its own directory, ports and children; --keep leaves the directories.
"""
import argparse
import concurrent.futures
import glob
import importlib
import os
import re
import signal
import subprocess
import sys
import time
import traceback

import cases
from stage import HERE, PYTHON, Failure, Stage

EXIT = {0: "ok", 77: "skip"}
GRACE = 15  # seconds a case has for ending its children when its time is up


def load():
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    return cases.CASES


def play(name, keep):
    """In the child: one case; its transcript goes to stdout."""
    chosen = next(c for c in load() if c.name == name)

    def time_is_up(*_):
        raise Failure(f"the case did not end within {chosen.seconds} s")
    signal.signal(signal.SIGTERM, time_is_up)
    with Stage(keep) as stage:
        if keep:
            print(f"  directory: {stage.dir}")
        try:
            chosen.play(stage)
            return 0
        except cases.Skip as reason:
            print(f"  skipped: {reason}")
            return 77
        except Failure as failure:
            print(f"  FAILED: {failure}\n{place(failure)}")
            stage.show_logs()
        except Exception:
            traceback.print_exc(file=sys.stdout)
            stage.show_logs()
    return 1


def place(failure):
    """The lines of the case that led here, innermost last."""
    frames = traceback.extract_tb(failure.__traceback__)
    return "\n".join(f"    {os.path.basename(f.filename)}:{f.lineno}: {f.line}" for f in frames if "test_" in f.filename)


def run_case(case, options):
    """Returns verdict, seconds, transcript."""
    start = time.monotonic()
    argv = [PYTHON, os.path.abspath(__file__), "--play", case.name, *(["--keep"] if options.keep else [])]
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        transcript, _ = child.communicate(timeout=case.seconds)
    except subprocess.TimeoutExpired:
        child.terminate()
        try:
            transcript, _ = child.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            child.kill()  # its children die with it
            transcript, _ = child.communicate()
    return EXIT.get(child.returncode, "FAIL"), time.monotonic() - start, transcript


def run_all(chosen, options):
    count = {"ok": 0, "FAIL": 0, "skip": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(run_case, case, options): case for case in chosen}
        for done in concurrent.futures.as_completed(running):
            verdict, seconds, transcript = done.result()
            count[verdict] += 1
            print(f"{verdict:4} {running[done].name} ({seconds:.1f} s)", flush=True)
            if verdict != "ok" or options.verbose:
                print(transcript, end="", flush=True)
    print(f"{count['ok']} passed, {count['FAIL']} failed, {count['skip']} skipped")
    return 1 if count["FAIL"] else 0


def main():
    parser = argparse.ArgumentParser(description="Runs the interop cases.")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="regular expressions; a case with any of them runs")
    parser.add_argument("--list", action="store_true", help="print the names and run nothing")
    parser.add_argument("--verbose", action="store_true", help="print every transcript")
    parser.add_argument("--keep", action="store_true", help="leave the directories in /tmp")
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 1))
    parser.add_argument("--play", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        return play(options.play, options.keep)
    chosen = [c for c in load() if (not options.patterns and (options.list or not c.by_name)) or any(re.search(p, c.name) for p in options.patterns)]
    if options.list:
        print("\n".join(c.name for c in chosen))
        return 0
    if not chosen:
        print(f"no case matches {options.patterns}", file=sys.stderr)
        return 2
    return run_all(chosen, options)


if __name__ == "__main__":
    sys.exit(main())
