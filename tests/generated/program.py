"""A program is rows of numbers, which `plan.py` reads as inputs, steps and outputs."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

Row = tuple[int, ...]
T = TypeVar("T")
NUMBERS = 12  # in a row
LARGEST = 5040  # divided by all small lengths: each element of a list is as likely


@dataclasses.dataclass(frozen=True)
class Program:
    """Rows for the model's form, for its inputs, its steps and its outputs."""

    form: Row
    inputs: tuple[Row, ...]
    steps: tuple[Row, ...]
    outputs: Row


class Pick:
    """Reads a row; beyond its end stand zeros."""

    def __init__(self, row: Row):
        self.rest = iter(row)

    def number(self, low: int, high: int) -> int:
        """In [low, high]; the least for a zero."""
        return low + next(self.rest, 0) % (high - low + 1)

    def one(self, of: Sequence[T]) -> T:
        """The first for a zero."""
        return of[self.number(0, len(of) - 1)]

    def chance(self, percent: int) -> bool:
        """Never for a zero."""
        return self.number(0, 99) >= 100 - percent


def drawn(seed: int) -> Program:
    rng = random.Random(seed)

    def row():
        return tuple(rng.randrange(LARGEST) for _ in range(NUMBERS))

    steps = tuple(row() for _ in range(rng.randint(2, 12)))
    return Program(row(), tuple(row() for _ in range(rng.randint(1, 3))), steps, row())


def shrunk(program: Program, fails: Callable[[Program], bool], tries: int = 150) -> Program:
    """A smaller program that fails too."""
    changed = True
    while changed and tries > 0:
        changed = False
        for smaller in _smaller(program):
            tries -= 1
            if tries <= 0:
                break
            if fails(smaller):
                program, changed = smaller, True
                break
    return program


def _smaller(program):
    """Fewer rows first, then numbers that are zero."""
    for count in (len(program.steps) // 2, 1):
        for start in range(len(program.steps) - count + 1 if count else 0):
            yield dataclasses.replace(program, steps=program.steps[:start] + program.steps[start + count :])
    for at in range(len(program.inputs) - 1, 0, -1):
        yield dataclasses.replace(program, inputs=program.inputs[:at] + program.inputs[at + 1 :])
    for field in ("form", "outputs"):
        if any(getattr(program, field)):
            yield dataclasses.replace(program, **{field: ()})
    for field in ("inputs", "steps"):
        rows = getattr(program, field)
        for at, row in enumerate(rows):
            for place in range(len(row)):
                if any(row[place:]):
                    yield dataclasses.replace(program, **{field: (*rows[:at], row[:place], *rows[at + 1 :])})
                    break
