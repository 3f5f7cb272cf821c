"""What is said of a model on disk: `kelt.verify` and `kelt.capture` take it as `kelt.export` does."""

import keras
import numpy as np
import pytest
from keras import layers

import kelt
from kelt import _native


class Doubled(layers.Layer):
    """Not registered."""

    def call(self, x):
        return x * 2


def build():
    """With weights that are small, and others."""
    inputs = keras.Input((100,), name="x")
    x = layers.Dense(300, bias_initializer="normal")(inputs)
    return keras.Model(inputs, layers.Dense(200, bias_initializer="normal")(x))


@pytest.fixture
def weights(tmp_path):
    """Others than those of any model that is built later."""
    model = build()
    model.save_weights(tmp_path / "model.weights.h5")
    return tmp_path / "model.weights.h5"


def test_a_file_in_another_precision_is_verified(tmp_path):
    build().save(tmp_path / "model.keras")
    kelt.export(tmp_path / "model.keras", tmp_path / "half.tflite", dtype="float16")
    assert kelt.verify(tmp_path / "model.keras", tmp_path / "half.tflite", dtype="float16")
    with pytest.raises(kelt.ExportError):
        kelt.verify(tmp_path / "model.keras", tmp_path / "half.tflite")


@pytest.mark.parametrize("of", ["a function", "a live model"])
def test_a_file_with_other_weights_is_verified(of, weights, path):
    model = build if of == "a function" else build()
    kelt.export(model, path, weights=weights)
    assert kelt.verify(model, path, weights=weights)
    with pytest.raises(kelt.ExportError):
        kelt.verify(build(), path)


@pytest.mark.parametrize("of", ["a function", "a live model"])
def test_a_module_with_other_weights_is_captured(of, weights, path, tmp_path):
    model = build if of == "a function" else build()
    kelt.export(model, path, weights=weights)
    module = kelt.capture(model, weights=weights)
    _native.export_module(module, str(tmp_path / "captured.tflite"))
    assert (tmp_path / "captured.tflite").read_bytes() == path.read_bytes()


def test_classes_and_signatures_of_a_model_on_disk(path, tmp_path):
    x = keras.Input((4,), name="x")
    keras.Model(x, Doubled()(x)).save(tmp_path / "model.keras")
    options = {
        "custom_objects": {"Doubled": Doubled},
        "signatures": lambda model: {"twice": (model, [np.zeros((1, 4))])},
    }
    kelt.export(tmp_path / "model.keras", path, **options)
    assert kelt.verify(tmp_path / "model.keras", path, **options)
    assert "twice" in str(kelt.capture(tmp_path / "model.keras", **options))


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("live", {"task": "CausalLM", "dtype": "float16"}, "a live model takes no dtype and no task"),
        ("live", {"weights": "a.weights.h5", "dtype": "float16"}, "a live model takes no dtype"),
        ("live", {"safe_mode": False}, "a live model takes no safe_mode"),
        (
            "function",
            {"weights": "a.weights.h5", "custom_objects": {"A": layers.Layer}},
            "builds a model takes no custom_",
        ),
        ("archive", {"task": "backbone"}, "a .keras archive takes no task"),
    ],
)
def test_what_would_have_no_effect_is_an_error(source, options, message, path, tmp_path):
    model = {"live": build, "function": lambda: build, "archive": lambda: tmp_path / "model.keras"}[source]()
    build().save(tmp_path / "model.keras")
    for call in (lambda: kelt.export(model, path, **options), lambda: kelt.capture(model, **options)):
        with pytest.raises(ValueError, match=message):
            call()
    kelt.export(build(), path)
    with pytest.raises(ValueError, match=message):
        kelt.verify(model, path, **options)
