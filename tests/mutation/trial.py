"""Runs the tests that reach a mutation, the quick ones first, until one fails."""
import collections
import concurrent.futures
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time

MEMORY = 3 << 30  # bytes; a mutation may allocate without end
QUICK = 0.3       # s: tests that together take no longer than this run first
REACH_SECONDS = 600  # for one case without a mutation; a model that is compared ten thousand times takes its time

Outcome = collections.namedtuple("Outcome", "verdict by")  # killed, survived, unreached; by: a test, or "time", "signal"
Case = collections.namedtuple("Case", "program name seconds")


def run(command, environment, seconds):
    """(exit code or None after the time, output)"""
    def limits():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, preexec_fn=limits)
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return None, ""


def cases_of(program, wanted):
    output = subprocess.run([program, f"--gtest_filter={wanted}", "--gtest_list_tests"], stdout=subprocess.PIPE, text=True,
                            check=True).stdout
    suite = ""
    for line in output.splitlines():
        line = line.split("#")[0].rstrip()
        if line.startswith("  "):
            yield suite + line.strip()
        elif line.endswith("."):
            suite = line


def reach(programs, jobs, say):
    """Runs each case once without a mutation. {number: [Case]}; a case that fails by itself is left out."""
    cases = [(program, name) for program, wanted in programs.items() for name in cases_of(program, wanted)]

    def one(item):
        program, name = item
        with tempfile.NamedTemporaryFile() as report:
            started = time.monotonic()
            code, output = run([program, f"--gtest_filter={name}"], {"OMEGATE_MUTANTS_REACHED": report.name}, REACH_SECONDS)
            seconds = time.monotonic() - started
            numbers = {int(line) for line in pathlib.Path(report.name).read_text().split()}
        if code != 0:
            say(f"left out, fails without a mutation: {name}\n{output[-600:]}")
            return Case(program, name, seconds), set()
        return Case(program, name, seconds), numbers

    reached = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for case, numbers in pool.map(one, cases):
            for number in numbers:
                reached[number].append(case)
    say(f"{len(cases)} cases reach {len(reached)} mutations")
    return reached


def try_mutation(number, cases):
    if not cases:
        return Outcome("unreached", "")
    cases = sorted(cases, key=lambda case: case.seconds)
    quick, total = [], 0.0
    for case in cases:
        total += case.seconds
        if quick and total > QUICK:
            break
        quick.append(case)
    for part in (quick, cases[len(quick):]):
        outcome = try_cases(number, part)
        if outcome:
            return outcome
    return Outcome("survived", "")


def try_cases(number, cases):
    by_program = collections.defaultdict(list)
    for case in cases:
        by_program[case.program].append(case)
    for program, own in by_program.items():
        limit = 5 + 10 * sum(case.seconds for case in own)
        wanted = ":".join(case.name for case in own)
        code, output = run([program, f"--gtest_filter={wanted}", "--gtest_fail_fast"], {"OMEGATE_MUTANT": str(number)}, limit)
        if code is None:
            return Outcome("killed", "time")
        if code != 0:
            failed = re.search(r"^\[  FAILED  \] (\S+?),? ", output, re.M)
            running = re.findall(r"^\[ RUN      \] (\S+)", output, re.M)
            return Outcome("killed", failed[1] if failed else f"{running[-1] if running else 'start'} (crash)")
    return None
