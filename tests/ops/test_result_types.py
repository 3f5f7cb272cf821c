"""Dtypes and shapes of results, as Keras has them when it computes."""

import numpy as np
import pytest
from harness import Spec, check, f32, flags, i32
from keras import ops

HALF = Spec(("n", 8), "float16")
SCALE = np.linspace(0.5, 1.5, 8).astype("float32")

CASES = {
    "a half normalised with a float32 scale": (lambda x: ops.layer_normalization(x, SCALE, SCALE), [HALF]),
    "likewise by the root mean square": (lambda x: ops.rms_normalization(x, SCALE), [HALF]),
    "a float32 normalised with a half scale": (
        lambda x: ops.rms_normalization(x, SCALE.astype("float16")),
        [f32("n", 8)],
    ),
    "a scale that is an input": (lambda x, scale: ops.rms_normalization(x, scale), [HALF, f32(8)]),
    "moments of halves": (lambda x: ops.moments(x, axes=[1]), [HALF]),
    "moments of large halves": (
        lambda x: ops.moments(x, axes=[1]),
        [Spec(("n", 8), "float16", low=-2000, high=2000)],
    ),
    "places in a sequence of unknown length": (
        lambda x, values: ops.searchsorted(ops.sort(x), values),
        [f32("s"), f32(5)],
    ),
    "places in a sequence of known length": (lambda x, values: ops.searchsorted(ops.sort(x), values), [f32(7), f32(5)]),
    "a product of int8 and flags": (ops.matmul, [Spec(("n", 8), "int8"), Spec((8, 3), "bool")]),
    "an einsum of flags and int8": (
        lambda x, y: ops.einsum("ni,ij->nj", x, y),
        [Spec(("n", 8), "bool"), Spec((8, 3), "int8", low=-99, high=99)],
    ),
    "a product of int8 and flags that is beyond int8": (
        lambda x: ops.matmul(x, np.ones((8, 3), "bool")),
        [Spec(("n", 8), "int8", low=90, high=120)],
    ),
    "no turn": (lambda x: ops.rot90(x, 0) + 0.5, [f32(3, 2)]),
    "half a turn": (lambda x: ops.rot90(x, 2), [f32(3, 2)]),
    "half a turn, of unknown size": (lambda x: ops.rot90(x, -2), [f32("n", 2)]),
    "three quarters of a turn": (lambda x: ops.rot90(x, 3), [f32("n", 2)]),
    "the step between integers": (
        lambda x: ops.linspace(x, x + 3.5, 5, retstep=True, dtype="int32"),
        [f32("n", low=1, high=9)],
    ),
    "the step between numbers": (lambda x: ops.linspace(x, x + 3.5, 5, retstep=True), [f32("n", low=1, high=9)]),
    "operators on the bits of numbers": (
        lambda x: (x & 6, x | 1, x ^ 3, ~x, 5 & x, x & (x > 3)),
        [i32("n", 8, high=9)],
    ),
    "the same operators on truth values": (lambda x, y: (x & y, x | y, x ^ y, ~x, x & True), [flags("n"), flags("n")]),
    "integers clipped between fractions": (lambda x: ops.clip(x, 0.5, 2.5), [i32("n", 8)]),
    "a half clipped by float32": (lambda x, low: ops.clip(x, low, low + 1), [HALF, f32(8)]),
    "integers updated by floats": (
        lambda x, y: ops.scatter_update(x, [[1], [0]], y),
        [i32(3, 4), f32(2, 4, low=0, high=9)],
    ),
    "a convolution by a half kernel": (
        lambda x, kernel: ops.conv(x, kernel),
        [f32("n", 9, 3), Spec((3, 3, 2), "float16")],
    ),
    "attention in halves, biased by float32": (
        lambda x, bias: ops.dot_product_attention(x, x, x, bias=bias),
        [Spec(("n", 3, 2, 4), "float16"), f32(1, 2, 3, 3)],
    ),
    "a half and a number": (lambda x: (ops.arctan2(x, 1.5), ops.logaddexp(0.5, x), ops.logaddexp2(x, 0.5)), [HALF]),
    "integers above a threshold": (lambda x: ops.threshold(x, 1.5, 0.25), [i32("n", 8)]),
    "a histogram of integers": (lambda x: ops.histogram(x, 4), [i32("s")]),
    "integers resampled": (
        lambda x: ops.image.scale_and_translate(
            x, (2, 7, 6, 2), np.array([1.3, 0.8], "float32"), np.array([0.5, 0.2], "float32"), (1, 2), "linear"
        ),
        [i32(2, 5, 6, 2, high=200)],
    ),
    "a loss in halves": (
        lambda target, x: ops.sparse_categorical_crossentropy(target, x, from_logits=True),
        [i32("n", high=8), HALF],
    ),
    "arithmetic of truth values": (
        lambda x, y: (ops.power(x, y), ops.left_shift(x, y), ops.floor_divide(x, y | True)),
        [flags("n", 4), flags("n", 4)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_result_has_the_type_that_keras_gives_it(case, tmp_path):
    function, specs = CASES[case]
    # Keras computes this loss in halves, and has it in float32 afterwards.
    check(function, *specs, path=tmp_path, computed="float16" if case == "a loss in halves" else None)
