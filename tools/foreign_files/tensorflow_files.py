"""Writes testdata/foreign/tf by TensorFlow's converter.

.venv/tensorflow/bin/python tools/foreign_files/tensorflow_files.py FOLDER
"""

import pathlib
import sys
import tempfile

import numpy as np
import tensorflow as tf

Spec = tf.TensorSpec


class Drawn(tf.Module):
    """Weights of a seed."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)

    def weights(self, *shape: int) -> tf.Variable:
        return tf.Variable(self.rng.normal(size=shape).astype("float32") * np.float32(shape[0] ** -0.5))


class Signatures(Drawn):
    """Two entries over weights that they share."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out, self.bias = self.weights(32, 64), self.weights(64, 32), self.weights(64)

    @tf.function(input_signature=[Spec([4, 32], name="x")])
    def encode(self, x):
        return {"code": tf.nn.relu(x @ self.hidden + self.bias)}

    @tf.function(input_signature=[Spec([2, 32], name="x")])
    def predict(self, x):
        return {"y": tf.nn.relu(x @ self.hidden + self.bias) @ self.out}


class Loop(Drawn):
    """WHILE: a recurrent cell over time."""

    def __init__(self) -> None:
        super().__init__()
        self.w, self.u, self.b = self.weights(32, 32), self.weights(32, 32), self.weights(32)

    def step(self, x, h):
        return tf.tanh(h @ self.w + x @ self.u + self.b)

    @tf.function(input_signature=[Spec([5, 2, 32], name="x")])
    def serving_default(self, x):
        def body(i, h):
            return i + 1, self.step(tf.gather(x, i), h)

        return {"h": tf.while_loop(lambda i, h: i < 5, body, [tf.constant(0), tf.zeros([2, 32])])[1]}


class SlicedLoop(Loop):
    """The same by x[i], a slice whose bounds are computed: LiteRT's compiled models don't run it."""

    @tf.function(input_signature=[Spec([5, 2, 32], name="x")])
    def serving_default(self, x):
        def body(i, h):
            return i + 1, self.step(x[i], h)

        return {"h": tf.while_loop(lambda i, h: i < 5, body, [tf.constant(0), tf.zeros([2, 32])])[1]}


class Branch(Drawn):
    """IF: products in both branches, one with weights of the other, and one behind with weights of a branch."""

    def __init__(self) -> None:
        super().__init__()
        self.w, self.u, self.b = self.weights(32, 32), self.weights(32, 32), self.weights(32)

    @tf.function(input_signature=[Spec([2, 32], name="x"), Spec([], tf.bool, name="first")])
    def serving_default(self, x, first):
        h = tf.cond(first, lambda: tf.nn.relu(x @ self.w + self.b), lambda: tf.tanh(x @ self.u) @ self.w)
        return {"y": h @ self.u}


class State(Drawn):
    """A resource variable."""

    def __init__(self) -> None:
        super().__init__()
        self.w = self.weights(32, 32)
        self.h = tf.Variable(tf.zeros([1, 32]))

    @tf.function(input_signature=[Spec([1, 32], name="x")])
    def serving_default(self, x):
        self.h.assign(tf.tanh(self.h @ self.w + x))
        return {"h": tf.identity(self.h)}


class Kinds(Drawn):
    """int64 and bool beside floats, and what gives infinity."""

    def __init__(self) -> None:
        super().__init__()
        self.w, self.u = self.weights(32, 32), self.weights(32, 32)

    @tf.function(
        input_signature=[Spec([4, 32], name="x"), Spec([4], tf.int64, name="ids"), Spec([4], tf.bool, name="mask")]
    )
    def serving_default(self, x, ids, mask):
        y = tf.where(mask[:, None], tf.gather(x @ self.w, ids), -np.inf)
        return {"y": tf.nn.softmax(tf.transpose(y)) @ (x @ self.u), "next": ids + tf.constant([1, 2, 3, 4], tf.int64)}


class Text(Drawn):
    """Strings that pass through."""

    def __init__(self) -> None:
        super().__init__()
        self.w = self.weights(32, 32)

    @tf.function(input_signature=[Spec([2, 32], name="x"), Spec([2], tf.string, name="text")])
    def serving_default(self, x, text):
        return {"y": x @ self.w, "text": text}


class Custom(Drawn):
    """An operator that LiteRT doesn't have, between products."""

    def __init__(self) -> None:
        super().__init__()
        self.w, self.u = self.weights(32, 32), self.weights(32, 32)

    @tf.function(input_signature=[Spec([2, 32], name="x")])
    def serving_default(self, x):
        return {"y": tf.math.bessel_i0(x @ self.w) @ self.u}


MODULES = {
    "signatures": Signatures,
    "loop": Loop,
    "sliced_loop": SlicedLoop,
    "branch": Branch,
    "state": State,
    "kinds": Kinds,
    "text": Text,
    "custom": Custom,
}


def converted(name: str) -> bytes:
    """The file of a module; of "lstm" that of a Keras layer."""
    if name == "lstm":
        tf.keras.utils.set_random_seed(0)
        layers = [tf.keras.Input((6, 16), batch_size=1), tf.keras.layers.LSTM(16), tf.keras.layers.Dense(32)]
        return tf.lite.TFLiteConverter.from_keras_model(tf.keras.Sequential(layers)).convert()
    module = MODULES[name]()
    keys = ["encode", "predict"] if name == "signatures" else ["serving_default"]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={key: getattr(module, key) for key in keys})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.experimental_enable_resource_variables = True
        converter.allow_custom_ops = name == "custom"
        return converter.convert()


def main(folder: pathlib.Path) -> None:
    for name in (*MODULES, "lstm"):
        (folder / f"{name}.tflite").write_bytes(converted(name))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
