"""The fixed set: two networks trained on digits, CREPE with its own weights, MobileNetV2 with seeded statistics.

A model is built on any backend with the weights of `prepare`, which trains once, on jax. All have a batch of 1.
"""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import sys
from collections.abc import Callable

import hub_sizes
import numpy as np
import zoo

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "bench" / "quantization"
CALIBRATION, TEST = 32, 500  # samples; of what is dearer to run than digits fewer are in the test
SEED = 7

sys.path.append(str(ROOT / "demo"))


@dataclasses.dataclass(frozen=True)
class Case:
    """A model of the set."""

    build: Callable  # batch → the model, with weights as they are initialised
    samples: Callable[[], tuple[np.ndarray, np.ndarray]]  # for calibration, for the test; a sample has a batch of 1
    train: Callable  # of a model with an open batch: gives it its weights


def convnet(batch: int | None = 1):
    """Three convolutions with batch normalisation, and a dense layer."""
    import keras
    from keras import layers

    x = image = keras.Input((8, 8, 1), batch_size=batch, name="image")
    for width in (32, 64, 64):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x) if width == 64 else x
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(10, name="logits")(x), name="convnet")


def positions_of(x):
    """Adds an embedding of each place."""
    import keras

    class Positions(keras.Layer):
        def build(self, shape):
            self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

        def call(self, x):
            return x + self.table

    return Positions(name="positions")(x)


def transformer(batch: int | None = 1, width: int = 64, heads: int = 4, blocks: int = 2):
    """A vision transformer over 16 patches of 2 × 2."""
    import keras
    from keras import layers

    image = keras.Input((8, 8, 1), batch_size=batch, name="image")
    x = layers.Reshape((16, width))(layers.Conv2D(width, 2, strides=2, name="patches")(image))
    x = positions_of(x)
    for block in range(blocks):
        y = layers.LayerNormalization(name=f"block_{block}_attention_norm")(x)
        x = x + layers.MultiHeadAttention(heads, width // heads, name=f"block_{block}_attention")(y, y)
        y = layers.LayerNormalization(name=f"block_{block}_norm")(x)
        y = layers.Dense(4 * width, activation="gelu", name=f"block_{block}_hidden")(y)
        x = x + layers.Dense(width, name=f"block_{block}_out")(y)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization(name="norm")(x))
    return keras.Model(image, layers.Dense(10, name="logits")(x), name="transformer")


def crepe(batch: int | None = 1):
    import keras

    import crepe_network

    frame = keras.Input((crepe_network.FRAME,), batch_size=batch, name="frame")
    return keras.Model(frame, crepe_network.network("tiny")(frame), name="crepe")


