"""Layers and a small network in half precision: what LiteRT has no kernel for computes in float32."""

import keras
import numpy as np
import pytest
from harness import check_file, check_model, f32
from keras import layers, ops
from layer_cases import SIZES, functional, tables
from zoo import as_trained

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
    # The limit is that of where it was computed: logits in float32 of a product in half precision are not exact either.
    computed = policy.removeprefix("mixed_")
    check_file(file, half, specs, SIZES[:1], seed=0, zeros=False, computed=computed)
    check_file(file, wide, specs, SIZES[:1], seed=0, zeros=False, computed=f"{computed} beside float32")


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


def convolutions(dtype):
    keras.utils.set_random_seed(1)
    inputs = x = keras.Input((16, 16, 3), dtype="float32")
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, 2, use_bias=False, dtype=dtype)(x)
        x = layers.ReLU(dtype=dtype)(layers.BatchNormalization(dtype=dtype)(x))
    model = keras.Model(inputs, layers.Dense(4, dtype="float32")(layers.GlobalAveragePooling2D(dtype=dtype)(x)))
    as_trained(model)
    return model


@pytest.mark.parametrize("policy", POLICIES)
def test_a_network_in_half_precision_has_the_operators_of_one_in_float32_and_half_its_weights(policy, tmp_path):
    model, full = convolutions(policy), convolutions("float32")
    for weight, half in zip(full.weights, model.weights, strict=True):
        weight.assign(ops.cast(half, weight.dtype))
    made = kelt.export(model, tmp_path / "half.tflite")
    wide = kelt.export(full, tmp_path / "full.tflite")
    # What widens the weights runs once, as the file is loaded.
    assert made.operators == {**wide.operators, "DEQUANTIZE": 2}
    assert kelt.delegation(tmp_path / "half.tflite")["partitions"] == 1
    assert made.file_bytes < wide.file_bytes - 2 * (3 * 16 + 16 * 32) * 9 + 1500
    limit = f"{policy.removeprefix('mixed_')} beside float32"
    check_file(str(tmp_path / "half.tflite"), full, [f32("n", 16, 16, 3)], SIZES[:1], 0, zeros=False, computed=limit)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16"])
def test_attention_in_half_precision_multiplies_matrices(dtype, tmp_path):
    """Each letter an axis, its products would have more axes than XNNPACK takes."""
    x = keras.Input((3, 4, 6))
    model = keras.Model(x, keras.layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), dtype=dtype)(x, x))
    operators = kelt.export(model, tmp_path / "model.tflite", verify=True).operators
    assert operators["BATCH_MATMUL"] == 2
    assert operators["FULLY_CONNECTED"] == 4
