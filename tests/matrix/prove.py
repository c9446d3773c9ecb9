"""scripts/torture --prove: breaks the program in one place at a time, and wants a test to fail.

A patch is prove/NUMBER.patch or prove/NUMBER-WORD.patch. Above its diff it says what it breaks, and in lines
`fails: program:Suite.Name` which tests must then fail, each of them. One that may hang says `seconds: N`: a test
that did not end by then has noticed, too.
"""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import cases

FAILS = re.compile(r"^fails: (\S+)$", re.M)
SECONDS = re.compile(r"^seconds: (\d+)$", re.M)
RUN_SECONDS = 300  # for one test
JOBS = os.environ.get("OMEGATE_JOBS") or str(os.cpu_count() or 1)


@dataclasses.dataclass
class Patch:
    path: pathlib.Path
    number: int
    tests: list  # (program, name)
    seconds: int  # for each of them


class Unreadable(Exception):
    pass


def load(root):
    found = []
    for path in sorted((root / "tests/matrix/prove").glob("*.patch")):
        name = re.fullmatch(r"(\d+)(-\w+)*", path.stem)
        text = path.read_text()
        tests = [cases.TEST.fullmatch(words) for words in FAILS.findall(text)]
        seconds = SECONDS.search(text)
        if not name or not tests or None in tests:
            raise Unreadable(f"{path}: expected the name NUMBER[-WORD].patch and lines `fails: program:Suite.Name`")
        found.append(Patch(path, int(name[1]), [tuple(test[0].split(":")) for test in tests],
                           int(seconds[1]) if seconds else RUN_SECONDS))
    return sorted(found, key=lambda patch: (patch.number, patch.path.stem))


def faults(root, known):
    """What is wrong with the patches as they lie there, without running them."""
    patches = load(root)
    unnamed = [f"{patch.path.name}: case {patch.number} does not name {':'.join(test)}"
               for patch in patches for test in patch.tests
               if patch.number not in known or test not in known[patch.number].tests]
    proven = {patch.number for patch in patches}
    needless = [f"case {case.number} has a patch and a reason for none" for case in known.values()
                if case.unproven and case.number in proven]
    return unnamed + needless + [f"case {case.number} is P0 and has neither a patch nor `unproven: REASON`"
                                 for case in without_patch(root, known) if not case.unproven]


def without_patch(root, known):
    """The covered cases of priority P0 that no patch proves."""
    proven = {patch.number for patch in load(root)}
    return [case for case in known.values()
            if case.priority == "P0" and case.state == "covered" and case.number not in proven]


def main(root, words):
    if not all(word.isdigit() for word in words):
        print("usage: scripts/torture --prove [NUMBER...]", file=sys.stderr)
        return 2
    chosen = [patch for patch in load(root) if not words or str(patch.number) in words]
    if not chosen:
        print("there is no such patch in tests/matrix/prove", file=sys.stderr)
        return 2
    copy = Copy(root)
    copy.refresh()
    tests = sorted({test for patch in chosen for test in patch.tests})
    print(f"{len(chosen)} patches; first the {len(tests)} tests without any", flush=True)
    if not copy.build(tests, quiet=False) or copy.run(tests):
        print("FAIL without a patch, everything must build and pass", file=sys.stderr)
        return 1
    unnoticed = [patch for patch in chosen if not proven(copy, patch)]
    print(f"\n{len(chosen) - len(unnoticed)} of {len(chosen)} patches noticed")
    if not words:
        for case in without_patch(root, cases.load(root)):
            print(f"no patch: case {case.number}: {case.unproven or 'and no reason'}")
    for patch in unnoticed:
        print(f"not proven: {patch.path.relative_to(root)}")
    return 1 if unnoticed else 0


def proven(copy, patch):
    start = time.monotonic()
    verdict = trial(copy, patch)
    print(f"{'ok  ' if verdict is None else 'FAIL'} {patch.path.stem}{': ' + verdict if verdict else ''} "
          f"({time.monotonic() - start:.0f} s)", flush=True)
    return verdict is None


def trial(copy, patch):
    """Nothing, or why the patch proves nothing."""
    if not copy.patch(patch.path):
        return f"does not fit any more; see {copy.log}"
    try:
        if not copy.build(patch.tests):
            return f"does not build; see {copy.log}"
        failed = copy.run(patch.tests, patch.seconds)
        passed = [":".join(test) for test in patch.tests if test not in failed]
        return f"not noticed by {', '.join(passed)}" if passed else None
    finally:
        copy.patch(patch.path, back=True)


class Copy:
    """A second work tree with a build of its own, so that nobody's files are broken."""

    def __init__(self, root):
        self.root = root
        self.tree = root / "build/torture/tree"
        self.out = self.tree / "build/torture"  # as deep as other builds: the compiler cache knows its paths
        self.log = root / "build/torture/log"

    def refresh(self):
        """Copies what changed: an unchanged file keeps its time, and is not built again."""
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=self.root,
                                capture_output=True, check=True).stdout.decode().split("\0")
        wanted = {name for name in listed if name and (self.root / name).is_file()}
        for name in wanted:
            source, target = self.root / name, self.tree / name
            if not target.exists() or target.read_bytes() != source.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        for old in [path for path in self.tree.rglob("*") if path.is_file() and self.out not in path.parents]:
            if str(old.relative_to(self.tree)) not in wanted:
                old.unlink()

    def patch(self, path, back=False):
        words = ["patch", "-p1", "--batch", "--no-backup-if-mismatch", "-r", "-", "-i", path]
        return self.call([*words, *(["-R"] if back else ["-N"])], cwd=self.tree) == 0

    def build(self, tests, quiet=True):
        configure = ["cmake", "-G", "Ninja", "-S", self.tree, "-B", self.out, "-DCMAKE_BUILD_TYPE=Debug",
                     "-DOMEGATE_TESTS=ON"]
        if shutil.which("mold"):
            configure += ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold"]
        targets = sorted({program for program, _ in tests})
        build = ["nice", "-n", "5", "cmake", "--build", self.out, "-j", JOBS, "--target", *targets]
        if not (self.out / "build.ninja").exists() and self.call(configure) != 0:
            return False
        return (self.call(build) if quiet else subprocess.run(build).returncode) == 0

    def run(self, tests, seconds=RUN_SECONDS):
        """Returns the tests that failed. What ends a program fails all it had still to run: one program a test."""
        return [test for test in tests if self.fails(test, seconds)]

    def fails(self, test, seconds):
        program, name = test
        words = [self.out / "tests" / program, f"--gtest_filter={name}:{name}/*:*/{name}:*/{name}/*"]
        try:
            return self.call(words, seconds=seconds) != 0
        except subprocess.TimeoutExpired:
            return True

    def call(self, words, cwd=None, seconds=None):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w") as log:
            return subprocess.run(words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  timeout=seconds).returncode
