"""Sizes that a model computes, in libLiteRt as well: it overruns buffers where such a size comes too late to it."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from limits import LIMITS

import kelt

WIDTH = 16

# In a process of its own: what this tests against is a crash.
RUN = """
import sys
import numpy as np
from kelt.runtime import Model
model = Model(sys.argv[1])
for batch, length in ((2, 7), (1, 12), (3, 1)):
    outputs = model({"x": np.load(sys.argv[2])[:batch, :length]})
    np.save(f"{sys.argv[2]}.{batch}.npy", *outputs.values())
"""


class Positions(keras.layers.Layer):
    """Adds the first rows of a table, as many as the sequence is long."""

    def build(self, shape):
        self.table = self.add_weight(shape=(32, WIDTH), name="table")

    def call(self, x):
        return x + self.table[: keras.ops.shape(x)[1]]

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


@pytest.mark.parametrize("following", ["dense", "attention"])
def test_a_slice_of_computed_length_feeds_what_xnnpack_takes(following, tmp_path):
    keras.utils.set_random_seed(4)
    x = inputs = keras.Input((None, WIDTH), name="x")
    x = Positions()(x)
    x = keras.layers.Dense(WIDTH)(x) if following == "dense" else keras.layers.MultiHeadAttention(2, 8)(x, x)
    model = keras.Model(inputs, x)
    path, data = tmp_path / "model.tflite", tmp_path / "x.npy"
    kelt.export(model, path)
    value = np.random.default_rng(1).normal(size=(3, 12, WIDTH)).astype("float32")
    np.save(data, value)
    subprocess.run([sys.executable, "-c", RUN, path, data], check=True)
    for batch, length in ((2, 7), (1, 12), (3, 1)):
        reference = keras.ops.convert_to_numpy(model(value[:batch, :length]))
        output = np.load(f"{data}.{batch}.npy")
        assert np.abs(output - reference).max() <= LIMITS["float32"] * np.abs(reference).max()


def length(x):
    return ops.shape(x)[1]


# Two unknown dims each, so that no -1 stands for the size; then something that XNNPACK takes.
SIZES = {
    "a sum": lambda x: ops.reshape(ops.pad(x, ((0, 0), (2, 1), (0, 0))), (-1, length(x) + 3, 4, 4)),
    "a difference": lambda x: ops.reshape(ops.tile(x, (1, 2, 1))[:, 1:], (ops.shape(x)[0], 2 * length(x) - 1, 4, 4)),
    "a product": lambda x: ops.reshape(ops.concatenate([x, x], 1), (ops.shape(x)[0], length(x) * 2, 4, 4)),
    "a sum of products": lambda x: ops.zeros((ops.shape(x)[0] * length(x) + length(x) + 2, 3)) + x[0, 0, 0],
    "a floor": lambda x: ops.slice(x, (0, 0, 0), (ops.shape(x)[0], (length(x) + 2) // 3, WIDTH)),
    "a remainder": lambda x: ops.ones((ops.shape(x)[0], length(x) % 4 + 1, 3)) * x[:, :1, :3],
    "the smaller": lambda x: ops.ones((ops.shape(x)[0], min(length(x), 6), 3)) * x[:, :1, :3],
    "no more than three": lambda x: ops.ones((ops.shape(x)[0], min(length(x), 3), 3)) * x[:, :1, :3],
    "the larger": lambda x: ops.ones((ops.shape(x)[0], max(length(x) - 5, 2), 3)) * x[:, :1, :3],
    "a step": lambda x: x[:, ::2],
    "a range from below zero": lambda x: x[:, :, :1] * ops.cast(ops.arange(1 - length(x), length(x)), "float32"),
    "a range in fractions": lambda x: x[:, :, :1] * ops.arange(0.25, length(x), 0.5, dtype="float32"),
    "a start that the model computes": lambda x: ops.slice(
        x, (0, ops.cast(ops.argmax(x[0, :1, 0]), "int32"), 0), (ops.shape(x)[0], 1, WIDTH)
    ),
}


@pytest.mark.parametrize("name", SIZES)
def test_arithmetic_on_sizes_is_done_before_the_runtime_allocates(name, tmp_path):
    def function(x):
        return ops.exp(SIZES[name](x)) + 1.0

    path, data = tmp_path / "function.tflite", tmp_path / "x.npy"
    kelt.export(function, path, {"x": keras.InputSpec(shape=(None, None, WIDTH), dtype="float32")})
    value = np.random.default_rng(1).normal(size=(3, 12, WIDTH)).astype("float32")
    np.save(data, value)
    subprocess.run([sys.executable, "-c", RUN, path, data], check=True)
    for batch, size in ((2, 7), (1, 12), (3, 1)):
        reference = keras.ops.convert_to_numpy(function(ops.convert_to_tensor(value[:batch, :size])))
        output = np.load(f"{data}.{batch}.npy")
        assert output.shape == reference.shape
        if reference.size:
            assert np.abs(output - reference).max() <= LIMITS["float32"] * np.abs(reference).max()
