"""The ops that the models of KerasHub use most, in the options in which they use them (ops/test_kerashub_ops.py)."""

import keras
import numpy as np
from harness import f32, flags, i32
from keras import ops

RNG = np.random.default_rng(5)


def table(*shape):
    return RNG.normal(size=shape).astype("float32")


def length(x, axis=1):
    return ops.shape(x)[axis]


X = f32("n", "s", 4)
POSITIVE = f32("n", "s", 4, low=0.1, high=3)
WIDE = f32("n", "s", 8)
HEADS = f32("n", "s", 2, 4)
IMAGE = f32("n", 16, 16, 3)
KERNEL = table(3, 3, 3, 5)
FLAGS = flags("n", "s")
PAIR = (X, X)
LABELS = i32("n", "s", high=4)


def conv(kernel, **options):
    options = {"padding": "valid", **options}
    return lambda x: ops.conv(x, kernel, **options)


def pool(function, size, stride, padding):
    return lambda x: function(x, size, stride, padding)


def attention(**options):
    return lambda q, k, v: ops.dot_product_attention(q, k, v, **options)


def of(function, *specs):
    return function, list(specs)


OFTEN = {
    "Cast": {
        "to bool": of(lambda x: ops.cast(x, "bool"), LABELS),
        "to float16": of(lambda x: ops.cast(ops.cast(x, "float16"), "float32"), X),
        "to float32": of(lambda x: ops.cast(x, "float32"), LABELS),
        "to int32": of(lambda x: ops.cast(x * 3, "int32"), X),
    },
    "Add": {
        "of equals": of(lambda x, y: x + y, *PAIR),
        "broadcast": of(lambda x, y: x + y, X, f32("s", 1)),
        "of integers": of(lambda x: x + 3, LABELS),
        "of integers and floats": of(lambda x, y: x + y, LABELS, f32("n", "s")),
    },
    "GetItem": {
        "None": of(lambda x: x[None], X),
        "None, a slice and a size": of(lambda x: x[None, : length(x, 0)], X),
        "None and ...": of(lambda x: x[..., None], X),
        "None, ... and a slice": of(lambda x: x[..., 1:3, None], X),
        "a slice of computed length": of(lambda x: ops.convert_to_tensor(KEYS)[: length(x)], X),
        "integers": of(lambda x: x[:, 0, 1], X),
        "a tensor": of(lambda x, i: x[i], f32(6, 4), i32("n", high=6)),
        "steps": of(lambda x: x[..., ::2], X),
        "the other steps": of(lambda x: x[..., 1::2], X),
    },
    "Multiply": {
        "of equals": of(lambda x, y: x * y, *PAIR),
        "by a column": of(lambda x, y: x * y, X, f32("n", "s", 1)),
        "of integers": of(lambda x, y: x * y, LABELS, LABELS),
    },
    "Reshape": {
        "to a column": of(lambda x: ops.reshape(x, (-1, 1)), X),
        "to rows": of(lambda x: ops.reshape(x, (-1, 1, 4)), X),
        "to six axes": of(lambda x: ops.reshape(x, (-1, 1, 1, 2, 2, 16)), f32("n", 64)),
        "to heads": of(lambda x: ops.reshape(x, (length(x, 0), length(x), 2, 2)), X),
        "of two axes into one": of(lambda x: ops.reshape(x, (-1, length(x) * 4)), X),
    },
    "Matmul": {
        "by a matrix": of(lambda x: ops.matmul(x, KEYS[:4]), X),
        "of batches": of(lambda x, y: ops.matmul(x, ops.swapaxes(y, 1, 2)), *PAIR),
        "with broadcast batches": of(lambda x, y: ops.matmul(x, y), f32("n", 2, "s", 4), f32(1, 1, 4, 3)),
        "by a vector": of(lambda x: ops.matmul(x, KEYS[0, :4]), X),
    },
    "Conv": {
        "same": of(conv(KERNEL, padding="same"), IMAGE),
        "patches of 4": of(conv(table(4, 4, 3, 5), strides=4), IMAGE),
        "patches of 14": of(conv(table(14, 14, 3, 5), strides=[14, 14]), f32("n", 28, 28, 3)),
        "patches of 16": of(conv(table(16, 16, 3, 5), strides=[16, 16]), f32("n", 32, 32, 3)),
        "of one axis": of(conv(table(3, 4, 5), strides=[1], padding="same"), X),
        "of one axis, strided": of(conv(table(3, 4, 5), strides=2, padding="same"), X),
        "dilated by 12": of(conv(KERNEL, padding="same", dilation_rate=(12, 12)), IMAGE),
        "dilated by 18": of(conv(KERNEL, padding="same", dilation_rate=(18, 18)), IMAGE),
        "grouped": of(conv(table(3, 3, 2, 4), padding="same"), f32("n", 8, 8, 4)),
        "of unknown height and width": of(conv(KERNEL, strides=2, padding="same"), f32("n", "h", "w", 3)),
    },
    "BatchNorm": {
        name: of(
            lambda x, axis=axis, epsilon=epsilon: ops.batch_normalization(
                x, MEAN, VARIANCE, axis, offset=OFFSET, scale=SCALE, epsilon=epsilon
            ),
            f32("n", 4, 4, 4),
        )
        for name, axis, epsilon in (("last", -1, 1e-3), ("axis 3", 3, 1.001e-5), ("small epsilon", -1, 1e-5))
    },
    "Einsum": {
        "...,d->...d": of(lambda x: ops.einsum("...,d->...d", x, KEYS[0]), f32("n", "s")),
        "...n,d->...nd": of(lambda x: ops.einsum("...n,d->...nd", x, KEYS[0]), f32("n", "s")),
        "BNTS,BSNH->BTNH": of(lambda x, y: ops.einsum("BNTS,BSNH->BTNH", x, y), f32("n", 2, "t", "s"), HEADS),
        "BTNH,BSNH->BNTS": of(lambda x, y: ops.einsum("BTNH,BSNH->BNTS", x, y), f32("n", "t", 2, 4), HEADS),
        "into heads": of(lambda x: ops.einsum("abc,cde->abde", x, CUBE), X),
        "out of heads": of(lambda x: ops.einsum("abcd,cde->abe", x, CUBE), f32("n", "s", 4, 2)),
        "grouped queries": of(lambda q, k: ops.einsum("btkgh,bskh->bkgts", q, k), f32("n", "t", 2, 3, 4), HEADS),
        "experts": of(lambda x: ops.einsum("th,ehm->etm", x, CUBE), f32("n", 2)),
    },
    "ExpandDims": {
        str(axis): of(lambda x, axis=axis: ops.expand_dims(x, axis), X) for axis in (-1, -2, -3, 0, 1, (0, 1))
    },
    "ReLU": {
        "default": of(lambda x: keras.layers.ReLU()(x), X),
        "up to 6": of(lambda x: keras.layers.ReLU(6.0)(x * 5), X),
    },
    "Concatenate": {
        str(axis): of(lambda x, y, axis=axis: ops.concatenate([x, y], axis), *PAIR) for axis in (-1, -2, -3, 0)
    },
    "Pad": {
        "nothing": of(lambda x: ops.pad(x, ((0, 0),) * 4), IMAGE),
        "below and right": of(lambda x: ops.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0))), IMAGE),
        "around": of(lambda x: ops.pad(x, ((0, 0), (1, 2), (1, 2), (0, 0)), constant_values=0.0), IMAGE),
        "with ones": of(lambda x: ops.pad(x, ((0, 0), (1, 0)), constant_values=1), LABELS),
        "an unknown axis": of(lambda x: ops.pad(x, ((0, 0), (2, 1), (0, 0))), X),
    },
    "cast": {
        "of a large negative number": of(lambda x: x + ops.cast(-1e9, "float32") * 1e-9, X),
        "to an integer": of(lambda x: x + ops.cast(0.1, "int32"), LABELS),
        "of a size": of(lambda x: x / ops.cast(length(x), "float32"), X),
    },
    "arange": {
        "of a size": of(lambda x: x[..., 0] + ops.arange(length(x), dtype="float32"), X),
        "by two": of(lambda x: x[..., :2] + ops.arange(0, 4, 2, dtype="float32"), X),
        "in floats by two": of(lambda x: x[..., :2] + ops.arange(0, 4, 2.0), X),
        "backwards": of(lambda x: x + ops.cast(ops.arange(0, -4, -1), "float32"), X),
        "from a half": of(lambda x: x[..., 0] * ops.arange(0.5, length(x), 1.0, dtype="float32"), X),
        "from below": of(lambda x: x[..., :2] + ops.cast(ops.arange(-4, -2), "float32"), X),
        "of integers": of(lambda x: x + ops.arange(length(x), dtype="int32"), LABELS),
    },
    "LayerNorm": {
        str(epsilon): of(
            lambda x, epsilon=epsilon: ops.layer_normalization(x, SCALE, OFFSET, axis=[-1], epsilon=epsilon), X
        )
        for epsilon in (1e-5, 1e-6, 1e-7, 1e-12)
    },
    "ConvertToTensor": {
        "as it is": of(lambda x: ops.convert_to_tensor(x) * 2, X),
        "to bool": of(lambda x: ops.convert_to_tensor(x, "bool"), LABELS),
        "to float32": of(lambda x: ops.convert_to_tensor(x, "float32"), LABELS),
        "to int32": of(lambda x: ops.convert_to_tensor(x, "int32"), FLAGS),
    },
    "Mean": {
        "of an image": of(lambda x: ops.mean(x, axis=(1, 2)), IMAGE),
        "of an image, kept": of(lambda x: ops.mean(x, axis=[1, 2], keepdims=True), IMAGE),
        "of the last": of(lambda x: ops.mean(x, axis=[-1], keepdims=True), X),
        "of the first": of(lambda x: ops.mean(x, axis=[0]), X),
    },
    "Transpose": {
        "heads": of(lambda x: ops.transpose(x, (0, 2, 1, 3)), HEADS),
        "the last two": of(lambda x: ops.transpose(x, (0, 1, 3, 2)), HEADS),
        "of three": of(lambda x: ops.transpose(x, (0, 2, 1)), X),
        "windows": of(lambda x: ops.transpose(x, (0, 1, 3, 2, 4, 5)), f32("n", 2, 3, 2, 3, 4)),
        "all": of(lambda x: ops.transpose(x), f32("n", "s")),
    },
    "Squeeze": {
        "last": of(lambda x: ops.squeeze(x, -1), f32("n", "s", 1)),
        "before the last": of(lambda x: ops.squeeze(x, -2), f32("n", "s", 1, 4)),
        "first": of(lambda x: ops.squeeze(x, 0), f32(1, "n", 4)),
        "second": of(lambda x: ops.squeeze(x, 1), f32("n", 1, "s", 4)),
    },
    "TrueDivide": {
        "by a tensor": of(lambda x, y: ops.true_divide(x, y), X, POSITIVE),
        "of integers": of(lambda x: ops.true_divide(x, 4), LABELS),
    },
    "Negative": {"of floats": of(lambda x: -x, X), "of integers": of(lambda x: -x, LABELS)},
    "Power": {
        "the square": of(lambda x: ops.power(x, 2), X),
        "the root": of(lambda x: ops.power(x, 0.5), POSITIVE),
        "of a number": of(lambda x: ops.power(10000.0, x), X),
        "of two tensors": of(lambda x, y: ops.power(x, y), POSITIVE, X),
    },
    "Stack": {str(axis): of(lambda x, y, axis=axis: ops.stack([x, y], axis), *PAIR) for axis in (-1, -2, 0, 1)},
    "Subtract": {
        "of equals": of(lambda x, y: x - y, *PAIR),
        "from a number": of(lambda x: 1.0 - x, X),
        "of integers": of(lambda x: 1 - x, LABELS),
    },
    "Square": {"of floats": of(ops.square, X)},
    "Where": {
        "of two tensors": of(lambda c, x, y: ops.where(c[..., None], x, y), FLAGS, *PAIR),
        "of a number": of(lambda c, x: ops.where(c[..., None], x, -1e9), FLAGS, X),
        "of integers": of(lambda c, x: ops.where(c, x, 0), FLAGS, LABELS),
    },
    "Rsqrt": {"of floats": of(ops.rsqrt, POSITIVE)},
    "Silu": {"of floats": of(ops.silu, X)},
    "Softmax": {
        "last": of(lambda x: ops.softmax(x, -1), X),
        "second": of(lambda x: ops.softmax(x, 1), X),
        "fourth": of(lambda x: ops.softmax(x, 3), HEADS),
    },
    "Gelu": {
        "exact": of(lambda x: ops.gelu(x, False), X),
        "approximate": of(lambda x: ops.gelu(x, True), X),
    },
    "Moveaxis": {
        "two": of(lambda x: ops.moveaxis(x, (-1, 1), (1, -1)), HEADS),
        "the fourth": of(lambda x: ops.moveaxis(x, (3, 1), (1, 3)), HEADS),
    },
    "Take": {
        "rows": of(lambda i: ops.take(KEYS, i, axis=0), i32("n", "s", high=16)),
        "columns": of(lambda x: ops.take(x, np.array([0, 2]), axis=1), f32("n", 4, 3)),
        "of a flat tensor": of(lambda x, i: ops.take(x, i), f32(12), i32("n", high=12)),
        "negative": of(lambda i: ops.take(KEYS, i, axis=0), i32("n", "s", low=-16, high=16)),
    },
    "SeparableConv": {
        f"{padding}, strides {stride}": of(
            lambda x, padding=padding, stride=stride: ops.separable_conv(x, DEPTH, POINT, stride, padding), IMAGE
        )
        for padding in ("same", "valid")
        for stride in (1, 2)
    },
    "Split": {
        "in two": of(lambda x: ops.split(x, 2, axis=-1), X),
        "in three": of(lambda x: ops.split(x, 3, axis=-1), f32("n", "s", 6)),
        "at an index": of(lambda x: ops.split(x, (1,), axis=-1), X),
        "at equal indices": of(lambda x: ops.split(x, (3, 3), axis=-1)[::2], X),
        "of rows": of(lambda x: ops.split(x, 2, axis=0), f32(4, "s")),
        "of the second": of(lambda x: ops.split(x, 2, axis=1), f32("n", 4, "s")),
    },
    "Sqrt": {"of floats": of(ops.sqrt, POSITIVE)},
    "Cos": {"of floats": of(ops.cos, X)},
    "Sin": {"of floats": of(ops.sin, X)},
    "GreaterEqual": {
        "causal": of(lambda x: ops.arange(length(x))[:, None] >= ops.arange(length(x)) + 0 * x[0], LABELS),
        "of floats": of(lambda x, y: x >= y, *PAIR),
    },
    "BroadcastTo": {
        "rows": of(lambda x: ops.broadcast_to(x[:1], ops.shape(x)), X),
        "a column": of(lambda x: ops.broadcast_to(x[..., :1], (length(x, 0), length(x), 5)), X),
        "of flags": of(lambda x: ops.broadcast_to(x[None], (2, *ops.shape(x))), FLAGS),
        "known": of(lambda x: ops.broadcast_to(x, (2, 5, 4)), f32(1, 4)),
    },
    "Reciprocal": {"of floats": of(ops.reciprocal, POSITIVE)},
    "Clip": {
        "between": of(lambda x: ops.clip(x, -1.0, 1.0), X),
        "of integers": of(lambda x: ops.clip(x, 1, 2), LABELS),
        "from a large number": of(lambda x: ops.clip(x, -1e9, 1), X),
    },
    "LogicalOr": {"of flags": of(ops.logical_or, FLAGS, FLAGS)},
    "Repeat": {
        "last": of(lambda x: ops.repeat(x, 2, axis=-1), X),
        "first": of(lambda x: ops.repeat(x, 4, axis=0), X),
        "second": of(lambda x: ops.repeat(x, 5, axis=1), X),
        "heads": of(lambda x: ops.repeat(x, 2, axis=2), HEADS),
        "once": of(lambda x: ops.repeat(x, 1, axis=1) * 2, X),
    },
    "DotProductAttention": {
        "default": of(attention(), HEADS, HEADS, HEADS),
        "causal": of(attention(is_causal=True), HEADS, HEADS, HEADS),
        "scaled": of(attention(scale=0.25), HEADS, HEADS, HEADS),
        "masked": of(
            lambda q, m: ops.dot_product_attention(q, q, q, mask=m[:, None, None, :]), HEADS, i32("n", "s", high=2)
        ),
        "biased": of(lambda q, b: ops.dot_product_attention(q, q, q, bias=b), HEADS, f32("n", 2, "s", "s")),
    },
    "DepthwiseConv": {
        f"{padding}, strides {stride}": of(
            lambda x, padding=padding, stride=stride: ops.depthwise_conv(x, DEPTH, stride, padding), IMAGE
        )
        for padding in ("same", "valid")
        for stride in (1, (2, 2))
    }
    | {"of one axis": of(lambda x: ops.depthwise_conv(x, DEPTH1, (1,), "same", dilation_rate=(1,)), X)},
    "Sum": {
        "of two axes": of(lambda x: ops.sum(x, axis=(2, 3)), HEADS),
        "of the last two": of(lambda x: ops.sum(x, axis=(3, 4)), f32("n", "s", 2, 2, 3)),
        "of all": of(lambda x: ops.sum(x), X),
        "of the last, kept": of(lambda x: ops.sum(x, axis=[-1], keepdims=True), X),
        "of integers": of(lambda x: ops.sum(x, axis=-1), LABELS),
    },
    "Sigmoid": {"of floats": of(ops.sigmoid, X)},
    "Less": {"of floats": of(lambda x, y: x < y, *PAIR), "of integers": of(lambda x: x < 2, LABELS)},
    "Minimum": {
        "of integers": of(lambda x, y: ops.minimum(x, y), LABELS, i32("s", high=4)),
        "of floats": of(lambda x: ops.minimum(x, 0.5), X),
    },
}
KEYS, CUBE = table(16, 4), table(4, 2, 3)
MEAN, OFFSET, SCALE = table(4), table(4), table(4)
VARIANCE = np.abs(table(4)) + 0.5
DEPTH, POINT, DEPTH1, UPWARDS = table(3, 3, 3, 2), table(1, 1, 6, 5), table(3, 4, 1), table(2, 2, 5, 3)
