"""What is run: the rows of the support matrix, and what only Arm can tell of float16."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import sys

import keras
import numpy as np

import kelt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
import sme2_matrix as matrix


@dataclasses.dataclass(frozen=True)
class Case:
    """A model in a form."""

    model: str  # a key of `models`
    takes: str
    recipe: str
    sme2: bool  # a row of SME2's kernels, as `kelt inspect --sme2` says

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.model.lower().replace(' ', '_')}.{self.recipe}"


TWO_RESULTS = "BATCH_MATMUL of two results"
CASES = (
    *(Case(row.op, row.takes, row.recipe, row.in_table) for row in matrix.ROWS),
    Case(TWO_RESULTS, "fp16 × fp16", "fp16-accumulate", sme2=True),
    Case("BATCH_MATMUL", "fp32 × fp16, a constant", "fp16-accumulate", sme2=True),
)


@functools.cache
def model_of(name: str) -> keras.Model:
    """The smallest model with the operator."""
    if name != TWO_RESULTS:
        return matrix.layer(name)
    keras.utils.set_random_seed(1)
    dense = [keras.layers.Dense(64) for _ in range(2)]
    return matrix.of(lambda x: keras.ops.matmul(dense[0](x), keras.ops.transpose(dense[1](x), (0, 2, 1))), (32, 96), 4)


def inputs_of(name: str) -> np.ndarray:
    """Of one run."""
    (given,) = matrix.inputs_of(model_of(name), 1, seed=1)
    return given


@functools.cache
def wanted(name: str) -> np.ndarray:
    """What Keras computes."""
    return keras.ops.convert_to_numpy(model_of(name)(inputs_of(name)))


def write(case: Case, folder: pathlib.Path) -> pathlib.Path:
    """The file; beside it the inputs."""
    path = folder / f"{case.name}.tflite"
    samples = matrix.inputs_of(model_of(case.model), matrix.SAMPLES, seed=0)
    calibrated = "static" in case.recipe or "x8" in case.recipe
    kelt.quantize(model_of(case.model), case.recipe, path, calibration=samples if calibrated else None)
    np.savez(path.with_suffix(".inputs.npz"), x=inputs_of(case.model))
    return path
