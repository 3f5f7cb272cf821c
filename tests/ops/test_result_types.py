"""Dtypes and shapes of results, as Keras has them when it computes."""

import numpy as np
import pytest
from harness import Spec, check, f32
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
}


@pytest.mark.parametrize("case", CASES)
def test_a_result_has_the_type_that_keras_gives_it(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)
