"""Builds a group's test programs with all its mutations inside, each behind a switch: one compilation, one link.

The unmutated objects come from an ordinary build of the tests. A mutation the compiler refuses is dropped.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess

from places import Finder, render

ROOT = pathlib.Path(__file__).resolve().parents[2]
ERROR = re.compile(r"^([^\s:]+):(\d+):(\d+): (?:fatal )?error: (.*)$", re.M)
# For libclang alone: what GCC calls differently or does not mind.
FOR_LIBCLANG = ["-xc++", "-w", "-Wno-c++11-narrowing", "-ferror-limit=0"]
UNKNOWN_TO_CLANG = re.compile(r"-f(?:stack-clash|trivial|zero-call|harden|no-delete|no-strict-over|cf-protection|pch)|-W|-O|-g")


class Workshop:
    def __init__(self, build, jobs):
        self.build, self.jobs = build, jobs
        self.commands = {}

    def prepare(self, groups, say):
        """Of an ordinary debug build: the libraries, and the objects of the tests that are wanted."""
        if not (self.build / "build.ninja").exists():
            say(f"configuring {self.build}")
            self.run(["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(self.build), "-DCMAKE_BUILD_TYPE=Debug",
                      "-DOMEGATE_TESTS=ON"])
        self.objects = {}
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            command = shlex.split(entry["command"])
            self.commands.setdefault(entry["file"], command)
            self.objects.setdefault(entry["file"], []).append(command[command.index("-o") + 1])
        targets = {library for group in groups for library in group.libraries}
        for group in groups:
            for program, patterns in group.tests.items():
                targets.update(self.objects_of(program, patterns))
        say(f"building {len(targets)} libraries and objects in {self.build}")
        self.run(["cmake", "--build", str(self.build), f"-j{self.jobs}", "--target", *sorted(targets)])

    def objects_of(self, program, patterns):
        sources = [str(path) for pattern in patterns for path in ROOT.glob(pattern)]
        return [o for source in sources for o in self.objects.get(source, []) if f"/{program}.dir/" in o]

    def run(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"scripts/mutate: {' '.join(command[:6])} failed:\n{done.stdout[-4000:]}")
        return done.stdout

    def find(self, path):
        command = self.commands[str(path)]
        first = next(i for i, word in enumerate(command) if word.startswith("-"))
        words, skip = [], False
        for word in command[first:-1]:
            if skip:
                skip = False
            elif word in ("-o", "-include"):
                skip = True
            elif word != "-c" and not UNKNOWN_TO_CLANG.match(word):
                words.append(word)
        return Finder(path, path.read_text(), words + FOR_LIBCLANG).run()

    def compile_all(self, numbers, folder, say):
        """Compiles {(path, mutation): number}. Gives (the objects, what the compiler took)."""
        files = {}
        for path, mutation in numbers:
            files.setdefault(path, []).append(mutation)
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            done = list(pool.map(lambda item: self.compile(*item, numbers, folder, say), files.items()))
        return [object_ for object_, _ in done], {each for _, taken in done for each in taken}

    def compile(self, path, mutations, numbers, folder, say):
        taken = list(mutations)
        source = folder / path.relative_to(ROOT)
        source.parent.mkdir(parents=True, exist_ok=True)
        object_ = source.with_suffix(".o")
        for _ in range(30):
            rendered, spans = render(path.read_bytes(), taken, lambda m: numbers[(path, m)])
            head = b'#include "tests/mutation/switch.hpp"\n#line 1\n'
            source.write_bytes(head + rendered)
            complaints = self.compile_one(path, source, object_)
            if complaints is None:
                say(f"{path.relative_to(ROOT)}: {len(taken)} mutations, {len(mutations) - len(taken)} do not compile")
                return object_, [(path, m) for m in taken]
            refused = blame(rendered, spans, complaints, source)
            if not refused:
                raise SystemExit(f"scripts/mutate: {source} does not compile, and no mutation is to blame:\n{complaints[:3000]}")
            taken = [m for m in taken if m not in refused]
        raise SystemExit(f"scripts/mutate: {source} does not compile after many attempts")

    def compile_one(self, path, source, object_):
        """None if it compiled, else what the compiler said."""
        words = []
        for word in self.commands[str(path)]:
            if word == str(path):
                word = str(source)
            elif word == f"-I{ROOT}":
                words.append(f"-iquote{path.parent}")
            words.append(word)
        words[words.index("-o") + 1] = str(object_)
        words += ["-w", "-O0", "-U_FORTIFY_SOURCE", "-Wno-error", "-Wno-narrowing", "-fpermissive", "-fmax-errors=0",
                  "-fno-diagnostics-show-caret"]
        done = subprocess.run(words, cwd=self.build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return None if done.returncode == 0 else done.stdout

    def link(self, program, patterns, objects, out):
        """As the test program is linked, with the wanted tests alone, and our objects before the libraries that have them
        unmutated."""
        target = f"tests/{program}"
        command = self.run(["ninja", "-C", str(self.build), "-t", "commands", "-s", target]).strip().splitlines()[-1]
        wanted = set(self.objects_of(program, patterns))
        command = re.sub(rf"\S+/{program}\.dir/\S+\.o", lambda match: match[0] if match[0] in wanted else "", command)
        own = shlex.join(str(o) for o in objects)
        command = re.sub(rf"-o {re.escape(target)}(?=\s)", f"{own} -o {shlex.quote(str(out))}", command)
        command = re.sub(r"&& :\s*$|&& cd .*$", "", command)
        done = subprocess.run(command, shell=True, cwd=self.build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"scripts/mutate: {program} does not link:\n{done.stdout[-3000:]}")


def blame(rendered, spans, complaints, source):
    """The mutations at whose place the compiler found an error: the innermost place around it."""
    starts = [0]
    for match in re.finditer(rb"\n", rendered):
        starts.append(match.end())
    refused = set()
    for name, line, column, _ in ERROR.findall(complaints):
        if os.path.basename(name) != source.name:
            continue
        at = starts[int(line) - 1] + int(column) - 1
        around = [(last - first, m) for first, last, m in spans if first <= at < last]
        if around:
            smallest = min(size for size, _ in around)
            refused |= {m for size, m in around if size == smallest}
    if not refused:  # an instantiation: what the notes point to
        for name, line in re.findall(r"^([^\s:]+):(\d+):\d+:\s+required from", complaints, re.M):
            if os.path.basename(name) == source.name:
                first = starts[int(line) - 1]
                last = starts[int(line)] if int(line) < len(starts) else len(rendered)
                refused |= {m for begin, end, m in spans if begin < last and first < end}
    return refused
