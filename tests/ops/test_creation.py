"""Tensors made from sizes: they follow the sizes at run time."""

import pytest
from harness import check, f32
from keras import ops

CASES = {
    "zeros_like": lambda x: ops.zeros_like(x) + x,
    "ones_like": lambda x: ops.ones_like(x),
    "full_like": lambda x: ops.full_like(x, 2.5),
    "ones of a shape": lambda x: ops.ones((2, 3)) * x[:1, :1],
    "ones of an unknown shape": lambda x: ops.ones((ops.shape(x)[0], 3)),
    "zeros of integers": lambda x: ops.zeros((3,), dtype="int32") + ops.cast(x[0, 0] > 100, "int32") + 1,
    "full": lambda x: ops.full((2, 2), 0.25) + x[0, 0],
    "eye": lambda x: ops.eye(4, 5, k=1) + x[0, 0],
    "identity": lambda x: ops.identity(3) + x[0, 0],
    "tri": lambda x: ops.tri(3, 4, k=-1) + x[0, 0],
    "arange": lambda x: ops.arange(2, 9, 3) + ops.cast(x[0, 0] > 100, "int32"),
    "arange of fractions": lambda x: ops.arange(0, 1, 0.1) + x[0, 0],
    "arange up to an unknown size": lambda x: ops.arange(ops.shape(x)[1]),
    "arange as floats": lambda x: ops.arange(ops.shape(x)[1], dtype="float32") + x,
    "linspace": lambda x: ops.linspace(0.0, 2.0, 7) + x[0, 0],
    "linspace between tensors": lambda x: ops.linspace(x[0], x[0] + 1, 5),
    "a causal mask": lambda x: ops.tril(ops.ones((ops.shape(x)[1], ops.shape(x)[1]))),
    "broadcast to an unknown size": lambda x: ops.broadcast_to(x[:1], ops.shape(x)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_new_tensor_is_what_keras_makes(case, tmp_path):
    check(CASES[case], f32("n", "s"), path=tmp_path)
