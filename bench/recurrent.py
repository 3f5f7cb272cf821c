"""Recurrent layers as loops beside the same layers unrolled: size and time, one thread, interleaved rounds, minima.

`python bench/recurrent.py`, with kelt and a backend installed. Loops have unknown batch and length, unrolled files a
fixed length.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile

import keras
import numpy as np

import kelt
from kelt.runtime import Model

UNITS, STEPS, FEATURES = 128, 100, 64
LAYERS = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU}


def export(layer: type, every: bool, unroll: bool, path: pathlib.Path) -> str:
    made = layer(UNITS, return_sequences=every, unroll=unroll)
    model = keras.Sequential([keras.Input((STEPS if unroll else None, FEATURES)), made])
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape) * 0.1)
    kelt.export(model, str(path))
    return str(path)


def times(files: list[str], rounds: int) -> list[float]:
    """The fastest run of each file, in milliseconds."""
    x = np.random.default_rng(0).normal(size=(1, STEPS, FEATURES)).astype("float32")
    models = [Model(file, threads=1) for file in files]
    for model in models:
        model({port.name: x for port in next(iter(model.signatures.values()))[0]})
    best = [float("inf")] * len(files)
    for _ in range(rounds):
        for index, model in enumerate(models):
            best[index] = min(best[index], *model.time_runs(10))
    return [1e3 * seconds for seconds in best]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument(
        "--beside", nargs="*", default=[], metavar="FILE", help="other files with the same inputs to time"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, files = [], []
        for name, layer in LAYERS.items():
            for every in (False, True):
                for unroll in (True, False):
                    files.append(export(layer, every, unroll, pathlib.Path(folder) / f"{name}{every}{unroll}.tflite"))
                weights = 4 * sum(int(np.prod(shape)) for shape in shapes(layer))
                rows.append((f"{name}{', every output' if every else ''}", weights))
        found = times(files + options.beside, options.rounds)
        print(f"{UNITS} units, {STEPS} steps of {FEATURES}, batch 1, one thread, fastest of {options.rounds} × 10")
        print(f"{'':22}{'loop':>9}{'unrolled':>10}{'ratio':>7}{'file':>9}{'/ weights':>11}{'operators':>11}")
        for index, (name, weights) in enumerate(rows):
            unrolled, loop = found[2 * index], found[2 * index + 1]
            file = files[2 * index + 1]
            count = sum(kelt.delegation(file)["operators"].values())
            size = os.path.getsize(file)
            speed = f"{loop:6.3f} ms{unrolled:7.3f} ms{loop / unrolled:7.2f}"
            print(f"{name:22}{speed}{size / 1e3:6.0f} kB{size / weights:11.3f}{count:11}")
        for file, milliseconds in zip(options.beside, found[len(files) :]):
            print(f"{file}: {milliseconds:.3f} ms")


def shapes(layer: type) -> list[tuple[int, ...]]:
    made = layer(UNITS)
    made.build((1, STEPS, FEATURES))
    return [tuple(weight.shape) for weight in made.trainable_weights]


if __name__ == "__main__":
    main()
