"""Finds the places of a C++ file that can be mutated, and what to put there. Reads the file with libclang.

A place is a range of the text that is an expression or a statement, so that it can be replaced by a choice made at
run time. The operators are listed in scripts/mutate.
"""
import collections
import re

from clang.cindex import CursorKind as Kind
from clang.cindex import Index, TranslationUnit

from sql import sql_mutations

Mutation = collections.namedtuple("Mutation", "start end how text operator function was now constant_function")
# how: "value" replaces an expression by `text`; "truth" the same for a condition; "skip" leaves a statement out

OPERATORS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"],
    "^": ["|"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="],
}
RELATIONS = {"<", "<=", ">", ">=", "==", "!="}
NAMES = {"min": "max", "max": "min", "any_of": "all_of", "all_of": "any_of", "push_back": None}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.CONSTRUCTOR, Kind.DESTRUCTOR, Kind.FUNCTION_TEMPLATE,
             Kind.CONVERSION_FUNCTION}
LOOPS = {Kind.FOR_STMT, Kind.WHILE_STMT, Kind.DO_STMT, Kind.CXX_FOR_RANGE_STMT}
JUMPS = {Kind.BREAK_STMT, Kind.CONTINUE_STMT}
OUTSIDE = re.compile(r"\b(?:assert|static_assert|failpoint)\s*\(")


