#!/usr/bin/env python3
"""Fails if a document names a file, script or link target of this repository that is not there.

usage: check_docs.py [ROOT]
"""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
# In back quotes: a path that begins with one of our folders. Build results and patterns are not looked up.
NAMED = re.compile(r"`(?:\./)?((?:bridge|plugins|scripts|config|tests|deploy|cmake|\.ci)/[\w./-]*)")


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


def main(root):
    found = [fault for document in documents(root) for fault in faults(root, document)]
    print("\n".join(found) or f"{len(documents(root))} documents, every name in them exists")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
