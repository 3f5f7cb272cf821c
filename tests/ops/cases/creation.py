"""Tensors made from sizes: they follow the sizes at run time."""

from harness import f32
from keras import ops

X = f32("n", "s")

CASES = {
    "zeros_like": (lambda x: ops.zeros_like(x) + x, X),
    "ones_like": (lambda x: ops.ones_like(x), X),
    "full_like": (lambda x: ops.full_like(x, 2.5), X),
    "ones": (lambda x: ops.ones((2, 3)) * x[:1, :1], X),
    "ones: of an unknown shape": (lambda x: ops.ones((ops.shape(x)[0], 3)), X),
    "zeros: of integers": (lambda x: ops.zeros((3,), dtype="int32") + ops.cast(x[0, 0] > 100, "int32") + 1, X),
    "full": (lambda x: ops.full((2, 2), 0.25) + x[0, 0], X),
    "eye": (lambda x: ops.eye(4, 5, k=1) + x[0, 0], X),
    "identity": (lambda x: ops.identity(3) + x[0, 0], X),
    "tri": (lambda x: ops.tri(3, 4, k=-1) + x[0, 0], X),
    "arange": (lambda x: ops.arange(2, 9, 3) + ops.cast(x[0, 0] > 100, "int32"), X),
    "arange: of fractions": (lambda x: ops.arange(0, 1, 0.1) + x[0, 0], X),
    "arange: up to an unknown size": (lambda x: ops.arange(ops.shape(x)[1]), X),
    "arange: as floats": (lambda x: ops.arange(ops.shape(x)[1], dtype="float32") + x, X),
    "linspace": (lambda x: ops.linspace(0.0, 2.0, 7) + x[0, 0], X),
    "linspace: between tensors": (lambda x: ops.linspace(x[0], x[0] + 1, 5), X),
    "tril: a causal mask": (lambda x: ops.tril(ops.ones((ops.shape(x)[1], ops.shape(x)[1]))), X),
    "broadcast_to: of an unknown size": (lambda x: ops.broadcast_to(x[:1], ops.shape(x)), X),
}
