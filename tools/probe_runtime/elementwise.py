"""Operators on single elements: unary, binary, comparisons, selections, casts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import erf

import numpy as np
from case import ALL, FLOATS, INTEGERS, MAX_RANK, NUMBERS, Case, Operand, Problem, cases, draw
from flatfile import TENSOR_TYPES

RANKS = range(MAX_RANK + 1)
Function = Callable[..., np.ndarray]


def wide(function: Function) -> Function:
    """Computes in float64 and rounds once, as an ideal kernel would."""

    def computed(*arrays: np.ndarray) -> np.ndarray:
        dtype = arrays[0].dtype
        if not np.issubdtype(dtype, np.floating):
            return function(*arrays).astype(dtype)
        with np.errstate(all="ignore"):
            return np.asarray(function(*(array.astype(np.float64) for array in arrays))).astype(dtype)

    return computed


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.vectorize(erf, otypes=[np.float64])(x / np.sqrt(2)))


def gelu_by_tanh(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(x))


def hard_swish(x: np.ndarray) -> np.ndarray:
    return x * np.clip(x + 3, 0, 6) / 6


# op, function, dtypes, range of the values, options
UNARY: list[tuple[str, str, Function, tuple[str, ...], tuple[float, float], dict]] = [
    ("ABS", "", np.abs, NUMBERS, (-4, 4), {}),
    ("NEG", "", np.negative, NUMBERS, (-4, 4), {}),
    ("SIGN", "", np.sign, NUMBERS, (-4, 4), {}),
    ("SQUARE", "", np.square, NUMBERS, (-4, 4), {}),
    ("SQRT", "", np.sqrt, FLOATS, (0.01, 4), {}),
    ("RSQRT", "", lambda x: 1 / np.sqrt(x), FLOATS, (0.01, 4), {}),
    ("EXP", "", np.exp, FLOATS, (-4, 4), {}),
    ("LOG", "", np.log, FLOATS, (0.01, 0.5), {}),
    ("SIN", "", np.sin, FLOATS, (-4, 4), {}),
    ("COS", "", np.cos, FLOATS, (-4, 4), {}),
    ("TANH", "", np.tanh, FLOATS, (-4, 4), {}),
    ("LOGISTIC", "", logistic, FLOATS, (-4, 4), {}),
    ("RELU", "", lambda x: np.maximum(x, 0), NUMBERS, (-4, 4), {}),
    ("RELU6", "", lambda x: np.clip(x, 0, 6), NUMBERS, (-4, 9), {}),
    ("RELU_N1_TO_1", "", lambda x: np.clip(x, -1, 1), NUMBERS, (-4, 4), {}),
    ("RELU_0_TO_1", "", lambda x: np.clip(x, 0, 1), NUMBERS, (-4, 4), {}),
    ("ELU", "", elu, FLOATS, (-4, 4), {}),
    ("GELU", "", gelu, FLOATS, (-1, 4), {}),
    ("GELU", "approximate", gelu_by_tanh, FLOATS, (-1, 4), {"approximate": True}),
    ("HARD_SWISH", "", hard_swish, FLOATS, (-4, 4), {}),
    ("LEAKY_RELU", "", lambda x: np.where(x > 0, x, 0.25 * x), FLOATS, (-4, 4), {"alpha": 0.25}),
    ("FLOOR", "", np.floor, FLOATS, (-4, 4), {}),
    ("CEIL", "", np.ceil, FLOATS, (-4, 4), {}),
    ("ROUND", "", np.rint, FLOATS, (-4, 4), {}),
    ("LOGICAL_NOT", "", np.logical_not, ("bool",), (0, 1), {}),
    ("ZEROS_LIKE", "", np.zeros_like, NUMBERS, (-4, 4), {}),
]


def unary() -> Iterator[Case]:
    for op, form, function, dtypes, (low, high), options in UNARY:
        ideal = wide(function)

        def make(rng, dtype, shape, function=ideal, low=low, high=high, options=options):
            x = draw(rng, dtype, shape, low, high)
            return Problem([Operand(x)], [function(x)], options)

        yield from cases(op, make, dtypes=dtypes, ranks=RANKS, form=form)


def nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, np.ones_like(values), values)


def division(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Integers are truncated."""
    return np.trunc(a / b) if np.issubdtype(a.dtype, np.integer) else a / b


