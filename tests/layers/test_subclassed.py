"""Layers inside of subclassed models, of which Keras records neither inputs nor sizes."""

import keras
import numpy as np
import pytest
from harness import SIZES, check_file, f32, i32
from keras import layers
from zoo import as_trained

import kelt


class Network(keras.Model):
    """Calls a layer, and something of its own."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, *inputs):
        return {"made": self.layer(*inputs), "twice": 2 * keras.ops.cast(inputs[0], "float32")}


class Masked(keras.Model):
    """Hands on the mask of its embedding by itself."""

    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(6, 4, mask_zero=True)
        self.pool = layers.GlobalAveragePooling1D()

    def call(self, ids):
        return self.pool(self.embed(ids), mask=self.embed.compute_mask(ids))


ROWS, IMAGE = f32("n", "s", 4), f32("n", "s", "t", 4)
LAYERS_WITHIN = {
    "Dense": (lambda: Network(layers.Dense(3)), [ROWS]),
    "Conv2D": (lambda: Network(layers.Conv2D(3, 2, padding="same")), [IMAGE]),
    "Conv1D, causal": (lambda: Network(layers.Conv1D(3, 2, padding="causal")), [ROWS]),
    "Conv2DTranspose": (lambda: Network(layers.Conv2DTranspose(3, 3, strides=2)), [IMAGE]),
    "BatchNormalization": (lambda: Network(layers.BatchNormalization()), [IMAGE]),
    "GroupNormalization": (lambda: Network(layers.GroupNormalization(2)), [IMAGE]),
    "LayerNormalization": (lambda: Network(layers.LayerNormalization()), [ROWS]),
    "MultiHeadAttention": (lambda: Network(layers.MultiHeadAttention(2, 3)), [ROWS, ROWS]),
    "Embedding": (lambda: Network(layers.Embedding(6, 4)), [i32("n", "s", high=6)]),
    "a mask by hand": (Masked, [i32("n", "s", high=3)]),
    "Flatten": (lambda: Network(layers.Flatten()), [IMAGE]),
    "AveragePooling2D": (lambda: Network(layers.AveragePooling2D(2, padding="same")), [IMAGE]),
    "UpSampling2D": (lambda: Network(layers.UpSampling2D(2)), [IMAGE]),
    "CategoryEncoding": (lambda: Network(layers.CategoryEncoding(6, "count")), [i32("n", "s", high=6)]),
    "TimeDistributed": (lambda: Network(layers.TimeDistributed(layers.Dense(3))), [ROWS]),
    "RandomFlip": (lambda: Network(layers.RandomFlip()), [IMAGE]),
}


@pytest.mark.parametrize("case", LAYERS_WITHIN)
def test_a_layer_inside_of_a_subclassed_model_is_what_keras_computes(case, tmp_path):
    make, specs = LAYERS_WITHIN[case]
    keras.utils.set_random_seed(5)
    model = make()
    model(*[spec.draw(np.random.default_rng(1), {"n": 2, "s": 6, "t": 5}) for spec in specs], training=False)
    as_trained(model)
    file = str(tmp_path / "model.tflite")
    kelt.export(model, file, [spec.spec() for spec in specs])
    check_file(file, lambda *inputs: model(*inputs, training=False), specs, SIZES, 0, False)