class Finder:
    def __init__(self, path, text, arguments):
        self.path, self.text = str(path), text
        self.data = text.encode()  # offsets of libclang count bytes
        self.unit = Index.create().parse(self.path, arguments, options=TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        fatal = [d for d in self.unit.diagnostics if d.severity >= 3]
        if fatal:
            raise SystemExit(f"{path}: libclang cannot read it: {fatal[0]}")
        self.outside = [self.call_range(match) for match in OUTSIDE.finditer(text)]
        self.found = {}
        self.whole_conditions = set()

    def call_range(self, match):
        depth, at = 0, match.end() - 1
        while True:
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            at += 1
            if depth == 0:
                return match.start(), at

    def run(self):
        for child in self.unit.cursor.get_children():
            if child.location.file and child.location.file.name == self.path:
                self.walk(child, None, "", False)
        return sorted(self.found.values(), key=lambda m: (m.start, -m.end, m.operator, m.now))

    def range_of(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def at(self, start, end):
        return self.data[start:end].decode()

    def add(self, start, end, how, text, operator, now=None):
        if any(start < last and first < end for first, last in self.outside):
            return
        was = self.at(start, end)
        key = (start, end, how, text)
        squeeze = lambda code: re.sub(r"\s+", " ", code)
        self.found.setdefault(key, Mutation(start, end, how, text, operator, self.function, squeeze(was),
                                            squeeze(now if now is not None else text), self.constant))

    def walk(self, cursor, parent, function, constant):
        kind = cursor.kind
        if kind in FUNCTIONS:
            function = cursor.spelling
            constant = any(t.spelling in ("constexpr", "consteval") for t in self.head_tokens(cursor))
        if kind == Kind.VAR_DECL and any(t.spelling == "constexpr" for t in self.head_tokens(cursor)):
            return
        if kind in (Kind.STATIC_ASSERT, Kind.ENUM_DECL):
            return
        self.function, self.constant = function, constant
        if function:
            self.mutate(cursor, parent)
        for child in cursor.get_children():
            self.walk(child, cursor, function, constant)
            self.function, self.constant = function, constant

    def head_tokens(self, cursor):
        for token in cursor.get_tokens():
            if token.spelling in ("{", "(", "="):
                return
            yield token

    # --- one node
    def mutate(self, cursor, parent):
        kind = cursor.kind
        if kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.FOR_STMT):
            self.mutate_condition(cursor)
        elif kind == Kind.CONDITIONAL_OPERATOR:
            self.truth(next(cursor.get_children()), "condition")
        elif kind == Kind.RETURN_STMT:
            self.mutate_return(cursor)
        elif kind == Kind.COMPOUND_STMT:
            for child in cursor.get_children():
                self.mutate_statement(child)
        elif kind == Kind.INTEGER_LITERAL:
            self.mutate_number(cursor)
        elif kind == Kind.CXX_BOOL_LITERAL_EXPR:
            start, end = self.range_of(cursor)
            self.add(start, end, "value", "false" if self.at(start, end) == "true" else "true", "constant")
        elif kind == Kind.STRING_LITERAL:
            start, end = self.range_of(cursor)
            for text, operator in sql_mutations(self.at(start, end)):
                self.add(start, end, "value", text, operator, text)
        elif kind in (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR, Kind.CALL_EXPR, Kind.UNEXPOSED_EXPR):
            self.mutate_binary(cursor, parent)
        elif kind == Kind.UNARY_OPERATOR:
            self.mutate_unary(cursor)
        if kind == Kind.CALL_EXPR:
            self.mutate_name(cursor)
        if kind in LOOPS | {Kind.IF_STMT}:
            for child in list(cursor.get_children())[1:]:
                self.mutate_statement(child)

    def truth(self, cursor, operator):
        if not cursor.kind.is_expression():
            return
        start, end = self.range_of(cursor)
        self.whole_conditions.add((start, end))
        for text in ("true", "false"):
            self.add(start, end, "truth", text, operator)

    def mutate_condition(self, cursor):
        """`if (init; condition)`: both answers; a loop's only `false`, because `true` never ends."""
        children = list(cursor.get_children())
        tokens = [t for t in cursor.get_tokens()]
        depth, first, parts, begin = 0, None, [], None
        for token in tokens:
            if token.spelling == "(":
                depth += 1
                if depth == 1:
                    begin = token.extent.end.offset
            elif token.spelling == ")":
                depth -= 1
                if depth == 0:
                    parts.append((begin, token.extent.start.offset))
                    break
            elif token.spelling == ";" and depth == 1:
                parts.append((begin, token.extent.start.offset))
                begin = token.extent.end.offset
        at = 1 if cursor.kind == Kind.FOR_STMT else -1
        if len(parts) <= at:
            return
        first, last = parts[at]
        code = self.at(first, last)
        first += len(code) - len(code.lstrip())
        last = first + len(code.strip())
        for child in children:
            if child.kind.is_expression() and self.range_of(child) == (first, last):
                self.whole_conditions.add((first, last))
                for text in ("true", "false") if cursor.kind == Kind.IF_STMT else ("false",):
                    self.add(first, last, "truth", text, "condition")
                return

    def mutate_return(self, cursor):
        value = next(cursor.get_children(), None)
        if value is None or value.type.spelling not in ("bool", "const bool"):
            return
        start, end = self.range_of(value)
        if self.binary(value) is None and self.at(start, end) not in ("true", "false") and self.at(start, end)[:1] != "!":
            self.add(start, end, "truth", f"!({self.at(start, end)})", "negate")

    def mutate_statement(self, cursor):
        if cursor.kind in JUMPS or cursor.kind.is_expression():
            start, end = self.range_of(cursor)
            rest = re.match(rb"\s*;", self.data[end:])
            if rest and self.data[start:end].strip() and not self.at(start, end).startswith("co_"):
                self.add(start, end + rest.end(), "skip", "", "statement", "nothing")

    def mutate_number(self, cursor):
        start, end = self.range_of(cursor)
        code = self.at(start, end)
        number = re.fullmatch(r"(0[xX][0-9a-fA-F']+|[0-9']+)([uUlLzZ]*)", code)
        before, after = self.data[:start].rstrip()[-1:], self.data[end:].lstrip()[:1]
        if not number or (before in (b"<", b",") and after in (b">", b",") and b"<" in (before,)) or after == b">":
            return
        digits, suffix = number[1].replace("'", ""), number[2]
        value = int(digits, 16 if digits.lower().startswith("0x") else 10)
        for other in {value + 1} | ({0} if value == 1 else set()):
            self.add(start, end, "value", f"{other}{suffix}", "constant")

    def binary(self, cursor):
        """The operator between the two operands of this node: (token, left, right), or None."""
        children = [c for c in cursor.get_children() if not re.fullmatch(r"[^\w\s\"'(){}\[\]]+", self.at(*self.range_of(c)) or " ")]
        if len(children) != 2:
            return None
        start, end = self.range_of(cursor)
        (a, b), (c, d) = self.range_of(children[0]), self.range_of(children[1])
        if not (start == a and b <= c and d == end):
            return None
        between = self.at(b, c)
        return (between.strip(), b + len(between) - len(between.lstrip()), (a, b), (c, d)) if between.strip() in OPERATORS or between.strip() in ("&&", "||") else None

    def mutate_binary(self, cursor, parent):
        found = self.binary(cursor)
        if not found:
            return
        token, at, left, right = found
        start, end = self.range_of(cursor)
        if token in ("&&", "||"):
            for part in (left, right):
                self.add(start, end, "truth", self.at(*part), "half")
            return
        others = OPERATORS[token]
        whole = token in RELATIONS and (start, end) in self.whole_conditions
        for other in others:
            if whole and other not in ("<", "<=", ">", ">="):
                continue  # the condition's own mutations do the same
            if whole and {token, other} in ({"<", ">="}, {"<=", ">"}):
                continue
            text = self.at(start, at) + other + self.at(at + len(token), end)
            self.add(start, end, "value", text, "operator")

    def mutate_unary(self, cursor):
        start, end = self.range_of(cursor)
        code = self.at(start, end)
        if code.startswith("!") and not code.startswith("!=") and (start, end) not in self.whole_conditions:
            self.add(start, end, "truth", code[1:], "negate")
        elif code.startswith("++") or code.startswith("--"):
            self.add(start, end, "value", ("--" if code[0] == "+" else "++") + code[2:], "operator")
        elif code.startswith("~"):
            self.add(start, end, "value", code[1:], "operator")

    def mutate_name(self, cursor):
        start, end = self.range_of(cursor)
        match = re.match(r"(std::)(min|max|any_of|all_of)\b", self.at(start, end))
        if match:
            self.add(start, end, "value", match[1] + NAMES[match[2]] + self.at(start + match.end(), end), "name")


def render(data, mutations, number_of):
    """The text with every mutation as a choice, and where in it each place came to stand: [(first, last, mutation)]."""
    places = collections.OrderedDict()
    for mutation in sorted(mutations, key=lambda m: (m.start, -m.end)):
        places.setdefault((mutation.start, mutation.end), []).append(mutation)
    order = list(places)
    out, spans = [], []
    length = 0

    def emit(text):
        nonlocal length
        out.append(text)
        length += len(text)

    def write(first, last, index):
        """Writes data[first:last]; `index` is the next place. Returns the index behind what lies within."""
        at = first
        while index < len(order) and order[index][0] < last:
            start, end = order[index]
            if end > last:  # crosses: cannot happen with a tree
                index += 1
                continue
            emit(data[at:start])
            begin = length
            index = write_place(start, end, index)
            spans.extend((begin, length, mutation) for mutation in places[(start, end)])
            at = end
        emit(data[at:last])
        return index

    def write_place(start, end, index):
        here = places[(start, end)]
        on = lambda m: f"::mutation::on{'_here' if m.constant_function else ''}({number_of(m)})".encode()
        if here[0].how == "skip":
            emit(b"{ if (!" + on(here[0]) + b") ")
            index = write(start, end, index + 1)
            emit(b" }")
            return index
        truth = any(m.how == "truth" for m in here)
        emit(b"(")
        for m in here:
            text = m.text.encode()
            emit(on(m) + b" ? " + (b"static_cast<bool>(" if truth else b"(") + text + b") : ")
        emit(b"static_cast<bool>(" if truth else b"(")
        index = write(start, end, index + 1)
        emit(b"))")
        return index

    write(0, len(data), 0)
    return b"".join(out), spans
