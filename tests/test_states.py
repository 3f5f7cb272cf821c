"""Variables that a model assigns: kept by the file from run to run, or carried by the caller."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.runtime import Model


@pytest.fixture
def memory():
    x = keras.Input((None, 3), batch_size=2, name="x")
    layer = layers.LSTM(4, stateful=True, return_sequences=True, name="memory")
    return keras.Model(x, layer(x))


@pytest.fixture
def sequence():
    return np.random.default_rng(5).normal(size=(2, 9, 3)).astype("float32")


def whole(model, sequence):
    model.get_layer("memory").reset_state()
    return ops.convert_to_numpy(model(sequence))


def test_the_file_keeps_them(memory, sequence, tmp_path):
    report = kelt.export(memory, tmp_path / "kept.tflite", verify=True)
    assert report.states is None
    run = Model(report.path)
    parts = [run({"x": part})["memory"] for part in (sequence[:, :4], sequence[:, 4:])]
    np.testing.assert_allclose(np.concatenate(parts, 1), whole(memory, sequence), atol=1e-6)


def test_the_caller_carries_them(memory, sequence, tmp_path):
    report = kelt.export(memory, tmp_path / "carried.tflite", states="ports", verify=True)
    assert list(report.states) == ["memory/rnn_state", "memory/rnn_state_1"]
    ports = report.signatures["serving_default"]
    assert [name for name, _ in ports["inputs"]] == ["x", *report.states]
    assert [name for name, _ in ports["outputs"]] == ["memory", *report.states]
    run, states, parts = Model(report.path), report.states, []
    for part in (sequence[:, :4], sequence[:, 4:]):
        result = run({"x": part, **states})
        parts.append(result["memory"])
        states = {name: result[name] for name in states}
    np.testing.assert_allclose(np.concatenate(parts, 1), whole(memory, sequence), atol=1e-6)
    kelt.verify(memory, report.path, states="ports")


def test_signatures_share_them(memory, sequence, tmp_path):
    spec = keras.InputSpec(shape=(2, None, 3), dtype="float32")
    variable = memory.get_layer("memory").states[0]
    signatures = {"peek": (lambda: variable * 1.0, []), "run": (memory, [spec])}
    variable.assign(np.full((2, 4), 0.25))
    report = kelt.export(memory, tmp_path / "shared.tflite", signatures=signatures, verify=True)
    run = Model(report.path)
    assert (run({}, "peek")["output_0"] == 0.25).all()
    last = run({"x": sequence}, "run")["memory"][:, -1]
    np.testing.assert_array_equal(run({}, "peek")["output_0"], last)


def test_what_a_loop_assigns_is_kept(tmp_path):
    class Total(layers.Layer):
        def build(self, shape):
            self.total = self.add_weight(shape=shape[1:], initializer="zeros", trainable=False, name="total")

        def call(self, x):
            def step(i, y):
                self.total.assign(self.total + x[i])
                return y + self.total

            return ops.fori_loop(0, ops.shape(x)[0], step, ops.zeros_like(x))

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((3,), name="x")
    report = kelt.export(keras.Model(x, Total(name="total")(x)), tmp_path / "total.tflite", verify=True)
    run, given = Model(report.path), np.float32([[1, 2, 3], [4, 5, 6]])
    sums = np.cumsum(np.concatenate([given, given]), axis=0)
    for rows in (sums[:2], sums[2:]):
        np.testing.assert_allclose(run({"x": given})["total"], np.broadcast_to(rows.sum(0), (2, 3)))
