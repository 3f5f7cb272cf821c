"""Sizes around which an expression changes its form: where a limit is reached, a window fits, a comparison turns."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from kelt.tracing.record.graph import LEAVES, Function
from kelt.tracing.record.sizes import Size

LARGEST = 1 << 23
GRID = sorted({int(2 ** (step / 3)) for step in range(70)})


def prime_from(size: int) -> int:
    """The first prime from a size on."""
    while any(size % divisor == 0 for divisor in range(2, int(size**0.5) + 1)):
        size += 1
    return size


def all_guards(captures) -> list:
    """The comparisons of sizes by Python in captures and their problems."""
    return [guard for each, _ in captures if each.reads for guard in each.reads.guards.values()]


def corners_of(function: Function) -> list[Size]:
    """Lengths at whose change of sign some expression of the function changes its form."""
    found: dict[Size, None] = {}
    seen: set[int] = set()  # lists of lengths that values share

    def visit(argument):
        if type(argument) in LEAVES:
            return
        if isinstance(argument, Size):
            if argument.corners:
                found.update(dict.fromkeys(argument.corners))
        elif isinstance(argument, (list, tuple)):
            for item in argument:
                visit(item)
        elif isinstance(argument, dict):
            visit(list(argument.values()))
        elif isinstance(argument, slice):
            visit((argument.start, argument.stop, argument.step))
        elif isinstance(getattr(argument, "size", None), Size):
            visit(argument.size)

    for node in function.nodes:
        for argument in node.args.values():
            if type(argument) not in LEAVES:
                visit(argument)
        for value in node.outputs:
            if id(value.dims) not in seen:
                seen.add(id(value.dims))
                visit(value.dims)
        for nested in node.functions:
            found.update(dict.fromkeys(corners_of(nested)))
    return list(found)


def turns(length: Size, name: str, at: dict[str, int]) -> Iterator[int]:
    """Sizes of one symbol from which on the length has another sign, the others as they are `at`."""

    def sign(size):
        found = length.at({**at, name: size})
        return (found > 0) - (found < 0)

    for low, high in itertools.pairwise(GRID):
        if sign(low) == sign(high):
            continue
        first = sign(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if sign(middle) == first else (low, middle)
        yield high


def otherwise(asked: list[tuple[dict[str, int], dict]]) -> list[dict[str, int]]:
    """Sizes at which a comparison comes out otherwise, beside those of the first capture that makes it.

    Of two that `and` joins, the second is made only where the first holds, and matters only there.
    """
    found, known = [], set()
    for at, guards in asked:
        found += beyond([guard for key, guard in guards.items() if key not in known], at)
        known |= guards.keys()
    return found


def beyond(guards, at: dict[str, int]) -> list[dict[str, int]]:
    """Sizes at which a comparison comes out otherwise than `at` those, the nearest on either side of each symbol's."""
    found = {}
    for guard in guards:
        here = guard.holds(at)
        for name in at:
            places = {
                size for border in turns(guard, name, at) for size in (border - 1, border, border + 1) if size > 0
            }
            other = [size for size in places if guard.holds({**at, name: size}) != here]
            # At the border itself both sides may be equal, as of a limit: one beyond it tells more.
            below = sorted((size for size in other if size < at[name]), reverse=True)
            above = sorted(size for size in other if size > at[name])
            for side in (below[:2], above[:2]):
                found.update({(name, size): {**at, name: size} for size in side[-1:]})
    return list(found.values())


def around(lengths: Iterable[Size], at: dict[str, int]) -> dict[str, list[int]]:
    """By symbol, the sizes on both sides of every change of sign."""
    found: dict[str, set[int]] = {name: set() for name in at}
    for length in lengths:
        for name in at:
            for border in turns(length, name, at):
                found[name].update(size for size in (border - 1, border, border + 1) if size > 0)
    return {name: sorted(sizes) for name, sizes in found.items()}
