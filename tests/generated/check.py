"""Exports a random model, runs the file at the sizes of its plan, and compares."""

from __future__ import annotations

import dataclasses
import pathlib
import re

import keras
import numpy as np
from limits import LIMITS

import kelt
from generated.model import Exported, exported
from generated.plan import SIZES, Plan, planned
from generated.program import Program

NOISE = 1e-6  # of the inputs: what moves an output further than it is off is no fault of the file

OTHER_SIZES = "K101: the file was made of a model that is another at these sizes"  # said in the file and the report


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with a file, or with its export."""

    kind: str  # "rejected", "runtime" or "numbers"
    says: str
    text: str  # the plan

    def like(self, other: Fault | None) -> bool:
        """Whether it is the same fault, as far as can be told."""
        return other is not None and self.kind == other.kind and _head(self.says) == _head(other.says)


def _head(says):
    return re.sub(r"\d+|'[^']*'|`[^`]*`|v\d+", "", says.splitlines()[0])[:60]


def fault_of(program: Program, folder: pathlib.Path) -> Fault | None:
    """None if all is well, or if there is nothing to export."""
    plan = planned(program)
    if not plan.outputs:
        return None
    what, path = exported(plan), folder / "model.tflite"
    text = f"{what.form}\n{plan.text()}"
    try:
        kelt.export(what.model, path, what.input_signature, signatures=what.signatures)
    except kelt.ExportError as error:
        return Fault("rejected", str(error), text)
    except BaseException as error:  # also what should not get out of a capture
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return Fault("rejected", f"{type(error).__name__}: {error}", text)
    try:
        return _compared(plan, what, path, text)
    except Exception as error:
        return Fault("runtime", f"{type(error).__name__}: {error}", text)


def _compared(plan: Plan, what: Exported, path, text) -> Fault | None:
    from kelt.runtime import Model

    for name, outputs in what.outputs.items():
        for at in range(len(SIZES)):
            model = Model(path)
            signature = name if name in model.signatures else next(iter(model.signatures))
            inputs, ports = model.signatures[signature]
            given = [plan.values[i].arrays[at] for i in range(len(plan.dims))]
            arrays = {
                port.name: np.asarray(keras.ops.convert_to_numpy(array)).astype(port.dtype)
                for port, array in zip(inputs, given)
            }
            try:
                got = model(arrays, signature)
            except ValueError as error:
                if OTHER_SIZES in str(error):
                    continue
                raise
            for port, value in zip(ports, outputs):
                reference = np.asarray(keras.ops.convert_to_numpy(plan.values[value].arrays[at]))
                says = difference(got[port.name], reference, _limit(plan, reference))
                if says and not _moves_as_far(plan, value, at, got[port.name], reference):
                    return Fault("numbers", f"{says} (v{value}, at {SIZES[at]}, signature {name})", text)
    return None


def _limit(plan, reference) -> float:
    """That of the lowest precision that the plan computes in: what goes out may have been cast."""
    low = any(value.dtype in ("float16", "bfloat16") for value in plan.values)
    return LIMITS["float16" if low else "float32"]


def difference(got: np.ndarray, reference: np.ndarray, limit: float) -> str:
    """What is wrong; nothing if all is well."""
    if _narrow(got.dtype) != _narrow(reference.dtype):
        return f"dtype {got.dtype} where Keras has {reference.dtype}"
    if got.shape != reference.shape:
        return f"shape {got.shape} where Keras has {reference.shape}"
    if reference.dtype.kind != "f":
        wrong = (got != reference).sum()
        return f"other values: {wrong} of {got.size}" if wrong else ""
    a, b = got.astype("float64"), reference.astype("float64")
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return "NaN elsewhere"
    largest = max(np.abs(b).max(), 1e-3)
    error = np.abs(a - b).max() / largest
    return f"other values: error above the limit ({error:.1e})" if not error <= limit else ""


def _narrow(dtype) -> str:
    """Keras narrows integers of 64 bits where its rules are asked, and keeps them elsewhere; numpy makes float64."""
    return {"int64": "int32", "float64": "float32"}.get(str(dtype), str(dtype))


def _moves_as_far(plan: Plan, value: int, at: int, got, reference) -> bool:
    """Whether Keras' own result moves as far when its inputs do by their rounding, as a choice or a quotient may."""
    if got.shape != reference.shape or got.dtype.kind != reference.dtype.kind:
        return False
    off = np.abs(got.astype("float64") - reference.astype("float64")).max()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        inputs = []
        for i in range(len(plan.dims)):
            array = np.asarray(keras.ops.convert_to_numpy(plan.values[i].arrays[at]))
            if array.dtype.kind == "f":
                noise = NOISE if array.dtype == np.float32 else 1e-3
                array = (array * (1 + noise * rng.choice([-1, 1], array.shape))).astype(array.dtype)
            inputs.append(keras.ops.convert_to_tensor(array))
        moved = np.asarray(keras.ops.convert_to_numpy(plan.run(*inputs)[value]))
        if moved.shape != reference.shape or np.abs(moved.astype("float64") - reference).max() >= off / 4:
            return True
    return False
