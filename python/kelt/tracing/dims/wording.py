"""Rejections at numbers, said of the symbols that the numbers stand for."""

from __future__ import annotations

import itertools
import re

from kelt.errors import ExportError, failure
from kelt.tracing.dims.demands import SMALLEST, Sizes, lengths_met

MOST_SAID = 3  # lines of the user's code in one message
NEAR = 64  # so much, added to a size, still looks like that size
REMEDY = "Give {axes} a number in `input_signature` that the layer takes."


def of_sizes(rejected: list[tuple[ExportError, Sizes]], axes: dict[str, str]) -> dict[tuple, ExportError]:
    """Rejections that depend on the sizes, by path and op: as errors that name the axes. `axes`: words by symbol."""
    found = {}
    for (first, at), (second, other) in itertools.combinations(rejected, 2):
        place = (first.path, first.op)
        if place != (second.path, second.op) or min(*at.values(), *other.values()) < SMALLEST:
            continue
        moving = set(map(int, _NUMBER.findall(first.what))) - set(map(int, _NUMBER.findall(second.what)))
        what = in_symbols(first.what, at, moving)
        if what == first.what:
            continue
        met = " ".join(in_symbols(f"{x} {y}", at, moving) for x, y in lengths_met(first))
        if getattr(first, "node", None) and not any(re.search(rf"\b{name}\b", met) for name in at):
            continue  # what met was the same at both sizes
        names = [name for name in at if re.search(rf"\b{name}\b", met or what)] or list(at)
        said = ", ".join(f"{name} is {axes[name]}" for name in at if re.search(rf"\b{name}\b", what))
        remedy = REMEDY.format(axes=" or ".join(axes[name] for name in names))
        rejection = failure("K205", f"{what} ({said})", first.path, remedy, first.op)
        rejection.line = first.line
        found.setdefault(place, rejection)
    return found


def in_symbols(text: str, sizes: Sizes, numbers: set[int]) -> str:
    """The text with those of the `numbers` in it that are sizes, or made of them, as they are made."""
    known = {size: name for name, size in sizes.items()}
    for (a, size), (b, other) in itertools.combinations(sizes.items(), 2):
        known.setdefault(size * other, f"{a}*{b}")

    def said(match):
        number = int(match.group())
        if number not in numbers:
            return match.group()
        if number in known:
            return known[number]
        for size, name in known.items():
            if number % size == 0 and number // size < SMALLEST:
                return f"{number // size}*{name}"
        more, name = min(((number - size, name) for size, name in known.items()), key=lambda pair: abs(pair[0]))
        return f"{name} {'+' if more > 0 else '-'} {abs(more)}" if abs(more) <= NEAR else match.group()

    return _NUMBER.sub(said, text)


WORDS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


def explain(error: ExportError, read: list, tried: list[Sizes], axes: dict[str, str]) -> None:
    """Says which line of the user's code asks for which axis, where the operations of a model depend on a size."""
    guards = {key: guard for each in read for key, guard in each.guards.items()}
    telling = [(key, guard) for key, guard in guards.items() if len({guard.holds(sizes) for sizes in tried}) > 1]
    said, names = [], set()
    for (compare, a, b), guard in telling[:MOST_SAID]:
        names.update(name for name in axes if re.search(rf"\b{name}\b", f"{a} {b}"))
        said.append(f"{guard.place} asks whether {a} {WORDS[compare]} {b}")
    lost = [] if telling else list({place: None for each in read for place in each.lost})
    said += [f"{place} makes a plain number of a size" for place in lost[:MOST_SAID]]
    if not said:
        return
    meant = ", ".join(f"{name} is {axes[name]}" for name in axes if name in names)
    error.what += f": {'; '.join(said)}" + (f" ({meant})" if meant else "")
    error.args = (error.what,)
    if names:
        error.remedy = error.remedy.replace("that input", " or ".join(axes[name] for name in axes if name in names))


_NUMBER = re.compile(r"\d+")
