"""Layers that Keras itself quantized: integers stay integers in the file, which computes what those stand for."""

import gc

import keras
import numpy as np
import pytest
from harness import f32, i32, open_file, run
from keras import layers
from keras.quantizers import Int4QuantizationConfig, Int8QuantizationConfig
from limits import LIMITS

import kelt

SIZES = ({"n": 3, "s": 5}, {"n": 1, "s": 9}, {"n": 2, "s": 1})
FORMS = {
    "int8": ("int8", None),
    "int8 of the weights only": ("int8", Int8QuantizationConfig(activation_quantizer=None)),
    "int4": ("int4", Int4QuantizationConfig(block_size=None)),
    "int4 in blocks of 32": ("int4", Int4QuantizationConfig(block_size=32)),
    "int4 in blocks of 64": ("int4", Int4QuantizationConfig(block_size=64)),
    "int4 in blocks of 16": ("int4", Int4QuantizationConfig(block_size=16)),
}


@pytest.fixture(autouse=True, scope="module")
def what_other_tests_left_is_not_collected():
    """Keras collects garbage for each weight that it quantizes, which takes three times as long as all else here."""
    gc.collect()
    gc.freeze()


def dense(units=48):
    return layers.Dense(units, bias_initializer="normal", activation="gelu"), f32("n", "s", 64)


LAYERS = {
    "Dense": dense,
    "Dense of an odd number of units": lambda: dense(47),
    "EinsumDense": lambda: (
        layers.EinsumDense("abc,cd->abd", (None, 48), bias_axes="d", bias_initializer="normal"),
        f32("n", "s", 64),
    ),
    "EinsumDense into heads": lambda: (
        layers.EinsumDense("abc,cde->abde", (None, 4, 12), bias_axes="de", bias_initializer="normal"),
        f32("n", "s", 64),
    ),
    "EinsumDense out of heads": lambda: (layers.EinsumDense("abde,dec->abc", (None, 48)), f32("n", "s", 4, 16)),
}
EMBEDDINGS = {
    "Embedding": lambda: (layers.Embedding(50, 64), i32("n", "s", high=50)),
    "ReversibleEmbedding": lambda: (layers.ReversibleEmbedding(50, 64), i32("n", "s", high=50)),
}


def model_of(make):
    keras.utils.set_random_seed(3)
    layer, spec = make()
    inputs = keras.Input([None if isinstance(dim, str) else dim for dim in spec.dims[1:]], dtype=spec.dtype)
    return keras.Model(inputs, layer(inputs)), layer, spec


def compare(file, reference, spec, limit):
    """The file against a function of arrays, at several sizes, twice."""
    rng = np.random.default_rng(0)
    interpreter = open_file(str(file))
    for sizes in SIZES:
        given = spec.draw(rng, sizes)
        wanted = np.asarray(reference(given))
        for _ in range(2):
            (got,) = run(interpreter, [given])
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).max() <= limit * np.abs(wanted).max()


def without_rounded_activations(layer, function):
    """Keras' own layer on its dequantized weights."""

    def call(x):
        quantizer, layer.inputs_quantizer = getattr(layer, "inputs_quantizer", None), None
        try:
            return function(x)
        finally:
            layer.inputs_quantizer = quantizer

    return call


def weight_bytes(model):
    return sum(int(np.prod(v.shape)) * np.dtype(v.dtype).itemsize for v in model.weights)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_computes_with_the_weights_that_keras_dequantizes(name, form, tmp_path):
    model, layer, spec = model_of(LAYERS[name])
    mode, config = FORMS[form]
    layer.quantize(mode, config=config)
    file = tmp_path / "model.tflite"
    report = kelt.export(model, file)
    compare(file, without_rounded_activations(layer, model), spec, LIMITS["int8 activations"])
    assert report.operators.get("BATCH_MATMUL", 0) == 0
    as_int8 = report.constant_bytes - int(np.prod(layer.compute_output_shape((1, 1, *spec.dims[2:]))[-1])) * 64
    assert as_int8 < 4096, "floats of the weights are in the file"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EMBEDDINGS)
