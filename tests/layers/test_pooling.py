"""Layers that pool: windows, strides, padding, layouts, whole images, given output sizes, masks."""

import pytest
from harness import f32, flags
from keras import layers
from layer_cases import cases, check_layer

ROW, IMAGE, VOLUME = f32("n", "s", 4), f32("n", "s", "t", 4), f32("n", 6, 7, 8, 2)
ROW_FIRST, IMAGE_FIRST, VOLUME_FIRST = f32("n", 4, "s"), f32("n", 4, "s", "t"), f32("n", 2, 6, 7, 8)
FIRST = {"data_format": "channels_first"}


def windows(cls, x, first):
    return {
        "padding valid": (lambda i: cls(2)(i), [x]),
        "padding same": (lambda i: cls(3, padding="same")(i), [x]),
        "strides, valid": (lambda i: cls(3, strides=2)(i), [x]),
        "strides, same": (lambda i: cls(2, strides=1, padding="same")(i), [x]),
        "channels_first": (lambda i: cls(3, strides=2, padding="same", **FIRST)(i), [first]),
    }


def whole(cls, x, first):
    return {
        "default": (lambda i: cls()(i), [x]),
        "keepdims": (lambda i: cls(keepdims=True)(i), [x]),
        "channels_first": (lambda i: cls(**FIRST)(i), [first]),
        "channels_first, keepdims": (lambda i: cls(keepdims=True, **FIRST)(i), [first]),
    }


def adaptive(cls, size, x, first):
    return {
        "output_size": (lambda i: cls(size)(i), [x]),
        "channels_first": (lambda i: cls(size, **FIRST)(i), [first]),
        "unknown size": (lambda i: cls(size)(i), [f32("n", *"stu"[: len(x.dims) - 2], 2)]),
    }


def pooled(x, mask):
    return layers.GlobalAveragePooling1D()(x, mask=mask)


def pooled_first(x, mask):
    return layers.GlobalAveragePooling1D(data_format="channels_first", keepdims=True)(x, mask=mask)


KNOWN_ROW, KNOWN_IMAGE = f32("n", 9, 4), f32("n", 9, 7, 4)
LAYERS = {
    "AveragePooling1D": windows(layers.AveragePooling1D, ROW, ROW_FIRST),
    "AveragePooling2D": windows(layers.AveragePooling2D, IMAGE, IMAGE_FIRST),
    "AveragePooling3D": windows(layers.AveragePooling3D, VOLUME, VOLUME_FIRST),
    "MaxPooling1D": windows(layers.MaxPooling1D, ROW, ROW_FIRST),
    "MaxPooling2D": {
        **windows(layers.MaxPooling2D, IMAGE, IMAGE_FIRST),
        "pool_size that differs": (lambda x: layers.MaxPooling2D((3, 2), (1, 2))(x), [IMAGE]),
    },
    "MaxPooling3D": windows(layers.MaxPooling3D, VOLUME, VOLUME_FIRST),
    "GlobalAveragePooling1D": {
        **whole(layers.GlobalAveragePooling1D, ROW, ROW_FIRST),
        "mask": (pooled, [ROW, flags("n", "s")]),
        "Masking before it": (lambda x: layers.GlobalAveragePooling1D()(layers.Masking()(x)), [ROW]),
    },
    "GlobalAveragePooling2D": whole(layers.GlobalAveragePooling2D, IMAGE, IMAGE_FIRST),
    "GlobalAveragePooling3D": whole(layers.GlobalAveragePooling3D, VOLUME, VOLUME_FIRST),
    "GlobalMaxPooling1D": whole(layers.GlobalMaxPooling1D, ROW, ROW_FIRST),
    "GlobalMaxPooling2D": whole(layers.GlobalMaxPooling2D, IMAGE, IMAGE_FIRST),
    "GlobalMaxPooling3D": whole(layers.GlobalMaxPooling3D, VOLUME, VOLUME_FIRST),
    "AdaptiveAveragePooling1D": adaptive(layers.AdaptiveAveragePooling1D, 4, KNOWN_ROW, f32("n", 4, 9)),
    "AdaptiveAveragePooling2D": adaptive(layers.AdaptiveAveragePooling2D, (4, 3), KNOWN_IMAGE, f32("n", 4, 9, 7)),
    "AdaptiveAveragePooling3D": adaptive(layers.AdaptiveAveragePooling3D, (2, 3, 4), VOLUME, VOLUME_FIRST),
    "AdaptiveMaxPooling1D": adaptive(layers.AdaptiveMaxPooling1D, 4, KNOWN_ROW, f32("n", 4, 9)),
    "AdaptiveMaxPooling2D": adaptive(layers.AdaptiveMaxPooling2D, (4, 3), KNOWN_IMAGE, f32("n", 4, 9, 7)),
    "AdaptiveMaxPooling3D": adaptive(layers.AdaptiveMaxPooling3D, (2, 3, 4), VOLUME, VOLUME_FIRST),
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_that_pools_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
