"""Layers that move, cut, pad, repeat and enlarge."""

import pytest
from harness import f32, i32
from keras import layers
from layer_cases import cases, check_layer

ROW, IMAGE, VOLUME = f32("n", "s", 4), f32("n", "s", "t", 4), f32("n", "s", "t", "u", 2)
IMAGE_FIRST, VOLUME_FIRST = f32("n", 4, "s", "t"), f32("n", 2, "s", "t", "u")
FIRST = {"data_format": "channels_first"}

LAYERS = {
    "Reshape": {
        "known": (lambda x: layers.Reshape((3, 8))(x), [f32("n", 6, 4)]),
        "with -1": (lambda x: layers.Reshape((-1, 2))(x), [ROW]),
        "with -1 first of an image": (lambda x: layers.Reshape((-1, 4))(x), [IMAGE]),
        "a row of one": (lambda x: layers.Reshape((4, -1))(x), [f32("n", 4, "s")]),
        "of integers": (lambda x: layers.Reshape((2, -1))(x), [i32("n", 6)]),
    },
    "Permute": {
        "two axes": (lambda x: layers.Permute((2, 1))(x), [ROW]),
        "three axes": (lambda x: layers.Permute((3, 1, 2))(x), [IMAGE]),
    },
    "Flatten": {
        "known": (lambda x: layers.Flatten()(x), [f32("n", 3, 4)]),
        "of an image of unknown size": (lambda x: layers.Flatten()(x), [IMAGE]),
        "channels_first": (lambda x: layers.Flatten(**FIRST)(x), [f32("n", 3, 4, 5)]),
        "of a row of numbers": (lambda x: layers.Flatten()(x), [f32("n")]),
    },
    "RepeatVector": {"default": (lambda x: layers.RepeatVector(3)(x), [f32("n", 4)])},
    "Cropping1D": {
        "both sides": (lambda x: layers.Cropping1D((1, 2))(x), [ROW]),
        "one number": (lambda x: layers.Cropping1D(2)(x), [ROW]),
    },
    "Cropping2D": {
        "all sides": (lambda x: layers.Cropping2D(((1, 2), (0, 3)))(x), [IMAGE]),
        "channels_first": (lambda x: layers.Cropping2D((1, 2), **FIRST)(x), [IMAGE_FIRST]),
    },
    "Cropping3D": {
        "all sides": (lambda x: layers.Cropping3D(((1, 2), (0, 3), (1, 0)))(x), [VOLUME]),
        "channels_first": (lambda x: layers.Cropping3D((1, 2, 1), **FIRST)(x), [VOLUME_FIRST]),
    },
    "ZeroPadding1D": {
        "both sides": (lambda x: layers.ZeroPadding1D((1, 2))(x), [ROW]),
        "channels_first": (lambda x: layers.ZeroPadding1D(2, **FIRST)(x), [f32("n", 4, "s")]),
    },
    "ZeroPadding2D": {
        "all sides": (lambda x: layers.ZeroPadding2D(((1, 2), (0, 3)))(x), [IMAGE]),
        "channels_first": (lambda x: layers.ZeroPadding2D((1, 2), **FIRST)(x), [IMAGE_FIRST]),
    },
    "ZeroPadding3D": {
        "all sides": (lambda x: layers.ZeroPadding3D(((1, 2), (0, 3), (1, 0)))(x), [VOLUME]),
        "channels_first": (lambda x: layers.ZeroPadding3D((1, 2, 1), **FIRST)(x), [VOLUME_FIRST]),
    },
    "UpSampling1D": {"default": (lambda x: layers.UpSampling1D(3)(x), [ROW])},
    "UpSampling2D": {
        "nearest": (lambda x: layers.UpSampling2D((2, 3))(x), [IMAGE]),
        "channels_first": (lambda x: layers.UpSampling2D(2, **FIRST)(x), [IMAGE_FIRST]),
        "bilinear": (lambda x: layers.UpSampling2D((2, 3), interpolation="bilinear")(x), [f32("n", 5, 6, 4)]),
        "bilinear, unknown size": (lambda x: layers.UpSampling2D(2, interpolation="bilinear")(x), [IMAGE]),
        "bicubic": (lambda x: layers.UpSampling2D((2, 3), interpolation="bicubic")(x), [f32("n", 5, 6, 4)]),
        "lanczos3": (lambda x: layers.UpSampling2D(2, interpolation="lanczos3")(x), [f32("n", 5, 6, 4)]),
        "lanczos5": (lambda x: layers.UpSampling2D(2, interpolation="lanczos5")(x), [f32("n", 5, 6, 4)]),
        "bicubic, unknown size": (lambda x: layers.UpSampling2D(2, interpolation="bicubic")(x), [IMAGE]),
        "bilinear, unknown height": (
            lambda x: layers.UpSampling2D(2, interpolation="bilinear")(x),
            [f32("n", "s", 2, 3)],
        ),
        "bilinear, channels_first": (
            lambda x: layers.UpSampling2D(2, interpolation="bilinear", **FIRST)(x),
            [f32("n", 4, 5, 6)],
        ),
    },
    "UpSampling3D": {
        "default": (lambda x: layers.UpSampling3D((2, 1, 3))(x), [VOLUME]),
        "channels_first": (lambda x: layers.UpSampling3D(2, **FIRST)(x), [VOLUME_FIRST]),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_that_moves_numbers_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
