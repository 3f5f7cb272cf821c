"""Keys and indices: what they select."""

import numpy as np
import pytest
from harness import check, f32, i32
from keras import ops

INDEXING = {
    "an integer": (lambda x: x[:, 1], [f32("n", 3, 4)]),
    "the last": (lambda x: x[:, -1], [f32("n", "s", 4)]),
    "the first of an unknown axis": (lambda x: x[:, 0, :], [f32("n", "s", 4)]),
    "a slice": (lambda x: x[:, 1:-1], [f32("n", "s")]),
    "a slice from the end": (lambda x: x[:, -2:], [f32("n", "s")]),
    "a step": (lambda x: x[:, ::2], [f32("n", 6)]),
    "backwards": (lambda x: x[:, ::-1], [f32("n", 6)]),
    "an ellipsis": (lambda x: x[..., 1:3], [f32("n", "s", 4)]),
    "a new axis": (lambda x: x[:, None, :, None], [f32("n", "s")]),
    "a new axis and an integer": (lambda x: x[None, :, 0], [f32("n", 3, 4)]),
    "a slice beyond the end": (lambda x: x[:, :100], [f32("n", 4)]),
    "a bare integer": (lambda x: x[1], [f32(3, 4)]),
    "a tensor": (lambda x, i: x[i], [f32(6, 4), i32("n", high=6)]),
    "negative indices": (lambda x, i: x[:, i], [f32("n", 6), i32(3, low=-6, high=6)]),
    "two tensors": (lambda x, i, j: x[i, j], [f32(6, 5, 4), i32("n", high=6), i32("n", high=5)]),
}


@pytest.mark.parametrize("case", INDEXING)
def test_a_key_selects_what_it_selects_in_keras(case, tmp_path):
    function, specs = INDEXING[case]
    check(function, *specs, path=tmp_path)


TABLE = np.random.default_rng(3).normal(size=(7, 4)).astype("float32")
GATHERS = {
    "rows of a table": (lambda i: ops.take(TABLE, i, axis=0), [i32("n", "s", high=7)]),
    "negative rows": (lambda i: ops.take(TABLE, i, axis=0), [i32("n", low=-7, high=7)]),
    "columns": (lambda x: ops.take(x, np.array([2, 0, -1]), axis=1), [f32("n", 4, 3)]),
    "a flat tensor": (lambda x, i: ops.take(x, i), [f32(3, 4), i32("n", high=12)]),
    "along the last axis": (lambda x, i: ops.take_along_axis(x, i, axis=-1), [f32("n", 4, 6), i32("n", 4, 2, high=6)]),
    "along an inner axis": (lambda x, i: ops.take_along_axis(x, i, axis=1), [f32("n", 6, 4), i32("n", 2, 4, high=6)]),
    "along an axis, broadcast": (lambda x, i: ops.take_along_axis(x, i, axis=1), [f32(2, 6, 4), i32(2, 3, 1, high=6)]),
}


@pytest.mark.parametrize("case", GATHERS)
def test_indices_gather_what_they_gather_in_keras(case, tmp_path):
    function, specs = GATHERS[case]
    check(function, *specs, path=tmp_path)
