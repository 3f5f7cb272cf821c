"""Convolutions of rows are one operator with what follows them, as those of images are, at any length."""

from collections import Counter

import keras
import pytest
from harness import check_model, f32
from keras import layers
from zoo import as_trained

import kelt

LAYERS = {
    "Conv1D": (lambda: layers.Conv1D(6, 3, padding="same"), ["CONV_2D"]),
    "causal": (lambda: layers.Conv1D(6, 3, padding="causal", dilation_rate=2), ["CONV_2D", "PAD"]),
    "groups": (lambda: layers.Conv1D(6, 3, groups=2), ["CONV_2D"]),
    "DepthwiseConv1D": (lambda: layers.DepthwiseConv1D(3), ["DEPTHWISE_CONV_2D"]),
    "SeparableConv1D": (lambda: layers.SeparableConv1D(6, 3), ["CONV_2D", "DEPTHWISE_CONV_2D"]),
    "Conv1DTranspose": (lambda: layers.Conv1DTranspose(6, 3, strides=2, padding="same"), ["CONV_2D", "PAD"]),
}
# What makes an image of a row and the reverse, where both the batch and the length are unknown.
AROUND = {"s": ["MUL", "SUM", "TRANSPOSE"], 9: ["RESHAPE", "RESHAPE"]}


def exported(model, spec, path):
    as_trained(model)
    check_model(model, [spec], path)
    return kelt.export(model, path / "model.tflite").operators


@pytest.mark.parametrize("length", AROUND)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_normalisation_and_an_activation_fold_into_a_convolution_of_rows(layer, length, tmp_path):
    make, operators = LAYERS[layer]
    inputs = keras.Input((None if length == "s" else length, 4))
    outputs = layers.ReLU()(layers.BatchNormalization()(make()(inputs)))
    found = exported(keras.Model(inputs, outputs), f32("n", length, 4), tmp_path)
    if layer == "Conv1DTranspose" and length == "s":
        assert found["MUL"] == 2 and "ADD" not in found and "RELU" not in found  # one of the length, one of the height
    else:
        assert found == Counter(operators + AROUND[length])


def test_a_normalisation_folds_into_a_transposed_convolution_of_images(tmp_path):
    inputs = keras.Input((None, 5, 4))
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(inputs)
    found = exported(keras.Model(inputs, layers.ReLU(6)(layers.BatchNormalization()(x))), f32("n", "s", 5, 4), tmp_path)
    assert found == {"CONV_2D": 1, "DEPTH_TO_SPACE": 1, "PAD": 1}


@pytest.mark.parametrize(("length", "most"), [("s", 28), (9, 27)])
def test_a_temporal_network_of_ten_layers_has_no_operators_between_them(length, most, tmp_path):
    inputs = x = keras.Input((None if length == "s" else length, 8))
    for block in range(5):
        y = x
        for _ in range(2):
            y = layers.Conv1D(8, 3, padding="causal", dilation_rate=2**block)(y)
            y = layers.ReLU()(layers.BatchNormalization()(y))
        x = layers.Add()([x, y])
    found = exported(keras.Model(inputs, x), f32("n", length, 8), tmp_path)
    assert (found["CONV_2D"], found["PAD"], found["ADD"]) == (10, 10, 5)
    assert sum(found.values()) <= most
    assert kelt.delegation(tmp_path / "model.tflite")["partitions"] == 1


def test_heights_go_through_what_stands_between_convolutions(tmp_path):
    """Gates, squeeze and excitation, pooling, joins, slices and a layer per place."""
    inputs = x = keras.Input((None, 8))
    x = layers.Conv1D(8, 3, padding="same", activation="silu")(x)
    x = layers.Multiply()([layers.Conv1D(8, 3, padding="same", activation=a)(x) for a in ("tanh", "sigmoid")])
    mean = layers.GlobalAveragePooling1D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Conv1D(8, 1, activation="sigmoid")(mean)])
    x = layers.Concatenate()([x, layers.Dense(4, activation="gelu")(x)])
    x = layers.Conv1D(8, 3, padding="same")(layers.LayerNormalization()(x)[:, 1:])
    x = layers.Conv1D(8, 2)(layers.MaxPooling1D(2)(layers.ZeroPadding1D(2)(x)))
    outputs = layers.Dense(3)(layers.GlobalMaxPooling1D()(x))
    found = exported(keras.Model(inputs, outputs), f32("n", "s", 8), tmp_path)
    # One makes images of the rows, one the blocks in which the mean is added up.
    assert found["TRANSPOSE"] == 2 and found["RESHAPE"] == 1 and "EXPAND_DIMS" not in found
