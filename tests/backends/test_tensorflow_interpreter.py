"""TensorFlow's own interpreter, with the XNNPACK that it has: it takes another view of some operators than LiteRT's."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from limits import LIMITS

import kelt

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow")


def pooled(x):
    """Its sum over open lengths is made of blocks, which follow what drops the height of the convolution."""
    return layers.GlobalAveragePooling1D()(layers.Conv1D(16, 3, padding="causal")(x))


def gated(x):
    y = layers.Conv1D(8, 3, padding="same")(x)
    return layers.Conv1D(8, 3, padding="same")(ops.relu(y)) + y * ops.mean(y, axis=1, keepdims=True)


def attended(x):
    y = layers.Conv1D(8, 5, padding="same")(x)
    return layers.GlobalMaxPooling1D()(layers.MultiHeadAttention(2, 4)(y, y))


@pytest.mark.parametrize("build", [pooled, gated, attended])
def test_a_convolution_of_rows_of_open_length(build, tmp_path):
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    x = keras.Input((None, 8))
    model = keras.Model(x, build(x))
    kelt.export(model, tmp_path / "m.tflite")
    interpreter = tf.lite.Interpreter(str(tmp_path / "m.tflite"))
    port, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    for shape in ((2, 9, 8), (1, 4, 8), (3, 16, 8)):
        rows = np.random.default_rng(1).normal(size=shape).astype("float32")
        interpreter.resize_tensor_input(port, shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(port, rows)
        interpreter.invoke()
        found, wanted = interpreter.get_tensor(result), np.array(model(rows))
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() <= LIMITS["float32"] * np.abs(wanted).max()
