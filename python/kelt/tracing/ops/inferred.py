"""Shapes and dtypes of an op's outputs as the backend infers them from a call of it."""

from __future__ import annotations

import math

from keras import KerasTensor, config, tree

from kelt.tracing.ops.alike import key_of
from kelt.tracing.record.graph import Length, map_argument
from kelt.tracing.symbols.caller import paused
from kelt.tracing.symbols.default_float import USUAL

# Backends that infer a shape by running the op, torch where it has no other way: at larger sizes that costs gigabytes.
RUNNING = ("numpy", "torch")
MOST_ELEMENTS = 1 << 26


def inferred(op, bound: dict):
    """What the op makes of symbols. The tracer must be paused."""
    from keras.src import backend

    tensors = []

    def collect(leaf):
        if isinstance(leaf, KerasTensor):
            tensors.append(KerasTensor(leaf.shape, leaf.dtype))
        return leaf

    map_argument(bound, collect)
    elements = sum(math.prod(size or 1 for size in tensor.shape) for tensor in tensors)
    if elements > MOST_ELEMENTS and backend.backend() in RUNNING:
        raise MemoryError

    def call(*values):
        given = iter(values)
        return op.run(map_argument(bound, lambda leaf: next(given) if isinstance(leaf, KerasTensor) else leaf))

    return backend.compute_output_spec(call, *tensors)


def asked_dtypes(tracer, op, bound) -> list[str] | None:
    """The dtypes of the results, from a call that the backend only infers.

    Where Keras' rule is right, under a default of float32 for what has no rule of its own, None.
    """
    if op.name.startswith("random.") or (
        config.floatx() == USUAL and not (op.definition.asks and _other_dtypes(op.definition, bound))
    ):
        return None
    key = key_of(tracer, op, bound)
    if key not in tracer.tables.asked:
        found = _asked(tracer, op, bound)
        if key is None:
            return found
        tracer.tables.asked[key] = found
    return tracer.tables.asked[key]


def _asked(tracer, op, bound):
    given = map_argument(bound, lambda leaf: 2 if isinstance(leaf, Length) else leaf)
    try:
        with paused(tracer):
            specs = inferred(op, given)
    except Exception:  # whatever the backend raises: Keras' rule has the last word
        return None
    return [leaf.dtype for leaf in tree.flatten(specs)]


def _other_dtypes(known, bound) -> bool:
    """Whether an operand is no float32, of those that are not bool in any case."""
    found = set()
    bound = {param: argument for param, argument in bound.items() if param not in known.bools}
    map_argument(bound, lambda leaf: found.add(leaf.dtype) if isinstance(leaf, KerasTensor) else None)
    return bool(found - {USUAL})


def with_dtypes(specs, dtypes):
    """The results with these dtypes."""
    leaves = tree.flatten(specs)
    if dtypes is None or len(leaves) != len(dtypes) or not all(isinstance(leaf, KerasTensor) for leaf in leaves):
        return specs
    made = [leaf if leaf.dtype == dtype else KerasTensor(leaf.shape, dtype) for leaf, dtype in zip(leaves, dtypes)]
    return tree.pack_sequence_as(specs, made)
