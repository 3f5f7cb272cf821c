"""Shapes and dtypes of an op's outputs: Keras' own rules, and what stands in where they fail."""

from __future__ import annotations

from keras import KerasTensor
from keras.src.backend import is_tensor

from kelt.tracing.ops.alike import key_of
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.dtype_rules import stays_wide
from kelt.tracing.ops.inferred import inferred
from kelt.tracing.symbols.caller import paused


def output_spec(tracer, op, bound: dict):
    """A structure of `KerasTensor`: what the op makes of symbols. What Keras' rules say is asked once a model."""
    key = key_of(tracer, op, bound)
    found = None if key is None else tracer.tables.specs.get(key)
    if found is None:
        found = _by_rule(tracer, op, bound)
        if key is not None and not is_tensor(found):
            tracer.tables.specs[key] = found
    return found


def _by_rule(tracer, op, bound: dict):
    with paused(tracer):
        known = definition_of(op.name)
        found = None if known.spec is None else known.spec(bound)
        if found is None:
            try:
                found = op.run(bound)
            except Exception as error:  # Keras' rule for symbols is narrower than the op
                try:
                    return inferred(op, bound)
                except Exception:
                    raise error from None
            found = _corrected(known, bound, found)
        return found


def _corrected(known, bound, specs):
    if known.result_dtype is not None:
        return KerasTensor(specs.shape, known.result_dtype(bound))
    if isinstance(specs, KerasTensor) and specs.dtype == "int32" and stays_wide(known, bound):
        return KerasTensor(specs.shape, "int64")
    return specs
