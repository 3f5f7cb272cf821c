"""Steps that are functions of keras.ops on elements, along axes, and of matrices."""

from __future__ import annotations

import numpy as np
from keras import ops

from generated import choose
from generated.plan import Plan, Step
from generated.program import Pick

# What is not defined everywhere gets an operand for which it is.
UNARY = {
    **{
        name: getattr(ops, name) for name in ("relu", "tanh", "sigmoid", "abs", "sin", "cos", "softplus", "silu", "elu")
    },
    **{name: getattr(ops, name) for name in ("negative", "square", "sign", "floor", "round", "erf", "hard_sigmoid")},
    **{name: getattr(ops, name) for name in ("leaky_relu", "selu", "relu6", "hard_swish", "softsign", "ceil")},
    **{name: getattr(ops, name) for name in ("log_sigmoid", "arctan", "arcsinh", "expm1", "hard_tanh", "celu", "glu")},
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "gelu, approximate": ops.gelu,
    "sqrt of the size": lambda x: ops.sqrt(ops.abs(x)),
    "log1p of the size": lambda x: ops.log1p(ops.abs(x)),
    "rsqrt": lambda x: ops.rsqrt(ops.abs(x) + 1),
    "reciprocal": lambda x: ops.reciprocal(ops.square(x) + 1),
    "exp": lambda x: ops.exp(ops.clip(x, -3, 3)),
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "clip": lambda x: ops.clip(x, -0.5, 0.7),
    "nan_to_num": ops.nan_to_num,
    "arctanh": lambda x: ops.arctanh(0.9 * ops.tanh(x)),
    "isfinite": ops.isfinite,
    "trunc": ops.trunc,
}
INTEGER = {
    "abs": ops.abs,
    "negative": ops.negative,
    "clip": lambda x: ops.clip(x, -2, 5),
    "times itself": lambda x: ops.clip(x, -9, 9) * ops.clip(x, -9, 9),
    "modulo": lambda x: x % 5,
    "over three": lambda x: x // 3,
    "sign": ops.sign,
    "half": lambda x: x / 2,
    "bits": lambda x: ops.bitwise_and(x, 3),
    "shifted": lambda x: ops.left_shift(ops.clip(x, 0, 9), 1),
}
BINARY = {
    "add": ops.add,
    "subtract": ops.subtract,
    "multiply": ops.multiply,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "divide": lambda a, b: a / (ops.square(b) + 1),
    "squared difference": lambda a, b: ops.square(a - b),
    "less": ops.less,
    "greater_equal": ops.greater_equal,
    "equal": ops.equal,
    "not_equal": ops.not_equal,
    "where": lambda a, b: ops.where(a > b, a, b * 0.5),
    "arctan2": lambda a, b: ops.arctan2(ops.cast(a, "float32"), ops.cast(b, "float32") + 5),
    "logaddexp": ops.logaddexp,
    "floor_divide": lambda a, b: a // (ops.abs(b) + 1),
    "mod": lambda a, b: ops.mod(a, ops.abs(b) + 2),
    "power": lambda a, b: ops.power(ops.abs(a) + 0.5, ops.clip(b, -2, 2)),
}
REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "logsumexp", "prod", "any", "all", "median", "count_nonzero")
SCALARS = (1, 2.5, -0.5, 3, True)


def unary(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, choose.floating)
    name = pick.one(list(UNARY))
    return None if at is None else Step(name, (at,), UNARY[name])


def integer(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: value.integer)
    name = pick.one(list(INTEGER))
    return None if at is None else Step(f"{name} (integers)", (at,), INTEGER[name])


def cast(pick: Pick, plan: Plan) -> Step | None:
    at, dtype = choose.operand(pick, plan), pick.one(("float32", "int32", "bool", "float16", "int8", "float32"))
    if at is None or (dtype == "int8" and not plan.values[at].integer):
        return None
    return Step(f"cast to {dtype}", (at,), lambda x: ops.cast(x, dtype))


def with_scalar(pick: Pick, plan: Plan) -> Step | None:
    at, number, turned = choose.operand(pick, plan), pick.one(SCALARS), pick.chance(50)
    name = pick.one(("add", "multiply", "subtract", "maximum"))
    function = getattr(ops, name)
    if turned:
        return Step(f"{name} {number}, x", (at,), lambda x: function(number, x))
    return Step(f"{name} x, {number}", (at,), lambda x: function(x, number))


def binary(pick: Pick, plan: Plan) -> Step | None:
    left = choose.operand(pick, plan)
    name = pick.one(list(BINARY))
    right = choose.operand(pick, plan, lambda value: choose.broadcasts(plan.values[left], value))
    return Step(name, (left, right), BINARY[name])


