"""From a model to what stands in the file: names, weights stored once, the same bytes by every road."""

import importlib.util
import sys

import keras
import numpy as np
import pytest
from harness import through_text
from keras import layers, ops

import kelt
from kelt.runtime import Model

RNG = np.random.default_rng(11)


def colliding():
    """Models whose names collide, each with the names of inputs and outputs that its file has."""
    x, second = keras.Input((3,), name="x"), keras.Input((3,), name="second")
    shared = layers.Dense(2, name="d")
    nested = keras.Input((3,), name="y"), keras.Input((3,), name="z")
    return {
        "two outputs of one layer": (keras.Model(x, [shared(x), shared(x * 2)]), ["x"], ["d", "d_1"]),
        "a layer with the name of the duplicate": (
            keras.Model(x, [shared(x), shared(x * 2), layers.Dense(2, name="d_1")(x)]),
            ["x"],
            ["d", "d_2", "d_1"],
        ),
        "outputs that are the input": (keras.Model(x, [shared(x), x, x]), ["x"], ["d", "x", "x_1"]),
        "keys of dicts": (
            keras.Model({"z": x, "b": second}, {"sum": x + second, "a": shared(x)}),
            ["z", "b"],
            ["sum", "a"],
        ),
        "nested keys that hold the separator": (
            keras.Model({"a": {"b": nested[0]}, "a/b": nested[1]}, nested[0] - nested[1]),
            ["a/b", "a~1b"],
            None,
        ),
    }


@pytest.mark.parametrize("case", colliding())
def test_names_that_collide(case, tmp_path):
    model, inputs, outputs = colliding()[case]
    path = tmp_path / "model.tflite"
    kelt.export(model, path, verify=True)
    ((theirs_in, theirs_out),) = Model(path).signatures.values()
    assert [tensor.name for tensor in theirs_in] == inputs
    if outputs is not None:
        assert [tensor.name for tensor in theirs_out] == outputs


def test_two_signatures_over_one_weight_store_it_once(tmp_path):
    embed = layers.Embedding(5000, 32, name="table")
    model = keras.Sequential([keras.Input((None,), dtype="int32"), embed, layers.Dense(32, name="out")])
    ids = keras.InputSpec(shape=(None, None), dtype="int32")
    both = {"serve": (model, [ids]), "encode": (lambda ids: ops.sum(embed(ids), 1), [ids])}
    one = kelt.export(model, tmp_path / "one.tflite", [ids])
    two = kelt.export(model, tmp_path / "two.tflite", signatures=both, verify=True)
    table = 5000 * 32 * 4
    assert one.constant_bytes > table
    assert two.constant_bytes < one.constant_bytes + table / 50  # the ones by which it sums
    given = RNG.integers(0, 5000, (2, 7)).astype("int32")
    file = Model(tmp_path / "two.tflite")
    for name, (function, _) in both.items():
        (output,) = file({file.signatures[name][0][0].name: given}, name).values()
        reference = ops.convert_to_numpy(function(given))
        assert np.abs(output - reference).max() <= 1e-5 * np.abs(reference).max()


USERS_MODULE = """
import keras
from keras.ops import matmul, relu, shape as size_of
from keras.ops import softmax


class Attend(keras.layers.Layer):
    def call(self, x):
        scores = matmul(x, keras.ops.transpose(x, (0, 2, 1)))
        return relu(matmul(softmax(scores), x)) * size_of(x)[1]
"""


@pytest.mark.parametrize("before", [True, False], ids=["imported before kelt captures", "while it has captured before"])
def test_functions_that_a_users_module_imported_by_name_are_captured(tmp_path, before):
    if not before:
        kelt.capture(keras.Sequential([keras.Input((3,)), layers.Dense(2)]))
    name = f"users_module_{before}"
    (tmp_path / f"{name}.py").write_text(USERS_MODULE)
    spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    x = keras.Input((None, 4), name="x")
    model = keras.Model(x, module.Attend(name="attend")(x))
    kelt.export(model, tmp_path / "model.tflite", verify=True)
    (given,) = [RNG.normal(size=(2, 9, 4)).astype("float32")]
    (output,) = Model(tmp_path / "model.tflite")({"x": given}).values()
    reference = ops.convert_to_numpy(model(given))
    assert np.abs(output - reference).max() <= 1e-5 * np.abs(reference).max()


def small():
    image = keras.Input((8, 8, 3), name="image")
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(image))
    return keras.Model(image, layers.Dense(3)(layers.Flatten()(x)))


def test_a_run_repeated_gives_the_same_answer(tmp_path):
    kelt.export(small(), tmp_path / "model.tflite")
    file = Model(tmp_path / "model.tflite")
    a, b = (RNG.normal(size=(size, 8, 8, 3)).astype("float32") for size in (2, 5))
    first = [next(iter(file({"image": given}).values())) for given in (a, b)]
    again = [next(iter(file({"image": given}).values())) for given in (a, b, a)]
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert np.array_equal(first[0], again[2])


def test_a_run_repeated_gives_the_same_bytes(tmp_path):
    model = small()
    for name, threads in (("a", 1), ("b", 4)):
        kelt.export(model, tmp_path / f"{name}.tflite", threads=threads)
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    through_text(model, tmp_path / "a.tflite", tmp_path)
