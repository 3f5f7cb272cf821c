"""batch_normalization, layer_normalization, rms_normalization, normalize, moments and the layers made of them."""

import keras
import numpy as np
import pytest
from harness import check, check_model, f32
from keras import ops


def weights(*shape):
    """The same for the same shape, each time that a function is called."""
    return np.random.default_rng(shape).normal(size=shape).astype("float32")


GAMMA, BETA, MEAN, VARIANCE = weights(4), weights(4), weights(4), np.abs(weights(4))
ROWS = f32("n", "s", 4)

CASES = {
    "batch": (
        lambda x: ops.batch_normalization(x, MEAN, VARIANCE, -1, offset=BETA, scale=GAMMA),
        [f32("n", 5, 6, 4)],
    ),
    "batch, along another axis": (
        lambda x: ops.batch_normalization(x, MEAN, VARIANCE, 1, offset=BETA),
        [f32("n", 4, 6, 5)],
    ),
    "batch, by computed statistics": (
        lambda x, mean: ops.batch_normalization(x, mean, VARIANCE, 1, offset=BETA, scale=GAMMA),
        [f32("n", 4, 6, 5), f32(4)],
    ),
    "layer": (lambda x: ops.layer_normalization(x, GAMMA, BETA, epsilon=1e-5), [ROWS]),
    "layer, of several axes": (
        lambda x: ops.layer_normalization(x, weights(5, 6), weights(5, 6), axis=[1, 2], epsilon=1e-5),
        [f32("n", 5, 6, 4)],
    ),
    "layer, without weights": (lambda x: ops.layer_normalization(x), [ROWS]),
    "layer, far from zero": (
        lambda x: ops.layer_normalization(x, GAMMA, BETA, epsilon=1e-5),
        [f32("n", "s", 4, low=50, high=60)],
    ),
    "root mean square": (lambda x: ops.rms_normalization(x, GAMMA), [ROWS]),
    "zeros to length one": (
        lambda x: ops.normalize(x * np.arange(6, dtype="float32") * (x > 1), axis=1),
        [f32("n", 5, 6)],
    ),
    "to length one": (lambda x: ops.normalize(x, axis=1), [f32("n", 5, 6)]),
    "to a sum of one": (lambda x: ops.normalize(x, axis=1, order=1), [f32("n", 5, 6)]),
    "by another order": (lambda x: ops.normalize(x, axis=1, order=3), [f32("n", 5, 6)]),
    "moments": (lambda x: ops.moments(x, axes=[1, 2]), [f32("n", 5, 6, 4)]),
    "moments that keep their axes": (lambda x: ops.moments(x, axes=[1], keepdims=True), [ROWS]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_normalisation_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


LAYERS = {
    "group": (lambda: keras.layers.GroupNormalization(2), ("n", 5, 6, 4)),
    "batch": (lambda: keras.layers.BatchNormalization(), ("n", 5, 6, 4)),
    "layer": (lambda: keras.layers.LayerNormalization(), ("n", "s", 4)),
    "root mean square": (lambda: keras.layers.RMSNormalization(), ("n", "s", 4)),
    "unit": (lambda: keras.layers.UnitNormalization(), ("n", 5, 4)),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_is_what_keras_computes(case, tmp_path):
    make, dims = LAYERS[case]
    inputs = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in dims])
    layer = make()
    model = keras.Model(inputs, layer(inputs))
    for weight in layer.weights:
        weight.assign(np.abs(weights(*weight.shape)) + 0.1)
    outcome = check_model(model, [f32(*dims)], tmp_path)
    assert outcome.delegation() == (1, [])
