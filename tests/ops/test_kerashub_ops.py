"""The 116 ops that the models of KerasHub use, in the options in which they use them, at sizes not used to capture.

What was counted: ops of tensors, functions on numbers and sizes alone, and control flow. Each line names one and how
it is used; those that are used most stand in tests/kerashub_ops.py.
"""

import numpy as np
import pytest
from harness import check, f32, i32
from keras import ops
from kerashub_ops import FLAGS, IMAGE, KEYS, LABELS, OFTEN, PAIR, POSITIVE, SCALE, UPWARDS, X, length, of, pool

SELDOM = {
    "Slice": {
        "positions": of(lambda x: ops.slice(KEYS, (0, 0), (length(x), 4)) + x, X),
        "known": of(lambda x: ops.slice(x, (0, 1, 0), (2, 3, 2)), f32(3, 5, 4)),
        "of four axes": of(lambda x: ops.slice(x, (0, 0, 1, 0), (2, 3, 1, 2)), f32(2, 3, 2, 2)),
        "from a computed start": of(lambda x, i: ops.slice(x, (i[0], 0), (2, 4)), f32(6, 4), i32(1, high=4)),
    },
    "Greater": {"of integers": of(lambda x: x > 1, LABELS), "of floats": of(lambda x, y: x > y, *PAIR)},
    "AveragePool": {
        f"{size}, {padding}": of(pool(ops.average_pool, size, stride, padding), IMAGE)
        for size, stride in (((1, 1), (1, 1)), ((2, 2), (2, 2)), ((3, 3), (1, 1)))
        for padding in ("same", "valid")
    },
    "Moments": {
        "of groups": of(lambda x: ops.moments(x, axes=[1, 2, 4], keepdims=True), f32("n", 4, 4, 2, 3)),
        "of the third": of(lambda x: ops.moments(x, axes=[2], keepdims=True), X),
    },
    "Tile": {
        "a batch": of(lambda x: ops.tile(x[:1], (length(x, 0), 1, 1)), X),
        "of five axes": of(lambda x: ops.tile(x, (1, 1, 1, 2, 1)), f32("n", "s", 2, 1, 3)),
        "by 32": of(lambda x: ops.tile(x, (1, 1, 32, 1)), f32("n", "s", 1, 4)),
    },
    "HardSilu": {"of floats": of(ops.hard_silu, X)},
    "MaxPool": {
        f"{size}, {padding}": of(pool(ops.max_pool, size, stride, padding), IMAGE)
        for size, stride in (((1, 1), (1, 1)), ((2, 2), (2, 2)), ((3, 3), (2, 2)))
        for padding in ("same", "valid")
    },
    "Divide": {"by a tensor": of(lambda x, y: x / y, X, POSITIVE), "by a number": of(lambda x: x / 3.0, X)},
    "LogicalAnd": {"of flags": of(ops.logical_and, FLAGS, FLAGS)},
    "ones": {
        dtype: of(lambda x, dtype=dtype: ops.ones((length(x, 0), 2, length(x)), dtype=dtype), X)
        for dtype in ("bool", "float32", "int32")
    },
    "Log": {"of floats": of(ops.log, POSITIVE)},
    "LogicalNot": {"of flags": of(ops.logical_not, FLAGS)},
    "Triu": {
        str(k): of(lambda x, k=k: ops.triu(ops.ones((length(x), length(x)), "int32"), k), X) for k in (-15, -2, -1023)
    },
    "LeakyRelu": {"0.01": of(lambda x: ops.leaky_relu(x, 0.01), X)},
    "Relu": {"of floats": of(ops.relu, X)},
    "Cumsum": {
        **{str(axis): of(lambda x, axis=axis: ops.cumsum(x, axis=axis), X) for axis in (-1, 0, 1, 2)},
        "of integers": of(lambda x: ops.cumsum(x, axis=-1), LABELS),
    },
    "Exp": {"of floats": of(ops.exp, X)},
    "Maximum": {
        "of floats": of(lambda x: ops.maximum(x, 1e-9), X),
        "of integers": of(lambda x: ops.maximum(x, 1), LABELS),
    },
    "Equal": {"of integers": of(lambda x: x == 2, LABELS), "of two": of(lambda x, y: x == y, LABELS, LABELS)},
    "Unstack": {
        "last": of(lambda x: ops.unstack(x, axis=-1), X),
        "in three": of(lambda x: ops.unstack(x, 3, axis=0), f32(3, "n", 4)),
        "of the third": of(lambda x: ops.unstack(x, 3, axis=2), f32("n", "s", 3, 2, 4)),
    },
    "TakeAlongAxis": {
        "rows": of(lambda x, i: ops.take_along_axis(x, i[..., None], axis=1), f32("n", 6, 4), i32("n", 3, high=6)),
        "last": of(lambda x, i: ops.take_along_axis(x, i, axis=3), f32(2, 3, 4, 5), i32(2, 3, 4, 2, high=5)),
    },
    "Absolute": {"of floats": of(ops.absolute, X), "of integers": of(ops.absolute, i32("n", "s", low=-5))},
    "All": {"kept": of(lambda x: ops.all(x, axis=[-1], keepdims=True), FLAGS)},
    "Resize": {
        f"{interpolation} to {size}": of(
            lambda x, size=size, interpolation=interpolation: ops.image.resize(x, size, interpolation), IMAGE
        )
        for interpolation in ("bilinear", "nearest")
        for size in ((1, 1), (16, 16), (24, 24), (32, 32))
    },
    "Tril": {
        str(k): of(lambda x, k=k: ops.tril(ops.ones((length(x), length(x)), "int32"), k), X) for k in (15, 2, 1023)
    },
    "TopK": {str(k): of(lambda x, k=k: list(ops.top_k(x, k)), f32("n", "s", 10)) for k in (10, 2, 4)},
    "HardSigmoid": {"of floats": of(ops.hard_sigmoid, X)},
    "Tanh": {"of floats": of(ops.tanh, X)},
    "Floor": {"of floats": of(lambda x: ops.floor(x * 3), X)},
    "LessEqual": {"of floats": of(lambda x, y: x <= y, *PAIR), "of integers": of(lambda x: x <= 2, LABELS)},
    "OneHot": {str(n): of(lambda x, n=n: ops.one_hot(x, n, dtype="float32"), i32("n", "s", high=2)) for n in (2, 4)},
    "array": {
        "of integers": of(lambda x: x[..., :2] + ops.cast(ops.array([8, 4], "int32"), "float32"), X),
        "of floats": of(lambda x: x[..., :2] + ops.array([64, 16], "float32"), X),
    },
    "StopGradient": {"of floats": of(lambda x: ops.stop_gradient(x) * 2, X)},
    "SliceUpdate": {
        "a window": of(lambda x, y: ops.slice_update(x, (0, 1), y), f32(4, 6), f32(2, 3)),
        "a row that the model computes": of(
            lambda x, y, i: ops.slice_update(x, (i[0], 0), y), f32(6, 4), f32(1, 4), i32(1)
        ),
    },
    "Sign": {"of floats": of(ops.sign, X), "of integers": of(ops.sign, i32("n", "s", low=-5))},
    "Softplus": {"of floats": of(ops.softplus, X)},
    "OnesLike": {
        "as it is": of(ops.ones_like, X),
        "of another dtype": of(lambda x: ops.ones_like(x, dtype="int32"), X),
    },
    "convert_to_tensor": {
        "a list": of(lambda x: x + ops.convert_to_tensor([0.5, 0.25, 0.125, 0.0625], "float32"), X),
        "a number": of(lambda x: x + ops.convert_to_tensor(0.0), X),
        "a matrix": of(lambda x: x + ops.cast(ops.convert_to_tensor([[355]], dtype="int32"), "float32"), f32("n", "s")),
    },
    "Ceil": {"of floats": of(lambda x: ops.ceil(x * 3), X)},
    "NotEqual": {"of integers": of(lambda x: x != 2, LABELS)},
    "FloorDivide": {
        "of integers": of(lambda x: x // 2, i32("n", "s", low=-5)),
        "of floats": of(lambda x: x // 0.75, X),
    },
    "log": {"of a number": of(lambda x: x * ops.log(10000.0), X)},
    "Argmax": {"last": of(lambda x: ops.argmax(x, axis=-1), X)},
    "Meshgrid": {"ij": of(lambda x, y: ops.meshgrid(x, y, indexing="ij"), f32("n"), f32("s"))},
    "Map": {"over rows": of(lambda x: ops.map(lambda row: row * 2 + 1, x), f32(3, 4))},
    "Outer": {"of vectors": of(lambda x: ops.outer(x, KEYS[0, :3]), f32("n"))},
    "FFT2": {"of rows": of(lambda x: ops.fft2((x, ops.zeros_like(x)))[0], f32("n", 6, 4))},
    "eye": {"64": of(lambda x: x + ops.eye(64)[:4, :4][0], X)},
    "ScatterUpdate": {
        "rows": of(lambda x, y: ops.scatter_update(x, np.array([[1], [3]]), y), f32(5, 4), f32(2, 4)),
        "rows that the model computes": of(
            lambda x, i, y: ops.scatter_update(x, i, y), f32(9, 4), i32(1, 1, high=9), f32(1, 4)
        ),
    },
    "Max": {
        "of all": of(ops.max, X),
        "of the last, kept": of(lambda x: ops.max(x, axis=[-1], keepdims=True), X),
    },
    "RMSNorm": {"scaled": of(lambda x: ops.rms_normalization(x, scale=SCALE, axis=[-1], epsilon=1e-5), X)},
    "ConvTranspose": {"by two": of(lambda x: ops.conv_transpose(x, UPWARDS, [2, 2], "valid"), f32("n", 8, 8, 3))},
    "Log2": {"of floats": of(ops.log2, POSITIVE)},
    "Normalize": {"last": of(lambda x: ops.normalize(x, axis=-1, order=2), X)},
    "sqrt": {"of a number": of(lambda x: x * ops.sqrt(4.0), X)},
    "floor_divide": {"of numbers": of(lambda x: x + ops.cast(ops.floor_divide(188, 2), "float32"), X)},
    "equal": {"of numbers": of(lambda x: ops.logical_and(x, ops.equal(1, 0)) | x, FLAGS)},
    "Cond": {
        "by a value": of(lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1), f32("n", 4)),
        "by a size": of(lambda x: ops.cond(ops.equal(0, 1), lambda: x * 2, lambda: x - 1), X),
    },
    "Array": {"of a tensor": of(lambda x: ops.array(x, dtype="float32") * 2, X)},
    "Any": {"last": of(lambda x: ops.any(x, axis=[-1]), FLAGS)},
    "Argmin": {"last": of(lambda x: ops.argmin(x, axis=-1), X)},
    "ForiLoop": {"16 steps": of(lambda x: ops.fori_loop(0, 16, lambda i, y: y * 0.9 + 0.1, x), f32("n", 4))},
    "Roll": {
        "back": of(lambda x: ops.roll(x, (-2, -2), axis=(1, 2)), f32("n", 6, 6, 3)),
        "forth": of(lambda x: ops.roll(x, (2, 2), axis=(1, 2)), f32("n", 6, 6, 3)),
    },
    "where": {"of numbers": of(lambda x: x + ops.cast(ops.where(False, 1, 0), "float32") + 1, X)},
}
# Results of zeros, which the harness takes only where it is told.
ZEROS = {
    "zeros": {
        dtype: of(lambda x, dtype=dtype: ops.zeros((length(x, 0), 2, length(x)), dtype=dtype), X)
        for dtype in ("bool", "float32", "int32")
    },
    "ZerosLike": {"as it is": of(ops.zeros_like, X)},
}


OPS = OFTEN | SELDOM | ZEROS


def test_the_table_names_what_was_counted():
    assert len(OPS) == 116


CASES = [(op, option) for op, options in OPS.items() for option in options]


@pytest.mark.parametrize(("op", "option"), CASES)
def test_an_op_is_what_keras_computes(op, option, tmp_path):
    function, specs = OPS[op][option]
    sizes = ({"n": 3, "s": 5, "t": 4, "h": 9, "w": 12}, {"n": 1, "s": 7, "t": 6, "h": 16, "w": 7})
    check(function, *specs, path=tmp_path, sizes=sizes, zeros=op in ZEROS)
