"""Lengths that depend on the lengths of the inputs, and how they are found from what a capture saw at several sizes.

The text of a `Size` is that of a kelt Dim: sums, products, `floordiv`, `mod`, `min`, `max` over named symbols.
"""

from __future__ import annotations

import collections
import functools
import math
import operator
import re
import zlib
from collections.abc import Callable


class _Probe(dict):
    """A size for every name: what expressions are compared by."""

    def __init__(self, seed: int):
        self.seed = seed

    def __missing__(self, name):
        size = 1 if not self.seed else 1 + zlib.crc32(f"{self.seed} {name}".encode()) % 10 ** (1 + self.seed % 7)
        self[name] = size
        return size


_NAME = re.compile(r"\b[a-z]\w*\b(?!\()")  # of a symbol, not of a function
PROBES = [_Probe(seed) for seed in range(24)]
FUNCTIONS = (1.0, -1.0, 0.5, -0.5, "log")


class Size:
    """An expression over symbols."""

    __slots__ = ("at", "corners", "factors", "never_negative", "never_under", "polynomial", "smaller_of", "text")

    def __init__(self, text: str, at: Callable[[dict], int], polynomial: bool = True, corners: tuple = ()):
        self.text = text
        self.at = at
        self.polynomial = polynomial  # few captures prove one
        self.corners = corners  # lengths that change their sign where the expression changes its form
        self.factors = None  # of a product: a number, and lengths
        self.smaller_of: tuple | None = None  # two lengths
        self.never_negative = False  # as the rest of a division
        self.never_under: Size | None = None  # of a sum: a length, to which something is added that is never negative

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


def renamed(length, names: dict[str, str]):
    """The length with other names for its symbols."""
    if isinstance(length, FloatSize):
        return FloatSize(length.factor, renamed(length.size, names), length.function, length.offset)
    if not isinstance(length, Size):
        return length
    text = re.sub(r"[a-z]\w*", lambda match: names.get(match.group(), match.group()), length.text)
    corners = tuple(renamed(corner, names) for corner in length.corners)

    def at(sizes):
        return length.at(collections.ChainMap({old: sizes[new] for old, new in names.items()}, sizes))

    return Size(text, at, length.polynomial, corners)


