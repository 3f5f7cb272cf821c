"""The models that benchmarks and whole-model tests share: one of each family of keras.applications, an encoder, loops.

Random weights, with batch-normalisation statistics as training leaves them: means that are not zero, variances that
are not one. With Keras' initial statistics a batch normalisation is close to the identity, and folding it wrong would
not show.
"""

from __future__ import annotations

from collections.abc import Callable

import hub_sizes

APPLICATIONS = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "VGG19",
    "Xception",
)


def application(name: str):
    """A network of keras.applications with its classifier's logits as the output."""
    import keras

    keras.utils.set_random_seed(7)
    model = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    as_trained(model)
    return model


def encoder(
    width: int = 64,
    heads: int = 4,
    blocks: int = 2,
    vocabulary: int = 100,
    length: int | None = None,
    batch: int | None = None,
):
    """A transformer encoder over token ids, with Keras' own attention layer."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    ids = keras.Input((length,), batch_size=batch, dtype="int32", name="ids")
    x = layers.Embedding(vocabulary, width, name="tokens")(ids)
    for block in range(blocks):
        attended = layers.MultiHeadAttention(heads, width // heads, name=f"block_{block}_attention")(x, x)
        x = layers.LayerNormalization(epsilon=1e-5, name=f"block_{block}_attention_norm")(x + attended)
        hidden = layers.Dense(4 * width, activation="gelu", name=f"block_{block}_hidden")(x)
        x = layers.LayerNormalization(epsilon=1e-5, name=f"block_{block}_norm")(
            x + layers.Dense(width, name=f"block_{block}_out")(hidden)
        )
    model = keras.Model(ids, layers.Dense(10, name="logits")(x), name="encoder")
    as_trained(model)
    return model


UNITS, STEPS, FEATURES = 128, 100, 64


def recurrent(name: str, batch: int | None = None, steps: int | None = None, **options):
    """One recurrent layer of keras.layers, of 128 units over 64 features."""
    import keras

    keras.utils.set_random_seed(7)
    layer = getattr(keras.layers, name)(UNITS, **options)
    model = keras.Sequential([keras.Input(batch_shape=(batch, steps, FEATURES)), layer], name=name.lower())
    as_trained(model)
    return model


def as_trained(model, seed: int = 3) -> None:
    """Gives normalisations and biases values that training would: seeded, none of them zero or one throughout."""
    import numpy as np

    random = np.random.default_rng(seed)
    for variable in model.variables:
        kind = variable.path.rsplit("/", 1)[-1]
        shape = tuple(variable.shape)
        if kind in ("moving_mean", "beta", "bias"):
            variable.assign(random.normal(0, 0.1, shape).astype("float32"))
        elif kind in ("moving_variance", "gamma"):
            variable.assign(random.uniform(0.6, 1.4, shape).astype("float32"))


def builders() -> dict[str, Callable]:
    """Every model by name."""
    models: dict[str, Callable] = {name: lambda name=name: application(name) for name in APPLICATIONS}
    models["encoder"] = encoder
    # TensorFlow's converter has a loop for fixed sizes only.
    for name in ("LSTM", "GRU"):
        for unroll in (False, True):
            models[f"{name}{', unrolled' if unroll else ''}"] = lambda name=name, unroll=unroll: recurrent(
                name, batch=1, steps=STEPS, unroll=unroll
            )
    return models | hub_sizes.builders()
