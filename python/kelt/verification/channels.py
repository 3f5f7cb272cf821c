"""Channels of an output that are small beside others, as scores behind boxes: each is judged by its own size."""

from __future__ import annotations

import numpy as np

from kelt.verification.choices import exact_values
from kelt.verification.limits import APART, record_values

SMALL = 0.1  # of the largest channel
FEWEST = 8  # values of a channel: of fewer, rounding is small or large by chance


def wrong_channel(function, value, inputs, found: np.ndarray, wanted: np.ndarray, limit: float) -> str:
    """What is said of a small channel that is farther off than its own rounding explains, if there is one."""
    if wanted.ndim < 2 or wanted.size < FEWEST * wanted.shape[-1] or wanted.dtype.kind != "f":
        return ""
    size, difference = _largest(wanted), _largest(found, wanted)
    far = (size > 0) & (size < SMALL * size.max()) & (difference > limit * size)
    if far.any():
        far &= difference > APART * _largest(
            record_values(function, inputs, of=[value])[value], exact_values(function, inputs, [value])[value]
        )
    if not far.any():
        return ""
    error = np.where(far, difference, 0) / np.where(far, size, 1)
    at = int(error.argmax())
    return f"the largest difference of channel {at} is {error[at]:.3g} of its largest value, above {limit:.3g}"


def _largest(array: np.ndarray, beside: np.ndarray | None = None) -> np.ndarray:
    """By channel the largest value, or the largest difference, over what is finite."""
    beside = np.zeros_like(array) if beside is None else beside
    with np.errstate(invalid="ignore"):
        apart = np.abs(array.astype("float64") - beside.astype("float64")).reshape(-1, array.shape[-1])
    return np.where(np.isfinite(apart), apart, 0).max(axis=0)
