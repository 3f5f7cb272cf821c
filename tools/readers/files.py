"""Exports models of every kind, with inputs and what Keras computes of them: `python files.py FOLDER`.

For each NAME.tflite there is a NAME.npz with two runs, `0:in:x`, `0:out:y`, `1:in:x`, …. The environment is jax's,
with bench, tests and demo on the path.
"""

from __future__ import annotations

import pathlib
import sys

import hub_inputs
import keras
import keras_hub
import numpy as np
import odd_models
import same_bytes
import zoo
from families import CASES
from keras import layers, ops

import kelt

import crepe_network

RNG = np.random.default_rng(3)


def mlp():
    x = keras.Input((16,), batch_size=1, name="x")
    return keras.Model(x, layers.Dense(10, activation="softmax")(layers.Dense(32, activation="relu")(x)))


def convnet():
    x = y = keras.Input((16, 16, 3), batch_size=1, name="image")
    for width in (8, 16):
        y = layers.Conv2D(width, 3, padding="same", activation="relu")(y)
        y = layers.MaxPooling2D()(layers.BatchNormalization()(y))
    return keras.Model(x, layers.Dense(10)(layers.Flatten()(y)))


def crepe():
    model = crepe_network.build("tiny")
    frame = keras.Input((crepe_network.FRAME,), batch_size=1, name="frame")
    return keras.Model(frame, model(frame))


def network(name, side=96, batch=None, **options):
    def build():
        image = keras.Input((side, side, 3), batch_size=batch, name="image")
        inner = getattr(keras.applications, name)(
            weights=None, input_shape=(side, side, 3), classifier_activation=None, **options
        )
        return keras.Model(image, inner(image))

    return build


def temporal():
    x = y = keras.Input((None, 8), name="signal")
    for step in (1, 2, 4):
        y = layers.Conv1D(16, 3, padding="causal", dilation_rate=step, activation="relu")(y)
        y = layers.LayerNormalization()(y)
    return keras.Model(x, layers.GlobalAveragePooling1D()(y))


def lstm():
    return keras.Sequential([keras.Input((None, 8), name="x"), layers.LSTM(12), layers.Dense(4)])


def masked():
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Bidirectional(layers.GRU(6, return_sequences=True))(layers.Embedding(20, 8, mask_zero=True)(ids))
    return keras.Model(ids, layers.GRU(5)(x))


def conv_lstm():
    return keras.Sequential([keras.Input((4, 8, 8, 2), name="x"), layers.ConvLSTM2D(4, 3, padding="same")])


def stateful():
    return keras.Sequential([keras.Input((5, 3), batch_size=1, name="x"), layers.LSTM(6, stateful=True)])


def half():
    return keras.Sequential(
        [
            keras.Input((16, 16, 3), name="image"),
            layers.Conv2D(16, 3, activation="relu", dtype="mixed_float16"),  # enough weights to be stored in half
            layers.GlobalAveragePooling2D(dtype="float32"),
        ]
    )


def quantized(build, *how):
    def made():
        model = build()
        model.quantize(*how)
        return model

    return made


def wide():
    x = keras.Input((64,), batch_size=1, name="x")
    return keras.Model(x, layers.Dense(32)(layers.Dense(64, activation="relu")(x)))


def hub(build):
    return lambda: build(keras_hub)


# name → what builds the model, how it is exported
MODELS = {
    "mlp": (mlp, {}),
    "convnet": (convnet, {}),
    "crepe": (crepe, {}),
    "mobilenet_v2": (network("MobileNetV2", batch=1, alpha=0.35), {}),
    "mobilenet_v3": (network("MobileNetV3Small"), {}),
    "efficientnet_v2": (network("EfficientNetV2B0"), {}),
    "densenet": (network("DenseNet121"), {}),
    "unet": (lambda: odd_models.unet()[0], {}),
    "temporal": (temporal, {}),
    "half": (half, {}),
    "lstm": (lstm, {}),
    "masked_gru": (masked, {}),
    "conv_lstm": (conv_lstm, {}),
    "stateful": (stateful, {}),
    "iterated": (same_bytes.iterated, {}),
    "encoder": (zoo.encoder, {}),
    "bert": (hub(CASES["BertBackbone"]), {}),
    "gpt2": (hub(CASES["GPT2Backbone"]), {}),
    "vit": (hub(CASES["ViTBackbone"]), {}),
    "swin": (hub(CASES["SwinTransformerBackbone"]), {}),
    "mlp_int8": (quantized(wide, "int8"), {}),
    "mlp_int4": (quantized(wide, "int4"), {}),
    "encoder_int8": (quantized(zoo.encoder, "int8"), {}),
    "mlp_outside": (mlp, {"constants": "outside"}),
}
SIZES = {"n": 1, "s": 8, "h": 8, "w": 8, "t": 5}


def draw(model, ports, seed):
    """Arrays for the inputs of the file."""
    if getattr(model, "inputs", None):
        drawn = hub_inputs.draw(model, 20, SIZES, seed)
        return {port: drawn[tensor.name] for (port, _), tensor in zip(ports, in_order(model, ports))}
    return {port: np.random.default_rng(seed).normal(size=(2, 5, 6)).astype("float32") for port, _ in ports}


def in_order(model, ports):
    """The model's inputs in the order of the file's: by name, where they have those."""
    by_name = {tensor.name: tensor for tensor in model.inputs}
    return [by_name.get(port, tensor) for (port, _), tensor in zip(ports, model.inputs)]


def write(name, folder):
    build, options = MODELS[name]
    keras.utils.set_random_seed(11)
    model = build()
    report = kelt.export(model, folder / f"{name}.tflite", **options)
    ports = report.signatures["serving_default"]
    arrays = {}
    for seed in range(2):
        given = draw(model, ports["inputs"], seed)
        keyed = isinstance(getattr(model, "_inputs_struct", None), dict)
        result = model(
            given if keyed else list(given.values()) if len(given) > 1 else next(iter(given.values())), training=False
        )
        results = (
            result if isinstance(result, dict) else dict(zip([port for port, _ in ports["outputs"]], listed(result)))
        )
        arrays |= {f"{seed}:in:{port}": array for port, array in given.items()}
        arrays |= {f"{seed}:out:{port}": ops.convert_to_numpy(array) for port, array in results.items()}
    np.savez(folder / f"{name}.npz", **arrays)
    print(f"{name}: {report.file_bytes:,} bytes", flush=True)


def listed(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        write(name, folder)
