"""What is said of a model on disk: `kelt.verify` and `kelt.capture` take it as `kelt.export` does."""

import keras
import numpy as np
import pytest
from keras import layers

import kelt
from kelt import _native
from kelt.disk.source import described


class Doubled(layers.Layer):
    """Not registered."""

    def call(self, x):
        return x * 2


class Unable(layers.Layer):
    """Not in every precision, as Keras' own recurrent layers on some backends."""

    def __init__(self, **options):
        super().__init__(**options)
        if self.compute_dtype != "float32":
            raise KeyError(self.compute_dtype)

    def call(self, x):
        return x


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


FLOATS = "dtype is a dtype of floats, such as 'float16', or a dtype policy of Keras, such as 'mixed_bfloat16', not "


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "flot16"}, f"{FLOATS}'flot16'"),
        ({"dtype": "int8"}, f"{FLOATS}'int8'"),
        ({"dtype": 3}, f"{FLOATS}3"),
        ({"dtype": "int8_from_float32"}, "an archive takes one of the dtypes float32, float16, .*, not 'int8_from_"),
        (
            {"dtype": keras.dtype_policies.DTypePolicyMap()},
            "an archive takes one of the dtypes .*, not <DTypePolicyMap",
        ),
        ({"custom_objects": [Doubled]}, "custom_objects is a dict of classes by their names, not list"),
        ({"weights": 3}, "weights is the path of a file, not int"),
        ({"task": Doubled}, "task is the name of a class, not <class"),
    ],
)
def test_an_option_is_wrong_before_the_file_is_read(options, message, path, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no archive")
    with pytest.raises(ValueError, match=f"^K101 {message}"):
        kelt.export(tmp_path / "model.keras", path, **options)


@pytest.mark.parametrize("dtype", [np.float16, keras.DTypePolicy("float16"), np.dtype("float16")])
def test_a_dtype_may_be_no_string(dtype, path, tmp_path):
    build().save(tmp_path / "model.keras")
    assert kelt.export(tmp_path / "model.keras", path, dtype=dtype).source.endswith("float16")


ANOTHER = "Leave dtype out, or take another. If that is no help: "


def test_what_keras_can_not_build_in_a_dtype_is_not_blamed_on_the_file(path, tmp_path):
    x = keras.Input((4,), name="x")
    keras.Model(x, Unable()(x)).save(tmp_path / "model.keras")
    objects = {"Unable": Unable}
    kelt.export(tmp_path / "model.keras", path, custom_objects=objects)
    with pytest.raises(kelt.ExportError, match=r"K207.*model\.keras: Keras can't load it: .*float16") as caught:
        kelt.export(tmp_path / "model.keras", path, custom_objects=objects, dtype="float16")
    assert caught.value.remedy == f"{ANOTHER}copy or save it again."
    with pytest.raises(ValueError, match=f"builds no model: .*float16.* {ANOTHER}give a function without parameters"):
        kelt.export(Unable, path, weights="a.weights.h5", dtype="float16")


def needs_a_size(size):
    return keras.Model(size)


def fails():
    raise KeyError("gone")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            needs_a_size,
            "needs_a_size builds no model: TypeError: needs_a_size.. missing 1 required positional argument",
        ),
        (fails, "fails builds no model: KeyError: there is no 'gone'. Give a function without parameters"),
    ],
)
def test_a_function_that_builds_no_model_is_named(function, message, weights, path):
    with pytest.raises(ValueError, match=rf"^K101 .*test_options\.{message}") as caught:
        kelt.export(function, path, weights=weights)
    assert isinstance(caught.value.__cause__, TypeError | KeyError)


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ((), "Functional, no weights"),
        ((200,), "Functional, 20,200 parameters, float32"),
        ((5000, 300), "Functional, 2.0 M parameters, float32"),
    ],
)
def test_the_size_of_a_model_is_said_in_numbers_that_can_be_read(units, words):
    x = keras.Input((100,))
    y = layers.ReLU()(x)
    for count in units:
        y = layers.Dense(count)(y)
    assert described(keras.Model(x, y)) == words


class Scaled(layers.Layer):
    def build(self, _shape):
        self.factor = self.add_weight(shape=(), name="factor")

    def call(self, x):
        return x * self.factor


def test_the_dtype_of_a_model_of_scalars_is_said():
    assert described(keras.Sequential([keras.Input((4,)), Scaled()])) == "Sequential, 1 parameter, float32"
