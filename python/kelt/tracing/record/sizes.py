"""Lengths that depend on the lengths of the inputs, and how they are found from what a capture saw at several sizes.

The text of a `Size` is that of a kelt Dim: sums, products, `floordiv`, `mod`, `min`, `max` over named symbols.
"""

from __future__ import annotations

import fractions
import functools
import itertools
import math
from collections.abc import Callable

import numpy as np

DIVISORS = (*range(2, 33), 40, 48, 50, 56, 60, 64, 80, 96, 100, 112, 120, 128, 160, 192, 224, 256, 384, 512, 1024)
MODULI = (*range(2, 17), 20, 24, 28, 32, 48, 50, 56, 60, 64, 96, 100, 112, 128, 224, 256, 512, 1024)
RECENT = 12  # lengths of results before: what a number that Python made of several lengths may be made of
TINY = 6  # sizes at which a window may be wider than its input
FUNCTIONS = (1.0, -1.0, 0.5, -0.5, "log")


class Size:
    """An expression over symbols."""

    __slots__ = ("at", "polynomial", "text")

    def __init__(self, text: str, at: Callable[[dict], int], polynomial: bool = True):
        self.text = text
        self.at = at
        self.polynomial = polynomial  # few captures prove one

    def __repr__(self):
        return self.text

    def __eq__(self, other):
        return isinstance(other, Size) and self.text == other.text

    def __hash__(self):
        return hash(self.text)


class FloatSize:
    """factor × function of size + offset: a float that Python made from a length. A function is a power, or "log"."""

    __slots__ = ("factor", "function", "offset", "size")

    def __init__(self, factor: float, size: Size, function, offset: float = 0.0):
        self.factor = factor
        self.size = size
        self.function = function
        self.offset = offset

    def at(self, sizes: dict) -> float:
        """The float at these sizes."""
        return self.factor * apply(self.function, self.size.at(sizes)) + self.offset

    def __repr__(self):
        return f"{self.factor} * ({self.size}) ** {self.function} + {self.offset}"


def apply(function, size: int) -> float:
    """A function of `FUNCTIONS` of a size, or not a number."""
    if size <= 0:
        return float(size) if function == 1.0 else math.nan
    return math.log(size) if function == "log" else float(size) ** function


def symbol(name: str) -> Size:
    """The length that a name stands for."""
    return Size(name, lambda sizes: sizes[name])


