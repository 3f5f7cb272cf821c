"""What the inputs of a KerasHub model hold: found by their names."""

from __future__ import annotations

import numpy as np


def symbol_of(name: str, axis: int) -> str:
    """The open axis of an input: inputs of one sequence share theirs."""
    if axis == 0:
        return "n"
    sequence = "t" if name.startswith("decoder") else "s"
    return sequence if axis == 1 else f"{sequence}{axis}"


def draw(model, vocabulary: int, sizes: dict[str, int], seed: int = 0) -> dict[str, np.ndarray]:
    """Arrays for a model's inputs by name, at sizes of their open axes."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for tensor in model.inputs:
        shape = [sizes[symbol_of(tensor.name, axis)] if dim is None else dim for axis, dim in enumerate(tensor.shape)]
        arrays[tensor.name] = _values(rng, tensor.name, tensor.dtype, shape, vocabulary)
    return arrays


def _values(rng, name, dtype, shape, vocabulary):
    if "mask" in name:
        # A sequence, then padding: at least one token.
        lengths = rng.integers(1, shape[1] + 1, (shape[0], 1))
        return (np.arange(shape[1]) < lengths).astype(dtype)
    if "segment" in name:
        return rng.integers(0, 2, shape).astype(dtype)
    if np.issubdtype(np.dtype(dtype), np.integer):
        return rng.integers(0, vocabulary, shape).astype(dtype)
    if "timestep" in name:
        return rng.uniform(0, 1000, shape).astype(dtype)
    if len(shape) == 4 and shape[-1] == 3:
        return rng.uniform(0, 1, shape).astype(dtype)
    return rng.normal(size=shape).astype(dtype)
