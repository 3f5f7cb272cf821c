"""Layers that normalise: axes, groups, scale and center, statistics that training left."""

import pytest
from harness import f32, flags, i32
from keras import layers
from layer_cases import cases, check_layer

ROW, IMAGE = f32("n", "s", 4), f32("n", "s", "t", 4)


def masked(x, mask):
    return layers.BatchNormalization()(x, mask=mask)


LAYERS = {
    "BatchNormalization": {
        "default": (lambda x: layers.BatchNormalization()(x), [IMAGE]),
        "axis 1": (lambda x: layers.BatchNormalization(axis=1)(x), [f32("n", 4, "s", "t")]),
        "axis -2": (lambda x: layers.BatchNormalization(axis=-2, epsilon=0.1)(x), [f32("n", "s", 3, "t")]),
        "of rows": (lambda x: layers.BatchNormalization()(x), [f32("n", 6)]),
        "scale off": (lambda x: layers.BatchNormalization(scale=False)(x), [IMAGE]),
        "center off": (lambda x: layers.BatchNormalization(center=False)(x), [IMAGE]),
        "scale and center off": (lambda x: layers.BatchNormalization(scale=False, center=False)(x), [IMAGE]),
        "mask": (masked, [ROW, flags("n", "s")]),
        "after a convolution": (lambda x: layers.BatchNormalization()(layers.Conv2D(5, 3)(x)), [IMAGE]),
        "frozen": (lambda x: layers.BatchNormalization(trainable=False)(x), [IMAGE]),
    },
    "LayerNormalization": {
        "default": (lambda x: layers.LayerNormalization()(x), [ROW]),
        "axis 1": (lambda x: layers.LayerNormalization(axis=1)(x), [f32("n", 5, "s")]),
        "several axes": (lambda x: layers.LayerNormalization(axis=[1, 3])(x), [f32("n", 5, "s", 4)]),
        "neighbouring axes": (lambda x: layers.LayerNormalization(axis=(-2, -1))(x), [f32("n", "s", 5, 4)]),
        "rms_scaling": (lambda x: layers.LayerNormalization(rms_scaling=True)(x), [ROW]),
        "scale off": (lambda x: layers.LayerNormalization(scale=False)(x), [ROW]),
        "center off": (lambda x: layers.LayerNormalization(center=False, epsilon=1e-6)(x), [ROW]),
        "scale and center off": (lambda x: layers.LayerNormalization(scale=False, center=False)(x), [ROW]),
    },
    "GroupNormalization": {
        "groups 2": (lambda x: layers.GroupNormalization(2)(x), [IMAGE]),
        "one group": (lambda x: layers.GroupNormalization(1)(x), [IMAGE]),
        "groups -1": (lambda x: layers.GroupNormalization(-1)(x), [IMAGE]),
        "axis 1": (lambda x: layers.GroupNormalization(2, axis=1)(x), [f32("n", 4, "s", "t")]),
        "axis -2": (lambda x: layers.GroupNormalization(3, axis=-2)(x), [f32("n", "s", 6, 4)]),
        "of a row": (lambda x: layers.GroupNormalization(2)(x), [ROW]),
        "scale off": (lambda x: layers.GroupNormalization(2, scale=False)(x), [IMAGE]),
        "center off": (lambda x: layers.GroupNormalization(2, center=False)(x), [IMAGE]),
        "known sizes": (lambda x: layers.GroupNormalization(2)(x), [f32("n", 5, 6, 4)]),
    },
    "RMSNormalization": {
        "default": (lambda x: layers.RMSNormalization()(x), [ROW]),
        "several axes": (lambda x: layers.RMSNormalization(axis=(-2, -1))(x), [f32("n", "s", 5, 4)]),
        "epsilon": (lambda x: layers.RMSNormalization(epsilon=0.1)(x), [IMAGE]),
    },
    "UnitNormalization": {
        "default": (lambda x: layers.UnitNormalization()(x), [ROW]),
        "axis 1": (lambda x: layers.UnitNormalization(axis=1)(x), [IMAGE]),
        "several axes": (lambda x: layers.UnitNormalization(axis=(1, 2))(x), [IMAGE]),
        "an axis of unknown length": (lambda x: layers.UnitNormalization(axis=1)(x), [ROW]),
    },
    "SpectralNormalization": {
        "of a dense layer": (lambda x: layers.SpectralNormalization(layers.Dense(5))(x), [ROW]),
        "of a convolution": (
            lambda x: layers.SpectralNormalization(layers.Conv2D(5, 3), power_iterations=2)(x),
            [IMAGE],
        ),
        "of an embedding": (
            lambda x: layers.SpectralNormalization(layers.Embedding(7, 4))(x),
            [i32("n", "s", high=7)],
        ),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_that_normalises_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
