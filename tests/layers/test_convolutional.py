"""Layers that convolve, in every option that changes what is computed."""

import pytest
from harness import f32
from keras import layers
from layer_cases import cases, check_layer

ROW, IMAGE, VOLUME = f32("n", "s", 4), f32("n", "s", "t", 4), f32("n", 6, 7, 8, 2)
ROW_FIRST, IMAGE_FIRST, VOLUME_FIRST = f32("n", 4, "s"), f32("n", 4, "s", "t"), f32("n", 2, 6, 7, 8)
FIRST = {"data_format": "channels_first"}


def options_of(cls, x, first, groups, **extra):
    """Cases of a convolution of any rank."""
    return {
        "padding valid": (lambda i: cls(6, 3)(i), [x]),
        "padding same": (lambda i: cls(6, 3, padding="same")(i), [x]),
        "strides, valid": (lambda i: cls(6, 3, strides=2)(i), [x]),
        "strides, same": (lambda i: cls(6, 3, strides=2, padding="same")(i), [x]),
        "dilation": (lambda i: cls(6, 3, dilation_rate=2)(i), [x]),
        "dilation, same": (lambda i: cls(6, 2, dilation_rate=2, padding="same")(i), [x]),
        "groups": (lambda i: cls(6, 3, groups=groups)(i), [x]),
        "without bias": (lambda i: cls(6, 3, use_bias=False)(i), [x]),
        "activation": (lambda i: cls(6, 3, activation="relu")(i), [x]),
        # As many channels as a row is long would be added along the row: so does Keras on TensorFlow.
        "channels_first": (lambda i: cls(7, 3, strides=2, padding="same", **FIRST)(i), [first]),
        **extra,
    }


def transposed(cls, x, first, strides, **extra):
    """Cases of a transposed convolution of any rank."""
    return {
        "padding valid": (lambda i: cls(5, 3)(i), [x]),
        "padding same": (lambda i: cls(5, 3, padding="same")(i), [x]),
        "strides, valid": (lambda i: cls(5, 3, strides=2)(i), [x]),
        "strides, same": (lambda i: cls(5, 3, strides=2, padding="same")(i), [x]),
        "strides wider than the kernel": (lambda i: cls(5, 2, strides=3)(i), [x]),
        "output_padding": (lambda i: cls(5, 3, strides=strides, padding="same", output_padding=1)(i), [x]),
        "dilation": (lambda i: cls(5, 3, padding="same", dilation_rate=2)(i), [x]),
        "without bias": (lambda i: cls(5, 3, use_bias=False)(i), [x]),
        "activation": (lambda i: cls(5, 3, strides=2, activation="relu")(i), [x]),
        "channels_first": (lambda i: cls(5, 3, strides=2, padding="same", **FIRST)(i), [first]),
        **extra,
    }