def product(a, b):
    """The product of two lengths."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    at = [x.at if isinstance(x, Size) else (lambda sizes, x=x: x) for x in (a, b)]
    return Size(
        f"{_factor(a)}*{_factor(b)}", lambda sizes: at[0](sizes) * at[1](sizes), _is_polynomial(a) and _is_polynomial(b)
    )


def affine(scale: int, size, offset: int):
    """Scale * size + offset."""
    if isinstance(size, int):
        return scale * size + offset
    if (scale, offset) == (1, 0):
        return size
    head = size.text if scale == 1 else f"-{_factor(size)}" if scale == -1 else f"{scale}*{_factor(size)}"
    tail = "" if not offset else f" + {offset}" if offset > 0 else f" - {-offset}"
    return Size(head + tail, lambda sizes: scale * size.at(sizes) + offset, size.polynomial)


def add(a, b):
    """The sum of two lengths."""
    if isinstance(a, int) or isinstance(b, int):
        size, offset = (b, a) if isinstance(a, int) else (a, b)
        return affine(1, size, offset)
    return Size(f"{a.text} + {b.text}", lambda sizes: a.at(sizes) + b.at(sizes), a.polynomial and b.polynomial)


def floordiv(size, divisor: int):
    """The length divided by a number, without the rest."""
    if isinstance(size, int):
        return size // divisor
    if divisor == 1:
        return size
    return Size(f"floordiv({size.text}, {divisor})", lambda sizes: size.at(sizes) // divisor, False)


def _function(name, a, b, compute):
    def at(x):
        return x.at if isinstance(x, Size) else lambda sizes: x

    left, right = at(a), at(b)
    return Size(f"{name}({a}, {b})", lambda sizes: compute(left(sizes), right(sizes)), False)


def _is_polynomial(x):
    return not isinstance(x, Size) or x.polynomial


def _factor(x):
    text = str(x)
    return f"({text})" if (" " in text and not text.endswith(")")) or text.startswith("-") or ") " in text else text


class Solver:
    """Expressions for values that a capture saw, one at each of several sizes of the symbols."""

    def __init__(self, symbols: list[str], sizes: list[dict]):
        self.sizes = sizes
        self.symbols = [symbol(name) for name in symbols]
        self._found: dict[tuple, object] = {}
        self._firm = None
        self._seen: list[Size] = []

    def saw(self, dims):
        """Lengths of a result, of which later numbers may be made."""
        for dim in dims:
            if isinstance(dim, Size) and dim not in self.symbols:
                if dim in self._seen:
                    self._seen.remove(dim)
                self._seen.append(dim)
        del self._seen[:-RECENT]

    def learn(self, values, size):
        """What has these values, if it has: not to be searched for."""
        if isinstance(size, Size) and self._at(size) == list(values):
            self._found.setdefault(tuple(values), size)

    def solve(self, values, atoms=()):
        """A number or a `Size` that has the given values; `None` if none is found."""
        values = tuple(int(value) for value in values)
        if len(set(values)) == 1:
            return values[0]
        if values not in self._found:
            found = self._search(values, self.symbols)
            if found is None:
                atoms = [atom for atom in dict.fromkeys(atoms) if isinstance(atom, Size)]
                found = self._search(values, [*self.symbols, *atoms]) if atoms else None
                if found is None and self._seen:
                    found = self._search(values, [*self.symbols, *reversed(self._seen)])
                if found is None:
                    return None
            self._found[values] = found
        return self._found[values]

    def solve_length(self, lengths, atoms=()):
        """The same for the length of a result, which may stop at nothing where an input is tiny."""
        found = self.solve(lengths, atoms)
        if found is not None:
            return found
        firm = [i for i, sizes in enumerate(self.sizes) if min(sizes.values(), default=0) >= TINY]
        if len(firm) == len(self.sizes) or len(firm) < 3:
            return None
        if self._firm is None:
            self._firm = Solver([size.text for size in self.symbols], [self.sizes[i] for i in firm])
        return self._firm.solve([lengths[i] for i in firm], atoms)

    def solve_float(self, values, atoms=()):
        """The same for floats: a line in a size, in its reciprocal, in a root of those, or in its logarithm."""
        values = [float(value) for value in values]
        if len(set(values)) == 1:
            return values[0]
        atoms = [atom for atom in dict.fromkeys((*atoms, *self._seen)) if isinstance(atom, Size)]
        products = [product(a, b) for a, b in itertools.combinations_with_replacement((*self.symbols, *atoms), 2)]
        for size in (*self.symbols, *atoms, *products):
            for function in FUNCTIONS:
                fitted = _float_line([apply(function, at) for at in self._at(size)], values)
                if fitted:
                    return FloatSize(fitted[0], size, function, fitted[1])
        return None

    def _at(self, size: Size):
        return [size.at(sizes) for sizes in self.sizes]

    def _search(self, values, atoms):
        monomials = [m for degree in (1, 2, 3) for m in itertools.combinations_with_replacement(atoms, degree)]
        sizes = [functools.reduce(product, monomial) for monomial in monomials[:200]]
        table = [self._at(size) for size in sizes]
        for search in (self._affine, self._clipped, self._sums, self._rational):
            found = search(values, sizes, table)
            if found is not None:
                return found
        linear = len(atoms)
        return self._floors(values, sizes[:linear], table[:linear]) or self._mods(
            values, sizes[:linear], table[:linear]
        )

    def _affine(self, values, sizes, table):
        for size, seen in zip(sizes, table):
            fitted = _line(seen, values)
            if fitted:
                return affine(fitted[0], size, fitted[1])
        return None

    def _clipped(self, values, sizes, table):
        """min(size + offset, bound), max(size + offset, bound)."""
        for name, compute, bound in (("min", min, max(values)), ("max", max, min(values))):
            if values.count(bound) < 2:
                continue
            for size, seen in zip(sizes, table):
                free = [i for i, value in enumerate(values) if value != bound]
                offset = values[free[0]] - seen[free[0]]
                if len(free) > 1 and all(compute(s + offset, bound) == v for s, v in zip(seen, values)):
                    return _function(name, affine(1, size, offset), bound, compute)
        for (a, left), (b, right) in itertools.combinations(list(zip(sizes, table)), 2):
            for name, compute in (("min", min), ("max", max)):
                if all(compute(x, y) == v for x, y, v in zip(left, right, values)):
                    return _function(name, a, b, compute)
        return None

    def _sums(self, values, sizes, table):
        """A * size + b * another size + c."""
        if len(values) < 4:
            return None
        target = np.array(values[:3], dtype=object)
        for (a, left), (b, right) in itertools.combinations(list(zip(sizes, table))[:40], 2):
            found = _plane(left, right, target)
            if found is None:
                continue
            p, q, c = found
            if all(p * x + q * y + c == v for x, y, v in zip(left, right, values)):
                return affine(1, add(affine(p, a, 0), affine(q, b, 0)), c)
        return None

    def _rational(self, values, sizes, table):
        """floordiv(p * size, q), where the division leaves no rest."""
        for size, seen in zip(sizes, table):
            if not seen[0]:
                continue
            ratio = fractions.Fraction(values[0], seen[0])
            if ratio.denominator > 1 << 20 or ratio == 0:
                continue
            if all(v * ratio.denominator == s * ratio.numerator for s, v in zip(seen, values)):
                return floordiv(affine(ratio.numerator, size, 0), ratio.denominator)
        return None

    def _floors(self, values, sizes, table):
        """A * floordiv(size + offset, d) + b."""
        for d in DIVISORS:
            for size, seen in zip(sizes, table):
                found = _columns((np.array(seen)[:, None] + np.arange(d)) // d, values)
                if found:
                    offset, a, b = found
                    return affine(a, floordiv(affine(1, size, offset), d), b)
        return None

    def _mods(self, values, sizes, table):
        """A * mod(±size + offset, d) + b."""
        for d in MODULI:
            for size, seen in zip(sizes, table):
                for sign in (1, -1):
                    found = _columns((sign * np.array(seen)[:, None] + np.arange(d)) % d, values)
                    if found:
                        offset, a, b = found
                        return affine(a, _function("mod", affine(sign, size, offset), d, lambda x, y: x % y), b)
        return None


def _line(seen, values):
    """(a, b) with a * seen + b == values."""
    pair = next((i for i in range(1, len(seen)) if seen[i] != seen[0]), None)
    if pair is None:
        return None
    run, rise = seen[pair] - seen[0], values[pair] - values[0]
    if rise % run:
        return None
    a = rise // run
    b = values[0] - a * seen[0]
    return (a, b) if a and all(a * s + b == v for s, v in zip(seen, values)) else None


def _float_line(seen, values):
    """(a, b) with a * seen + b close to the values, neat where it can be."""
    low, high = seen.index(min(seen)), seen.index(max(seen))
    if not all(map(math.isfinite, (*seen, *values))) or seen[low] == seen[high]:
        return None
    a = (values[high] - values[low]) / (seen[high] - seen[low])
    b = values[low] - a * seen[low]
    scale = max(map(abs, values))
    a, b = _neat(a), 0.0 if abs(b) <= 1e-6 * min(map(abs, values)) else _neat(b)
    if not b:
        a = _neat(values[high] / seen[high]) if seen[high] else a
    close = (math.isclose(a * s + b, v, rel_tol=1e-6, abs_tol=1e-9 * scale) for s, v in zip(seen, values))
    return (a, b) if a and all(close) else None


def _neat(x):
    near = round(x, 6)
    return near if near and math.isclose(x, near, rel_tol=1e-9) else x


def _columns(candidates, values):
    """The first column of which `values` is a multiple plus a number, as (column, a, b)."""
    values = np.array(values)
    order = np.argsort(values)
    low, high = order[0], order[-1]
    run = candidates[high] - candidates[low]
    rise = values[high] - values[low]
    usable = np.flatnonzero((run != 0) & (rise % np.where(run == 0, 1, run) == 0))
    for column in usable:
        a = rise // run[column]
        b = values[low] - a * candidates[low, column]
        if np.array_equal(a * candidates[:, column] + b, values):
            return int(column), int(a), int(b)
    return None


def _plane(left, right, target):
    """Integers (p, q, c) with p * left + q * right + c == target, from three points."""
    (x0, x1, x2), (y0, y1, y2), (v0, v1, v2) = left[:3], right[:3], target
    determinant = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if not determinant:
        return None
    p = (v1 - v0) * (y2 - y0) - (v2 - v0) * (y1 - y0)
    q = (x1 - x0) * (v2 - v0) - (x2 - x0) * (v1 - v0)
    if p % determinant or q % determinant or not p or not q:
        return None
    p, q = p // determinant, q // determinant
    return p, q, v0 - p * x0 - q * y0
