"""The expression that fits what several captures saw, at several sizes of the symbols."""

from __future__ import annotations

import fractions
import functools
import itertools
import math

import numpy as np

from kelt.tracing.record.sizes import (
    FUNCTIONS,
    FloatSize,
    Size,
    add,
    affine,
    apply,
    evaluated,
    floordiv,
    function_of,
    product,
    symbol,
)

DIVISORS = (*range(2, 33), 40, 48, 50, 56, 60, 64, 80, 96, 100, 112, 120, 128, 160, 192, 224, 256, 384, 512, 1024)
MODULI = (*range(2, 17), 20, 24, 28, 32, 48, 50, 56, 60, 64, 96, 100, 112, 128, 224, 256, 512, 1024)
RECENT = 12  # lengths of results before: what a number that Python made of several lengths may be made of
FEWEST = 3  # sizes that tell an expression
TINY = 6  # sizes at which a window may be wider than its input


class SearchError(Exception):
    """A number is of the sizes, and no rule tells how."""


class TooShortError(Exception):
    """At nearly all sizes that were tried lengths are negative that must not be."""

    def __init__(self, assumed):
        super().__init__(assumed)
        self.assumed = assumed


class Solver:
    """Expressions for values that a capture saw, one at each of several sizes of the symbols."""

    def __init__(self, symbols: list[str], sizes: list[dict], searching: bool = True):
        self.searching = searching  # else what is not known by a rule raises `SearchError`
        self.all = self.sizes = sizes  # those that are left: where what was assumed holds
        self.assumed: list[Size] = []  # lengths that must not be negative
        self.symbols = [symbol(name) for name in symbols]
        self._found: dict[tuple, object] = {}
        self.fitted = False  # whether anything was found by a search
        self.guessed = False  # whether something that is no polynomial was found by a search
        self._firm = None
        self._seen: list[Size] = []
        self.guards: list = []  # what Python asked of the sizes
        self.told = False  # whether the first capture knows its lengths, and assumes nothing of the sizes for that
        self._shapes: dict[tuple, tuple] = {}

    def shapes(self, dims) -> tuple:
        """What these lengths are at the sizes of each capture."""
        key = tuple([dim if type(dim) is int else dim.text for dim in dims])
        if key not in self._shapes:
            self._shapes[key] = tuple(tuple(evaluated(dim, sizes) for dim in dims) for sizes in self.all)
        return self._shapes[key]

    def saw(self, dims):
        """Lengths of a result, of which later numbers may be made."""
        for dim in dims:
            if isinstance(dim, Size) and dim not in self.symbols:
                if dim in self._seen:
                    self._seen.remove(dim)
                self._seen.append(dim)
        del self._seen[:-RECENT]

    def left(self, values) -> list:
        """Of values that were seen at all sizes, those of the sizes that are left."""
        if len(values) == len(self.sizes):
            return list(values)
        return [value for value, sizes in zip(values, self.all) if sizes in self.sizes]

    def accepts(self, lengths, dims, assumed=()) -> bool:
        """Whether dims have the lengths that were seen, wherever what they assume holds; that is assumed then."""
        left = [sizes for sizes in self.sizes if all(length.at(sizes) >= 0 for length in assumed)]
        for dim, seen in zip(dims, lengths):
            if any(evaluated(dim, sizes) != length for sizes, length in zip(self.all, seen) if sizes in left):
                return False
        if len(left) < FEWEST and len(left) < len(self.sizes):
            raise TooShortError(assumed)
        self.assumed += [length for length in assumed if length not in self.assumed]
        if len(left) < len(self.sizes):
            self.sizes, self._firm = left, None
            self._found.clear()
        return True

    def holds(self, known, values) -> bool:
        """Whether what a number is said to be of the sizes has the values that were seen."""
        seen = [(_value(known, sizes), value) for sizes, value in zip(self.sizes, self.left(values))]
        exact = not isinstance(known, FloatSize)
        return all(a == b if exact else math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in seen)

    def comparison(self, values):
        """The comparison of sizes by Python that came out so; `None` if there is none."""
        values = self.left(values)
        said = (guard for guard in self.guards if not isinstance(guard.a, FloatSize | float))
        return next((guard for guard in said if [guard.holds(sizes) for sizes in self.sizes] == values), None)

    def solve(self, values, atoms=()):
        """A number or a `Size` that has the given values; `None` if none is found."""
        values = tuple(int(value) for value in self.left(values))
        return self._solved(values, atoms)

    def _solved(self, values, atoms):
        if len(set(values)) == 1:
            return values[0]
        if not self.searching:
            raise SearchError
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
            self.fitted, self.guessed = True, self.guessed or not found.polynomial
        return self._found[values]

    def solve_length(self, lengths, atoms=()):
        """The same for the length of a result, which may stop at nothing where an input is tiny."""
        found = self.solve(lengths, atoms)
        if found is not None:
            return found
        lengths = self.left(lengths)
        firm = [i for i, sizes in enumerate(self.sizes) if min(sizes.values(), default=0) >= TINY]
        if len(firm) == len(self.sizes) or len(firm) < 3:
            return None
        if self._firm is None:
            self._firm = Solver([size.text for size in self.symbols], [self.sizes[i] for i in firm])
        found = self._firm.solve([lengths[i] for i in firm], atoms)
        self.fitted, self.guessed = True, self.guessed or self._firm.guessed
        return found

    def solve_float(self, values, atoms=()):
        """The same for floats: a line in a size, in its reciprocal, in a root of those, or in its logarithm."""
        values = [float(value) for value in self.left(values)]
        if len(set(values)) == 1:
            return values[0]
        if not self.searching:
            raise SearchError
        if all(map(float.is_integer, values)):
            size = self._solved(tuple(map(int, values)), atoms)
            if size is not None:
                return FloatSize(1.0, size, 1.0)
        atoms = [atom for atom in dict.fromkeys((*atoms, *self._seen)) if isinstance(atom, Size)]
        products = [product(a, b) for a, b in itertools.combinations_with_replacement((*self.symbols, *atoms), 2)]
        for size in (*self.symbols, *atoms, *products):
            for function in FUNCTIONS:
                fitted = _float_line([apply(function, at) for at in self._at(size)], values)
                if fitted:
                    self.fitted = True
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
            free = [i for i, value in enumerate(values) if value != bound]
            for size, seen in zip(sizes, table):
                below = [seen[i] for i in free]
                # Two sizes tell a line where there are no others on that side of the bound.
                enough = len(free) >= FEWEST or sorted(set(below)) == [1, 2]
                fitted = _line(below, [values[i] for i in free]) if enough else None
                if fitted and all(compute(fitted[0] * s + fitted[1], bound) == v for s, v in zip(seen, values)):
                    return function_of(name, affine(fitted[0], size, fitted[1]), bound, compute)
        for (a, left), (b, right) in itertools.combinations(list(zip(sizes, table)), 2):
            for name, compute in (("min", min), ("max", max)):
                if all(compute(x, y) == v for x, y, v in zip(left, right, values)):
                    return function_of(name, a, b, compute)
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
                        return affine(a, function_of("mod", affine(sign, size, offset), d, lambda x, y: x % y), b)
        return None


def _value(known, sizes):
    return known.at(sizes) if isinstance(known, (Size, FloatSize)) else known


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
