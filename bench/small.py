"""Time of exporting one small layer, from the second export of a process on: what is paid besides the model itself.

    python bench/small.py [LAYER…]

Prints for each layer the least and the middle of the whole export, and how much of the least is the capture.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time

LIMIT = 50  # ms


def makers():
    """The smallest models of ten layers."""
    import keras
    from keras import layers

    def model(shape, *chain, dtype="float32"):
        x = inputs = keras.Input(shape, dtype=dtype)
        for layer in chain:
            x = layer(x)
        return keras.Model(inputs, x)

    def attention():
        x = keras.Input((None, 16))
        return keras.Model(x, layers.MultiHeadAttention(2, 8)(x, x))

    return {
        "Dense": lambda: model((8,), layers.Dense(4)),
        "Conv2D": lambda: model((None, None, 3), layers.Conv2D(8, 3, padding="same")),
        "DepthwiseConv2D": lambda: model((16, 16, 3), layers.DepthwiseConv2D(3)),
        "BatchNormalization": lambda: model((16, 16, 8), layers.BatchNormalization()),
        "LayerNormalization": lambda: model((None, 8), layers.LayerNormalization()),
        "Embedding": lambda: model((None,), layers.Embedding(100, 8), dtype="int32"),
        "MaxPooling2D": lambda: model((16, 16, 8), layers.MaxPooling2D()),
        "MultiHeadAttention": attention,
        "GroupNormalization": lambda: model((None, None, 8), layers.GroupNormalization(2)),
        "Resizing": lambda: model((16, 16, 3), layers.Resizing(8, 8)),
    }


def measure(model, rounds: int = 15):
    """Milliseconds of each export and of each capture, without the first."""
    import kelt

    whole, captures = [], []
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(rounds + 1):
            start = time.perf_counter()
            kelt.capture(model)
            middle = time.perf_counter()
            kelt.export(model, f"{directory}/model.tflite")
            whole.append(1e3 * (time.perf_counter() - middle))
            captures.append(1e3 * (middle - start))
    return whole[1:], captures[1:]


def main(wanted: list[str]) -> int:
    """Prints the table; fails if a layer takes longer than it may."""
    slow = []
    print(f"{'layer':20} {'least':>8} {'middle':>8} {'capture':>8}   ms")
    for name, make in makers().items():
        if wanted and name not in wanted:
            continue
        whole, captures = measure(make())
        print(f"{name:20} {min(whole):8.1f} {statistics.median(whole):8.1f} {min(captures):8.1f}")
        if min(whole) > LIMIT:
            slow.append(name)
    print(f"over {LIMIT} ms: {', '.join(slow)}" if slow else f"none takes longer than {LIMIT} ms")
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
