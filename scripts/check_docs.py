#!/usr/bin/env python3
"""Fails if a document names a file, script or link target of this repository that is not there, if docs/events.md and the
source do not name the same events, or if the program cannot say what docs/troubleshooting.md quotes.

usage: check_docs.py [ROOT]
"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
# In back quotes: a path that begins with one of our folders. Build results and patterns are not looked up.
NAMED = re.compile(r"`(?:\./)?((?:bridge|docs|plugins|scripts|config|tests|deploy|cmake|\.ci)/[\w./-]*)")


def documents(root):
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True, check=True)
    return [root / line for line in listed.stdout.splitlines()]


def faults(root, document):
    fenced = False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        named = [] if fenced else [(root, m[1]) for m in NAMED.finditer(line)]
        linked = [] if fenced else [(document.parent, m[1]) for m in LINK.finditer(line) if "://" not in m[1]]
        for base, target in named + linked:
            if not (base / target.rstrip("/.")).exists() and not (base / target).exists():
                yield f"{document.relative_to(root)}:{number}: {target} is not there"


EVENT = re.compile(r'(?:log_(?:debug|info|warning|error)\(|format_log_line\(format,)\s*"([a-z_]+\.[a-z_]+)"')
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|", re.M)


def source(root):
    """All of the program's text, with string literals that stand beside each other joined."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "bridge").rglob("*.[ch]pp")))
    return re.sub(r'"\s*\n\s*"', "", text).replace('\\"', '"')


def event_faults(root, text):
    page = "docs/events.md"
    logged, documented = set(EVENT.findall(text)), set(ROW.findall((root / page).read_text(encoding="utf-8")))
    yield from (f"{page}: the event {event} is logged and not explained" for event in sorted(logged - documented))
    yield from (f"{page}: nothing logs the event {event}" for event in sorted(documented - logged))


def quotation_faults(root, text):
    page = "docs/troubleshooting.md"
    for number, line in enumerate((root / page).read_text(encoding="utf-8").splitlines(), 1):
        said = line.split(" | ")[0] if line.startswith("| ") else ""
        for quoted in re.findall(r"`([^`]+)`", said):
            pieces = [piece.strip() for piece in quoted.split("…") if len(piece.strip()) > 2]
            if any(piece not in text for piece in pieces):
                yield f"{page}:{number}: the program does not say \"{quoted}\""


def main(root):
    found = [fault for document in documents(root) for fault in faults(root, document)]
    if (root / "docs/events.md").exists():
        text = source(root)
        found += [*event_faults(root, text), *quotation_faults(root, text)]
    print("\n".join(found) or f"{len(documents(root))} documents, every name in them exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
