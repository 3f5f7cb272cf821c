"""Layers that act in training alone: at inference they hand on what they get."""

import pytest
from harness import f32
from keras import layers
from layer_cases import cases, check_layer

ROWS = f32("n", "s", 6)


def after_dense(make):
    return lambda x: make()(layers.Dense(5)(x)), [ROWS]


LAYERS = {
    "Dropout": {
        "default": after_dense(lambda: layers.Dropout(0.5)),
        "noise_shape and seed": after_dense(lambda: layers.Dropout(0.5, noise_shape=(None, 1, None), seed=3)),
    },
    "AlphaDropout": {"default": after_dense(lambda: layers.AlphaDropout(0.5))},
    "GaussianDropout": {"default": after_dense(lambda: layers.GaussianDropout(0.5))},
    "GaussianNoise": {"default": after_dense(lambda: layers.GaussianNoise(0.5))},
    "ActivityRegularization": {"default": after_dense(lambda: layers.ActivityRegularization(0.1, 0.1))},
    "SpatialDropout1D": {"default": after_dense(lambda: layers.SpatialDropout1D(0.5))},
    "SpatialDropout2D": {
        "default": (lambda x: layers.SpatialDropout2D(0.5)(layers.Conv2D(3, 3)(x)), [f32("n", "s", "t", 2)]),
    },
    "SpatialDropout3D": {
        "default": (lambda x: layers.SpatialDropout3D(0.5)(layers.Conv3D(3, 3)(x)), [f32("n", 5, 6, 7, 2)]),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_of_training_hands_on_what_it_gets(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
