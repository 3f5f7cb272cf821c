"""Exports a function of arrays, runs the file and compares it with what Keras gave."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import keras
import numpy as np
from limits import LIMITS

import kelt
from kelt.tracing.capture import capture_graph
from kelt.tracing.record.port_types import PORTABLE
from kelt.verification.arrays import distance, magnitude
from kelt.verification.limits import APART, MOST_ROUNDED, record_values

OTHER_VALUES = "other values"
LARGEST_SHARE = 1e-3  # below it an error is measured against this, not against the largest value


@dataclasses.dataclass(frozen=True)
class Record:
    """A call of a test. `says` is empty if all is well."""

    suite: str  # "layers" or "ops"
    test: str
    what: str
    says: str


def compared(function, arrays: list[np.ndarray], results: list[Any], folder: pathlib.Path) -> str:
    """What is wrong with the file of the function; nothing if all is well."""
    from kelt.runtime import Model

    path = folder / "call.tflite"
    specs = [keras.InputSpec(shape=array.shape, dtype=array.dtype.name) for array in arrays]
    try:
        kelt.export(function, path, specs)
    except kelt.ExportError as error:
        return f"rejected: {error}"
    except Exception as error:
        return f"rejected: {type(error).__name__}: {error}"
    try:
        model = Model(path)
        ((inputs, outputs),) = model.signatures.values()
        given = {port.name: array.astype(port.dtype) for port, array in zip(inputs, arrays)}
        got = model(given)
    except Exception as error:
        return f"does not run: {error}"
    if len(outputs) != len(results):
        return f"{len(outputs)} outputs where Keras has {len(results)}"
    for at, (port, result) in enumerate(zip(outputs, results)):
        found, reference = got[port.name], np.asarray(keras.ops.convert_to_numpy(result))
        says = difference(found, reference, _lowest(arrays))
        if says.startswith(OTHER_VALUES) and _is_rounding(function, specs, arrays, at, found, reference):
            continue
        if says:
            return f"{port.name}: {says}"
    return ""


def _is_rounding(function, specs, arrays, at: int, found: np.ndarray, reference: np.ndarray) -> bool:
    """Whether Keras' own float32 is as far from the result in 64 bits, as verify judges it."""
    if reference.dtype.name not in ("float32", "float64") or _lowest(arrays) != "float32":
        return False
    (recorded,) = capture_graph(function, specs).functions
    value = recorded.outputs[at][1]
    own = distance(record_values(recorded, arrays)[value], record_values(recorded, arrays, precise=True)[value])
    return own > 0 and distance(found, reference) <= APART * own <= MOST_ROUNDED * magnitude([reference])


def _lowest(arrays) -> str:
    """The type of the lowest precision among the inputs."""
    names = {array.dtype.name for array in arrays}
    return next((name for name in ("bfloat16", "float16") if name in names), "float32")


def _held(dtype: str) -> str:
    """As the file has it: floats as hosts do, and integers of 64 bits, which numpy keeps and Keras narrows, in 32."""
    return PORTABLE.get(dtype, {"int64": "int32", "uint64": "uint32"}.get(dtype, dtype))


def difference(got: np.ndarray, reference: np.ndarray, given: str = "float32", limit: float | None = None) -> str:
    """What is wrong; nothing if all is well. `limit`: of floats, instead of what the types allow."""
    if got.shape != reference.shape:
        return f"shape {got.shape} where Keras has {reference.shape}"
    if _held(got.dtype.name) != _held(reference.dtype.name):
        return f"dtype {got.dtype} where Keras has {reference.dtype}"
    if reference.dtype.kind not in "fV":
        wrong = int((got != reference).sum())
        return f"{wrong} of {got.size} values are others" if wrong else ""
    name = reference.dtype.name if reference.dtype.name in LIMITS else "float32"
    limit = limit or max(LIMITS[name], LIMITS[given])
    a, b = got.astype("float64"), reference.astype("float64")
    if not (np.isnan(a) == np.isnan(b)).all():
        return "NaN elsewhere"
    infinite = np.isinf(b) | np.isinf(a)
    if not (a[infinite] == b[infinite]).all():
        return "infinities elsewhere"
    finite = np.isfinite(a) & np.isfinite(b)
    if not finite.any():
        return ""
    error = np.abs(a - b)[finite].max() / max(np.abs(b[finite]).max(), LARGEST_SHARE)
    return f"{OTHER_VALUES}: error {error:.1e} above {limit:.0e}" if error > limit else ""
