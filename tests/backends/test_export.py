"""Models of every kind, exported on the backend at hand and compared with it by running the file."""

import resource

import keras
import numpy as np
import pytest
from keras import layers, ops
from odd_models import unet

import kelt


class Mean(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(20, 8)
        self.out = layers.Dense(4)

    def call(self, ids):
        return self.out(ops.mean(self.embed(ids), axis=1))


class Gate(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel", initializer="random_normal")

    def call(self, x):
        return x * ops.sigmoid(x * self.kernel) + (1.0 - self.kernel)


def subclassed():
    model = Mean()
    model(np.zeros((2, 6), "int32"))
    return model


def nested():
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, activation="relu"), layers.Dense(8)], name="inner")
    x = keras.Input((8,), name="x")
    return keras.Model(x, inner(inner(x)))


def shared():
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    dense = layers.Dense(4, name="shared")
    return keras.Model([x, y], [dense(x), layers.Add()([dense(x), dense(y)])])


def dictionaries():
    x, y = keras.Input((6,), name="x"), keras.Input((6,), name="y")
    return keras.Model({"x": x, "y": y}, {"sum": x + y, "difference": layers.Dense(3)(x) - layers.Dense(3)(y)})


def dynamic_text():
    x = keras.Input((None, 8), name="x")
    return keras.Model(x, layers.GlobalAveragePooling1D()(layers.Conv1D(8, 3, padding="same", activation="gelu")(x)))


def dynamic_image():
    x = keras.Input((None, None, 3), name="image")
    y = layers.MaxPooling2D(2)(layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x))
    return keras.Model(x, layers.Dense(5)(layers.GlobalAveragePooling2D()(y)))


def convolutions():
    x = keras.Input((16, 16, 4), name="image")
    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))
    y = layers.ReLU(6.0)(layers.SeparableConv2D(8, 3, padding="valid")(y))
    y = layers.Conv2DTranspose(4, 3, strides=2, padding="same")(y)
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def attention():
    x = keras.Input((12, 16), name="x")
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    return keras.Model(x, layers.LayerNormalization()(y + layers.Dense(16)(layers.Dense(32, activation="gelu")(y))))


def custom():
    x = keras.Input((6,), name="x")
    return keras.Model(x, Gate()(layers.Dense(6, activation="tanh")(x)))


def multilayer():
    hidden = [layers.Dense(16, activation=name) for name in ("relu", "elu", "softplus")]
    return keras.Sequential([keras.Input((10,), name="x"), *hidden, layers.Dense(4, activation="softmax")])


def several_outputs():
    x = keras.Input((6,), name="x")
    dense = layers.Dense(4, name="d")
    return keras.Model(x, [dense(x), dense(x * 2.0), ops.sum(x, axis=-1)])


def embedding():
    ids = keras.Input((7,), dtype="int32", name="ids")
    return keras.Model(ids, layers.Dense(3)(layers.Flatten()(layers.Embedding(30, 4)(ids))))


MODELS = [
    *(subclassed, nested, shared, dictionaries, dynamic_text, dynamic_image, convolutions, attention, custom),
    *(multilayer, several_outputs, embedding),
]


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_the_file_computes_what_the_model_computes(build, tmp_path):
    keras.utils.set_random_seed(7)
    report = kelt.export(build(), tmp_path / "model.tflite", verify=True)
    limits = {output: limit for output, (limit, _) in report.limits.items()}
    # At a large size, where Keras on numpy adds 20,011 numbers one after the other and is 3.5e-5 off by itself.
    most = 1.5e-4 if keras.backend.backend() == "numpy" else 1e-4
    assert all(report.errors[output] <= limit <= most for output, limit in limits.items())
    assert (tmp_path / "model.tflite").stat().st_size == report.file_bytes


def test_sizes_that_do_not_fit_cost_no_memory():
    """PyTorch runs an op to learn its shape where nothing else will do: a capture tries sizes of gigabytes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kelt.capture(unet()[0])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1e6, "KiB"
