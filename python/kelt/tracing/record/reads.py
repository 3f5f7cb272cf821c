"""Sizes as Python reads them during a capture: numbers that know what they are of the symbols, and tell what is asked.

A comparison is a guard: the capture holds for the sizes at which it comes out the same. Where a size turns into a plain
number (`int`, `float`, numpy), that is noted, for nothing is known of what Python does with it then.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

from kelt.tracing.record.graph import LEAVES, map_argument
from kelt.tracing.record.sizes import (
    FloatSize,
    Size,
    add,
    affine,
    ceildiv,
    difference,
    floordiv,
    modulo,
    once,
    product,
    renamed,
    subtract,
)

_WORD = re.compile(r"[a-z]\w*")


class Guard:
    """A comparison that Python made of two numbers, one of them of sizes. `place`: where in the user's code."""

    __slots__ = ("a", "b", "compare", "met", "place")

    def __init__(self, compare, a, b, place: str, met: int):
        self.compare, self.a, self.b, self.place = compare, a, b, place
        self.met = met  # how many lengths had met before

    def at(self, sizes: dict) -> float:
        """By how much the numbers differ at these sizes."""
        return _at(self.a, sizes) - _at(self.b, sizes)

    def holds(self, sizes: dict) -> bool:
        """How the comparison comes out at these sizes."""
        return bool(self.compare(_at(self.a, sizes), _at(self.b, sizes)))


class Reads:
    """What Python did with the sizes of one capture.

    `place()` tells where it is in the user's code, or None where what it does there does not count; `constants()`,
    which integers that code holds.
    """

    def __init__(self, place: Callable[[], str | None], constants: Callable[[], set[int]]):
        self.place, self._constants_here = place, constants
        self.guards: dict[tuple, Guard] = {}
        self.met: list[tuple[str, str]] = []  # symbols whose lengths an op wants to be equal
        self.assumed: list[Size] = []  # lengths that must not be negative for the rules of ops to hold
        self.lost: dict[str, None] = {}  # places
        self.sure = 0  # how many of `met` had met before the first of those
        self.constants: set[int] = set()  # with which Python may have compared sizes unseen
        self.of_readers: set[int] = set()  # of all code that has read a size
        self.unsure: set[int] = set()  # of code that may compare sizes unseen
        self._readers: set = set()
        self.made: dict[tuple, tuple] = {}  # of two lengths

    def size(self, number: int, size) -> int:
        """The number, as one that Python reads: `size` is what it is of the symbols, `None` if that is not known."""
        if isinstance(size, int):
            return number
        read = ReadSize(number)
        read.size, read.reads = size, self
        return read

    def float(self, number: float, size: FloatSize | None) -> float:
        """The same for a float."""
        read = ReadFloat(number)
        read.size, read.reads = size, self
        return read

    def ask(self, compare, a, b):
        """Notes a comparison."""
        if isinstance(a, Size) and isinstance(b, (int, Size)) and difference(a, b) is not None:
            return
        place = self.place()
        if place is None:
            return
        if a is None or b is None:
            self.lose()
            return
        key = (compare.__name__, str(a), str(b))
        if key not in self.guards:
            self.guards[key] = Guard(compare, a, b, place, len(self.met))

    def sure_of(self, sizes: dict[str, int]) -> int:
        """How many of `met` had met before Python may have compared several symbols that have one size."""
        counts = [self.sure] if self.lost else []
        for guard in self.guards.values():
            names = {word for word in _WORD.findall(f"{guard.a} {guard.b}") if word in sizes}
            if len({sizes[name] for name in names}) < len(names):
                counts.append(guard.met)
        return min(counts, default=len(self.met))

    def rename(self, names: dict[str, str]):
        """Gives the symbols other names."""
        guards = [(each, renamed(each.a, names), renamed(each.b, names)) for each in self.guards.values()]
        self.guards = {
            (each.compare.__name__, str(a), str(b)): Guard(each.compare, a, b, each.place, each.met)
            for each, a, b in guards
        }
        self.assumed = [renamed(length, names) for length in self.assumed]

    def read(self, code, unsure: Callable):
        """Notes that this code reads a size, and whether it may compare it unseen."""
        if code not in self._readers:
            self._readers.add(code)
            constants = self._constants_here()
            self.of_readers |= constants
            self.unsure |= constants if unsure(code) else set()

    def lose(self):
        """Notes that a size became a plain number."""
        place = self.place()
        if place is not None and place not in self.lost:
            self.sure = self.sure if self.lost else len(self.met)
            self.lost[place] = None
            self.constants |= self._constants_here()


