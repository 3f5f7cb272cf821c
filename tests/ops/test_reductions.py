"""Reductions, orders and counts."""

import numpy as np
import pytest
from harness import check, f32, flags, i32
from keras import ops

CASES = {
    "sum": (lambda x: ops.sum(x, axis=(1, 2)), [f32("n", "s", 4)]),
    "sum of all": (lambda x: ops.sum(x), [f32("n", "s")]),
    "sum that keeps axes": (lambda x: ops.sum(x, axis=-1, keepdims=True), [f32("n", "s", 4)]),
    "sum of booleans": (lambda x: ops.sum(x, axis=1), [flags("n", "s")]),
    "mean": (lambda x: ops.mean(x, axis=1), [f32("n", "s", 4)]),
    "mean of integers": (lambda x: ops.mean(x, axis=1), [i32("n", "s", low=-5)]),
    "max": (lambda x: ops.max(x, axis=1), [f32("n", "s", 4)]),
    "max with an initial value": (lambda x: ops.max(x, axis=1, initial=0.5), [f32("n", "s")]),
    "min of integers": (lambda x: ops.min(x, axis=-1, keepdims=True), [i32("n", "s", low=-5)]),
    "prod": (lambda x: ops.prod(x, axis=1), [f32("n", "s", 4)]),
    "any": (lambda x: ops.any(x, axis=1), [flags("n", "s", 2)]),
    "all": (lambda x: ops.all(x, axis=-1, keepdims=True), [flags("n", 3, 2)]),
    "any of numbers": (lambda x: ops.any(x, axis=1), [i32("n", "s", high=2)]),
    "argmax": (lambda x: ops.argmax(x, axis=-1), [f32("n", "s", 4)]),
    "argmax of all": (lambda x: ops.argmax(x), [f32("n", "s")]),
    "argmin that keeps axes": (lambda x: ops.argmin(x, axis=1, keepdims=True), [f32("n", 5, 4)]),
    "var": (lambda x: ops.var(x, axis=1), [f32("n", "s", 4)]),
    "std": (lambda x: ops.std(x, axis=(0, 2), keepdims=True), [f32("n", 3, 4)]),
    "logsumexp": (lambda x: ops.logsumexp(x, axis=-1), [f32("n", "s", 4)]),
    "count_nonzero": (lambda x: ops.count_nonzero(x, axis=1), [i32("n", "s", high=2)]),
    "ptp": (lambda x: ops.ptp(x, axis=1), [f32("n", "s")]),
    "average": (lambda x: ops.average(x, axis=1, weights=np.array([0.5, 2.0, 1.0], "float32")), [f32("n", 3)]),
    "norm": (lambda x: ops.norm(x, axis=-1), [f32("n", "s", 4)]),
    "norm of all": (lambda x: ops.norm(x), [f32("n", "s")]),
    "norm of order 1": (lambda x: ops.norm(x, ord=1, axis=1, keepdims=True), [f32("n", "s")]),
    "norm of the largest": (lambda x: ops.norm(x, ord=np.inf, axis=1), [f32("n", "s")]),
    "norm of order 3": (lambda x: ops.norm(x, ord=3, axis=1), [f32("n", "s")]),
    "top_k": (lambda x: list(ops.top_k(x, 3)), [f32("n", "s", 6)]),
    "sort": (lambda x: ops.sort(x, axis=1), [f32("n", 6, 2)]),
    "sort of an unknown axis": (lambda x: ops.sort(x), [f32("n", "s")]),
    "argsort": (lambda x: ops.argsort(x), [f32("n", "s")]),
    "argsort with ties": (lambda x: ops.argsort(x), [i32("n", 9, low=-2, high=2)]),
    "in_top_k": (lambda t, p: ops.in_top_k(t, p, 2), [i32("n"), f32("n", 5)]),
    "searchsorted": (lambda x: ops.searchsorted(np.array([-1.0, 0.0, 0.5, 2.0], "float32"), x), [f32("n")]),
    "searchsorted from the right": (
        lambda x: ops.searchsorted(np.array([0, 1, 2, 4], "int32"), x, side="right"),
        [i32("n")],
    ),
    "digitize": (lambda x: ops.digitize(x, np.array([-1.0, 0.0, 1.0], "float32")), [f32("n", "s")]),
    "one_hot": (lambda x: ops.one_hot(x, 5), [i32("n", "s", low=-1, high=6)]),
    "one_hot along the front": (lambda x: ops.one_hot(x, 5, axis=1, dtype="int32"), [i32("n", "s")]),
    "multi_hot": (lambda x: ops.cast(ops.multi_hot(x, 5), "int32"), [i32("n", 3)]),
    "segment_sum": (lambda x, i: ops.segment_sum(x, i, num_segments=5), [f32("n", 4), i32("n")]),
    "scatter": (lambda v: ops.scatter(np.array([[0], [3], [1]], "int32"), v, (5, 4)), [f32(3, 4)]),
    "scatter_update": (lambda x, v: ops.scatter_update(x, np.array([[0, 1], [2, 3]], "int32"), v), [f32(4, 5), f32(2)]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_reduction_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)
