"""Networks of inverted residuals that were trained on ImageNet: how often a file gives the float file's first class."""

from __future__ import annotations

import dataclasses
import functools
import pathlib

import numpy as np
from noise import decibels
from quantization import files, models, outputs

from real_weights.likelihood import log_softmax
from real_weights.task import Samples, Task

CALIBRATION, TEST = 32, 308
METRIC = "first classes that differ"
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # of torchvision's pictures


@dataclasses.dataclass(frozen=True)
class Network:
    """What a builder of one needs, and where its weights lie in build/picture_models."""

    file: str
    blocks: tuple[tuple[int, int, int, int, int], ...]  # expansion, channels, how often, stride of the first, kernel
    epsilon: float
    torch_padding: bool  # the same at either side, else as TensorFlow does: the odd one at the end


def build(network: Network, weights: list[np.ndarray]):
    """The network with these weights, which come in the order of the computation, and are used up."""
    import keras
    from keras import layers

    left = iter(weights)

    def settle(layer, x, kernel: tuple[int, ...], count: int):
        y = layer(x)
        first, *more = (next(left) for _ in range(count))
        layer.set_weights([first.transpose(kernel), *more])
        return y

    def convolved(x, channels: int, kernel: int, stride: int, depthwise: bool, relu: bool):
        padding = "same"
        if stride == 2 and network.torch_padding:
            x, padding = layers.ZeroPadding2D(kernel // 2)(x), "valid"
        if depthwise:
            layer = layers.DepthwiseConv2D(kernel, stride, padding, use_bias=False)
        else:
            layer = layers.Conv2D(channels, kernel, stride, padding, use_bias=False)
        x = settle(layer, x, (2, 3, 0, 1) if depthwise else (2, 3, 1, 0), 1)
        x = settle(layers.BatchNormalization(epsilon=network.epsilon), x, (0,), 4)
        return layers.ReLU(6.0)(x) if relu else x

    image = keras.Input((224, 224, 3), batch_size=1, name="image")
    x = convolved(image, 32, 3, 2, False, True)
    for expansion, channels, count, first, kernel in network.blocks:
        for stride in (first, *[1] * (count - 1)):
            y = convolved(x, expansion * x.shape[-1], 1, 1, False, True) if expansion > 1 else x
            y = convolved(y, 0, kernel, stride, True, True)
            y = convolved(y, channels, 1, 1, False, False)
            x = x + y if stride == 1 and x.shape == y.shape else y
    x = layers.GlobalAveragePooling2D()(convolved(x, 1280, 1, 1, False, True))
    x = settle(layers.Dense(1000, name="logits"), x, (1, 0), 2)
    if (rest := len(list(left))) > 0:
        raise ValueError(f"{rest} weights of {network.file} are left")
    return keras.Model(image, x)


@functools.cache
def pictures() -> tuple[np.ndarray, np.ndarray]:
    """For calibration and for the test, as networks take them, each in a batch of 1."""
    path = models.FOLDER / "pictures.npz"
    if not path.exists():
        files.checked_script("real_weights.pictures", "quantizer", [str(path), str(CALIBRATION), str(TEST)])
    with np.load(path) as found:
        given = (((found[name] / 255 - MEAN) / DEVIATION).astype("float32") for name in ("calibration", "test"))
        first, second = (images[:, None] for images in given)
        return first, second


def export(network: Network, path: pathlib.Path) -> None:
    """Also compares what Keras computes with torchvision's, where it has the network."""
    import kelt

    images = pictures()[0][:4]
    shown, kept = models.FOLDER / "shown.npy", models.FOLDER / "torch_weights.npz"
    np.save(shown, images[:, 0])
    source = models.ROOT / "build" / "picture_models" / network.file
    files.checked_script("real_weights.torch_weights", "torch", [str(source), str(kept), str(shown)])
    with np.load(kept) as found:
        model = build(network, [found[f"arr_{index}"] for index in range(len(found) - ("logits" in found))])
        if "logits" in found:
            computed = np.concatenate([np.asarray(model(image)) for image in images])
            np.testing.assert_allclose(computed, found["logits"], rtol=0, atol=1e-3 * np.abs(found["logits"]).max())
    kelt.export(model, path)


def samples() -> Samples:
    return {"serving_default": [{"image": image} for image in pictures()[0]]}


@functools.cache
def reference(path: pathlib.Path) -> np.ndarray:
    return outputs.outputs_of(path, pictures()[1])[:, 0]


def figures(logits: np.ndarray, found: np.ndarray) -> dict[str, float]:
    right, given = log_softmax(logits), log_softmax(found)
    differ = logits.argmax(-1) != found.argmax(-1)
    return {
        METRIC: float(differ.mean()),
        "KL of the classes, mean": float((np.exp(right) * (right - given)).sum(-1).mean()),
        "SNR of the logits in dB": decibels(logits, found),
        "probability of the float file's first class, mean": float(np.exp(right).max(-1).mean()),
    }


def score(path: pathlib.Path, float_path: pathlib.Path) -> dict[str, float]:
    return figures(reference(float_path), outputs.outputs_of(path, pictures()[1])[:, 0])


def task_of(name: str, network: Network) -> Task:
    write = functools.partial(export, network)
    return Task(name, METRIC, write, samples, score, resolution=0.5 / TEST, convolutions=True)
