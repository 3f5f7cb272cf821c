"""What is rejected says so by layer, with the reason and what to do instead, all of a model's at once."""

import keras
import numpy as np
import pytest
from keras import layers

import kelt
from kelt.tracing.layers import preprocessing

PARAMS = {"scale": np.float32(2.0)}


@pytest.fixture(autouse=True)
def as_on_another_backend(monkeypatch):
    """Where jax is not the backend, a function of jax can't be followed."""
    monkeypatch.setitem(preprocessing.FOLLOWED, "JaxLayer", "another")
    preprocessing._call_of.cache_clear()
    yield
    monkeypatch.undo()
    preprocessing._call_of.cache_clear()


def jax_layer(name):
    if keras.backend.backend() != "jax":
        pytest.skip("Keras makes a JaxLayer only beside jax")
    return layers.JaxLayer(lambda params, inputs: inputs * params["scale"], params=PARAMS, name=name)


def test_a_rejected_layer_is_named_with_its_path_reason_and_remedy(tmp_path):
    inner = keras.Sequential([keras.Input((4,)), jax_layer("scale")], name="inner")
    x = keras.Input((4,))
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(keras.Model(x, inner(x)), tmp_path / "model.tflite")
    (part,) = caught.value.parts
    assert (part.code, part.path, part.op) == ("K204", "inner/scale", "JaxLayer")
    assert part.what == "calls functions of another, which are followed on another alone"
    assert part.remedy.startswith("Use Keras on another, or write it with keras.ops: @kelt.override(")
    assert all(text in str(caught.value) for text in (part.path, part.op, part.what, part.remedy))
    assert not list(tmp_path.iterdir())


def test_the_remedy_works(tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, jax_layer("scale")(x))
    kelt.override(layers.JaxLayer)(lambda layer, x: x * layer.params["scale"])
    try:
        report = kelt.export(model, tmp_path / "model.tflite", verify=True)
    finally:
        kelt.override(layers.JaxLayer)(None)
    assert report.operators == {"MUL": 1}


def test_all_rejected_layers_are_listed_at_once(tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, [jax_layer("one")(x), layers.Dense(2)(jax_layer("two")(x))])
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(model, tmp_path / "model.tflite")
    assert sorted((part.path, part.op) for part in caught.value.parts) == [("one", "JaxLayer"), ("two", "JaxLayer")]


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="Keras makes a JaxLayer only beside jax")
def test_a_subclass_with_a_call_of_its_own_is_not_rejected(tmp_path):
    class Twice(layers.JaxLayer):
        def call(self, x):
            return keras.ops.add(x, x)

    x = keras.Input((4,))
    layer = Twice(lambda params, inputs: inputs, params=PARAMS)
    assert kelt.export(keras.Model(x, layer(x)), tmp_path / "model.tflite", verify=True).operators == {"ADD": 1}


class Sampling(layers.Layer):
    """As in a variational autoencoder."""

    def __init__(self):
        super().__init__(name="sampling")
        self.seed = keras.random.SeedGenerator(7)

    def call(self, mean, spread):
        return mean + spread * keras.random.normal(keras.ops.shape(mean), seed=self.seed)


@pytest.mark.parametrize("batch", [2, None])
def test_random_numbers_are_rejected_and_never_kept_as_they_were_drawn(batch, tmp_path):
    x = keras.Input(batch_shape=(batch, 4))
    model = keras.Model(x, Sampling()(layers.Dense(3)(x), layers.Dense(3)(x)))
    with pytest.raises(kelt.ExportError, match="draws random numbers") as caught:
        kelt.export(model, tmp_path / "model.tflite")
    (part,) = caught.value.parts
    assert (part.code, part.path, part.op) == ("K204", "sampling", "keras.random.normal")
    assert "Give the numbers to the model as an input" in part.remedy
    assert "@kelt.override" in part.remedy
    # What the remedy says.
    kelt.override(Sampling)(lambda layer, mean, spread: mean)
    try:
        kelt.export(model, tmp_path / "model.tflite", verify=True)
    finally:
        kelt.override(Sampling)(None)
    noise = keras.Input(batch_shape=(batch, 4))
    given = keras.Model([x, noise], layers.Dense(3)(x) + layers.Dense(3)(noise))
    kelt.export(given, tmp_path / "model.tflite", verify=True)


def test_random_numbers_that_nothing_uses_are_no_reason():
    class Drawn(layers.Layer):
        def call(self, x):
            keras.random.uniform((4,), seed=keras.random.SeedGenerator(1))
            return x + keras.random.uniform((4,), seed=3)  # always the same: a constant

    x = keras.Input((4,))
    kelt.capture(keras.Model(x, Drawn()(x)))
