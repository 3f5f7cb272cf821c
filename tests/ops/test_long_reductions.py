"""Sums over many elements, against float64: no further off than twice Keras' own float32, or 1e-6.

`KELT_LONG=1` (the nightly stage `long`) tries them at larger sizes too.
"""

import os

import keras
import numpy as np
import pytest
from harness import open_file, run
from keras import layers, ops

import kelt

NEAR = 1e-6
# The sum of numbers around zero is itself near zero, by chance more or less.
AROUND_ZERO = 2e-6
# Height, width, channels.
SIZES = [(64, 64, 4), (62, 67, 3)]  # 62 · 67 has no divisor that a block could take after the first
if os.environ.get("KELT_LONG"):
    SIZES += [(256, 256, 8), (224, 224, 6), (1024, 1024, 4), (1021, 1, 8), (50021, 1, 8)]

SPACE = (1, 2)
DRAWS = {
    "flat": lambda rng, shape: np.full(shape, 0.7),
    "offset": lambda rng, shape: 100 + rng.normal(size=shape),
    "positive": lambda rng, shape: rng.uniform(size=shape),
    "around zero": lambda rng, shape: rng.normal(size=shape),
}


def standardise(x, axes, epsilon):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def log_sum_exp(x, axes):
    return np.log(np.exp(x - x.max(axes, keepdims=True)).sum(axes)) + x.max(axes)


def mean_square(x, axes):
    return np.square(x).mean(axes, keepdims=True)


