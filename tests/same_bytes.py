"""Models with weights that numpy draws, written by the backend at hand: `python tests/same_bytes.py FOLDER [MODEL…]`.

A MODEL is one of MODELS, or any of keras.applications. A folder for each: `module.kelt` and `weights-<hash>.bin`, the
model as text, and `model.tflite`. Two backends are compared by `diff -r` of what they have written;
tests/backends/test_same_bytes.py does so for every backend.
"""

from __future__ import annotations

import pathlib
import sys
from contextlib import nullcontext
from unittest import mock

import keras
import numpy as np
from backends import test_export
from keras import layers, ops
from zoo import encoder

import kelt

# Small ones, of every kind: depthwise and grouped convolutions, gates, concatenations, normalisations of both kinds.
APPLICATIONS = {
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {"alpha": 0.75},
    "EfficientNetB0": {},
    "EfficientNetV2B0": {},
    "DenseNet121": {},
}


def application(name):
    """A network of keras.applications at 96 pixels, the fewest that all of them take."""
    options = APPLICATIONS.get(name, {})
    return lambda: getattr(keras.applications, name)(weights=None, input_shape=(96, 96, 3), **options)


def recurrent():
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Embedding(20, 8, mask_zero=True)(ids)
    x = layers.Bidirectional(layers.LSTM(6, return_sequences=True))(x)
    return keras.Model(ids, layers.Dense(3)(layers.GRU(5)(x)))


class Iterated(keras.Model):
    """Subclassed, with a loop, a choice and a size that only the file knows."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(6, activation="tanh")

    def call(self, x):
        x = ops.fori_loop(0, 3, lambda i, y: self.inner(y) + x, x)
        x = ops.cond(ops.sum(x) > 0, lambda: x, lambda: -x)
        return ops.mean(x, axis=1) * ops.cast(ops.shape(x)[1], "float32")


def iterated():
    model = Iterated()
    model(np.zeros((2, 5, 6), "float32"))
    return model


class Positions(layers.Layer):
    """Computes its table once, on its backend: each has sines of its own."""

    def build(self, shape):
        angles = np.arange(10.0)[:, None] / 50.0 ** (np.arange(8.0)[None] / 8)
        self.table = ops.sin(ops.convert_to_tensor(angles.astype("float32")))

    def call(self, x):
        return x + self.table


def positions():
    x = keras.Input((10, 8), name="x")
    return keras.Model(x, layers.Dense(4)(Positions()(x)))


MODELS = {
    **{build.__name__: build for build in test_export.MODELS},
    **{build.__name__: build for build in (encoder, recurrent, iterated, positions)},
    **{name: application(name) for name in APPLICATIONS},
}


def zeros(variable, _):
    """In place of an initializer, which Keras on jax compiles for each shape: minutes for nothing."""
    variable._initialize(np.zeros(variable._shape, variable._dtype))


def drawn(build):
    """The model, with names and weights that are the same on every backend."""
    keras.utils.clear_session(free_memory=False)
    on_jax = keras.backend.backend() == "jax"
    with mock.patch.object(keras.Variable, "_initialize_with_initializer", zeros) if on_jax else nullcontext():
        model = build()
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if variable.path.endswith("variance"):
            variable.assign(rng.uniform(0.5, 1.5, variable.shape).astype("float32"))
        else:
            variable.assign(rng.normal(0, 0.1, variable.shape).astype("float32"))
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()  # what it computes with follows from its weights
    return model


def named(name):
    """One of MODELS, or of keras.applications."""
    return drawn(MODELS.get(name) or application(name))


def write(folder: pathlib.Path, names=tuple(MODELS), built=named):
    """A folder in `folder` for each of the models, which are `built` from their names."""
    for name in names:
        model = built(name)
        (folder / name).mkdir(parents=True)
        kelt.capture(model).save(str(folder / name))
        kelt.export(model, str(folder / name / "model.tflite"))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), sys.argv[2:] or tuple(MODELS))