# op, function, dtypes, what the right side must be
BINARY: list[tuple[str, Function, tuple[str, ...], str]] = [
    ("ADD", np.add, NUMBERS, "any"),
    ("SUB", np.subtract, NUMBERS, "any"),
    ("MUL", np.multiply, NUMBERS, "any"),
    ("DIV", division, (*FLOATS, "int32", "int64"), "nonzero"),
    ("FLOOR_DIV", np.floor_divide, NUMBERS, "nonzero"),
    ("FLOOR_MOD", np.mod, NUMBERS, "nonzero"),
    ("POW", np.power, (*FLOATS, "int32", "int64"), "positive"),
    ("MAXIMUM", np.maximum, NUMBERS, "any"),
    ("MINIMUM", np.minimum, NUMBERS, "any"),
    ("SQUARED_DIFFERENCE", lambda a, b: np.square(a - b), NUMBERS, "any"),
    ("ATAN2", np.arctan2, FLOATS, "nonzero"),
    ("BITWISE_XOR", np.bitwise_xor, INTEGERS, "any"),
    ("RIGHT_SHIFT", np.right_shift, INTEGERS, "positive"),
]
COMPARISONS: list[tuple[str, Function, tuple[str, ...]]] = [
    ("EQUAL", np.equal, ALL),
    ("NOT_EQUAL", np.not_equal, ALL),
    ("LESS", np.less, NUMBERS),
    ("LESS_EQUAL", np.less_equal, NUMBERS),
    ("GREATER", np.greater, NUMBERS),
    ("GREATER_EQUAL", np.greater_equal, NUMBERS),
    ("LOGICAL_AND", np.logical_and, ("bool",)),
    ("LOGICAL_OR", np.logical_or, ("bool",)),
]


def operands(
    rng: np.random.Generator, dtype: str, shape: tuple[int, ...], form: str, right: str
) -> tuple[Operand, Operand]:
    """Two operands: alike, one a constant scalar or vector, or each with lengths of 1 where the other has none."""
    left_shape, right_shape, constant = shape, shape, False
    if form == "scalar":
        right_shape, constant = (), True
    elif form == "vector":
        right_shape, constant = (4,), True
        left_shape = (*shape[:-1], 4)
    elif form == "broadcast":
        left_shape = tuple(1 if axis % 2 else size for axis, size in enumerate(shape))
        right_shape = tuple(size if axis % 2 else 1 for axis, size in enumerate(shape))
    elif form == "lower rank":
        right_shape = shape[len(shape) // 2 :]
    low = 1 if right == "positive" else -4
    b = draw(rng, dtype, right_shape, low, 4)  # first: a constant must not depend on the sizes
    a = draw(rng, dtype, left_shape, low, 4)
    if right == "nonzero":
        b = nonzero(b)
    return Operand(a), Operand(b, constant)


FORMS = {
    "same": range(MAX_RANK + 1),
    "scalar": range(1, MAX_RANK + 1),
    "vector": range(1, MAX_RANK + 1),
    "broadcast": range(2, MAX_RANK + 1),
    "lower rank": range(2, MAX_RANK + 1),
}


def binary() -> Iterator[Case]:
    table = [(op, wide(function), dtypes, right) for op, function, dtypes, right in BINARY]
    table += [(op, function, dtypes, "any") for op, function, dtypes in COMPARISONS]
    for op, function, dtypes, right in table:
        for form, ranks in FORMS.items():

            def make(rng, dtype, shape, function=function, form=form, right=right):
                a, b = operands(rng, dtype, shape, form, right)
                y = np.asarray(function(a.values, b.values))
                return Problem([a, b], [y], scale=0.5 if y.dtype == np.bool_ else 1.0)

            yield from cases(op, make, dtypes=dtypes, ranks=ranks, form=form)


def selections() -> Iterator[Case]:
    for op in ("SELECT", "SELECT_V2"):
        for form, ranks in (("same", range(MAX_RANK + 1)), ("broadcast", range(1, MAX_RANK + 1))):
            if op == "SELECT" and form != "same":
                continue

            def make(rng, dtype, shape, form=form):
                condition_shape = shape if form == "same" else (*shape[:-1], 1)
                other = draw(rng, dtype, shape if form == "same" else ())
                condition, x = draw(rng, "bool", condition_shape), draw(rng, dtype, shape)
                y = np.where(condition, x, other)
                return Problem([Operand(condition), Operand(x), Operand(other, form != "same")], [y])

            yield from cases(op, make, dtypes=ALL, ranks=ranks, form=form)

    def prelu(rng, dtype, shape):
        alpha = draw(rng, dtype, (4,))
        x = draw(rng, dtype, (*shape[:-1], 4))
        return Problem([Operand(x), Operand(alpha, True)], [np.where(x > 0, x, alpha * x).astype(dtype)])

    yield from cases("PRELU", prelu, dtypes=FLOATS)


def casts() -> Iterator[Case]:
    every = ("float32", "float16", "float64", "int8", "uint8", "int16", "int32", "uint32", "int64", "bool")
    for target in every:

        def make(rng, dtype, shape, target=target):
            low = 0 if target.startswith("uint") else -4
            x = draw(rng, dtype, shape, 0 if dtype.startswith("uint") else low, 4)
            options = {"inDataType": TENSOR_TYPES[dtype], "outDataType": TENSOR_TYPES[target]}
            return Problem([Operand(x)], [x.astype(target)], options)

        sources = tuple(dtype for dtype in every if dtype != target)
        yield from cases("CAST", make, dtypes=sources, ranks=(0, 2, 5), form=f"to {target}")


def specs() -> Iterator[Case]:
    yield from unary()
    yield from binary()
    yield from selections()
    yield from casts()
