"""Layers that Keras computes with TensorFlow: lookups of numbers agree, what works on strings is rejected by name."""

import importlib.util

import keras
import numpy as np
import pytest
from harness import SIZES, Spec, check_file, f32, i32
from keras import layers

import kelt
from kelt.tracing.layers.preprocessing import REJECTED

with_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="Keras makes these layers only beside TensorFlow"
)
VOCABULARY = [12, 3, 7, 5, 40]
IDS, COLUMN = i32("n", "s", high=13), i32("n", 1, high=13)
KNOWN = i32("n", 3, high=13)

LOOKUPS = {
    "vocabulary": ({}, IDS),
    "mask_token": ({"mask_token": 0}, IDS),
    "two oov indices": ({"num_oov_indices": 2}, IDS),
    "three oov indices and mask_token": ({"num_oov_indices": 3, "mask_token": 0}, IDS),
    "invert": ({"invert": True}, i32("n", "s", high=7)),
    "invert, mask_token": ({"invert": True, "mask_token": 0, "oov_token": -7}, i32("n", "s", high=8)),
    "one_hot": ({"output_mode": "one_hot"}, KNOWN),
    "one_hot of a column": ({"output_mode": "one_hot"}, COLUMN),
    "multi_hot": ({"output_mode": "multi_hot"}, IDS),
    "multi_hot, mask_token": ({"output_mode": "multi_hot", "mask_token": 0, "num_oov_indices": 2}, IDS),
    "count": ({"output_mode": "count"}, IDS),
    "count of known length": ({"output_mode": "count", "mask_token": 4}, KNOWN),
    "tf_idf": ({"output_mode": "tf_idf", "idf_weights": [0.1, 0.4, 0.5, 0.7, 0.2]}, IDS),
    "farmhash": ({"num_oov_indices": 3, "oov_method": "farmhash"}, IDS),
    "farmhash with salt": ({"num_oov_indices": 3, "oov_method": "farmhash", "salt": 7}, IDS),
    "pad_to_max_tokens": ({"output_mode": "count", "pad_to_max_tokens": True, "max_tokens": 9}, IDS),
}


def looked_up(tmp_path, layer, spec):
    x = keras.Input(batch_shape=[None if isinstance(dim, str) else dim for dim in spec.dims], dtype=spec.dtype)
    model = keras.Model(x, layer(x))
    kelt.export(model, tmp_path / "model.tflite")
    check_file(str(tmp_path / "model.tflite"), layer, [spec], SIZES, 0, False)


@with_tensorflow
@pytest.mark.parametrize("case", LOOKUPS)
def test_a_lookup_is_what_keras_computes(case, tmp_path):
    options, spec = LOOKUPS[case]
    looked_up(tmp_path, layers.IntegerLookup(vocabulary=VOCABULARY, **options), spec)


@with_tensorflow
def test_an_adapted_lookup_is_what_keras_computes(tmp_path):
    layer = layers.IntegerLookup(max_tokens=6, num_oov_indices=2)
    layer.adapt(np.random.default_rng(2).integers(0, 13, 200))
    looked_up(tmp_path, layer, IDS)


@with_tensorflow
def test_adapted_bins_are_those_of_keras(tmp_path):
    layer = layers.Discretization(num_bins=4)
    layer.adapt(np.random.default_rng(2).normal(size=(100, 1)).astype("float32"))
    looked_up(tmp_path, layer, f32("n", "s"))


ENCODED = {
    "multi_hot": (lambda: layers.CategoryEncoding(6, "multi_hot"), i32("n", "s", high=6)),
    "count": (lambda: layers.CategoryEncoding(6, "count"), i32("n", "s", high=6)),
    "one_hot": (lambda: layers.CategoryEncoding(6, "one_hot"), i32("n", 1, high=6)),
    "bins, counted": (lambda: layers.Discretization([-0.5, 0.0, 1.0], output_mode="count"), f32("n", 5)),
    "bins, multi_hot": (lambda: layers.Discretization([-0.5, 0.0, 1.0], output_mode="multi_hot"), f32("n", 5)),
}


