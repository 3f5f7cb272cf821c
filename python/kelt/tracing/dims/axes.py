"""The open axes of a signature's inputs: their symbols, which of them are one, and the sizes to capture them at."""

from __future__ import annotations

import itertools
import re

from kelt.tracing.ops import meeting_rules
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import values_in

NAMES = {1: "n", 2: "ns", 3: "nsd", 4: "nhwc", 5: "ndhwc"}
# Sizes to capture at, in this order: primes far apart, with numbers of many divisors between them. A branch on a size,
# a padding to a multiple or a limit shows itself as a difference between two of them. A model may be too narrow or too
# wide for some: three must do.
LADDER = (1009, 499, 960, 37, 101, 6, 3, 1)
FEWEST = 3
# For a model that wants longer inputs than those, as audio is cut into windows.
LONG = (2003, 3000, 4001, 8009, 6000, 16001)
# Of a model that wants multiples (what it halves and doubles must meet again): the least that will do, times these.
MULTIPLES = (2, 4, 8, 16, 32, 64, 3, 6, 12, 24, 48, 5, 10, 20, 40, 7, 14, 28, 56)
OF_ALL = (960, 672)  # multiples of those
PROBE = 67  # primes from here on
# Where an expression holds a floor, a modulus or a limit, it is proven at these as well.
TIMES = (67, 5, 36, 11, 24, 3, 59, 16, 7, 43, 12, 29, 40, 19, 8, 31)
FEWEST_FLOORS = 6  # sizes that must agree on one
SMALLEST_NAME = 30  # smaller sizes do not tell which symbol they are of


class Axes:
    """Symbols of the open axes. Starts with one each; `merge` makes two of them one."""

    def __init__(self, shapes: list[tuple]):
        self.shapes = shapes
        self._axes = [(i, axis) for i, shape in enumerate(shapes) for axis, dim in enumerate(shape) if dim is None]
        self._parent = {axis: axis for axis in self._axes}

    def __bool__(self):
        return bool(self._axes)

    def _root(self, axis):
        while self._parent[axis] != axis:
            axis = self._parent[axis]
        return axis

    @property
    def names(self) -> dict[tuple[int, int], str]:
        """The symbol of each axis."""
        names, used = {}, {}
        for axis in self._axes:
            root = self._root(axis)
            if root not in names:
                letters = NAMES.get(len(self.shapes[root[0]]), "")
                base = letters[root[1]] if root[1] < len(letters) else f"d{root[1]}"
                used[base] = used.get(base, -1) + 1
                names[root] = base if not used[base] else f"{base}_{used[base]}"
        return {axis: names[self._root(axis)] for axis in self._axes}

    @property
    def symbols(self) -> list[str]:
        return list(dict.fromkeys(self.names.values()))

    def merge(self, pairs) -> bool:
        """Makes symbols one, by name; false if they were."""
        of = {}
        for axis, name in self.names.items():
            of.setdefault(name, axis)
        changed = False
        for a, b in pairs:
            first, second = sorted((self._root(of[a]), self._root(of[b])))
            if first != second:
                self._parent[second] = first
                changed = True
        return changed

    def multiples(self, multiple: int) -> list[dict[str, int]]:
        """Multiples for all symbols: by primes, then by numbers that go up and down, for each in another order."""
        about = [self.sizes(PROBE)]
        for shift in range(len(TIMES)):
            about.append({name: TIMES[(shift + 5 * i) % len(TIMES)] for i, name in enumerate(self.symbols)})
        return [{name: multiple * size for name, size in sizes.items()} for sizes in about]

    def sizes(self, about: int) -> dict[str, int]:
        """A number for each symbol, none twice: primes from `about` on, or multiples of it if it is no prime."""
        symbols = self.symbols
        if about == 1:
            return dict.fromkeys(symbols, 1)
        if not _is_prime(about):
            return {name: about * (i + 1) for i, name in enumerate(symbols)}
        found, candidate = {}, about
        for name in symbols:
            while not _is_prime(candidate):
                candidate += 1
            found[name] = candidate
            candidate += 1
        return found

    def shapes_at(self, sizes: dict[str, int]) -> list[tuple]:
        names = self.names
        return [
            tuple(sizes[names[i, axis]] if dim is None else dim for axis, dim in enumerate(shape))
            for i, shape in enumerate(self.shapes)
        ]

    def input_dims(self, i: int) -> list:
        """The lengths of input `i`: numbers and names of symbols."""
        names = self.names
        return [names[i, axis] if dim is None else dim for axis, dim in enumerate(self.shapes[i])]


def clashes(error: BaseException, sizes: dict[str, int]) -> list[tuple[str, str]]:
    """Two symbols that a failed op shows to be one: their sizes met where lengths must be equal."""
    of = {size: name for name, size in sizes.items()}
    if min(of, default=0) < SMALLEST_NAME:
        return []
    return next(([(of[x], of[y])] for x, y in _met(error) if x != y and x in of and y in of), [])


def shifted(error: BaseException, sizes: dict[str, int]) -> set[tuple[str, str, int]]:
    """Symbols that may be one, and what was added to both before they met: other sizes tell which are."""
    if min(sizes.values(), default=0) < SMALLEST_NAME:
        return set()
    pairs = list(itertools.permutations(sizes, 2))
    met = [(x, y) for x, y in _met(error) if x != y and 1 not in (x, y)]
    return {(a, b, x - sizes[a]) for x, y in met for a, b in pairs if x - sizes[a] == y - sizes[b]}


def _met(error):
    """Pairs of lengths that the failed op wants to be equal."""
    node = getattr(error, "node", None)
    if node is not None:
        op, args = node
        return (definition_of(op).meetings or meeting_rules.default)([value.shape for value in values_in(args)], args)
    # Keras checked by itself: the shapes are in its message
    shapes = [tuple(map(int, re.findall(r"\d+", text))) for text in re.findall(r"\(([\d, ]*)\)", str(error))]
    # Most often it is the batch that differs, and what else the message shows may do so rightly.
    batches = [(a[0], b[0]) for i, a in enumerate(shapes) for b in shapes[i + 1 :] if a and b]
    return [*batches, *meeting_rules.aligned(shapes)]


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
