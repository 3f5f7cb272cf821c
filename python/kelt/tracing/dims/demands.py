"""What a model that rejects some sizes demands of its symbols: that two of them are one, or that one is a number.

The lengths that met where a capture failed suggest it. It is believed once the model has been run both ways: it goes
on where the lengths are equal, and rejects them as before where they differ, whichever is the larger.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator

from keras import KerasTensor

from kelt.errors import ExportError
from kelt.tracing.ops import meeting_rules
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import Value, map_argument, values_in
from kelt.tracing.symbols.keras_state import keras_state_kept

Sizes = dict[str, int]
Pair = tuple[str, str]
Lengths = tuple[int, int]

SMALLEST = 30  # smaller sizes do not tell which symbol they are of
MOST_RUNS = 12  # of the model, to find the number that it demands


class Demands:
    """Of one signature. `rejections(sizes)` runs the model, and gives what it rejects."""

    def __init__(self, rejections: Callable[[Sizes], list[ExportError]]):
        self._rejections = rejections
        self._rejected: set[tuple[str, str]] = set()  # places of failures that no equality overcomes

    def equal(self, error: ExportError, sizes: Sizes, earlier: Iterable[ExportError] = ()) -> list[Pair]:
        """Symbols that must be one, as `error` shows, which the model raised at `sizes` after those `earlier`."""
        place = (error.path, error.op)
        if len(sizes) < 2 or min(sizes.values()) < SMALLEST or place in self._rejected:
            return []
        places = {(other.path, other.op) for other in earlier}

        def overcomes(pairs, exchanged=None):
            at = _made_one(pairs, sizes)
            if exchanged:
                a, b = exchanged
                at |= {name: sizes[{a: b, b: a}.get(name, name)] for name in exchanged}
            return _overcome(error, self._rejections(at), places)

        for pairs, proven in itertools.islice(_suggested(*_met(error), sizes), MOST_RUNS):
            if not overcomes(pairs):
                continue
            if proven:
                return pairs
            needed = _needed(pairs, overcomes)
            found = [p for p in needed if not overcomes([other for other in needed if other != p], p)]
            if found == needed and found:
                return found
        self._rejected.add(place)
        return []

    def number(self, rejected: list[tuple[ExportError, Sizes]]) -> tuple[str, int] | None:
        """A symbol that can be one number only, as failures at several sizes show."""
        tried, partly = set(), None
        for (first, at), (second, other) in itertools.combinations(rejected, 2):
            if (first.path, first.op) != (second.path, second.op):
                continue
            for name, number in _constants_met(first, at, second, other):
                if (name, number) in tried or len(tried) == MOST_RUNS:
                    continue
                tried.add((name, number))
                rejections = self._rejections({**at, name: number})
                if _overcome(first, rejections) and self._no_other(name, number, first, at):
                    if not rejections:
                        return name, number
                    partly = partly or (name, number)
        return partly

    def _no_other(self, name, number, error, sizes):
        others = (other for other in (number - 1, number + 1, 2 * number) if other > 1)
        return not any(_overcome(error, self._rejections({**sizes, name: other})) for other in others)


def _overcome(error, rejections, earlier=()) -> bool:
    """Whether a model that rejects these gets further than to that error."""
    return all(each.reached > error.reached or (each.path, each.op) in earlier for each in rejections)


def _needed(pairs, accepted) -> list:
    """The pairs that must be equal still; the likelier come first, and stay where either would do."""
    kept = list(pairs)
    for pair in reversed(pairs):
        others = [other for other in kept if other != pair]
        if accepted(others):
            kept = others
    return kept


def _made_one(pairs, sizes: dict) -> dict:
    """The sizes, with those of a pair made equal to the first of them."""
    first = {name: name for name in sizes}
    for a, b in pairs:
        one, other = sorted((first[a], first[b]), key=list(sizes).index)
        first = {name: one if root == other else root for name, root in first.items()}
    return {name: sizes[root] for name, root in first.items()}


# --- which lengths met


def _met(error) -> tuple[list[Lengths], bool]:
    """Pairs of lengths that the failed op wants to be equal; whether the op alone proves that it wants all of them."""
    node = getattr(error, "node", None)
    if node is None:
        return _in_message(error), False
    op, args = node
    rule = definition_of(op).meetings or meeting_rules.default
    met = [(x, y) for x, y in rule([value.shape for value in values_in(args)], args) if x != y and 1 not in (x, y)]
    met = list(dict.fromkeys(met))
    lengths = {length: length for pair in met for length in pair}

    def accepted(pairs, exchanged=()):
        change = _made_one(pairs, lengths)
        if exchanged:
            x, y = exchanged
            change |= {x: y, y: x}
        return _op_takes(op, args, change)

    if not accepted(met):
        return met, False
    needed = _needed(met, accepted)
    proven = not any(accepted([other for other in needed if other != pair], pair) for pair in needed)
    return (needed, True) if proven else ([], False)


def lengths_met(error) -> list[Lengths]:
    """Pairs of different lengths of which the failure shows that they met."""
    return _met(error)[0]


def _op_takes(name, args, change) -> bool:
    """Whether an op takes its operands and arguments with their lengths changed."""
    from kelt.tracing.ops.vocabulary import vocabulary

    def changed(leaf):
        if isinstance(leaf, Value):
            return KerasTensor(tuple(change.get(size, size) for size in leaf.shape), leaf.dtype)
        return change.get(leaf, leaf) if type(leaf) is int else leaf

    op = vocabulary().ops[name]
    bound = map_argument(dict(args), changed)
    known = definition_of(name)
    with keras_state_kept():
        try:
            if known.spec is None or known.spec(bound) is None:
                op.run(bound)
        except Exception:
            return False
    return True


def _in_message(error) -> list[Lengths]:
    """Keras checked by itself: the shapes are in its message."""
    text = str(error)
    axis = re.search(r"expected axis (-?\d+) of input shape to have value (\d+), .* with shape \(([\d, ]*)\)", text)
    if axis:
        return [(int(axis[2]), _lengths(axis[3])[int(axis[1])])]
    shapes = [_lengths(found) for found in re.findall(r"\(((?:\d+|None|[, ])*)\)", text)]
    # Most often it is the batch that differs, and what else the message shows may do so rightly.
    batches = [(a[0], b[0]) for i, a in enumerate(shapes) for b in shapes[i + 1 :] if a and b]
    said = map(int, re.findall(r"= ?(\d+)\b", text))  # as a layer of the user's says it
    met = [*batches, *meeting_rules.aligned(shapes), *itertools.combinations(said, 2)]
    return list(dict.fromkeys((x, y) for x, y in met if x != y and 1 not in (x, y) and None not in (x, y)))


def _lengths(text: str) -> tuple[int | None, ...]:
    """A shape as a message has it."""
    return tuple(int(word) if word.isdigit() else None for word in re.findall(r"\w+", text))


# --- which symbols they are of


def _suggested(met: list[Lengths], proven: bool, sizes: Sizes) -> Iterator[tuple[list[Pair], bool]]:
    """Pairs of symbols that would make the lengths equal, the likeliest first; whether they are proven by the op."""
    options = [found for x, y in met if (found := _symbols(x, y, sizes))]
    if not options:
        return
    each = list(dict.fromkeys(itertools.chain.from_iterable(options)))
    # Where axes of different places met (a reshape to a length of another input), perhaps those of one place should.
    apart = {name for ((a, b), *others) in each if not others and _letter(a) != _letter(b) for name in (a, b)}
    partners = [pair for pair in itertools.combinations(sizes, 2) if _letter(pair[0]) == _letter(pair[1])]
    likely = (([pair], False) for pair in partners if apart & {*pair})
    yield from itertools.islice(likely, MOST_RUNS // 2)  # those that met have the other half
    if not proven:
        yield from ((list(pairs), False) for pairs in each)
    for combination in itertools.product(*options):
        if proven or len(combination) > 1:
            yield list(dict.fromkeys(itertools.chain.from_iterable(combination))), proven


def _letter(symbol: str) -> str:
    """What the symbols of one place in the inputs have in common."""
    return symbol.partition("_")[0]


def _symbols(x, y, sizes: Sizes) -> list[tuple[Pair, ...]]:
    """Pairs of symbols that make `x` and `y` equal: these, a multiple, a product, or a sum with a number of them."""
    pairs = list(itertools.combinations(sizes, 2))
    same = [((a, b),) for a, b in pairs if (sizes[a], sizes[b]) in ((x, y), (y, x))]
    multiple = [((a, b),) for a, b in pairs if _alike(x, y, sizes[a], sizes[b])]
    products = [
        tuple(zip(left, right))
        for left, right in itertools.combinations(pairs, 2)
        if not {*left} & {*right} and _alike(x, y, *(math.prod(sizes[name] for name in side) for side in (left, right)))
    ]
    added = [((a, b),) for a, b in pairs if abs(x - y) == abs(sizes[a] - sizes[b])]
    return list(dict.fromkeys((*same, *multiple, *products, *added)))


def _alike(x, y, a, b) -> bool:
    """Whether `x` and `y` are one multiple of `a` and `b`, in either order."""
    return any(x * second == y * first and x % first == 0 for first, second in ((a, b), (b, a)))


def _constants_met(first, at: Sizes, second, other: Sizes) -> list[tuple[str, int]]:
    """Symbols and numbers: what a symbol would have to be for a length of it to be a length that never changes."""
    numbers, others = _numbers(first), _numbers(second)
    if len(numbers) != len(others):
        return []
    constants = sorted({n for n, m in zip(numbers, others) if n == m and n > 1}, reverse=True)
    moving = sorted({(n, m) for n, m in zip(numbers, others) if n != m})
    met = {frozenset(pair) for pair in _met(first)[0]}
    found = {}
    for (n, m), (name, size), constant in itertools.product(moving, at.items(), constants):
        spread = size - other[name]
        if not spread or (n - m) % spread or (n - m) // spread < 1:
            continue
        factor = (n - m) // spread
        wanted = constant - (n - factor * size)
        if wanted > 0 and wanted % factor == 0:
            likely = {n, constant} in met
            found[name, wanted // factor] = found.get((name, wanted // factor), False) or likely
    return sorted(found, key=lambda pair: not found[pair])


def _numbers(error) -> list[int]:
    """All lengths that a failure shows: of the operands, then those in its message."""
    node = getattr(error, "node", None)
    shown = [size for value in values_in(node[1]) for size in value.shape] if node else []
    return [*shown, *map(int, re.findall(r"\d+", error.what))]
