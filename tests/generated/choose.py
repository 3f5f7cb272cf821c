"""Operands and axes for a step."""

from __future__ import annotations

import itertools

from generated.plan import Plan, Value
from generated.program import Pick


def operand(pick: Pick, plan: Plan, fits=lambda value: True) -> int | None:
    """The place of a value that fits, the last one for a zero."""
    places = [at for at in reversed(range(len(plan.values))) if fits(plan.values[at])]
    number = pick.number(0, 99)
    return places[number % len(places)] if places else None


def floating(value: Value) -> bool:
    return value.floating


def float32(value: Value) -> bool:
    return value.dtype == "float32"


def with_axes(value: Value) -> bool:
    return value.floating and value.rank >= 1


def axis(pick: Pick, value: Value) -> int:
    """Counted from either end."""
    return pick.number(0, 2 * value.rank - 1) - value.rank


def axes(pick: Pick, value: Value) -> int | tuple[int, ...] | None:
    """One, several or all."""
    one = axis(pick, value)
    way = pick.number(0, 5)
    if way < 3:
        return one
    if way == 3:
        return None
    other = axis(pick, value)
    return (one, other) if (one - other) % value.rank else (one,)


def broadcasts(left: Value, right: Value) -> bool:
    """Whether two values fit at every size."""
    return all(_fit(a, b) for a, b in zip(left.shapes(), right.shapes()))


def _fit(a, b):
    return all(x == y or 1 in (x, y) for x, y in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1))
