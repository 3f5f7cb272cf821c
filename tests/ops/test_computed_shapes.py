"""Sizes that a model computes, in libLiteRt as well: it overruns buffers where such a size comes too late to it."""

import subprocess
import sys

import keras
import numpy as np
import pytest
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
