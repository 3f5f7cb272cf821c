"""Steps that move elements."""

from __future__ import annotations

from keras import ops

from generated import choose
from generated.plan import Plan, Step
from generated.program import Pick


def _any_of_rank(pick, plan, least=1, most=6):
    return choose.operand(pick, plan, lambda value: least <= value.rank <= most)


def transpose(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan, 2)
    if at is None:
        return None
    rank = plan.values[at].rank
    left = list(range(rank))
    perm = [left.pop(pick.number(0, len(left) - 1)) for _ in range(rank)]
    return Step(f"transpose {perm}", (at,), lambda x: ops.transpose(x, perm))


def expand(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan, 0, 4)
    if at is None:
        return None
    axis = pick.number(0, plan.values[at].rank)
    return Step(f"expand_dims {axis}", (at,), lambda x: ops.expand_dims(x, axis))


def squeeze(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: 1 in value.shape)
    if at is None:
        return None
    axis = plan.values[at].shape.index(1)
    return Step(f"squeeze {axis}", (at,), lambda x: ops.squeeze(x, axis))


def flatten(pick: Pick, plan: Plan) -> Step | None:
    """To a row, or with one axis kept at either end."""
    at = _any_of_rank(pick, plan, 1)
    if at is None:
        return None
    first, last = plan.values[at].shape[0], plan.values[at].shape[-1]
    ways = [(-1,)] + [(-1, last)] * (last is not None) + [(first, -1)] * (first is not None)
    shape = pick.one(ways)
    return Step(f"reshape {shape}", (at,), lambda x: ops.reshape(x, shape))


def split_axis(pick: Pick, plan: Plan) -> Step | None:
    """A known axis in two."""
    at = choose.operand(pick, plan, lambda value: value.rank in (2, 3) and value.shape[-1] in (4, 6, 8, 12))
    if at is None:
        return None
    shape, two = plan.values[at].shape, pick.chance(50)
    inner = (2, shape[-1] // 2) if two else (shape[-1] // 2, 2)
    if sum(dim is None for dim in shape[:-1]) > 1:
        return Step(f"reshape (shape, {inner})", (at,), lambda x: ops.reshape(x, (*ops.shape(x)[:-1], *inner)))
    outer = tuple(-1 if dim is None else dim for dim in shape[:-1])
    return Step(f"reshape {(*outer, *inner)}", (at,), lambda x: ops.reshape(x, (*outer, *inner)))


def concatenate(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan)
    if at is None:
        return None
    axis = choose.axis(pick, plan.values[at])
    place = axis % plan.values[at].rank

    def fits(value):
        both = zip(plan.values[at].shapes(), value.shapes())
        return value.rank == plan.values[at].rank and all(
            a[:place] == b[:place] and a[place + 1 :] == b[place + 1 :] for a, b in both
        )

    others = [choose.operand(pick, plan, fits) for _ in range(pick.number(1, 2))]
    return Step(f"concatenate {axis}", (at, *others), lambda *x: ops.concatenate(x, axis=axis))


def stack(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan, 0, 4)
    if at is None:
        return None
    axis = pick.number(-plan.values[at].rank - 1, plan.values[at].rank)
    other = choose.operand(pick, plan, lambda value: value.shapes() == plan.values[at].shapes())
    return Step(f"stack {axis}", (at, other), lambda *x: ops.stack(x, axis=axis))


def index(pick: Pick, plan: Plan) -> Step | None:
    """As Python indexes: slices with steps, numbers, new axes, an ellipsis."""
    at = _any_of_rank(pick, plan)
    if at is None:
        return None
    parts = []
    for _ in range(pick.number(1, min(plan.values[at].rank, 3))):
        start, stop = pick.one((None, 1, -2, 0)), pick.one((None, -1, 3, 100))
        parts.append(pick.one((slice(start, stop), slice(None, None, -1), 0, -1, slice(start, None, 2), slice(None))))
    if pick.chance(25):
        parts.append(None)
    if pick.chance(25):
        parts.insert(0, Ellipsis)
    key = tuple(parts)
    return Step(f"index {key}", (at,), lambda x: x[key])


def pad(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan, 1, 4)
    if at is None:
        return None
    axis, mode = (
        choose.axis(pick, plan.values[at]) % plan.values[at].rank,
        pick.one(("constant", "reflect", "symmetric")),
    )
    amounts = [[0, 0] for _ in range(plan.values[at].rank)]
    amounts[axis] = [pick.number(0, 1), 1]
    return Step(f"pad {amounts} {mode}", (at,), lambda x: ops.pad(x, amounts, mode=mode))


def repeated(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan, 1, 4)
    if at is None:
        return None
    axis, way = choose.axis(pick, plan.values[at]), pick.one(("repeat", "tile", "roll", "roll by -2"))
    functions = {
        "repeat": lambda x: ops.repeat(x, 2, axis=axis),
        "tile": lambda x: ops.tile(x, [2 if i == axis % len(x.shape) else 1 for i in range(len(x.shape))]),
        "roll": lambda x: ops.roll(x, 1, axis=axis),
        "roll by -2": lambda x: ops.roll(x, -2, axis=axis),
    }
    return Step(f"{way}, {axis}", (at,), functions[way])


def take(pick: Pick, plan: Plan) -> Step | None:
    """Elements by numbers that stand fast, or by the values of integers."""
    at = _any_of_rank(pick, plan, 1, 4)
    if at is None:
        return None
    axis = choose.axis(pick, plan.values[at])
    if pick.chance(50):
        ids = choose.operand(pick, plan, lambda value: value.integer and value.rank <= 2)
        if ids is not None:
            return Step(
                f"take by values, {axis}", (at, ids), lambda x, i: ops.take(x, ops.clip(ops.abs(i), 0, 1), axis=axis)
            )
    return Step(f"take, {axis}", (at,), lambda x: ops.take(x, [1, 0, -1], axis=axis))


def top(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(
        pick, plan, lambda value: value.dtype == "float32" and value.distinct and (value.shape or (1,))[-1] != 1
    )
    if at is None or plan.values[at].rank == 0:
        return None
    part = pick.number(0, 1)
    return Step(f"top_k, {part}", (at,), lambda x: ops.top_k(x, 2)[part])


def split(pick: Pick, plan: Plan) -> Step | None:
    at = _any_of_rank(pick, plan)
    if at is None:
        return None
    axis = choose.axis(pick, plan.values[at])
    parts, which = pick.one((2, [1], [1, 3])), pick.number(0, 1)
    return Step(f"split {parts}, {axis}, part {which}", (at,), lambda x: ops.split(x, parts, axis=axis)[which])


def triangle(pick: Pick, plan: Plan) -> Step | None:
    at, k = _any_of_rank(pick, plan, 2, 4), pick.number(0, 2) - 1
    name = pick.one(("tril", "triu"))
    return None if at is None else Step(f"{name} {k}", (at,), lambda x: getattr(ops, name)(x, k=k))


STEPS = (
    transpose,
    expand,
    squeeze,
    flatten,
    split_axis,
    concatenate,
    stack,
    index,
    index,
    pad,
    repeated,
    take,
    top,
    split,
    triangle,
)
