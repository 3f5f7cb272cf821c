"""What a run on Arm must have in common with the same run on x86-64."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from limits import LIMITS
from noise import decibels

HALVES_DECIBELS = 30.0  # an output of the form fp16, at least: src/verify/limits.cc


@dataclasses.dataclass(frozen=True)
class Run:
    """What `kelt run` told, and the output."""

    output: np.ndarray
    partitions: int
    outside: list[str]
    inside: list[str]  # XNNPACK's operators


def sums_in_halves(recipe: str, run: Run) -> bool:
    """Where a file that allows it meets a CPU that has such arithmetic; elsewhere weights in halves are widened."""
    return recipe == "fp16-accumulate" and any("F16)" in name for name in run.inside)


def limit_of(recipe: str) -> float:
    """Of an output."""
    return LIMITS["float32" if recipe in ("float", "fp16", "fp16-accumulate") else "int8 activations"]


def difference(got: np.ndarray, want: np.ndarray) -> float:
    """max|a − b| / max|b|, as everywhere; NaN where either has one."""
    return float(np.max(np.abs(got - want)) / np.max(np.abs(want)))


def faults(recipe: str, arm: Run, x86: Run, others: Mapping[str, Run]) -> list[str]:
    """What differs; `others` are what the operator's other forms give on x86-64, by their recipes."""
    found = []
    apart, limit = difference(arm.output, x86.output), limit_of(recipe)
    if sums_in_halves(recipe, arm):
        if not decibels(x86.output, arm.output) >= HALVES_DECIBELS:
            found.append(f"the output differs by {apart:.1e}, which is less than {HALVES_DECIBELS:.0f} dB")
        others = {}  # they are nearer than such sums
    elif not apart <= limit:
        found.append(f"the output differs by {apart:.1e}, and {limit:.1e} is the limit")
    for name, other in others.items():  # a limit for 8 bits alone would take the file of another form
        if not apart <= difference(arm.output, other.output):
            found.append(f"the output is nearer to that of {name}")
    for name in ("partitions", "outside"):
        got, want = getattr(arm, name), getattr(x86, name)
        if got != want:
            found.append(f"{name}: {got}, and {want} on x86-64")
    return found
