"""Digests of the files of 67 models: `scripts/digests [--write] [MODEL…]`.

Compares the files that kelt writes now with `tests/digests.json`, and names those that have changed. `--write` records
what they are now: a change of it is a change of what users get, and its commit says why. A folded constant follows from
the runtime's kernels, which may differ in the last bit between processors, so digests are compared on one machine,
before and after a change.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import sys
import tempfile

import keras
from keras import layers

import kelt

RECORD = pathlib.Path(__file__).with_name("digests.json")


def builders() -> dict:
    """Name → a function that gives a model with the same weights each time."""
    import hub_zoo
    import odd_models
    import same_bytes
    import zoo

    drawn = {**same_bytes.MODELS, **{name: same_bytes.application(name) for name in zoo.APPLICATIONS}}
    found = {name: lambda build=build: same_bytes.drawn(build) for name, build in drawn.items()}
    found |= {f"hub: {name}": lambda name=name: seeded(hub_zoo.build, name) for name in hub_zoo.BACKBONES}
    found |= {f"odd: {name}": lambda build=build: seeded(odd, build) for name, build in odd_models.MODELS.items()}
    found |= {name: lambda build=build: seeded(build) for name, build in OWN.items()}
    return found


def seeded(build, *args):
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(3)
    return build(*args)


def odd(build):
    from zoo import as_trained

    model = build()[0]
    as_trained(model)
    return model


def text_classifier(dtype="float32"):
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Embedding(50, 64, dtype=dtype)(ids)
    x = x + layers.MultiHeadAttention(4, 16, dtype=dtype)(x, x)
    x = layers.Dense(128, activation="gelu", dtype=dtype)(layers.LayerNormalization(dtype=dtype)(x))
    x = layers.Dense(64, dtype=dtype)(x)
    return keras.Model(ids, layers.Dense(5, dtype="float32")(layers.GlobalAveragePooling1D(dtype=dtype)(x)))


def convolutional(dtype="float32"):
    image = keras.Input((None, 32, 3), name="image")
    x = image
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False, dtype=dtype)(x)
        x = layers.ReLU(dtype=dtype)(layers.BatchNormalization(dtype=dtype)(x))
    x = layers.GlobalAveragePooling2D(dtype=dtype)(x)
    return keras.Model(image, layers.Dense(5, dtype="float32")(x))


def quantized(mode):
    model = text_classifier()
    model.quantize(mode)
    return model


def recurrent_masked():
    x = keras.Input((None, 6), name="x")
    y = layers.Bidirectional(layers.GRU(8, return_sequences=True))(layers.Masking()(x))
    return keras.Model(x, layers.LSTM(8, stateful=False)(y))


def temporal():
    x = keras.Input((None, 4), name="x")
    y = x
    for rate in (1, 2, 4):
        y = layers.Conv1D(8, 3, padding="causal", dilation_rate=rate, activation="relu")(y)
        y = layers.BatchNormalization()(y)
    return keras.Model(x, layers.Dense(2)(y))


def normalised():
    x = keras.Input((None, None, 12), name="x")
    y = layers.GroupNormalization(3)(x)
    y = layers.Conv2DTranspose(6, 3, strides=2)(layers.SpectralNormalization(layers.Conv2D(6, 3))(y))
    return keras.Model(x, layers.RMSNormalization()(layers.UnitNormalization()(y)))


OWN = {
    "quantized: int8": lambda: quantized("int8"),
    "quantized: int4": lambda: quantized("int4"),
    "half: text": lambda: text_classifier("mixed_float16"),
    "half: convolutional": lambda: convolutional("mixed_bfloat16"),
    "text": text_classifier,
    "convolutional": convolutional,
    "recurrent, masked": recurrent_masked,
    "temporal": temporal,
    "normalised": normalised,
}


def digest_of(name: str, model) -> dict:
    """What is recorded of a model's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.tflite"
        report = kelt.export(model, path)
        return {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": report.file_bytes,
            "operators": sum(report.operators.values()),
        }


def main(arguments: list[str]) -> int:
    write, names = "--write" in arguments, [name for name in arguments if name != "--write"]
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    models, changed = builders(), []
    for name in names or models:
        now, before = digest_of(name, models[name]()), known.get(name, {})
        if now != before:
            changed.append(name)
            counts = [
                f"{before.get(key)} → {now[key]} {key}" for key in ("bytes", "operators") if now[key] != before.get(key)
            ]
            print(f"{name}: {'; '.join(counts) or 'other bytes'}")
            known[name] = now
    gone = [] if names else sorted(known.keys() - models.keys())
    for name in gone:
        print(f"{name}: recorded, and no model any more")
        del known[name]
    print(f"{len(names or models)} models, {len(changed)} changed")
    if write:
        RECORD.write_text(json.dumps(known, indent=1) + "\n")
    return int(bool(changed or gone) and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
