"""How far what a file gives in fewer bits is from its floats."""

from __future__ import annotations

import numpy as np


def decibels(wanted, got) -> float:
    """The signal-to-noise ratio, 10 log10(Σ y² / Σ (y − ŷ)²); infinite where nothing differs, NaN where one is NaN."""
    wanted, got = np.asarray(wanted, dtype="float64"), np.asarray(got, dtype="float64")
    noise = ((wanted - got) ** 2).sum()
    return float(10 * np.log10((wanted**2).sum() / noise)) if noise else np.inf