def test_rows_are_those_that_keras_dequantizes(name, form, tmp_path):
    model, layer, spec = model_of(EMBEDDINGS[name])
    mode, config = FORMS[form]
    layer.quantize(mode, config=config)
    file = tmp_path / "model.tflite"
    kelt.export(model, file)
    compare(file, model, spec, LIMITS["float32"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tie", [True, False], ids=["tied", "untied"])
def test_an_embedding_backwards_gives_logits(tie, form, tmp_path):
    keras.utils.set_random_seed(4)
    layer = layers.ReversibleEmbedding(48, 64, tie_weights=tie, logit_soft_cap=8.0)
    layer.build()
    mode, config = FORMS[form]
    layer.quantize(mode, config=config)
    spec = f32("n", "s", 64)
    file = tmp_path / "model.tflite"
    kelt.export(lambda x: layer(x, reverse=True), file, [spec.spec()])
    reference = without_rounded_activations(layer, lambda x: layer(x, reverse=True))
    compare(file, reference, spec, LIMITS["int8 activations"])


def grouped(mode, bits, group):
    """A Dense layer as GPTQ or AWQ leaves it, with integers of our own."""
    rng = np.random.default_rng(5)
    model, layer, spec = model_of(dense)
    if mode == "gptq":
        config = keras.quantizers.GPTQConfig(dataset=None, tokenizer=None, weight_bits=bits, group_size=group)
    else:
        config = keras.quantizers.AWQConfig(dataset=None, tokenizer=None, weight_bits=bits, group_size=group)
    layer.quantize(mode, config=config)
    layer.quantized_kernel.assign(rng.integers(0, 256, layer.quantized_kernel.shape).astype("uint8"))
    layer.kernel_scale.assign(rng.uniform(0.01, 0.02, layer.kernel_scale.shape))
    layer.kernel_zero.assign(rng.integers(6, 10, layer.kernel_zero.shape).astype("uint8") * (16 if bits == 8 else 1))
    layer.g_idx.assign(np.arange(64) // (64 if group == -1 else group))
    if mode == "awq":
        layer.awq_scales.assign(rng.uniform(0.5, 2, layer.awq_scales.shape))
    setattr(layer, f"is_{mode}_calibrated", True)
    return model, spec


@pytest.mark.parametrize(
    ("mode", "bits", "group"),
    [("gptq", 4, 32), ("gptq", 4, 64), ("gptq", 4, -1), ("gptq", 8, 32), ("awq", 4, 32), ("awq", 4, -1)],
)
def test_gptq_and_awq_keep_their_groups(mode, bits, group, tmp_path):
    model, spec = grouped(mode, bits, group)
    file = tmp_path / "model.tflite"
    report = kelt.export(model, file)
    compare(file, model, spec, LIMITS["int8 activations"])
    if bits == 4:
        assert report.constant_bytes < 64 * 48 + 1024


@pytest.mark.parametrize("name", ["Dense", "EinsumDense into heads"])
def test_float8_rounds_as_keras_does(name, tmp_path):
    model, layer, spec = model_of(LAYERS[name])
    layer.quantize("float8")
    layer.inputs_scale.assign(0.013)  # some inputs are beyond 448 of that
    layer.kernel_scale.assign(0.37)
    file = tmp_path / "model.tflite"
    kelt.export(model, file, verify=True)
    compare(file, model, spec, LIMITS["float32"])


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_lora_stays_beside_quantized_weights(mode, tmp_path):
    model, layer, spec = model_of(dense)
    layer.quantize(mode)
    layer.enable_lora(4)
    layer.lora_kernel_b.assign(keras.random.normal(layer.lora_kernel_b.shape, seed=1))
    file = tmp_path / "model.tflite"
    kelt.export(model, file)
    compare(file, without_rounded_activations(layer, model), spec, LIMITS["int8 activations"])


def test_lora_is_merged_into_float_weights(tmp_path):
    model, layer, spec = model_of(dense)
    layer.enable_lora(4)
    layer.lora_kernel_b.assign(keras.random.normal(layer.lora_kernel_b.shape, seed=1))
    file = tmp_path / "model.tflite"
    report = kelt.export(model, file)
    compare(file, model, spec, LIMITS["float32"])
    assert report.operators.get("FULLY_CONNECTED") == 1
    assert report.constant_bytes < 64 * 48 * 4 + 1024


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_a_quantized_transformer_shrinks_as_the_model_did(mode, tmp_path):
    keras.utils.set_random_seed(6)
    ids = keras.Input((None,), dtype="int32")
    x = layers.Embedding(400, 128)(ids)
    for _ in range(1):  # a second one costs ten seconds of compilation
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 32)(x, x))
        x = layers.LayerNormalization()(x + layers.Dense(128)(layers.Dense(512, activation="gelu")(x)))
    model = keras.Model(ids, layers.Dense(10)(x))
    whole = kelt.export(model, tmp_path / "float.tflite")
    before = weight_bytes(model)
    model.quantize(mode)
    report = kelt.export(model, tmp_path / "model.tflite", verify=True)
    assert report.constant_bytes / whole.constant_bytes <= 1.15 * weight_bytes(model) / before
    spec = i32("n", "s", high=400)
    compare(tmp_path / "model.tflite", model, spec, 3 * LIMITS["int8 activations"])  # a layer after the other


def test_the_text_form_gives_the_same_bytes(tmp_path):
    from command import kelt as command

    model, layer, _ = model_of(dense)
    layer.quantize("int4", config=Int4QuantizationConfig(block_size=32))
    kelt.export(model, tmp_path / "direct.tflite")
    kelt.capture(model).save(str(tmp_path / "module"))
    done = command("export", tmp_path / "module", "-o", tmp_path / "again.tflite")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "direct.tflite").read_bytes() == (tmp_path / "again.tflite").read_bytes()
