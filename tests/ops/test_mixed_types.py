"""The dtype of a result where operands differ in theirs, or are numbers of Python: in the record as Keras computes it.

`KELT_LONG=1` (the nightly stage `long`) tries every mix.
"""

import operator
import os

import pytest
from configured import differing
from harness import f32
from keras import ops
from ops.cases import tables
from ops_page import converted

DTYPES = ("float32", "float16", "bfloat16", "int32", "int8", "uint8", "bool")
NUMBERS = (2, 1.5, True)
EVERY = 1 if os.environ.get("KELT_LONG") else 16
X, SQUARE, ROW = f32("n", "s"), f32(4, 4), f32(3, 4)
HEADS = f32("n", 3, 2, 4)

PAIRS = {
    **{name: case for name, case in tables().items() if ":" not in name and len(case) > 2},
    "concatenate": (lambda x, y: ops.concatenate([x, y]), X, X),
    "stack": (lambda x, y: ops.stack([x, y]), X, X),
    "select": (lambda x, y: ops.select([x > 0, y > 0], [x, y], 0), X, X),
    "where": (lambda x, y: ops.where(x > y, x, y), X, X),
    "clip": (lambda x, y: ops.clip(x, y, y + y), X, X),
    "scatter_update": (lambda x, y: ops.scatter_update(x, [[0, 0]], y[0, :1]), ROW, ROW),
    "average": (lambda x, y: ops.average(x, weights=y), ROW, ROW),
    "pad": (lambda x, y: ops.pad(x, 1, constant_values=1.5), X, X),
    "batch_normalization": (lambda x, y: ops.batch_normalization(x, y[0], y[1], -1), f32("n", 4), ROW),
    "layer_normalization": (lambda x, y: ops.layer_normalization(x, y[0], y[1]), f32("n", 4), ROW),
    "rms_normalization": (lambda x, y: ops.rms_normalization(x, y[0]), f32("n", 4), ROW),
    "dot_product_attention": (lambda x, y: ops.dot_product_attention(x, y, y), HEADS, HEADS),
    "attention, biased": (lambda x, y: ops.dot_product_attention(x, x, x, bias=y), HEADS, f32(1, 2, 3, 3)),
    "conv": (lambda x, y: ops.conv(x, y), f32("n", 8, 4), f32(3, 4, 2)),
}
FUNCTIONS = """
    add subtract multiply divide maximum minimum power floor_divide mod arctan2 hypot logaddexp equal less
    greater_equal fmax fmod heaviside logaddexp2 divide_no_nan nextafter bitwise_and left_shift logical_and isclose
    ldexp
"""
OPERATORS = "add sub mul truediv floordiv mod pow eq lt and_ or_ xor"


def mixes():
    found = {}
    for name, (function, first, second, *rest) in PAIRS.items():
        for a in DTYPES:
            for b in DTYPES:
                if a != b:
                    found[f"{name}({a}, {b})"] = (function, converted(first, a), converted(second, b), *rest)
    both = [(f"ops.{name}", getattr(ops, name)) for name in FUNCTIONS.split()]
    both += [(f"operator.{name}", getattr(operator, name)) for name in OPERATORS.split()]
    for name, function in both:
        for a in DTYPES:
            for number in NUMBERS:
                found[f"{name}({a}, {number})"] = (lambda x, f=function, n=number: f(x, n), converted(X, a))
                found[f"{name}({number}, {a})"] = (lambda x, f=function, n=number: f(n, x), converted(X, a))
            if name.startswith("operator"):
                for b in DTYPES:
                    found[f"{name}({a}, {b})"] = (function, converted(SQUARE, a), converted(SQUARE, b))
    for a in DTYPES:
        for number in NUMBERS:
            found[f"where({a}, {number})"] = (lambda x, n=number: ops.where(x > 0, x, n), converted(X, a))
    return found


MIXES = mixes()


def test_there_are_thousands_of_mixes():
    assert len(MIXES) > 4000


@pytest.mark.parametrize("part", range(4))
def test_the_dtype_of_a_mix_is_that_of_keras(part):
    names = list(MIXES)[part * EVERY :: 4 * EVERY] if EVERY > 1 else list(MIXES)[part::4]
    assert not differing({name: MIXES[name] for name in names})
