"""What a capture keeps is what the model had at that moment, whatever becomes of the objects that it met."""

import gc
import sys

import keras
import numpy as np
import pytest
from harness import check, f32, i32
from keras import ops

import kelt


@pytest.mark.skipif(keras.backend.backend() != "numpy", reason="the others give the body of a map no values")
def test_a_number_that_python_asks_for_is_never_that_of_a_value_that_has_gone(tmp_path):
    for k in range(1, 30):

        def numbers(x, k=k):
            # Of the body nothing is kept: map finds out that it needs no loop.
            y = ops.map(lambda r: ops.flip(r) * int(ops.multiply(np.array(2, "int32"), np.array(k, "int32"))), x)
            gc.collect()
            for j in range(6):
                y = y + int(ops.add(np.array(j, "int32"), np.array(k, "int32")))
            return y

        check(numbers, f32(4, 3), path=tmp_path, sizes=[{}])


def test_an_array_that_the_model_writes_to_again_is_taken_as_it_was(tmp_path):
    def reuses(x):
        buffer, base = np.zeros(4, "float32"), np.arange(4, dtype="float32")
        for k in range(4):
            np.multiply(base, k, out=buffer)
            x = x + buffer
        return x

    check(reuses, f32("n", 4), path=tmp_path)


def test_a_view_of_an_array_that_changes_is_taken_as_it_was(tmp_path):
    def reuses(x):
        buffer = np.zeros((2, 4), "float32")
        y = x + buffer[0]
        buffer += 1
        y = y * buffer[0]
        buffer[...] = np.nan
        return ops.where(ops.isnan(x + buffer[1]), y, x)

    check(reuses, f32("n", 4), path=tmp_path)


def test_an_array_that_stays_is_one_constant(tmp_path):
    table = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    spec = [keras.InputSpec(shape=(None, 64), dtype="float32")]
    report = kelt.export(lambda x: ops.matmul(ops.matmul(x, table), table), tmp_path / "f.tflite", spec)
    assert report.constant_bytes < 2 * table.nbytes


@pytest.fixture
def epsilon():
    before = keras.config.epsilon()
    keras.config.set_epsilon(0.1)
    yield
    keras.config.set_epsilon(before)


NORMS = {
    "layer_normalization": lambda x: ops.layer_normalization(x, axis=-1),
    "rms_normalization": lambda x: ops.rms_normalization(x, axis=-1),
    "normalize": lambda x: ops.normalize(x * 0.05, axis=-1),
}


@pytest.mark.parametrize("name", NORMS)
def test_the_epsilon_of_keras_is_that_of_its_configuration(name, epsilon, tmp_path):
    check(NORMS[name], f32("n", 8), path=tmp_path)


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_probabilities_are_clipped_by_the_epsilon_of_keras(name, epsilon, tmp_path):
    target = i32("n", high=3) if name.startswith("sparse") else f32("n", 3, low=0, high=1)
    check(getattr(ops, name), target, f32("n", 3, low=0, high=1), path=tmp_path)


BOUNDS = (sys.maxsize, 2**32 + 2, -(2**33), -sys.maxsize - 1, 2**31, -(2**31) - 1)


@pytest.mark.parametrize("bound", BOUNDS)
def test_bounds_of_slices_are_those_of_python_at_any_size(bound, tmp_path):
    check(lambda x: (ops.sum(x[:, :bound]) + 1.0, ops.sum(x[:, bound:]) + 1.0), f32("n", 4), path=tmp_path)
    check(lambda x: (x[:, :bound] if bound > 0 else x[:, bound:]) * 2.0, f32("n", "s"), path=tmp_path)


def written(array, value):
    """Writes to an array of the backend in place, as the model that holds it may do."""
    if keras.backend.backend() == "torch":
        array.fill_(value)
    else:
        array.assign(np.full(array.shape, value, "float32"))


@pytest.mark.skipif(keras.backend.backend() not in ("torch", "tensorflow"), reason="arrays of the others stay")
def test_a_tensor_of_the_backend_that_the_model_writes_to_is_taken_as_it_was(tmp_path):
    if keras.backend.backend() == "torch":
        import torch

        held = torch.zeros((2, 20))
    else:
        import tensorflow as tf

        held = tf.Variable(np.zeros((2, 20), "float32"))

    def reuses(x):
        written(held, 1.0)
        y = x + held[0]
        written(held, 5.0)
        return y * 10 + held[1]

    check(reuses, f32("n", 20), path=tmp_path)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="torch's")
def test_a_tensor_of_torch_over_memory_of_numpy_is_taken_as_it_was(tmp_path):
    import torch

    memory = np.zeros(4, "float32")
    held = torch.from_numpy(memory)

    def reuses(x):
        memory[:] = 1
        y = x + held
        torch.mul(held, 5.0, out=held)
        return y * 10 + held

    check(reuses, f32("n", 4), path=tmp_path)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="torch's")
def test_a_parameter_of_torch_that_is_written_to_is_rejected():
    import torch

    held = torch.nn.Parameter(torch.zeros(4))

    def counts(x):
        with torch.no_grad():
            held.add_(1.0)
        return x + held

    spec = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    with pytest.raises(kelt.ExportError, match="a parameter of torch is written to while the model runs") as caught:
        kelt.capture(lambda x: counts(counts(x)), spec)
    assert "Write to a keras.Variable by assign()" in str(caught.value)