def _at(length, sizes):
    return length.at(sizes) if isinstance(length, (Size, FloatSize)) else length


def of(number):
    """What a number is of the symbols: itself, if it is of none; `None` if that is not known."""
    return number.size if isinstance(number, (ReadSize, ReadFloat)) else number


def renaming(names: dict[str, str]):
    """A function that gives a leaf's symbols other names. It raises `KeyError` where two in one length become one."""
    made: dict[str, Size] = {}

    def rename(leaf):
        if isinstance(leaf, (ReadSize, ReadFloat)):
            return (leaf.reads.size if isinstance(leaf, ReadSize) else leaf.reads.float)(plain(leaf), rename(leaf.size))
        if not isinstance(leaf, (Size, FloatSize)):
            return leaf
        text = str(leaf)
        if text not in made:
            old = {word for word in _WORD.findall(text) if word in names}
            if len({names[word] for word in old}) < len(old):
                raise KeyError(text)
            made[text] = renamed(leaf, names)
        return made[text]

    return rename


def plain(number):
    """The number itself."""
    if isinstance(number, ReadSize):
        return int.__int__(number)
    return float.__float__(number) if isinstance(number, ReadFloat) else number


def as_plain(argument):
    """An argument with the numbers themselves in it."""
    return map_argument(argument, plain) if holds_read(argument) else argument


def holds_read(argument) -> bool:
    """Whether a size that Python has read is in it."""
    if type(argument) in LEAVES:
        return False
    if isinstance(argument, dict):
        return any(map(holds_read, argument.values()))
    if isinstance(argument, (list, tuple)):
        return any(map(holds_read, argument))
    if isinstance(argument, slice):
        return holds_read((argument.start, argument.stop, argument.step))
    return isinstance(argument, (ReadSize, ReadFloat))


def _comparison(compare):
    def method(self, other):
        if not isinstance(other, (int, float)):
            return NotImplemented
        self.reads.ask(compare, of(self), of(other))
        return compare(plain(self), plain(other))

    return method


def _arithmetic(compute, of_sizes, swapped=False):
    def method(self, other):
        if not isinstance(other, int):
            return _of_floats(compute, self, other, swapped) if isinstance(other, float) else NotImplemented
        a, b = (other, self) if swapped else (self, other)
        number = compute(plain(a), plain(b))
        x, y = of(a), of(b)
        return self.reads.size(number, None if x is None or y is None else once(self.reads.made, of_sizes, x, y))

    return method


def _of_floats(compute, a, b, swapped=False):
    """Arithmetic of which the result is a float: it stays known where it is a line."""
    if swapped:
        a, b = b, a
    number, known = compute(plain(a), plain(b)), None
    reads = (a if isinstance(a, (ReadSize, ReadFloat)) else b).reads
    x, y = of(a), of(b)
    if x is not None and y is not None:
        known = _line(compute, x, y)
    return reads.float(number, known)


def _line(compute, x, y):
    """What `compute` makes of a number and something of a size, if that is a factor, a function and an offset."""
    if isinstance(x, (Size, FloatSize)) and isinstance(y, (Size, FloatSize)):
        return None
    left = isinstance(x, (Size, FloatSize))
    known, number = (x, y) if left else (y, x)
    known = known if isinstance(known, FloatSize) else FloatSize(1.0, known, 1.0)
    factor, offset, function = known.factor, known.offset, known.function
    if compute is operator.mul:
        return FloatSize(factor * number, known.size, function, offset * number)
    if compute is operator.add:
        return FloatSize(factor, known.size, function, offset + number)
    if compute is operator.sub:
        return FloatSize(
            factor if left else -factor, known.size, function, offset - number if left else number - offset
        )
    if compute is operator.truediv and left and number:
        return FloatSize(factor / number, known.size, function, offset / number)
    if compute is operator.truediv and not left and not offset and isinstance(function, float):
        return FloatSize(number / factor, known.size, -function)
    if compute is operator.pow and left and not offset and isinstance(function, float):
        power = function * number
        return FloatSize(factor**number, known.size, power) if power in (1.0, -1.0, 0.5, -0.5) else None
    return None


