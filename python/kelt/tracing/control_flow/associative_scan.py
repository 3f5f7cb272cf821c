"""`keras.ops.associative_scan`: in log₂(length) steps over whole arrays, or one by one where the length is open."""

from __future__ import annotations

from keras import ops, tree

from kelt.tracing.control_flow import control
from kelt.tracing.symbols.symbol import SizeNeeded


class OpenLengths:
    """Which calls of a signature go along an open axis: those whose length differs between two captures."""

    def __init__(self):
        self.seen: dict[int, set[int]] = {}  # lengths by the number of the call
        self.one_by_one: set[int] = set()

    def learn(self) -> bool:
        """Whether a call has turned out to be open since it was asked last."""
        found = {i for i, lengths in self.seen.items() if len(lengths) > 1} - self.one_by_one
        self.one_by_one |= found
        return bool(found)


def associative_scan(tracer, f, elems, reverse=False, axis=0):
    """See above."""
    flat, _ = control.lifted(tracer, elems)
    axes = [axis % len(symbol._shape) for symbol in flat]
    lengths = {symbol._shape[a] for symbol, a in zip(flat, axes)}
    if None in lengths:
        raise SizeNeeded
    if len(lengths) != 1:
        met = {"elems": [symbol._value for symbol in flat]}
        raise control.reject(tracer, "associative_scan", f"the lengths differ: {sorted(lengths)}", met=met)
    length = lengths.pop()

    def combine(first, second):
        made = tree.flatten(f(control.packed(elems, first), control.packed(elems, second)))
        return [tracer.as_symbol(x) for x in made]

    call = tracer.scans = tracer.scans + 1
    known = tracer.tables.open_lengths
    known.seen.setdefault(call, set()).add(length)
    write_out = _one_by_one if call in known.one_by_one else _in_log_steps
    return control.packed(elems, write_out(tracer, combine, flat, axes, length, reverse))


def _along(symbol, axis, start, stop):
    return symbol[(*[slice(None)] * axis, slice(start, stop))]


def _in_log_steps(tracer, combine, flat, axes, length, reverse):
    distance = 1
    while distance < length:
        front = [_along(x, a, 0, length - distance) for x, a in zip(flat, axes)]
        back = [_along(x, a, distance, length) for x, a in zip(flat, axes)]
        if reverse:
            made, kept = combine(back, front), [_along(x, a, length - distance, length) for x, a in zip(flat, axes)]
            parts = zip(made, kept)
        else:
            made, kept = combine(front, back), [_along(x, a, 0, distance) for x, a in zip(flat, axes)]
            parts = zip(kept, made)
        flat = [ops.concatenate(list(pair), axis=a) for pair, a in zip(parts, axes)]
        distance *= 2
    return flat


def _one_by_one(tracer, combine, flat, axes, length, reverse):
    """A `scan` from the first element on; `combine` is given elements that keep the axis."""
    ends = (length - 1, length) if reverse else (0, 1)
    rest = (0, length - 1) if reverse else (1, length)
    first = [_along(x, a, *ends) for x, a in zip(flat, axes)]
    items = [ops.moveaxis(_along(x, a, *rest), a, 0) for x, a in zip(flat, axes)]

    def step(total, item):
        made = combine(total, [ops.expand_dims(x, a) for x, a in zip(item, axes)])
        return made, [ops.squeeze(x, a) for x, a in zip(made, axes)]

    _, made = control.scan(tracer, step, first, items, reverse=reverse)
    made = [ops.moveaxis(x, 0, a) for x, a in zip(made, axes)]
    pairs = zip(made, first) if reverse else zip(first, made)
    return [ops.concatenate(list(pair), axis=a) for pair, a in zip(pairs, axes)]