def in_groups(x, groups, epsilon):
    b, h, w, c = x.shape
    return standardise(x.reshape(b, h, w, groups, c // groups), (1, 2, 4), epsilon).reshape(x.shape)


def rows(x):
    return x.reshape(x.shape[0], x.shape[1] * x.shape[2], x.shape[3])


# What Keras computes, and the same in numpy.
CASES = {
    "mean": (lambda x: ops.mean(x, SPACE), lambda x: x.mean(SPACE)),
    "mean, axes kept": (lambda x: ops.mean(x, SPACE, keepdims=True), lambda x: x.mean(SPACE, keepdims=True)),
    "mean of the height": (lambda x: ops.mean(x, 1), lambda x: x.mean(1)),
    "mean of the width": (lambda x: ops.mean(x, -2), lambda x: x.mean(-2)),
    "mean of all": (lambda x: ops.mean(x[0]), lambda x: x[0].mean()),
    "mean, channels first": (lambda x: ops.mean(ops.transpose(x, (0, 3, 1, 2)), (2, 3)), lambda x: x.mean(SPACE)),
    "mean of a sequence": (lambda x: ops.mean(ops.reshape(x, rows(x).shape), 1), lambda x: x.mean(SPACE)),
    "mean, batch and space": (lambda x: ops.mean(x, (0, 1, 2)), lambda x: x.mean((0, 1, 2))),
    "mean of an image": (lambda x: ops.mean(x, (1, 2, 3)), lambda x: x.mean((1, 2, 3))),
    "sum": (lambda x: ops.sum(x, SPACE), lambda x: x.sum(SPACE)),
    "average": (lambda x: ops.average(x, 1), lambda x: x.mean(1)),
    "nanmean": (lambda x: ops.nanmean(x, SPACE), lambda x: x.mean(SPACE)),
    "nansum": (lambda x: ops.nansum(x, SPACE), lambda x: x.sum(SPACE)),
    "var": (lambda x: ops.var(x, SPACE), lambda x: x.var(SPACE)),
    "std": (lambda x: ops.std(x, SPACE), lambda x: x.std(SPACE)),
    "moments": (lambda x: ops.moments(x, SPACE), lambda x: (x.mean(SPACE), x.var(SPACE))),
    "logsumexp": (lambda x: ops.logsumexp(x, SPACE), lambda x: log_sum_exp(x, SPACE)),
    "norm": (lambda x: ops.norm(x, axis=SPACE), lambda x: np.sqrt(np.square(x).sum(SPACE))),
    "norm by 1": (lambda x: ops.norm(x, ord=1, axis=1), lambda x: np.abs(x).sum(1)),
    "einsum": (lambda x: ops.einsum("bhwc->bc", x), lambda x: x.sum(SPACE)),
    "normalize": (lambda x: ops.normalize(x, SPACE), lambda x: x / np.sqrt(np.square(x).sum(SPACE, keepdims=True))),
    "layer_normalization": (
        lambda x: ops.layer_normalization(x, axis=[1, 2], epsilon=1e-6),
        lambda x: standardise(x, SPACE, 1e-6),
    ),
    "rms_normalization": (
        lambda x: ops.rms_normalization(x, axis=[1, 2], epsilon=1e-6),
        lambda x: x / np.sqrt(mean_square(x, SPACE) + 1e-6),
    ),
    "by parts": (
        lambda x: (x - ops.mean(x, SPACE, keepdims=True)) / ops.sqrt(ops.var(x, SPACE, keepdims=True) + 1e-5),
        lambda x: standardise(x, SPACE, 1e-5),
    ),
}

LAYERS = {
    "GlobalAveragePooling2D": (lambda c: layers.GlobalAveragePooling2D(), lambda x: x.mean(SPACE)),
    "AveragePooling2D of all": (
        lambda c: layers.AveragePooling2D((62, 64)),
        lambda x: x[:, :62, :64].mean(SPACE, keepdims=True),
    ),
    "AdaptiveAveragePooling2D": (lambda c: layers.AdaptiveAveragePooling2D(1), lambda x: x.mean(SPACE, keepdims=True)),
    "GroupNormalization": (
        lambda c: layers.GroupNormalization(c, epsilon=1e-6),
        lambda x: standardise(x, SPACE, 1e-6),
    ),
    "GroupNormalization of 1": (
        lambda c: layers.GroupNormalization(1, epsilon=1e-3),
        lambda x: in_groups(x, 1, 1e-3),
    ),
    "instance norm": (lambda c: layers.GroupNormalization(-1), lambda x: standardise(x, SPACE, 1e-3)),
    "LayerNormalization": (
        lambda c: layers.LayerNormalization(axis=(1, 2), epsilon=1e-6),
        lambda x: standardise(x, SPACE, 1e-6),
    ),
    "LayerNormalization of all": (
        lambda c: layers.LayerNormalization(axis=(1, 2, 3)),
        lambda x: standardise(x, (1, 2, 3), 1e-3),
    ),
    "UnitNormalization": (
        lambda c: layers.UnitNormalization(axis=[1, 2]),
        lambda x: x / np.sqrt(np.square(x).sum(SPACE, keepdims=True)),
    ),
}


def error(outputs, references):
    """Over all draws of a kind: the sum of numbers around zero may be as near to it as chance will have it."""
    outputs, references = np.asarray(outputs, "float64"), np.asarray(references)
    assert outputs.shape == references.shape
    return np.abs(outputs - references).max() / (np.abs(references).max() or 1)


def compare(file, function, reference, shape):
    interpreter = open_file(file)
    rng = np.random.default_rng(0)
    for kind, draw in DRAWS.items():
        samples = [
            draw(rng, shape).astype("float32") for _ in range(1 if kind == "flat" else 4 if np.prod(shape) < 1e5 else 1)
        ]
        files, own, exact = ([], [], [])
        for x in samples:
            value = reference(x.astype("float64"))
            exact.append(value if isinstance(value, tuple) else (value,))
            files.append(run(interpreter, [x]))
            own.append([ops.convert_to_numpy(y) for y in keras.tree.flatten(function(ops.convert_to_tensor(x)))])
        for found, keras_found, value in zip(zip(*files), zip(*own), zip(*exact)):
            limit = max(AROUND_ZERO if kind == "around zero" else NEAR, 2 * error(keras_found, value))
            assert error(found, value) <= limit, f"{kind}: {error(found, value):.2g}, limit {limit:.2g}"


def shapes_of(name):
    """Batch, height, width, channels."""
    return [(1, *size) for size in SIZES if "AveragePooling2D of all" not in name or size[:2] == (64, 64)]


@pytest.mark.parametrize("batch", [None, 1])
@pytest.mark.parametrize("case", CASES)
def test_a_long_reduction_is_as_exact_as_in_keras(case, batch, tmp_path):
    function, reference = CASES[case]
    for shape in shapes_of(case):
        at = str(tmp_path / "f.tflite")
        fixed = case == "mean of a sequence" or batch  # it is written for one shape
        kelt.export(function, at, [keras.InputSpec(shape=(1 if fixed else None, *shape[1:]), dtype="float32")])
        compare(at, function, reference, shape)


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_of_long_reductions_is_as_exact_as_in_keras(case, tmp_path):
    make, reference = LAYERS[case]
    for shape in shapes_of(case):
        inputs = keras.Input(shape[1:])
        model = keras.Model(inputs, make(shape[-1])(inputs))
        at = str(tmp_path / "f.tflite")
        kelt.export(model, at)
        compare(at, model, reference, shape)


UNKNOWN = {
    "mean": (lambda x: ops.mean(x, SPACE), lambda x: x.mean(SPACE), (None, None, None, 3)),
    "mean, axes kept": (
        lambda x: ops.mean(x, SPACE, keepdims=True),
        lambda x: x.mean(SPACE, keepdims=True),
        (None, None, None, 3),
    ),
    "sum of the height": (lambda x: ops.sum(x, 1), lambda x: x.sum(1), (None, None, None, 3)),
    "mean of the width": (lambda x: ops.mean(x, 2), lambda x: x.mean(2), (None, 40, None, 3)),
    "mean of all": (lambda x: ops.mean(x), lambda x: x.mean(), (None, None, None, 3)),
    "mean of a sequence": (lambda x: ops.mean(x, 1), lambda x: x.mean(1), (None, None, 3)),
    "sum of a sequence, axis kept": (
        lambda x: ops.sum(x, 1, keepdims=True),
        lambda x: x.sum(1, keepdims=True),
        (None, None, 3),
    ),
    "mean of a batch": (lambda x: ops.mean(x, 0), lambda x: x.mean(0), (None, 3)),
    "sum of a row": (lambda x: ops.sum(x, 1), lambda x: x.sum(1), (None, None)),
    "mean of a row": (lambda x: ops.mean(x), lambda x: x.mean(), (None,)),
    "sum of an image": (lambda x: ops.sum(x, SPACE), lambda x: x.sum(SPACE), (None, None, None, 3)),
    "sum of all": (lambda x: ops.sum(x), lambda x: x.sum(), (None, None)),
    "sum of the last axis": (lambda x: ops.sum(x, -1), lambda x: x.sum(-1), (None, None, None)),
    "sum of a flat tensor": (lambda x: ops.sum(x), lambda x: x.sum(), (None,)),
    "var": (lambda x: ops.var(x, SPACE), lambda x: x.var(SPACE), (None, None, None, 3)),
    "moments": (lambda x: ops.moments(x, SPACE), lambda x: (x.mean(SPACE), x.var(SPACE)), (None, None, None, 3)),
    "std": (lambda x: ops.std(x, SPACE), lambda x: x.std(SPACE), (None, None, None, 3)),
    "norm": (lambda x: ops.norm(x, axis=SPACE), lambda x: np.sqrt(np.square(x).sum(SPACE)), (None, None, None, 3)),
    "mean of an image and its channels": (
        lambda x: ops.mean(x, (1, 2, 3)),
        lambda x: x.mean((1, 2, 3)),
        (None, None, None, 3),
    ),
    "sum of one channel": (lambda x: ops.sum(x, SPACE), lambda x: x.sum(SPACE), (None, None, None, 1)),
    "mean of unknown channels": (lambda x: ops.mean(x, SPACE), lambda x: x.mean(SPACE), (None,) * 4),
    "GlobalAveragePooling2D": (
        lambda x: layers.GlobalAveragePooling2D()(x),
        lambda x: x.mean(SPACE),
        (None, None, None, 3),
    ),
    "mean of a volume": (
        lambda x: ops.mean(x, (1, 2, 3)),
        lambda x: x.mean((1, 2, 3)),
        (None, None, None, None, 3),
    ),
    "sum of a volume": (
        lambda x: ops.sum(x, (1, 2, 3), keepdims=True),
        lambda x: x.sum((1, 2, 3), keepdims=True),
        (None, None, None, None, 3),
    ),
    "layer_normalization of an image": (
        lambda x: ops.layer_normalization(x, axis=[1, 2], epsilon=1e-3),
        lambda x: standardise(x, SPACE, 1e-3),
        (1, None, None, 3),
    ),
    "layer_normalization": (
        lambda x: ops.layer_normalization(x, axis=[1], epsilon=1e-3),
        lambda x: standardise(x, 1, 1e-3),
        (None, None, 3),
    ),
}
LENGTHS = {
    1: [(5000,), (70001,), (1,), (16,)],
    2: [(2, 5003), (5003, 2), (1, 70001)],
    3: [(2, 5003, 3), (1, 70000, 3), (2, 17, 3)],
    4: [(1, 70, 75, 3), (2, 40, 7, 3)],
    5: [(2, 17, 30, 40, 3)],
}
LARGE = {"mean": [(1, 512, 512, 3)], "mean of a row": [(1_000_000,)]}
# Most of a block is then filled up.
SHORT = {
    1: [(1,), (8,), (9,), (10,)],
    2: [(2, 1), (1, 17)],
    3: [(2, 1, 3), (2, 8, 3), (1, 82, 3)],
    4: [(2, 1, 1, 3), (1, 10, 1, 3), (1, 9, 82, 3)],
    5: [(1, 1, 2, 1, 3)],
}
if os.environ.get("KELT_LONG"):
    LENGTHS = {
        1: [(300_000,), (400_003,), (1_000_000,), (3_000_001,)],
        2: [(1, 300_000), (100_003, 2)],
        3: [(1, 300_000, 3), (1, 1_000_003, 3), (1, 2, 400_000)],
        4: [(1, 256, 256, 3), (1, 1024, 1024, 3)],
        5: [(1, 64, 128, 128, 3)],
    }


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_reduction_over_an_unknown_length_is_as_exact_as_in_keras(case, tmp_path):
    function, reference, dims = UNKNOWN[case]
    at = str(tmp_path / "f.tflite")
    kelt.export(function, at, [keras.InputSpec(shape=dims, dtype="float32")])
    for shape in [*LENGTHS[len(dims)], *SHORT[len(dims)], *LARGE.get(case, ())]:
        shape = tuple(known or length for known, length in zip(dims, shape))
        compare(at, function, reference, shape)


@pytest.mark.parametrize("dims", [(None, None, 3), (None, None), (None, 3)])
def test_a_sum_of_no_numbers_is_zero_and_their_mean_nan(dims, tmp_path):
    axis = 1 if dims[1] is None else 0
    at = str(tmp_path / "f.tflite")
    kelt.export(lambda x: (ops.sum(x, axis), ops.mean(x, axis)), at, [keras.InputSpec(shape=dims, dtype="float32")])
    shape = [0 if at == axis else known or 2 for at, known in enumerate(dims)]
    total, mean = run(open_file(at), [np.zeros(shape, "float32")])
    assert total.size and not total.any() and np.isnan(mean).all()


@pytest.mark.parametrize("dims", [(None, 64, 64, 2), (None, None, None, 2), (None, None, 2), (None, None), (1, 8192)])
def test_infinities_and_nan_are_where_keras_has_them(dims, tmp_path):
    def function(x):
        axes = (1, 2) if len(dims) == 4 else 1
        return ops.sum(x, axes), ops.mean(x, axes)

    at = str(tmp_path / "f.tflite")
    kelt.export(function, at, [keras.InputSpec(shape=dims, dtype="float32")])
    interpreter = open_file(at)
    for values in ([np.inf], [-np.inf], [np.nan], [np.inf, -np.inf], [np.inf, np.nan]):
        x = np.random.default_rng(0).normal(size=[length or size for length, size in zip(dims, (1, 900, 90, 2))])
        x = x.astype("float32")
        x.reshape(-1)[700 : 700 + 2 * len(values) : 2] = values
        for result, own in zip(run(interpreter, [x]), function(ops.convert_to_tensor(x))):
            np.testing.assert_array_equal(np.isfinite(result), np.isfinite(own))
            np.testing.assert_array_equal(
                np.nan_to_num(result[~np.isfinite(own)]), np.nan_to_num(own[~np.isfinite(own)])
            )


@pytest.mark.parametrize("dims", [(None, 64, 64, 8), (1, 61, 67, 8), (None, None, None, 8), (None, None, 8)])
def test_a_long_reduction_stays_in_the_delegate(dims, tmp_path):
    def function(x):
        y = ops.mean(ops.exp(x), tuple(range(1, len(dims) - 1)))
        return ops.exp(y)

    at = str(tmp_path / "f.tflite")
    kelt.export(function, at, [keras.InputSpec(shape=dims, dtype="float32")])
    assert kelt.delegation(at)["partitions"] == 1


@pytest.mark.parametrize("function", [ops.sum, ops.mean, ops.var])
@pytest.mark.parametrize("dims", [(None, None, 3), (None, None, None, 3), (None, None), (None,)])
def test_a_sum_over_unknown_lengths_stays_in_the_delegate_whole(dims, function, tmp_path):
    """Of no size that is asked for when it runs."""
    at = str(tmp_path / "f.tflite")
    axes = (1, 2) if len(dims) == 4 else len(dims) // 2
    kelt.export(lambda x: function(ops.exp(x), axes), at, [keras.InputSpec(shape=dims, dtype="float32")])
    delegated = kelt.delegation(at)
    assert (delegated["partitions"], delegated["outside"]) == (1, [])
