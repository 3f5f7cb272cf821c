"""Shapes and dtypes of an op's outputs: Keras' own rules, and what stands in where they fail."""

from __future__ import annotations

import math

from keras import KerasTensor

from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.dtype_rules import stays_wide
from kelt.tracing.record.graph import map_argument
from kelt.tracing.symbols.caller import paused

# Backends that infer a shape by running the op, torch where it has no other way: at larger sizes that costs gigabytes.
RUNNING = ("numpy", "torch")
MOST_ELEMENTS = 1 << 26


def output_spec(tracer, op, bound: dict):
    """A structure of `KerasTensor`: what the op makes of symbols."""
    with paused(tracer):
        known = definition_of(op.name)
        if known.spec is not None:
            found = known.spec(bound)
            if found is not None:
                return found
        try:
            specs = op.run(bound)
        except Exception as error:
            return _ask_backend(op, bound, error)
        if known.result_dtype is not None:
            return KerasTensor(specs.shape, known.result_dtype(bound))
        if isinstance(specs, KerasTensor) and specs.dtype == "int32" and stays_wide(known, bound):
            return KerasTensor(specs.shape, "int64")
        return specs


def _ask_backend(op, bound, error):
    """Keras' rule for symbols is narrower than the op: let the backend infer it from a call."""
    from keras.src import backend

    tensors = []

    def collect(leaf):
        if isinstance(leaf, KerasTensor):
            tensors.append(KerasTensor(leaf.shape, leaf.dtype))
        return leaf

    map_argument(bound, collect)
    elements = sum(math.prod(size or 1 for size in tensor.shape) for tensor in tensors)
    if not tensors or (elements > MOST_ELEMENTS and backend.backend() in RUNNING):
        raise error

    def call(*values):
        given = iter(values)
        return op.run(map_argument(bound, lambda leaf: next(given) if isinstance(leaf, KerasTensor) else leaf))

    try:
        return backend.compute_output_spec(call, *tensors)
    except Exception:
        raise error from None