def mobilenet(batch: int | None = 1):
    import keras

    image = keras.Input((224, 224, 3), batch_size=batch, name="image")
    return keras.Model(image, zoo.application("MobileNetV2")(image), name="mobilenet_v2")


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, labels, and the order in which they are drawn: the last `TEST` are the test."""
    with np.load(FOLDER / "digits.npz") as found:
        order = np.random.default_rng(SEED).permutation(len(found["labels"]))
        return found["images"][..., None], found["labels"], order


def digit_samples() -> tuple[np.ndarray, np.ndarray]:
    images, _, order = digits()
    return images[order[:CALIBRATION], None], images[order[-TEST:], None]


def tones() -> tuple[np.ndarray, np.ndarray]:
    """Frames of voice-like tones from 41 to 1,760 Hz, none of those of the calibration among the test's."""
    import crepe_network
    import sound

    random = np.random.default_rng(SEED)
    count = CALIBRATION + 200
    pitches = 41.2 * (1760 / 41.2) ** random.uniform(size=count)
    waves = [sound.tone(pitch, crepe_network.FRAME, random) for pitch in pitches]
    frames = np.stack([sound.frames(wave, crepe_network.FRAME, 1) for wave in waves])
    return frames[:CALIBRATION], frames[CALIBRATION:]


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Fields of noise that are coarse and fine at once, in -1 … 1, like what the network is given of a photograph."""
    random = np.random.default_rng(SEED)
    images = np.zeros((CALIBRATION + 100, 1, 224, 224, 3), "float32")
    for size in (4, 7, 14, 28, 56, 112, 224):
        field = random.normal(size=(len(images), 1, size, size, 3)).astype("float32") * (4 / size) ** 0.5
        images += field.repeat(224 // size, 2).repeat(224 // size, 3)
    images /= np.abs(images).max((1, 2, 3, 4), keepdims=True)
    return images[:CALIBRATION], images[CALIBRATION:]


def train(model) -> None:
    import keras

    images, labels, order = digits()
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images[order[:-TEST]], labels[order[:-TEST]], batch_size=64, epochs=20, verbose=0)
    scores = np.argmax(model.predict(images[order[-TEST:]], verbose=0), -1)
    print(f"{model.name}: {np.mean(scores == labels[order[-TEST:]]):.1%} right", file=sys.stderr)


def settle(model) -> None:
    """Gives normalisations the statistics of pictures, as training would: else nothing of a picture gets through."""
    (inner,) = [layer for layer in model.layers if hasattr(layer, "layers")]
    layers = [layer for layer in inner.layers if hasattr(layer, "moving_variance")]
    for layer in layers:
        layer.momentum = 0.0
    model(pictures()[0][:, 0], training=True)
    random = np.random.default_rng(SEED)
    for layer in layers:
        layer.moving_variance.assign(np.asarray(layer.moving_variance.value) * random.uniform(0.8, 1.25))


def pretrained(model) -> None:
    import crepe_network

    crepe_network.load_weights(model.get_layer("crepe_tiny"), crepe_network.weights_file("tiny"))


CASES = {
    "convnet": Case(convnet, digit_samples, train),
    "transformer": Case(transformer, digit_samples, train),
    "crepe": Case(crepe, tones, pretrained),
    "mobilenet_v2": Case(mobilenet, pictures, settle),
}


def prepare(name: str) -> None:
    """Makes and keeps what the tools need: weights, samples, kelt's float file."""
    import keras

    import kelt

    case = CASES[name]
    keras.utils.set_random_seed(SEED)
    model = case.build(None)
    case.train(model)
    np.savez(FOLDER / f"{name}.weights.npz", *[np.asarray(variable.value) for variable in model.variables])
    calibration, test = case.samples()
    np.savez(FOLDER / f"{name}.samples.npz", calibration=calibration, test=test)
    kelt.export(load(name), float_file(name))


def load(name: str):
    """The model of a batch of 1, with the weights that were kept; one of the other benches by its name there."""
    if name not in CASES:
        return zoo.builders()[name + hub_sizes.FIXED]()
    model = CASES[name].build()
    with np.load(FOLDER / f"{name}.weights.npz") as weights:
        for index, variable in enumerate(model.variables):
            variable.assign(weights[f"arr_{index}"])
    return model


def float_file(name: str) -> pathlib.Path:
    """kelt's, from which kelt and litert-quantizer start, and with which all are compared."""
    return FOLDER / f"{name}.kelt.float.tflite"


def samples(name: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(FOLDER / f"{name}.samples.npz") as found:
        return found["calibration"], found["test"]


def keep_calibration(name: str, samples: dict[str, list[dict[str, np.ndarray]]]) -> None:
    """Of a model beside the set, whose signatures and inputs have names: a file a sample, in a folder a signature."""
    folder = FOLDER / f"{name}.calibration"
    shutil.rmtree(folder, ignore_errors=True)
    for signature, values in samples.items():
        (folder / signature).mkdir(parents=True)
        for index, value in enumerate(values):
            np.savez(folder / signature / f"{index:04}.npz", **value)


def calibration(name: str) -> list[np.ndarray] | dict[str, list[dict[str, np.ndarray]]]:
    """The samples of the only input; or by signature, each by the names of the inputs."""
    folder = FOLDER / f"{name}.calibration"
    if not folder.exists():
        return list(samples(name)[0])
    found: dict[str, list[dict[str, np.ndarray]]] = {}
    for path in sorted(folder.glob("*/*.npz")):
        with np.load(path) as arrays:
            found.setdefault(path.parent.name, []).append(dict(arrays))
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        prepare(name)