def _both(cls):
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        setattr(cls, f"__{compare.__name__}__", _comparison(compare))

    def __hash__(self):  # noqa: N807
        self.reads.lose()  # a set or a dict may hold it
        return hash(plain(self))

    cls.__hash__ = __hash__
    more = (operator.add, operator.sub, operator.mul, operator.pow) if cls.__base__ is float else ()
    for compute in (operator.truediv, *more):
        name = compute.__name__

        def method(self, other, *_, compute=compute):
            return _of_floats(compute, self, other) if isinstance(other, (int, float)) else NotImplemented

        def reflected(self, other, *_, compute=compute):
            return _of_floats(compute, self, other, True) if isinstance(other, (int, float)) else NotImplemented

        setattr(cls, f"__{name}__", method)
        setattr(cls, f"__r{name}__", reflected)
    return cls


def _number(cls):
    """What makes a plain number of one that was read."""

    def __int__(self):  # noqa: N807
        self.reads.lose()
        return int(plain(self))

    def __float__(self):  # noqa: N807
        self.reads.lose()
        return float(plain(self))

    def __bool__(self):  # noqa: N807
        self.reads.ask(operator.ne, of(self), 0)
        return bool(plain(self))

    cls.__int__, cls.__float__, cls.__bool__ = __int__, __float__, __bool__
    cls.__reduce__ = lambda self: (cls.__base__, (plain(self),))
    cls.__copy__ = cls.__deepcopy__ = lambda self, *_: self
    return cls


def _unseen(name):
    """A method of an integer whose result is a plain number."""

    def method(self, *args, **options):
        self.reads.lose()
        return getattr(int, name)(plain(self), *map(plain, args), **options)

    return method


def _bits(cls):
    for name in ("and", "or", "xor"):
        setattr(cls, f"__{name}__", _unseen(f"__{name}__"))
        setattr(cls, f"__r{name}__", _unseen(f"__r{name}__"))
    for name in ("__rlshift__", "__rrshift__", "__invert__", "bit_length", "bit_count", "as_integer_ratio", "to_bytes"):
        setattr(cls, name, _unseen(name))
    return cls


@_bits
@_number
@_both
class ReadSize(int):
    """A size that Python has read."""

    size: Size | None
    reads: Reads

    __add__ = _arithmetic(operator.add, add)
    __radd__ = _arithmetic(operator.add, add, True)
    __sub__ = _arithmetic(operator.sub, subtract)
    __rsub__ = _arithmetic(operator.sub, subtract, True)
    __mul__ = _arithmetic(operator.mul, product)
    __rmul__ = _arithmetic(operator.mul, product, True)
    __floordiv__ = _arithmetic(operator.floordiv, floordiv)
    __rfloordiv__ = _arithmetic(operator.floordiv, floordiv, True)
    __mod__ = _arithmetic(operator.mod, modulo)
    __rmod__ = _arithmetic(operator.mod, modulo, True)

    def __divmod__(self, other):
        return self // other, self % other

    def __neg__(self):
        return self.reads.size(-plain(self), None if self.size is None else affine(-1, self.size, 0))

    def __pos__(self):
        return self

    __trunc__ = __floor__ = __ceil__ = __pos__

    def __round__(self, digits=None):
        return self if digits is None or digits >= 0 else _unseen("__round__")(self, digits)

    def __abs__(self):
        return -self if self < 0 else self

    def __pow__(self, power, modulus=None):
        if type(power) is int and 0 < power <= 4 and modulus is None:
            return math.prod([self] * power)
        if isinstance(power, (int, float)) and modulus is None:
            return _of_floats(operator.pow, self, power)
        self.reads.lose()
        return pow(plain(self), power, modulus)

    def __lshift__(self, count):
        return self * (1 << count) if type(count) is int else _unseen("__lshift__")(self, count)

    def __rshift__(self, count):
        return self // (1 << count) if type(count) is int else _unseen("__rshift__")(self, count)

    def __rpow__(self, base, modulus=None):
        self.reads.lose()
        return pow(base, plain(self), modulus)


@_number
@_both
class ReadFloat(float):
    """A float that Python made from a size."""

    size: FloatSize | None
    reads: Reads

    def __neg__(self):
        return _of_floats(operator.mul, self, -1)

    def _rounded(self, number, divided):
        known = self.size
        part = 1 / known.factor if known is not None and known.function == 1.0 and not known.offset else 0.5
        if part != int(part):
            self.reads.lose()
            return number
        return self.reads.size(number, divided(known.size, int(part)))

    def __floor__(self):
        return self._rounded(math.floor(plain(self)), floordiv)

    def __ceil__(self):
        return self._rounded(math.ceil(plain(self)), ceildiv)

    def __trunc__(self):
        self.reads.lose()
        return int(plain(self))

    def __round__(self, digits=None):
        self.reads.lose()
        return round(plain(self), digits)
