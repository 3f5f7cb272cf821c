"""Weights of a live model, changed for as long as a file is written."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class WeightChange:
    """New values of variables, by their place in `model.weights`."""

    kind: str
    place: str
    values: dict[int, np.ndarray]


def of_weights(model: Any) -> list[WeightChange]:
    """Each weight scaled, negated, exchanged with another of its shape; each bias zeroed."""
    found: list[WeightChange] = []
    by_shape: dict[tuple, int] = {}
    for at, variable in enumerate(model.weights):
        values = np.array(variable)
        if "seed" in variable.path or not values.any():
            continue

        def change(kind, changed, at=at, path=variable.path):
            found.append(WeightChange(kind, path, {at: changed}))

        if np.issubdtype(values.dtype, np.floating):
            change("weight × 1.01", (values * 1.01).astype(values.dtype))
        if not variable.path.endswith("variance") and values.dtype.kind != "u":
            change("weight negated", -values)
        if values.ndim == 1 and variable.path.endswith(("bias", "beta")):
            change("bias zeroed", np.zeros_like(values))
        key = (values.shape, str(values.dtype), variable.path.endswith("variance"))
        other = by_shape.setdefault(key, at)
        if other != at:
            exchanged = {other: values, at: np.array(model.weights[other])}
            found.append(
                WeightChange("weights exchanged", f"{model.weights[other].path} and {variable.path}", exchanged)
            )
    return found


@contextlib.contextmanager
def changed(model: Any, change: WeightChange):
    """The model with other weights, which it has no longer afterwards."""
    kept = {at: np.array(model.weights[at]) for at in change.values}
    assign(model, change.values)
    try:
        yield
    finally:
        assign(model, kept)


def assign(model: Any, values: dict[int, np.ndarray]) -> None:
    """Gives weights these values, by their place."""
    from keras import layers

    for at, array in values.items():
        model.weights[at].assign(array)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization) and layer.built:
            layer.finalize_state()  # what it computes with follows from its weights