def product(a, b):
    """The product of two lengths."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    at = [x.at if isinstance(x, Size) else (lambda sizes, x=x: x) for x in (a, b)]
    text = f"{_factor(a)}*{_factor(b)}"
    polynomial = _is_polynomial(a) and _is_polynomial(b)
    made = Size(text, lambda sizes: at[0](sizes) * at[1](sizes), polynomial, _corners(a, b))
    (number, lengths), (other, more) = factors(a), factors(b)
    made.factors = number * other, (*lengths, *more)
    return made


def factors(length) -> tuple[int, tuple[Size, ...]]:
    """A number, and lengths, of which a length is the product."""
    return (length, ()) if isinstance(length, int) else length.factors or (1, (length,))


def affine(scale: int, size, offset: int):
    """Scale * size + offset."""
    if isinstance(size, int):
        return scale * size + offset
    if (scale, offset) == (1, 0):
        return size
    head = size.text if scale == 1 else f"-{_factor(size)}" if scale == -1 else f"{scale}*{_factor(size)}"
    tail = "" if not offset else f" + {offset}" if offset > 0 else f" - {-offset}"
    made = Size(head + tail, lambda sizes: scale * size.at(sizes) + offset, size.polynomial, size.corners)
    if not offset:
        number, lengths = factors(size)
        made.factors = scale * number, lengths
    return made


def add(a, b):
    """The sum of two lengths."""
    if isinstance(a, int) or isinstance(b, int):
        size, offset = (b, a) if isinstance(a, int) else (a, b)
        return affine(1, size, offset)
    polynomial = a.polynomial and b.polynomial
    made = Size(f"{a.text} + {b.text}", lambda sizes: a.at(sizes) + b.at(sizes), polynomial, _corners(a, b))
    made.never_under = a if b.never_negative else b if a.never_negative else None
    return made


def floordiv(size, divisor):
    """The length divided by a number or a length, without the rest: what is a factor of both is left out."""
    if isinstance(size, int) and isinstance(divisor, int):
        return size // divisor
    (number, lengths), (by, others) = factors(size), factors(divisor)
    left = list(lengths)
    for other in others:
        if other not in left:
            return function_of("floordiv", size, divisor, operator.floordiv)
        left.remove(other)
    if number % by == 0:
        return functools.reduce(product, left, number // by)
    return function_of("floordiv", functools.reduce(product, left, number), by, operator.floordiv)


def function_of(name, a, b, compute):
    """A function of two lengths."""

    def at(x):
        return x.at if isinstance(x, Size) else lambda sizes: x

    left, right = at(a), at(b)
    corners = _corners(a, b)
    if compute in (min, max):
        corners = (add(affine(1, a, 0), affine(-1, b, 0)), *corners)
    return Size(f"{name}({a}, {b})", lambda sizes: compute(left(sizes), right(sizes)), False, corners)


def subtract(a, b):
    """The difference of two lengths: a number, where they differ by that at every size."""
    constant = difference(a, b)
    return add(a, affine(-1, b, 0)) if constant is None else constant


def once(made: dict[tuple, tuple], of_two, x, y):
    """A function of two lengths: of the same two (by identity) it is computed once."""
    key = of_two, type(x), x if type(x) is int else id(x), type(y), y if type(y) is int else id(y)
    if key not in made:
        made[key] = of_two(x, y), x, y  # which live as long, or others might have their addresses
    return made[key][0]


def ceildiv(size, divisor: int):
    """The length divided by a number, rounded up."""
    return floordiv(affine(1, size, divisor - 1), divisor)


def modulo(a, b):
    """The rest of a division."""
    if isinstance(b, int) and b > 0 and factors(a)[0] % b == 0:
        return 0
    made = function_of("mod", a, b, operator.mod)
    made.never_negative = isinstance(b, int) and b > 0
    return made


def minimum(a, b):
    """The smaller of two lengths."""
    if isinstance(a, Size) and isinstance(b, Size) and (a.never_under == b or b.never_under == a):
        return b if a.never_under == b else a
    constant = difference(a, b)
    if constant is None:
        made = function_of("min", a, b, min)
        made.smaller_of = a, b
        return made
    return a if constant <= 0 else b


def maximum(a, b):
    """The larger of two lengths."""
    constant = difference(a, b)
    if constant is None:
        return function_of("max", a, b, max)
    return a if constant >= 0 else b


def difference(a, b) -> int | None:
    """By how much two lengths differ, if that is one number."""
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    return _difference(a, b)


@functools.lru_cache(1 << 12)
def _difference(a, b):
    seen = {evaluated(a, sizes) - evaluated(b, sizes) for sizes in PROBES}
    return seen.pop() if len(seen) == 1 else None


def symbol_of(length) -> str | None:
    """The name of the symbol that a length is, as `s + 1 - 1` is `s`."""
    if not isinstance(length, Size):
        return None
    names = set(_NAME.findall(length.text))
    name = names.pop() if len(names) == 1 else ""
    return name if name and difference(length, symbol(name)) == 0 else None


def evaluated(length, sizes) -> int:
    """What a length is at these sizes."""
    return length.at(sizes) if isinstance(length, Size) else length


def _corners(*lengths):
    return tuple(dict.fromkeys(corner for x in lengths if isinstance(x, Size) for corner in x.corners))


def _is_polynomial(x):
    return not isinstance(x, Size) or x.polynomial


def _factor(x):
    text = outside = str(x)
    while (shorter := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = shorter
    return f"({text})" if " " in outside or text.startswith("-") else text
