"""Functions of elements by type, and by the ranks that they join."""

import numpy as np
from harness import Spec, f32, flags, i32
from keras import ops

UNIT = ("arccos", "arcsin", "arctanh", "erfinv")
POSITIVE = ("log", "log10", "log1p", "log2", "rsqrt", "sqrt", "reciprocal", "arccosh")
FLOATS = [
    *("arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos"),
    *("cosh", "deg2rad", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "floor"),
    *("log", "log10", "log1p", "log2", "negative", "rad2deg", "reciprocal", "round", "rsqrt"),
    *("sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc"),
    *("abs", "relu", "gelu", "softplus", "silu", "elu"),
]
OF_INTEGERS = [
    *("abs", "ceil", "cos", "exp", "floor", "log1p", "negative", "sign", "sin"),
    *("sqrt", "square", "tanh", "isnan", "isfinite", "trunc", "expm1", "arctan", "relu", "relu6", "hard_tanh"),
]


def real(name, dtype):
    low, high = (-0.9, 0.9) if name in UNIT else (1.1, 3) if name in POSITIVE else (-3, 3)
    return Spec(("n", "s"), dtype, low, high)


def of_half(name, dtype):
    op = getattr(ops, name)
    return (lambda x: op(x), real(name, dtype))


CASES = {f"{name}: of float16": of_half(name, "float16") for name in FLOATS}
CASES |= {f"{name}: of bfloat16": of_half(name, "bfloat16") for name in FLOATS}
for _name in OF_INTEGERS:
    _op = getattr(ops, _name)
    CASES[f"{_name}: of integers"] = (lambda x, op=_op: op(x), i32("n", "s", high=6))
for _name in ("abs", "exp", "floor", "square", "sqrt"):
    _op = getattr(ops, _name)
    CASES[f"{_name}: of booleans"] = (lambda x, op=_op: op(x), flags("n", "s"))
for _name in ("exp", "sqrt", "abs", "negative", "sin"):
    _op = getattr(ops, _name)
    CASES[f"{_name}: of a scalar"] = (lambda x, op=_op: op(x[0]), f32(2, low=1, high=2))
for _name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "arctan2", "hypot", "logaddexp"):
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of ranks 1 and 4": (lambda x, y, op=_op: op(x, y), f32(4), f32("n", 2, "s", 4, low=1, high=2)),
        f"{_name}: both broadcast": (lambda x, y, op=_op: op(x, y), f32("n", 1, 3), f32("s", 1, low=1, high=2)),
        f"{_name}: of a scalar": (lambda x, y, op=_op: op(x, y[0]), f32("n", "s"), f32(1, low=1, high=2)),
        f"{_name}: of a number": (lambda x, op=_op: op(2.5, x), f32("n", "s", low=1, high=2)),
        f"{_name}: of differing types": (lambda x, y, op=_op: op(x, y), i32("n", "s"), f32("s", low=1, high=2)),
        f"{_name}: of float16": (
            lambda x, y, op=_op: op(x, y),
            Spec(("n", "s"), "float16"),
            Spec(("s",), "float16", 1, 2),
        ),
    }
for _name in ("add", "subtract", "multiply", "maximum", "minimum", "floor_divide", "mod", "power"):
    _op = getattr(ops, _name)
    _high = 3 if _name == "power" else 9
    for _dtype in ("int16", "int64", "uint8") if _name != "power" else ("int32",):
        CASES[f"{_name}: of {_dtype}"] = (
            lambda x, y, op=_op, dtype=_dtype: op(ops.cast(x, dtype), ops.cast(y, dtype)),
            i32("n", "s", low=3, high=9),
            i32("s", low=1, high=_high),
        )
for _name in ("add", "multiply", "maximum", "power"):
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of two inputs of int64": (
            lambda x, y, op=_op: op(x, y),
            Spec(("n", "s"), "int64", 1, 9),
            Spec(("s",), "int64", 1, 3),
        ),
        f"{_name}: of integers and a truth value": (lambda x, op=_op: op(x, True), i32("n", "s", low=1)),
        f"{_name}: of a truth value and floats": (lambda x, op=_op: op(True, x), f32("n", "s", low=1, high=2)),
    }
CASES |= {
    "concatenate: of int64": (lambda x: ops.concatenate([x, x]), Spec(("n", "s"), "int64")),
    "stack: of int64": (lambda x: ops.stack([x, x], axis=1), Spec(("n", "s"), "int64")),
}
for _name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    _op = getattr(ops, _name)
    CASES |= {
        f"{_name}: of ranks 1 and 3": (lambda x, y, op=_op: op(x, y), i32(4), i32("n", "s", 4)),
        f"{_name}: of float16": (
            lambda x, y, op=_op: op(x, y),
            Spec(("n", "s"), "float16"),
            Spec(("s",), "float16"),
        ),
        f"{_name}: of a number": (lambda x, op=_op: op(x, 2), i32("n", "s")),
        f"{_name}: of differing types": (lambda x, y, op=_op: op(x, y), i32("n", "s"), f32("s")),
        f"{_name}: of booleans": (lambda x, y, op=_op: op(x, y), flags("n", "s"), flags("s")),
    }
for _name in ("hypot", "heaviside", "nextafter", "arctan2"):
    _op = getattr(ops, _name)
    CASES[f"{_name}: of integers"] = (lambda x, y, op=_op: op(x, y), i32("n", "s", low=-4), i32("s", low=1))
CASES |= {
    "divide: of integers": (lambda x, y: ops.divide(x, y), i32("n", "s"), i32("s", low=1)),
    "floor_divide: by negative numbers": (
        lambda x, y: ops.floor_divide(x, y),
        i32("n", "s", low=-9),
        i32("s", low=-4, high=-1),
    ),
    "mod: by negative numbers": (lambda x, y: ops.mod(x, y), f32("n", "s"), f32("s", low=-3, high=-1)),
    "power: of a number": (lambda x: ops.power(2.0, x), f32("n", "s")),
    "power: by a number": (lambda x: ops.power(x, 3), f32("n", "s")),
    "power: to a half": (lambda x: x**0.5, f32("n", "s", low=0.1, high=3)),
    "maximum: beside infinities": (lambda x: ops.maximum(ops.where(x > 1, np.inf, x), 0.5), f32("n", "s")),
    "left_shift: of int8": (lambda x: ops.left_shift(x, 1), Spec(("n",), "int8", 0, 50)),
    "right_shift: of negative numbers": (lambda x, y: ops.right_shift(x, y), i32("n", low=-99, high=99), i32("n")),
    "bitwise_and: of int16": (
        lambda x, y: ops.bitwise_and(x, y),
        Spec(("n", "s"), "int16", -99, 99),
        Spec(("s",), "int16", -99, 99),
    ),
    "bitwise_xor: of booleans": (lambda x, y: ops.bitwise_xor(x, y), flags("n", "s"), flags("s")),
    "bitwise_or: of booleans": (lambda x, y: ops.bitwise_or(x, y), flags("n", "s"), flags("s")),
    "bitwise_and: of booleans": (lambda x, y: ops.bitwise_and(x, y), flags("n", "s"), flags("s")),
    "bitwise_not: of booleans": (lambda x: ops.bitwise_not(x), flags("n", "s")),
}
