"""Finds calls in C++ lowerings that emit operators in an order that the compiler chooses, not the code.

C++ leaves open which argument of a call is evaluated first: where two of them emit operators, compilers write different
files. What stands within braces is evaluated in order. This reads text, with no compiler: a call that gets an Emitter
emits, unless it is one of NO_OPERATORS, or the file itself defines what is called, and nothing in there emits.
"""

import re

# What other files define that is given an Emitter and emits no operators: it makes constants.
NO_OPERATORS = {"like", "constant_matrix", "number", "numbers"}
EMITTING_MEMBERS = "emit|emit_many|dim_value|number_value|shape_value|bring"  # of an Emitter
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "decltype", "catch"}

LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)
LAMBDA = re.compile(r"\[[&=]?[^\[\]]*\]\s*(?:\([^()]*\)\s*)?(?:mutable\s*)?(?:->\s*[\w:<>]+\s*)?\{")
NAMED_LAMBDA = re.compile(r"\bauto\s+(\w+)\s*=\s*" + LAMBDA.pattern)
FUNCTION = re.compile(r"(\w+)\([^(){};]*\)\s*(?:const\s*)?(?:->\s*[\w:<>]+\s*)?\{")
CALLEE = re.compile(r"(\w+)\s*(?:<[\w:, ]*>)?\s*$")


def without_literals(source: str) -> str:
    """The source with comments and literals blanked, all else in its place."""
    return LITERAL.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def end_of(source: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed."""
    depth = 0
    for at in range(start, len(source)):
        depth += (source[at] in "([{") - (source[at] in ")]}")
        if depth == 0:
            return at
    return len(source)


def arguments_of(source: str, start: int) -> list[str]:
    """What stands between the commas of the list that opens at `start`."""
    found, begin, depth = [], start + 1, 0
    end = end_of(source, start)
    for at in range(start + 1, end):
        depth += (source[at] in "([{") - (source[at] in ")]}")
        if source[at] == "," and depth == 0:
            found.append(source[begin:at])
            begin = at + 1
    return [*found, source[begin:end]]


def without_lambdas(text: str) -> str:
    """The body of a lambda runs when it is called, which is another call's matter."""
    while found := LAMBDA.search(text):
        text = text[: found.start()] + text[end_of(text, found.end() - 1) + 1 :]
    return text


class Emission:
    """Which calls of a file emit operators."""

    def __init__(self, source: str):
        emitters = {"to", "to_", "this", *re.findall(r"\b(?:Emitter|Lowering)[&*]\s+(\w+)", source)}
        emitter = rf"\*?\b(?:{'|'.join(sorted(emitters))})\b"
        # Objects whose members emit: `const Words word(to);`, and `Words word_;` of a class.
        holders = set(re.findall(rf"\b[A-Z]\w+\s+(\w+)\(\s*{emitter}\s*[,)]", source))
        holders |= set(re.findall(r"\bWords\s+(\w+);", source))
        self.member = re.compile(rf"\b(?:{'|'.join(sorted(emitters))})(?:\.|->)(?:{EMITTING_MEMBERS})\(")
        self.given = re.compile(rf"(\w+)(?:<[\w:, ]*>)?\(\s*{emitter}\s*[,)]")
        self.held = re.compile(rf"\b(?:{'|'.join(sorted(holders))})\.(\w+)\(") if holders else None
        bodies: dict[str, list[str]] = {}
        for pattern in (NAMED_LAMBDA, FUNCTION):
            for found in pattern.finditer(source):
                if found[1] not in KEYWORDS:
                    bodies.setdefault(found[1], []).append(source[found.end() : end_of(source, found.end() - 1)])
        # All emit, until it is found that they don't.
        self.silent: set[str] = set(NO_OPERATORS)
        self.own = set(bodies)
        while more := {name for name in self.own if not any(self.emits(body) for body in bodies[name])}:
            self.silent |= more
            self.own -= more

    def emits(self, text: str) -> bool:
        text = without_lambdas(text)
        if self.member.search(text):
            return True
        named = self.given.findall(text) + (self.held.findall(text) if self.held else [])
        if any(name not in self.silent for name in named):
            return True
        return any(name in self.own for name in re.findall(r"(?<![.>:\w])(\w+)\(", text))


def unordered_calls(source: str, header: str = "") -> list[str]:
    """The calls of which two arguments emit, each with its line; `header` is the source's own."""
    source = without_literals(source)
    emission = Emission(source + without_literals(header))
    found = []
    for opening in re.finditer(r"\(", source):
        at = opening.start()
        callee = CALLEE.search(source, max(0, at - 80), at)
        if not callee or callee[1] in KEYWORDS:
            continue
        if sum(emission.emits(argument) for argument in arguments_of(source, at)) > 1:
            text = " ".join(source[callee.start() : end_of(source, at) + 1].split())
            found.append(f"{source.count(chr(10), 0, at) + 1}: {text}")
    return found
