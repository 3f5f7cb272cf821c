"""Arrays as the core takes them, and their comparison."""

from __future__ import annotations

import numpy as np

from kelt.tracing.record.port_types import PORTABLE


def as_given(array: np.ndarray):
    """An array as the core takes it: its dtype, shape and bytes."""
    array = np.asarray(array, order="C")
    return array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)


def compared(found: np.ndarray, wanted: np.ndarray, limit: float = 0.0):
    """A `kelt._native.Comparison`. `limit`: of floats, if it is above that of their dtype."""
    from kelt import _native

    return _native.compare(*map(as_given, of_one_type(found, wanted)), limit)


def of_one_type(found: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a file gives and what is wanted, where the file has float32 for a type that hosts don't have."""
    if found.dtype == "float32" and wanted.dtype.name in PORTABLE:
        return (found.astype(wanted.dtype), wanted) if wanted.dtype.itemsize < 4 else (found, wanted.astype("float32"))
    return found, wanted


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """max|a − b| over what is finite on both sides."""
    wide = "complex128" if "c" in (a.dtype.kind, b.dtype.kind) else "float64"
    a, b = a.astype(wide), b.astype(wide)
    both = np.isfinite(a) & np.isfinite(b)
    return float(np.abs(a - b)[both].max(initial=0.0))


def magnitude(arrays) -> float:
    """max|a| over what is finite."""
    return max((distance(array, np.zeros_like(array)) for array in arrays), default=0.0)


def variation(arrays: list[np.ndarray]) -> float:
    """How far arrays of one shape vary: over their elements, and each element from the first array to the others.

    The smaller of the two: an output that gives the same whatever it is given varies in one way only.
    """
    wide = [array.astype("complex128" if array.dtype.kind == "c" else "float64") for array in arrays]
    flat = np.concatenate([array[np.isfinite(array)].reshape(-1) for array in wide])
    if not flat.size:
        return 0.0
    over_elements = float(np.abs(flat - flat[0]).max()) / 2
    over_draws = max((distance(wide[0], other) for other in wide[1:]), default=over_elements)
    return min(over_elements, over_draws)
