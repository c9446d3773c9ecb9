"""The list of hostile cases, cases.txt, read into objects.

A case begins at the left margin: number, priority, and what goes wrong -> what must come of it. Indented below it:
  program:Suite.Name     a GoogleTest case; parameters are left out
  interop:module.case    a case of tests/interop
  deploy:case            a case of tests/deploy
  open: REASON           not tested yet, or only in part
  absent: REASON         omegate has nothing that this could happen to
  unproven: REASON       no patch of tests/matrix/prove can break what these tests guard
"""
import dataclasses
import re

HEAD = re.compile(r"(\d+) (P[012]) (\S.*)")
TEST = re.compile(r"(\w+):(\w+\.\w+)|(deploy):(\w+)")


@dataclasses.dataclass
class Case:
    number: int
    priority: str
    text: str
    tests: list = dataclasses.field(default_factory=list)  # (program, name)
    open: str = ""
    absent: str = ""
    unproven: str = ""

    @property
    def state(self):
        return "covered" if self.tests else "absent" if self.absent else "open"


class Unreadable(Exception):
    pass


def load(root):
    """Returns the cases by number."""
    found = {}
    case = None
    for line_number, line in enumerate((root / "tests/matrix/cases.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            case = begin(line, line_number, found)
        else:
            add(case, line.strip(), line_number)
    return found


def begin(line, line_number, found):
    match = HEAD.fullmatch(line)
    if not match:
        raise Unreadable(f"tests/matrix/cases.txt:{line_number}: expected `NUMBER P0|P1|P2 TEXT`")
    case = Case(int(match[1]), match[2], match[3])
    if case.number in found or (found and case.number < max(found)):
        raise Unreadable(f"tests/matrix/cases.txt:{line_number}: case {case.number} stands twice or out of order")
    found[case.number] = case
    return case


def add(case, words, line_number):
    kind, _, reason = words.partition(": ")
    if case and kind in ("open", "absent", "unproven") and reason:
        setattr(case, kind, reason)
    elif case and TEST.fullmatch(words):
        case.tests.append(tuple(part for part in TEST.fullmatch(words).groups() if part))
    else:
        raise Unreadable(f"tests/matrix/cases.txt:{line_number}: not a test, `open: REASON`, `absent: REASON` or "
                         f"`unproven: REASON`: {words}")