@pytest.mark.parametrize("case", ENCODED)
def test_categories_are_encoded_as_keras_does_on_this_backend(case, tmp_path):
    make, spec = ENCODED[case]
    looked_up(tmp_path, make(), spec)


STRINGS = {
    "StringLookup": (lambda: layers.StringLookup(vocabulary=["a", "b"], name="words"), "string", "feed it the indices"),
    "TextVectorization": (
        lambda: layers.TextVectorization(vocabulary=["a", "b"], name="words"),
        "string",
        "feed it the ids",
    ),
    "Hashing": (lambda: layers.Hashing(5, name="words"), "string", "feed it the bins"),
}


@with_tensorflow
@pytest.mark.parametrize("name", STRINGS)
def test_what_works_on_strings_is_rejected_with_its_path_and_a_remedy(name, tmp_path):
    make, dtype, remedy = STRINGS[name]
    x = keras.Input((3,) if name != "TextVectorization" else (1,), dtype=dtype)
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(keras.Model(x, make()(x)), tmp_path / "model.tflite")
    (part,) = caught.value.parts
    assert (part.code, part.path, part.op) == ("K204", "words", name)
    assert "strings" in part.what
    assert remedy in part.remedy
    assert not list(tmp_path.iterdir())


WIDE = {"low": -(2**31), "high": 2**31}
HASHES = {
    "int32": ({}, i32("n", "s", **WIDE)),
    "short ones": ({}, i32("n", "s", low=-1200, high=1200)),
    "int64": ({}, Spec(("n", 40), "int64", -(2**62), 2**62)),
    "floats": ({}, f32("n", "s", low=-1e5, high=1e5)),
    "mask_value": ({"mask_value": 3}, i32("n", 40)),
    "salt": ({"salt": 3}, i32("n", "s", **WIDE)),
    "salt, short ones": ({"salt": 3}, i32("n", "s", low=-1200, high=1200)),
    "salt, int64": ({"salt": [-5, 2**62]}, Spec(("n", 40), "int64", -(2**62), 2**62)),
    "salt, mask_value": ({"salt": [133, 137], "mask_value": 3}, i32("n", 40)),
    "one_hot": ({"output_mode": "one_hot"}, i32("n", 1, **WIDE)),
    "multi_hot": ({"output_mode": "multi_hot"}, i32("n", 3, **WIDE)),
    "count": ({"output_mode": "count"}, i32("n", 3, **WIDE)),
}


@with_tensorflow
@pytest.mark.parametrize("case", HASHES)
def test_integers_are_hashed_as_keras_hashes_their_text(case, tmp_path):
    options, spec = HASHES[case]
    looked_up(tmp_path, layers.Hashing(9, **options), spec)


@with_tensorflow
@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_crossed_integers_are_those_of_keras(mode, tmp_path):
    specs = [i32("n", 1, **WIDE), Spec(("n", 1), "int64", -(2**62), 2**62)]
    inputs = [keras.Input((1,), dtype=spec.dtype) for spec in specs]
    model = keras.Model(inputs, layers.HashedCrossing(10007, output_mode=mode)(inputs))
    kelt.export(model, tmp_path / "model.tflite", verify=True)
    check_file(str(tmp_path / "model.tflite"), lambda *given: model(list(given)), specs, SIZES, 0, False)


@with_tensorflow
def test_all_layers_on_strings_are_named_at_once(tmp_path):
    x = keras.Input((3,), dtype="string")
    first, second = (layers.StringLookup(vocabulary=["a", "b"], name=name) for name in ("first", "second"))
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(keras.Model(x, [first(x), second(x)]), tmp_path / "model.tflite")
    assert sorted((part.path, part.op) for part in caught.value.parts) == [
        ("first", "StringLookup"),
        ("second", "StringLookup"),
    ]


@pytest.mark.parametrize("name", REJECTED)
def test_a_rejected_layer_is_one_of_keras_and_has_a_reason_and_a_remedy(name):
    assert issubclass(getattr(layers, name), layers.Layer)
    what, remedy = REJECTED[name]
    assert len(what) > 10
    assert remedy.endswith(".")
