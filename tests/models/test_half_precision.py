"""Layers and a small network in half precision: what LiteRT has no kernel for computes in float32."""

import keras
import numpy as np
import pytest
from harness import check_file, check_model, f32
from keras import layers, ops
from layer_cases import SIZES, functional, tables

import kelt

POLICIES = ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
# Classes of keras.layers, and which case of tests/layers shows them; the first, where nothing is said.
LAYERS = {
    "Activation": "gelu",
    "AdditiveAttention": "",
    "Attention": "",
    "AveragePooling2D": "padding same",
    "BatchNormalization": "",
    "Bidirectional": "",
    "Conv1D": "causal",
    "Conv2D": "strides, same",
    "Conv2DTranspose": "strides, same",
    "Dense": "of rows",
    "DepthwiseConv2D": "strides, same",
    "Dot": "normalize",
    "EinsumDense": "abc,cde->abde",
    "Embedding": "",
    "GRU": "return_sequences",
    "GlobalAveragePooling2D": "",
    "GroupNormalization": "",
    "GroupQueryAttention": "use_causal_mask",
    "LSTM": "both",
    "LayerNormalization": "",
    "LeakyReLU": "",
    "MaxPooling2D": "padding same",
    "MultiHeadAttention": "use_causal_mask",
    "Multiply": "broadcast",
    "PReLU": "",
    "RMSNormalization": "",
    "Rescaling": "",
    "Resizing": "bilinear",
    "ReversibleEmbedding": "tied",
    "SeparableConv2D": "strides, same",
    "SimpleRNN": "",
    "Softmax": "",
    "SpectralNormalization": "",
    "UnitNormalization": "",
    "UpSampling2D": "bilinear",
    "ZeroPadding2D": "",
}


@pytest.fixture
def policy(request, monkeypatch):
    """The dtype policy of the layers that a test makes. jax draws no recurrent weights in half precision."""
    drawn = keras.initializers.Orthogonal.__call__
    monkeypatch.setattr(
        keras.initializers.Orthogonal,
        "__call__",
        lambda self, shape, dtype=None: ops.cast(drawn(self, shape, "float32"), dtype),
    )
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy("float32")


def in_float32(function, specs, model):
    """The layers of a model with its weights, in float32."""
    keras.config.set_dtype_policy("float32")
    full = functional(function, specs)
    for weight, half in zip(full.weights, model.weights, strict=True):
        weight.assign(ops.cast(half, weight.dtype))
    return full


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("policy", POLICIES, indirect=True)
def test_a_layer_in_half_precision_is_what_keras_computes(policy, layer, tmp_path):
    """Under the same policy, and beside float32."""
    cases = tables()[layer]
    function, specs = cases[LAYERS[layer] or next(iter(cases))]
    model = functional(function, specs)
    file = str(tmp_path / "model.tflite")
    kelt.export(model, file)
    full = in_float32(function, specs, model)

    def half(*x):
        return keras.tree.flatten(model(x if len(x) > 1 else x[0], training=False))

    def wide(*x):
        results = keras.tree.flatten(full(x if len(x) > 1 else x[0], training=False))
        return [ops.cast(result, like.dtype) for result, like in zip(results, half(*x), strict=True)]

    # One size: tests/layers shows them all.
    check_file(file, half, specs, SIZES[:1], seed=0, zeros=False)
    name = f"{policy.removeprefix('mixed_')} beside float32"
    check_file(file, wide, specs, SIZES[:1], seed=0, zeros=False, computed=name)


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
