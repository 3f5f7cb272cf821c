"""A small network in half precision: what LiteRT has no kernel for computes in float32."""

import keras
import numpy as np
import pytest
from harness import check_model, f32
from keras import layers

import kelt


def network(dtype):
    keras.utils.set_random_seed(1)
    inputs = x = keras.Input((16, 16, 3))
    for layer in [
        layers.Conv2D(8, 3, padding="same", dtype=dtype),
        layers.BatchNormalization(dtype=dtype),
        layers.ReLU(dtype=dtype),
        layers.DepthwiseConv2D(3, dtype=dtype),
        layers.MaxPooling2D(dtype=dtype),
        layers.Conv2DTranspose(4, 3, 2, dtype=dtype),
        layers.LayerNormalization(dtype=dtype),
        layers.Activation("gelu", dtype=dtype),
        layers.LeakyReLU(dtype=dtype),
        layers.UpSampling2D(2, interpolation="bilinear", dtype=dtype),
        layers.ZeroPadding2D(dtype=dtype),
        layers.AveragePooling2D(2, dtype=dtype),
        layers.Softmax(dtype=dtype),
        layers.GlobalAveragePooling2D(dtype=dtype),
        layers.Dense(5, dtype=dtype),
    ]:
        x = layer(x)
    model = keras.Model(inputs, x)
    rng = np.random.default_rng(3)
    for variable in model.weights:
        if "variance" not in variable.path:
            variable.assign_add(rng.normal(0, 0.05, variable.shape))
    return model


@pytest.mark.parametrize("dtype", ["mixed_float16", "float16"])
def test_a_network_in_half_precision_is_what_keras_computes(dtype, tmp_path):
    check_model(network(dtype), [f32("n", 16, 16, 3)], tmp_path)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_attention_in_half_precision_multiplies_matrices(dtype, tmp_path):
    """Each letter an axis, its products would have more axes than XNNPACK takes."""
    x = keras.Input((3, 4, 6))
    model = keras.Model(x, keras.layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), dtype=dtype)(x, x))
    operators = kelt.export(model, tmp_path / "model.tflite", verify=True).operators
    assert operators["BATCH_MATMUL"] == 2
    assert operators["FULLY_CONNECTED"] == 4
