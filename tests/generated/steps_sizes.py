"""Steps that calculate with sizes, and those that choose or repeat."""

from __future__ import annotations

import numpy as np
from keras import ops

from generated import choose
from generated.plan import Plan, Step
from generated.program import Pick


def _sized(axis):
    def size(x):
        return ops.shape(x)[axis]

    return size


def size(pick: Pick, plan: Plan) -> Step | None:
    """Something of an axis' size: factors, positions, parts, shapes."""
    at = choose.operand(pick, plan, choose.with_axes)
    if at is None:
        return None
    value = plan.values[at]
    axis = choose.axis(pick, value) % value.rank
    of, rank = _sized(axis), value.rank

    def part(x, start, stop):
        return x[(slice(None),) * axis + (slice(start, stop),)]

    def along(x, row):
        shape = [1] * rank
        shape[axis] = -1
        return ops.cast(ops.reshape(row, shape), x.dtype)

    def one_more(x):
        shape = [1 if i == axis else ops.shape(x)[i] for i in range(rank)]
        return ops.concatenate([x, ops.zeros(shape, x.dtype)], axis=axis)

    ways = {
        "times the size": lambda x: x * of(x),
        "over its root": lambda x: x / of(x) ** 0.5,
        "sum over the size": lambda x: ops.sum(x, axis=axis) / of(x),
        "positions": lambda x: x + along(x, ops.arange(of(x))) * 0.1,
        "first half": lambda x: part(x, 0, (of(x) + 1) // 2),
        "last half": lambda x: part(x, of(x) // 2, None),
        "all but a third": lambda x: part(x, None, of(x) - of(x) // 3),
        "no more than four": lambda x: part(x, 0, min(of(x), 4) if isinstance(of(x), int) else 4),
        "to a row": lambda x: ops.reshape(x, (of(x), -1)) if axis == 0 else ops.reshape(x, (-1, of(x))),
        "zeros before": lambda x: ops.concatenate([ops.zeros_like(part(x, 0, 1)), part(x, 0, -1)], axis=axis),
        "ones of the shape": lambda x: x + ops.ones(ops.shape(x), dtype=x.dtype) * 0.5,
        "broadcast": lambda x: ops.broadcast_to(ops.mean(x, axis=axis, keepdims=True), ops.shape(x)),
        "every other": lambda x: x[(slice(None),) * axis + (slice(0, of(x), 2),)],
        "linspace": lambda x: x + along(x, ops.linspace(0.0, 1.0, of(x))),
        "one more": one_more,
    }
    way = pick.one(list(ways))
    return Step(f"{way}, axis {axis}", (at,), ways[way])


def choice(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, choose.float32)
    if at is None:
        return None
    ways = {
        "cond": lambda x: ops.cond(ops.sum(x) > 0.0, lambda: x * 2.0, lambda: x - 1.0),
        "switch": lambda x: ops.switch(
            ops.cast(ops.sum(x) > 0.0, "int32") + 1, [lambda v: v, lambda v: v + 1.0, lambda v: v * 0.5], x
        ),
        "cond of two": lambda x: ops.add(*ops.cond(ops.max(x) > 1.0, lambda: (x, x * 0.5), lambda: (-x, x))),
    }
    way = pick.one(list(ways))
    return Step(way, (at,), ways[way])


def loop(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: choose.float32(value) and value.rank >= 1)
    if at is None:
        return None
    times = pick.number(1, 3)
    ways = {
        "fori_loop": lambda x: ops.fori_loop(0, times, lambda i, y: ops.tanh(y) + ops.cast(i, "float32") * 0.5, x),
        "while_loop": lambda x: ops.while_loop(
            lambda i, y: i < times + 1, lambda i, y: (i + 1, ops.sin(y) + x * 0.1), (0, x)
        )[1],
        "scan": lambda x: ops.scan(lambda c, v: (ops.tanh(c + v), c * v), ops.zeros_like(x[0]), x)[1],
        "scan, the carry": lambda x: ops.scan(lambda c, v: (ops.tanh(c + v), c), ops.zeros_like(x[0]), x)[0],
        "map": lambda x: ops.map(lambda v: ops.tanh(v) * 2.0, x),
        "vectorized_map": lambda x: ops.vectorized_map(lambda v: v - ops.mean(v), x),
        "reversed scan": lambda x: ops.scan(lambda c, v: (c * 0.5 + v, c), ops.zeros_like(x[0]), x, reverse=True)[1],
        "associative_scan": lambda x: ops.associative_scan(ops.add, x, axis=0),
    }
    way = pick.one(list(ways))
    return Step(f"{way} {times}", (at,), ways[way])


def scattered(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: choose.float32(value) and value.rank >= 1)
    if at is None:
        return None
    rank = plan.values[at].rank

    def row(x):
        return ops.reshape(x, (-1,))

    ways = {
        "scatter_update": lambda x: ops.scatter_update(
            x + 0.0, np.zeros((1, rank), "int32"), np.array([2.5], "float32")
        ),
        "slice_update": lambda x: ops.slice_update(x + 0.0, [0] * rank, ops.ones([1] * rank)),
        "dynamic slice": lambda x: ops.slice(x, [0] * rank, [1] * rank),
        "segment_sum": lambda x: ops.segment_sum(row(x), ops.cast(row(x) > 0.0, "int32"), num_segments=2),
        "segment_max": lambda x: ops.segment_max(row(x), ops.zeros_like(row(x), "int32"), num_segments=1),
        "searchsorted": lambda x: ops.searchsorted(np.array([-0.5, 0.1, 0.9], "float32"), row(x)),
        "digitize": lambda x: ops.digitize(x, np.array([-0.5, 0.1, 0.9], "float32")),
    }
    way = pick.one(list(ways))
    return Step(way, (at,), ways[way])


STEPS = (size, size, size, size, choice, loop, loop, scattered)
