"""Closeness, membership, parts of numbers, losses, windows and spaces."""

import numpy as np
from harness import f32, flags, i32
from keras import ops

REAL = f32("n", "s", 4)
UNIT = f32("n", "s", 4, low=0, high=1)


def odd(x):
    """With nan and infinities among the elements."""
    return ops.where(x > 1, np.nan, ops.where(x < -1, -np.inf, x))


def shares(x):
    return ops.softmax(x, axis=-1)


CASES = {
    "isclose": (lambda x, y: ops.isclose(x, x + y * 1e-5), REAL, f32(4)),
    "isclose: with a tolerance": (lambda x, y: ops.isclose(x, y, rtol=0.3, atol=0.1), REAL, f32("n", 1, 4)),
    "isclose: of odd numbers": (lambda x: ops.isclose(odd(x), odd(x)), REAL),
    "isclose: with equal nan": (lambda x: ops.isclose(odd(x), odd(x) + 0.0, equal_nan=True), REAL),
    "isclose: of integers": (lambda x, y: ops.isclose(x, y), i32("n", "s"), i32("s")),
    "allclose": (lambda x: ops.allclose(x, x + 1e-9), REAL),
    "allclose: not": (lambda x, y: ops.allclose(x, y, rtol=0.1), REAL, f32(4)),
    "allclose: with equal nan": (lambda x: ops.allclose(odd(x), odd(x), equal_nan=True), REAL),
    "isin": (lambda x: ops.isin(x, [1, 3]), i32("n", "s")),
    "isin: of a tensor": (lambda x, y: ops.isin(x, y), i32("n", "s", high=9), i32("t", 2, high=9)),
    "isin: not": (lambda x: ops.isin(x, np.array([0, 2], "int32"), invert=True), i32("n", "s")),
    "isin: of floats": (lambda x: ops.isin(ops.round(x), [0.0, 1.0], assume_unique=True), REAL),
    "real": (lambda x: ops.real(x), REAL),
    "imag": (lambda x: ops.imag(x), REAL),
    "imag: of integers": (lambda x: ops.imag(x), i32("n", "s")),
    "isreal": (lambda x: ops.isreal(x), REAL),
    "isreal: of odd numbers": (lambda x: ops.isreal(odd(x)), REAL),
    "angle": (lambda x: ops.angle(x), REAL),
    "angle: of integers": (lambda x: ops.angle(x), i32("n", "s", low=-3)),
    "binary_crossentropy": (lambda t, p: ops.binary_crossentropy(t, p), UNIT, UNIT),
    "binary_crossentropy: of logits": (lambda t, x: ops.binary_crossentropy(t, 9 * x, from_logits=True), UNIT, REAL),
    "binary_crossentropy: at the ends": (lambda t, p: ops.binary_crossentropy(t, ops.round(p)), UNIT, UNIT),
    "categorical_crossentropy": (lambda t, x: ops.categorical_crossentropy(t, shares(x)), UNIT, REAL),
    "categorical_crossentropy: unscaled": (lambda t, x: ops.categorical_crossentropy(t, x), UNIT, UNIT),
    "categorical_crossentropy: of logits": (
        lambda t, x: ops.categorical_crossentropy(t, 30 * x, from_logits=True),
        UNIT,
        REAL,
    ),
    "categorical_crossentropy: along an inner axis": (
        lambda t, x: ops.categorical_crossentropy(t, x, from_logits=True, axis=1),
        f32("n", 3, 4),
        f32("n", 3, 4),
    ),
    "sparse_categorical_crossentropy": (
        lambda t, x: ops.sparse_categorical_crossentropy(t, shares(x)),
        i32("n", "s", high=4),
        REAL,
    ),
    "sparse_categorical_crossentropy: of logits": (
        lambda t, x: ops.sparse_categorical_crossentropy(t, x, from_logits=True),
        i32("n", high=5),
        f32("n", 5),
    ),
    "sparse_categorical_crossentropy: of a column": (
        lambda t, x: ops.sparse_categorical_crossentropy(t, x, from_logits=True),
        i32("n", 1, high=5),
        f32("n", 5),
    ),
    "sparse_categorical_crossentropy: of classes outside": (
        lambda t, x: ops.sparse_categorical_crossentropy(t, x, from_logits=True),
        i32("n", low=-2, high=8),
        f32("n", 5),
    ),
    "argpartition": (lambda x: ops.max(ops.take_along_axis(x, ops.argpartition(x, 2)[:, :3], 1), 1), f32("n", 6)),
    "argpartition: of an inner axis": (
        lambda x: ops.sort(ops.take_along_axis(x, ops.argpartition(x, 2, axis=1)[:, 2:], 1), 1),
        f32("n", 5, 2),
    ),
    "argpartition: of all": (lambda x: ops.sort(ops.take(x, ops.argpartition(x, 3, axis=None)[:4])), f32(3, 4)),
    "bartlett": (lambda x: x * ops.bartlett(7), f32("n", 7)),
    "blackman": (lambda x: x * ops.blackman(7), f32("n", 7)),
    "hamming": (lambda x: x * ops.hamming(7), f32("n", 7)),
    "hanning": (lambda x: x * ops.hanning(7), f32("n", 7)),
    "kaiser": (lambda x: x * ops.kaiser(7, 3.5), f32("n", 7)),
    "geomspace": (lambda x: x * ops.geomspace(1.0, 100.0, 5), f32("n", 5)),
    "geomspace: of tensors": (lambda x: ops.geomspace(x, 8 * x, 5), f32("n", 3, low=0.1, high=9)),
    "geomspace: of negative tensors": (
        lambda x: ops.geomspace(-x, -8 * x, 4, endpoint=False, axis=-1),
        f32("n", 3, low=1, high=9),
    ),
    "logspace": (lambda x: x * ops.logspace(0.0, 2.0, 5), f32("n", 5)),
    "logspace: of tensors": (lambda x: ops.logspace(x, x + 1, 4, base=2.0, axis=1), f32("n", 3)),
    "logspace: without its end": (lambda x: ops.logspace(x, 1.5, 4, endpoint=False), f32("n", 3)),
    "linspace: of tensors of differing rank": (lambda x, y: ops.linspace(x, y, 5), f32("n", 3), f32(3)),
    "linspace: along an inner axis": (lambda x, y: ops.linspace(x, y, 5, axis=1), f32("n", 3), f32("n", 3)),
    "linspace: along the last axis": (lambda x: ops.linspace(x, 2.0, 4, endpoint=False, axis=-1), f32("n", "s")),
    "linspace: of a number and a tensor": (lambda x: ops.linspace(0.0, x, 3), f32("n")),
    "linspace: with its step": (lambda x: ops.linspace(x, x + 2, 5, retstep=True), f32("n", 3)),
    "linspace: of an unknown length": (lambda x: x + ops.linspace(-1.0, 1.0, ops.shape(x)[1]), f32("n", "s")),
    "linspace: of an unknown length, without its end": (
        lambda x: ops.linspace(x, 2.0, ops.shape(x)[0], endpoint=False, axis=1),
        f32("n", 2),
    ),
    "linspace: of one point": (lambda x: ops.linspace(x, x + 2, 1), f32("n", 3)),
    "linspace: as integers": (lambda x: x + ops.linspace(0, 9, 4, dtype="int32"), i32("n", 4)),
    "histogram: of flags as numbers": (lambda x: ops.histogram(ops.cast(x, "float32"), 2), flags(9)),
}
