"""scripts/torture --list: the cases, what tests them, and whether that is true."""
import pathlib
import sys

import cases
import prove
import tests


def main(root, words):
    build, allow_open = options(root, words)
    if build is None:
        return 2
    try:
        known = cases.load(root)
        faults = list(check(root, build, known)) + prove.faults(root, known)
    except (cases.Unreadable, prove.Unreadable) as error:
        print(error, file=sys.stderr)
        return 1
    for case in known.values():
        show(case)
    if not allow_open:
        faults += [f"case {case.number} is P0 and has no test" for case in known.values() if is_gap(case)]
    count(root, known)
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if faults else 0


def options(root, words):
    build = next((root / "build" / name for name in ("dev", "quick") if (root / "build" / name / "tests").exists()),
                 root / "build/dev")
    words = list(words)
    allow_open = "--allow-open" in words
    if allow_open:
        words.remove("--allow-open")
    if words[:1] == ["--build"] and len(words) == 2:
        build, words = pathlib.Path(words[1]).resolve(), []
    if words:
        print(f"scripts/torture --list: what is `{' '.join(words)}`? (see --help)", file=sys.stderr)
        return None, False
    return build, allow_open


def is_gap(case):
    return case.priority == "P0" and case.state == "open"


def check(root, build, known):
    """What cases.txt says against what the tests say."""
    there, missing = tests.existing(root, build)
    for program in missing:
        yield f"{program} is not in {build}/tests: build it (cmake --build --preset dev), or say --build DIR"
    named = {(program, name, case.number) for case in known.values() for program, name in case.tests}
    marked = set(tests.marked(root))
    for program, name, number in sorted(named - marked):
        if program not in missing and (program, name) not in there:
            yield f"case {number}: there is no test {program}:{name}"
        else:
            yield f"case {number}: {program}:{name} has no comment `case {number}` above it"
    for program, name, number in sorted(marked - named):
        yield f"case {number}: {program}:{name} says so in a comment, cases.txt does not"
    for case in known.values():
        if not case.tests and not case.open and not case.absent:
            yield f"case {case.number} has neither tests nor a reason"


def show(case):
    print(f"{case.number:>3} {case.priority} {case.state:<7} {case.text}")
    for program, name in case.tests:
        print(f"{'':15}{program}:{name}")
    for word in ("open", "absent", "unproven"):
        if getattr(case, word):
            print(f"{'':15}{word}: {getattr(case, word)}")


def count(root, known):
    print()
    for priority in ("P0", "P1", "P2"):
        of_it = [case for case in known.values() if case.priority == priority]
        states = [case.state for case in of_it]
        print(f"{priority}: {states.count('covered')} of {len(of_it)} covered, {states.count('open')} open, "
              f"{states.count('absent')} of things that omegate does not have")
    patches = prove.load(root)
    print(f"{len(patches)} patches prove {len({patch.number for patch in patches})} cases")
