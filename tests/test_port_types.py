"""Types of inputs and outputs that every host has, whatever the model computes in."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from limits import LIMITS

import kelt
from kelt.runtime import Model


def exported(model, path, **kwargs):
    report = kelt.export(model, path / "m.tflite", verify=True, **kwargs)
    return report, Model(path / "m.tflite")


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_a_host_gives_and_gets_float32_for_what_it_has_not(dtype, tmp_path):
    keras.utils.set_random_seed(0)
    x = keras.Input((4,), dtype=dtype, name="x")
    model = keras.Model(x, layers.Dense(3, dtype=dtype, name="dense")(x))
    report, file = exported(model, tmp_path)
    ports = report.signatures["serving_default"]
    assert ports == {"inputs": [("x", "f32[n, 4]")], "outputs": [("dense", "f32[n, 3]")]}
    assert f"serving_default: 'x' is float32 in the file, as hosts have it; the model takes {dtype}" in report.notes
    given = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    wanted = ops.convert_to_numpy(ops.cast(model(ops.cast(given, dtype)), "float32"))
    limit = LIMITS["bfloat16" if dtype == "bfloat16" else "float32"]
    assert np.abs(file({"x": given})["dense"] - wanted).max() <= limit * np.abs(wanted).max()


def test_an_output_of_bfloat16_is_said_to_be_one(tmp_path):
    ids = keras.Input((4,), dtype="int32", name="ids")
    report, _ = exported(keras.Model(ids, layers.Embedding(9, 3, dtype="bfloat16", name="table")(ids)), tmp_path)
    assert report.notes == [
        "serving_default: 'table' is float32 in the file, as hosts have it; the model gives bfloat16"
    ]


def test_a_table_in_float64_computes_in_float32(tmp_path):
    ids = keras.Input((4,), dtype="int32", name="ids")
    found = layers.Embedding(9, 3, dtype="float64", name="table")(ids)
    model = keras.Model(ids, layers.LayerNormalization(dtype="float64", name="norm")(found))
    report, _ = exported(model, tmp_path)
    assert report.signatures["serving_default"]["outputs"] == [("norm", "f32[n, 4, 3]")]


def test_a_state_in_bfloat16_is_carried_as_float32(tmp_path):
    class Counter(layers.Layer):
        def build(self, shape):
            self.total = self.add_weight(shape=(3,), dtype="bfloat16", trainable=False, name="total")

        def call(self, x):
            self.total.assign(self.total + ops.cast(ops.sum(x, axis=0), "bfloat16"))
            return x * 2

        def compute_output_shape(self, shape):
            return shape

    x = keras.Input((3,), name="x")
    report = kelt.export(keras.Model(x, Counter(name="counter")(x)), tmp_path / "m.tflite", states="ports")
    inputs = dict(report.signatures["serving_default"]["inputs"])
    assert inputs == {"x": "f32[n, 3]", "counter/total": "f32[3]"}
    (start,) = report.states.values()
    assert start.dtype == "float32"


def test_a_float16_stays_one(tmp_path):
    x = keras.Input((4,), dtype="float16", name="x")
    report, _ = exported(keras.Model(x, layers.Dense(3, dtype="float16", name="dense")(x)), tmp_path)
    assert report.signatures["serving_default"]["inputs"] == [("x", "f16[n, 4]")]
    assert not report.notes
