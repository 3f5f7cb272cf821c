"""The open axes of a signature's inputs: their symbols, which of them are one, and the sizes to capture them at."""

from __future__ import annotations

import itertools

NAMES = {1: "n", 2: "ns", 3: "nsd", 4: "nhwc", 5: "ndhwc"}
# Sizes to capture at, in this order: primes far apart, with numbers of many divisors between them. A branch on a size,
# a padding to a multiple or a limit shows itself as a difference between two of them. A model may be too narrow or too
# wide for some: three must do.
LADDER = (1009, 499, 960, 37, 101, 6, 3, 1)
FEWEST = 3
TELLING = 101  # of the ladder: at these sizes, few models reject anything but two symbols that must be one
# For a model that wants longer inputs than those, as audio is cut into windows.
LONG = (2003, 3000, 4001, 8009, 6000, 16001)
# Of a model that wants multiples (what it halves and doubles must meet again): the least that will do, times these.
MULTIPLES = (2, 4, 8, 16, 32, 64, 3, 6, 12, 24, 48, 5, 10, 20, 40, 7, 14, 28, 56)
OF_ALL = (960, 672)  # multiples of those
PROBE = 67  # primes from here on
EVEN = 36  # and so on by twelves
# Where an expression holds a floor, a modulus or a limit, it is proven at these as well.
TIMES = (67, 5, 36, 11, 24, 3, 59, 16, 7, 43, 12, 29, 40, 19, 8, 31, 2, 4)
FEWEST_FLOORS = 6  # sizes that must agree on one


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

    def fix(self, name: str, number: int) -> list[tuple[int, int]]:
        """Makes a symbol that number; the axes whose length it was: of which input, which axis."""
        fixed = [axis for axis, own in self.names.items() if own == name]
        for i, axis in fixed:
            self.shapes[i] = (*self.shapes[i][:axis], number, *self.shapes[i][axis + 1 :])
        self._axes = [axis for axis in self._axes if axis not in fixed]
        self._parent = {axis: parent for axis, parent in self._parent.items() if axis not in fixed}
        return fixed

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

    def alike(self) -> list[dict[str, int]]:
        """Numbers of many divisors, one for all symbols of one place in the inputs: in those of a rank, then in all.

        What they leave in a division is not what primes leave.
        """
        axes = {name: axis for (_, axis), name in reversed(self.names.items())}
        found = []
        for places in ({name: name.partition("_")[0] for name in self.symbols}, axes):
            numbers = dict(zip(dict.fromkeys(places[name] for name in self.symbols), itertools.count(EVEN, 12)))
            found.append({name: numbers[places[name]] for name in self.symbols})
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


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