def logical(pick: Pick, plan: Plan) -> Step | None:
    left = choose.operand(pick, plan, lambda value: value.dtype == "bool")
    if left is None:
        return None
    right = choose.operand(pick, plan, lambda value: choose.broadcasts(plan.values[left], value))
    name = pick.one(("logical_and", "logical_or", "logical_xor", "where"))
    if name == "where":
        return Step("where", (left, right), lambda a, b: ops.where(a, b, ops.zeros_like(b)))
    return Step(name, (left, right), getattr(ops, name))


def reduction(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: value.rank >= 1)
    if at is None:
        return None
    name, keep = pick.one(REDUCTIONS), pick.chance(40)
    along = choose.axes(pick, plan.values[at])
    if name == "count_nonzero":
        return Step(f"count_nonzero, {along}", (at,), lambda x: ops.count_nonzero(x, axis=along))
    function = getattr(ops, name)
    return Step(f"{name}, {along}, keepdims={keep}", (at,), lambda x: function(x, axis=along, keepdims=keep))


ALONG = (
    "cumsum",
    "softmax",
    "sort",
    "flip",
    "argmax",
    "log_softmax",
    "argsort",
    "cumprod",
    "normalize",
    "diff",
    "argmin",
)


def along_axis(pick: Pick, plan: Plan) -> Step | None:
    name = pick.one(ALONG)
    # Which of two equal numbers comes first, each backend decides for itself.
    at = choose.operand(pick, plan, lambda v: choose.with_axes(v) and (name != "argsort" or v.distinct))
    if at is None:
        return None
    along = choose.axis(pick, plan.values[at])
    return Step(f"{name}, {along}", (at,), lambda x: getattr(ops, name)(x, axis=along))


def matrix(pick: Pick, plan: Plan) -> Step | None:
    """By a constant, on either side."""
    at = choose.operand(
        pick, plan, lambda value: choose.float32(value) and value.rank >= 1 and value.shape[-1] is not None
    )
    if at is None:
        return None
    size, units = plan.values[at].shape[-1], pick.one((4, 1, 3, 8))
    kernel = np.random.default_rng(size).normal(0, 0.5, (size, units)).astype("float32")
    way = pick.one(("matmul", "dot", "einsum", "tensordot"))
    if way == "einsum":
        return Step("einsum", (at,), lambda x: ops.einsum("...i,ij->...j", x, kernel))
    if way == "tensordot":
        return Step("tensordot", (at,), lambda x: ops.tensordot(x, kernel, axes=[[-1], [0]]))
    return Step(way, (at,), lambda x: getattr(ops, way)(x, kernel))


def product(pick: Pick, plan: Plan) -> Step | None:
    """Of two values, the second transposed."""
    left = choose.operand(pick, plan, lambda value: choose.float32(value) and value.rank >= 2)
    if left is None:
        return None
    shapes = plan.values[left].shapes()

    def fits(value):
        if not choose.float32(value) or value.rank != len(shapes[0]):
            return False
        return all(a[:-2] == b[:-2] and a[-1] == b[-1] for a, b in zip(shapes, value.shapes()))

    right, way = choose.operand(pick, plan, fits), pick.one(("matmul", "einsum"))
    if way == "einsum":
        return Step("einsum, transposed", (left, right), lambda a, b: ops.einsum("...ik,...jk->...ij", a, b) * 0.3)
    return Step("matmul, transposed", (left, right), lambda a, b: ops.matmul(a, ops.swapaxes(b, -1, -2)) * 0.3)


def constant(pick: Pick, plan: Plan) -> Step | None:
    """With a table of a numpy array."""
    at = choose.operand(pick, plan, lambda value: value.floating and value.rank >= 1 and value.shape[-1] is not None)
    if at is None:
        return None
    table = np.random.default_rng(7).normal(size=plan.values[at].shape[-1]).astype("float32")
    name = pick.one(("add", "multiply", "subtract"))
    return Step(f"{name} a table", (at,), lambda x: getattr(ops, name)(x, table))


def one_hot(pick: Pick, plan: Plan) -> Step | None:
    at = choose.operand(pick, plan, lambda value: value.integer and value.rank <= 3)
    along, dtype = pick.one((-1, 0)), pick.one(("float32", "int32", "bool"))
    return None if at is None else Step("one_hot", (at,), lambda x: ops.one_hot(x, 5, axis=along, dtype=dtype))


STEPS = (
    unary,
    unary,
    unary,
    integer,
    cast,
    with_scalar,
    with_scalar,
    binary,
    binary,
    binary,
    logical,
    reduction,
    reduction,
    along_axis,
    along_axis,
    matrix,
    product,
    constant,
    one_hot,
)
