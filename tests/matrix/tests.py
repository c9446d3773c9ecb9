"""Which tests there are, and which cases their comments name.

A test names its cases in a comment above it: `// case 23` or `// case 23, 24`, in Python with `#`. A fuzz target
names them anywhere in its file; its test is the replay of its corpus.
"""
import os
import re
import subprocess
import sys

FOLDERS = re.compile(r"omegate_test\((\w+) FOLDERS ([^)]*?) LINK")
GTEST = re.compile(r"TEST(?:_F|_P)?\((\w+), *(\w+)\)")
MARK = re.compile(r"\s*(?://|#) case (\d+(?:, \d+)*)\b")
LIST_SECONDS = 60  # for a program that is asked for its tests; sanitizers start slowly


def programs(root):
    """The GoogleTest programs and the folders of each."""
    return {name: folders.split() for name, folders in FOLDERS.findall((root / "tests/CMakeLists.txt").read_text())}


def marked(root):
    """Yields (program, test, case number) for each comment."""
    for program, folders in programs(root).items():
        for folder in folders:
            for path in sorted((root / "tests" / folder).rglob("*.cpp")):
                fuzz = folder == "fuzz/targets"
                found = marks_of_target(path) if fuzz else marks_above(path, GTEST)
                yield from ((program, name, number) for name, number in found)
    for path in sorted((root / "tests/interop").glob("test_*.py")):
        module = path.stem[len("test_"):]
        for name, number in marks_above(path, re.compile(r"def (\w+)\(stage")):
            yield "interop", f"{module}.{name}", number
    for name, number in marks_above(root / "tests/deploy/run.py", re.compile(r"def (\w+)\(")):
        yield "deploy", name, number


def marks_of_target(path):
    for line in path.read_text().splitlines():
        for number in numbers(line):
            yield f"Corpus.Of_{path.stem}_KeepsTheLaw", number


def marks_above(path, test):
    """Comments count for the first test below them, with only comments and decorators between."""
    waiting = []
    for line in path.read_text().splitlines():
        match = test.match(line)
        if match:
            yield from ((".".join(match.groups()), number) for number in waiting)
            waiting = []
        elif numbers(line):
            waiting += numbers(line)
        elif not re.match(r"\s*(//|#|@case)", line):
            if waiting:
                yield f"(no test below the comment in {path.name})", waiting[0]
            waiting = []


def numbers(line):
    match = MARK.match(line)
    return [int(number) for number in match[1].split(", ")] if match else []


def existing(root, build):
    """The tests that the programs themselves name, and the programs that are not built."""
    found, missing = set(), []
    for program in programs(root):
        binary = build / "tests" / program
        if not binary.exists():
            missing.append(program)
            continue
        found |= {(program, name) for name in ask_gtest(binary)}
    listed = subprocess.run([sys.executable, root / "tests/interop/run.py", "--list"], capture_output=True, text=True,
                            check=True, timeout=LIST_SECONDS).stdout
    found |= {("interop", line.split("[")[0]) for line in listed.split("\n") if line}
    listed = subprocess.run([sys.executable, root / "tests/deploy/run.py", "--list"], capture_output=True, text=True,
                            check=True, timeout=LIST_SECONDS).stdout
    return found | {("deploy", line.strip()) for line in listed.split("\n") if line}, missing


def ask_gtest(binary):
    quiet = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    listed = subprocess.run([binary, "--gtest_list_tests"], capture_output=True, text=True, check=True, env=quiet,
                            timeout=LIST_SECONDS).stdout
    suite = ""
    for line in listed.splitlines():
        word = line.split("#")[0].strip()
        if not line.startswith(" "):
            suite = word.rstrip(".").split("/")[-1]  # without the instance's name
        else:
            yield f"{suite}.{word.split('/')[0]}"
