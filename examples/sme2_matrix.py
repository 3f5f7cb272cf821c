"""Every form that KleidiAI's SME2 kernels run in LiteRT, each written by one call, and what each costs.

    KERAS_BACKEND=jax python examples/sme2_matrix.py

The kernels reach LiteRT through XNNPACK, for one table of forms. Each row is a layer in that form: the table shows its
file's size, its error against float, what XNNPACK takes of it here, and what `kelt inspect --sme2` says of it, which
reads the file alone. Nothing is timed: that needs a CPU with SME2.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import kelt
from kelt.runtime import Model

SAMPLES = 8  # of representative data
FLOATS_DECIBELS = 100.0  # of what rounds in float32 alone, at least


@dataclasses.dataclass(frozen=True)
class Row:
    """A form of an operator."""

    op: str
    takes: str  # activations × weights → output
    recipe: str
    least: float  # decibels of signal over error, for which the form is good
    in_table: bool = True  # of SME2's kernels


ROWS = (
    Row("FULLY_CONNECTED", "fp32 × fp32 → fp32", "float", FLOATS_DECIBELS),
    Row("FULLY_CONNECTED", "fp32 × fp16 → fp32", "fp16", 70),
    Row("FULLY_CONNECTED", "fp32 × int8 per channel → fp32", "int8-dynamic", 41),
    Row("FULLY_CONNECTED", "int8 × int8 per channel → int8", "int8-static", 35),
    Row("FULLY_CONNECTED", "fp32 × int4 per channel → fp32", "int4", 27),
    Row("BATCH_MATMUL", "fp32 × fp32 → fp32", "float", FLOATS_DECIBELS),
    Row("BATCH_MATMUL", "fp32 × int8 per channel → fp32", "int8-dynamic", 38),
    Row("CONV_2D", "fp32 × fp32, pointwise → fp32", "float", FLOATS_DECIBELS),
    Row("CONV_2D", "fp32 × fp16, pointwise → fp32", "fp16", 70),
    Row("CONV_2D", "fp32 × int8 per channel → fp32", "int8-dynamic", 38),
    Row("CONV_2D", "fp32 × int8 per tensor → fp32", "int8-dynamic-per-tensor", 35),
    Row("CONV_2D", "int8 × int8 per channel → int8", "int8-static", 33),
    Row("CONV_2D", "int8 × int8 per tensor → int8", "int8-static-per-tensor", 33),
    Row("TRANSPOSE_CONV", "int8 × int8 per channel → int8", "int8-static", 33),
    Row("TRANSPOSE_CONV", "int8 × int8 per tensor → int8", "int8-static-per-tensor", 33),
    Row("FULLY_CONNECTED", "fp32 × fp16, summed in fp16", "fp16-accumulate", 70),
    Row("FULLY_CONNECTED", "int16 × int8 per channel → int16", "int16x8", 46, in_table=False),
    Row("FULLY_CONNECTED", "fp32 × int4 in blocks of 32 → fp32", "int4-block32", 27, in_table=False),
)


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of a row."""

    row: Row
    file_bytes: int
    decibels: float  # of the output, over its error against float
    partitions: int  # that XNNPACK makes
    outside: int  # nodes that it leaves to builtin kernels
    sme2: str  # the row that `kelt inspect --sme2` finds, or why there is none


@functools.cache
def layer(op: str) -> keras.Model:
    """The smallest model with the operator."""
    keras.utils.set_random_seed(1)
    if op == "FULLY_CONNECTED":  # the layer of KleidiAI's walk-through
        return of(keras.layers.Dense(1280), (640,), batch=100)
    if op == "CONV_2D":
        return of(keras.layers.Conv2D(96, 1), (24, 24, 64))
    if op == "TRANSPOSE_CONV":
        return of(keras.layers.Conv2DTranspose(48, 3, strides=2), (12, 12, 64))
    right = np.random.default_rng(1).normal(size=(4, 96, 64)).astype("float32")
    return of(lambda x: keras.ops.matmul(x, right), (32, 96), batch=4)


def of(function: Callable[[Any], Any], shape: tuple[int, ...], batch: int = 1) -> keras.Model:
    """A model of one layer, or one operation, on one input."""
    x = keras.Input(shape, batch_size=batch, name="x")
    return keras.Model(x, function(x))


def inputs_of(model: keras.Model, count: int, seed: int) -> np.ndarray:
    """Values in [0, 1), as the walk-through draws them."""
    return np.random.default_rng(seed).random((count, *model.inputs[0].shape), dtype="float32")


def inspected(path: pathlib.Path, op: str) -> str:
    """What `kelt inspect --sme2` says of the operator."""
    command = shutil.which("kelt", path=pathlib.Path(sys.executable).parent) or shutil.which("kelt") or "kelt"
    done = subprocess.run([command, "inspect", path, "--sme2", "--json"], capture_output=True, text=True, check=True)
    (found,) = [each for each in json.loads(done.stdout)["operators"] if each["name"] == op]
    return f"yes: {found['row']}" if found["row"] else f"no: {found['why']}"


def result_of(row: Row, folder: pathlib.Path) -> Result:
    """Writes the row's file by one call, runs it and looks at it."""
    model = layer(row.op)
    path = folder / f"{row.op.lower()}.{row.recipe}.tflite"
    samples = inputs_of(model, SAMPLES, seed=0)
    written = kelt.quantize(
        model, row.recipe, path, calibration=samples if "static" in row.recipe or "x8" in row.recipe else None
    )
    (given,) = inputs_of(model, 1, seed=1)
    want, (found,) = keras.ops.convert_to_numpy(model(given)), Model(path)({"x": given}).values()
    noise = np.mean((found - want) ** 2, dtype="float64")
    decibels = 10 * np.log10(np.mean(want**2, dtype="float64") / noise) if noise else np.inf
    taken = kelt.delegation(path)
    return Result(
        row, written.file_bytes, decibels, taken["partitions"], len(taken["outside"]), inspected(path, row.op)
    )


def table(results: list[Result]) -> str:
    """As text."""
    lines = [f"{'operator':<16} {'form':<35} {'recipe':<24} {'bytes':>9} {'dB':>6}  {'XNNPACK':<22} on SME2"]
    for found in results:
        row = found.row
        form = f"{row.op:<16} {row.takes:<35} {row.recipe:<24}"
        took = f"{found.partitions} part, {found.outside} outside"
        lines.append(f"{form} {found.file_bytes:>9,} {found.decibels:>6.1f}  {took:<22} {found.sme2}")
    return "\n".join(lines)


HALVES = """
BATCH_MATMUL fp16 × fp16 is what `fp16-accumulate` makes of the product of two results on an Arm CPU that computes in
float16 (docs/arm.md); elsewhere it stays in float32. A file of float16 throughout loads on such CPUs only."""


def main() -> None:
    """Writes the files, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, help="a folder to keep the files in")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or pathlib.Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        print(table([result_of(row, out) for row in ROWS]))
    print(HALVES)


if __name__ == "__main__":
    main()