LAYERS = {
    "Conv1D": options_of(
        layers.Conv1D,
        ROW,
        ROW_FIRST,
        2,
        causal=(lambda x: layers.Conv1D(5, 3, padding="causal")(x), [ROW]),
        **{
            "causal, dilation": (lambda x: layers.Conv1D(5, 3, padding="causal", dilation_rate=2)(x), [ROW]),
            "causal, strides": (lambda x: layers.Conv1D(5, 3, strides=2, padding="causal")(x), [ROW]),
            "causal, channels_first": (lambda x: layers.Conv1D(5, 3, padding="causal", **FIRST)(x), [ROW_FIRST]),
        },
    ),
    "Conv2D": options_of(
        layers.Conv2D,
        IMAGE,
        IMAGE_FIRST,
        2,
        **{
            "strides that differ": (lambda x: layers.Conv2D(5, (3, 2), strides=(1, 2))(x), [IMAGE]),
            "dilation that differs": (lambda x: layers.Conv2D(5, 3, dilation_rate=(1, 2))(x), [IMAGE]),
            "groups, channels_first": (lambda x: layers.Conv2D(12, 3, groups=2, **FIRST)(x), [IMAGE_FIRST]),
            "one group a channel": (lambda x: layers.Conv2D(8, 3, groups=4)(x), [IMAGE]),
            "kernel of one": (lambda x: layers.Conv2D(5, 1)(x), [IMAGE]),
        },
    ),
    "Conv3D": options_of(layers.Conv3D, VOLUME, VOLUME_FIRST, 2),
    "Conv1DTranspose": transposed(layers.Conv1DTranspose, ROW, ROW_FIRST, 2),
    "Conv2DTranspose": transposed(
        layers.Conv2DTranspose,
        IMAGE,
        IMAGE_FIRST,
        2,
        **{
            "output_padding that differs": (
                lambda x: layers.Conv2DTranspose(5, 3, strides=3, output_padding=(0, 2))(x),
                [IMAGE],
            ),
            "a known size": (lambda x: layers.Conv2DTranspose(5, 4, strides=2)(x), [f32("n", 5, 6, 4)]),
        },
    ),
    "Conv3DTranspose": transposed(layers.Conv3DTranspose, VOLUME, VOLUME_FIRST, 2),
    "DepthwiseConv1D": {
        "padding valid": (lambda x: layers.DepthwiseConv1D(3)(x), [ROW]),
        "strides, same": (lambda x: layers.DepthwiseConv1D(3, 2, padding="same")(x), [ROW]),
        "dilation": (lambda x: layers.DepthwiseConv1D(3, dilation_rate=2)(x), [ROW]),
        "depth_multiplier": (lambda x: layers.DepthwiseConv1D(3, depth_multiplier=3)(x), [ROW]),
        "without bias": (lambda x: layers.DepthwiseConv1D(3, use_bias=False)(x), [ROW]),
        "activation": (lambda x: layers.DepthwiseConv1D(3, activation="gelu")(x), [ROW]),
        "channels_first": (lambda x: layers.DepthwiseConv1D(3, padding="same", **FIRST)(x), [ROW_FIRST]),
    },
    "DepthwiseConv2D": {
        "padding valid": (lambda x: layers.DepthwiseConv2D(3)(x), [IMAGE]),
        "strides, same": (lambda x: layers.DepthwiseConv2D(3, 2, padding="same")(x), [IMAGE]),
        "strides that differ": (lambda x: layers.DepthwiseConv2D(3, (2, 1), padding="same")(x), [f32("n", 8, 9, 4)]),
        "dilation": (lambda x: layers.DepthwiseConv2D(3, dilation_rate=2)(x), [IMAGE]),
        "depth_multiplier": (lambda x: layers.DepthwiseConv2D((3, 2), depth_multiplier=3)(x), [IMAGE]),
        "without bias": (lambda x: layers.DepthwiseConv2D(3, use_bias=False)(x), [IMAGE]),
        "activation": (lambda x: layers.DepthwiseConv2D(3, activation="relu6")(x), [IMAGE]),
        "channels_first": (lambda x: layers.DepthwiseConv2D(3, padding="same", **FIRST)(x), [IMAGE_FIRST]),
    },
    "SeparableConv1D": {
        "padding valid": (lambda x: layers.SeparableConv1D(6, 3)(x), [ROW]),
        "strides, same": (lambda x: layers.SeparableConv1D(6, 3, 2, padding="same")(x), [ROW]),
        "dilation": (lambda x: layers.SeparableConv1D(6, 3, dilation_rate=2)(x), [ROW]),
        "depth_multiplier": (lambda x: layers.SeparableConv1D(6, 3, depth_multiplier=2)(x), [ROW]),
        "without bias": (lambda x: layers.SeparableConv1D(6, 3, use_bias=False)(x), [ROW]),
        "channels_first": (lambda x: layers.SeparableConv1D(6, 3, padding="same", **FIRST)(x), [ROW_FIRST]),
    },
    "SeparableConv2D": {
        "padding valid": (lambda x: layers.SeparableConv2D(6, 3)(x), [IMAGE]),
        "strides, same": (lambda x: layers.SeparableConv2D(6, 3, 2, padding="same")(x), [IMAGE]),
        "dilation": (lambda x: layers.SeparableConv2D(6, 3, dilation_rate=2)(x), [IMAGE]),
        "depth_multiplier": (lambda x: layers.SeparableConv2D(6, 3, depth_multiplier=2)(x), [IMAGE]),
        "activation": (lambda x: layers.SeparableConv2D(6, 3, activation="tanh")(x), [IMAGE]),
        "channels_first": (lambda x: layers.SeparableConv2D(6, 3, padding="same", **FIRST)(x), [IMAGE_FIRST]),
    },
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_layer_that_convolves_is_what_keras_computes(layer, option, tmp_path):
    check_layer(*LAYERS[layer][option], tmp_path)
