"""Mutations of SQL in a string literal: the queue's rules stand there."""
import re

SQL = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT)\b")
SIMPLE = [
    (r"\bAND\b", "OR"), (r"(?<!INSERT )\bOR\b", "AND"), (r"(?<![<>=])<=", "<"), (r">=", ">"), (r"<>", "="),
    (r"(?<![<>])<(?![<>=])", "<="), (r"(?<![<>])>(?![<>=])", ">="), (r"\bDESC\b", "ASC"), (r"\bORDER BY ", "ORDER BY -"),
    (r"\bLIMIT ", "LIMIT 1 + "), (r"\bIS NULL\b", "IS NOT NULL"), (r"\bIS NOT NULL\b", "IS NULL"), (r"\bmin\(", "max("),
    (r"\bmax\(", "min("), (r" \+ ", " - "), (r" - ", " + "), (r"\bNOT EXISTS\b", "EXISTS"),
]


def sql_mutations(code):
    """[(the literal with one change, the operator's name)]"""
    if not SQL.search(code):
        return []
    found = []

    def change(start, end, text, operator="sql"):
        found.append((code[:start] + text + code[end:], operator))

    for pattern, text in SIMPLE:
        for match in re.finditer(pattern, code):
            change(match.start(), match.end(), text)
    where = re.search(r"\bWHERE\b", code)
    if where:
        for match in re.finditer(r" = ", code[where.end():]):
            change(where.end() + match.start(), where.end() + match.end(), " <> ")
    for match in re.finditer(r"(?<![?\w:])\d+\b", code):
        change(match.start(), match.end(), str(int(match[0]) + 1))
    for match in re.finditer(r"\bIN \(([\d, ]+)\)", code):
        items = match[1].split(", ")
        for item in items if len(items) > 1 else []:
            rest = ", ".join(other for other in items if other != item)
            change(match.start(1), match.end(1), rest)
    for start, end in assignments(code):
        column, value = code[start:end].split("=", 1)
        change(start, end, f"{column.rstrip()} = iif(1, {column.strip()}, {value.strip()})", "sql assignment")
    return found


def assignments(code):
    """The ranges of `column = value` in SET clauses."""
    ranges = []
    for head in re.finditer(r"\bSET\b\s+", code):
        depth, start, at = 0, head.end(), head.end()
        while at < len(code):
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            ends = depth < 0 or depth == 0 and (code.startswith(("WHERE", "RETURNING"), at) or code[at] == '"' and
                                                not re.match(r'"\s*"', code[at:]))
            if ends or (code[at] == "," and depth == 0):
                stop = start + len(code[start:at].rstrip())
                if "=" in code[start:stop] and '"' not in code[start:stop]:
                    ranges.append((start, stop))
                if ends:
                    break
                start = at + 1 + len(code[at + 1:]) - len(code[at + 1:].lstrip())
            at += 1
    return ranges
