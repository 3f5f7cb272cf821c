"""Shapes and dtypes of an op's outputs: Keras' own rules, and what stands in where they fail."""

from __future__ import annotations

from keras import KerasTensor

from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.dtype_rules import stays_wide
from kelt.tracing.ops.inferred import inferred
from kelt.tracing.symbols.caller import paused


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
        except Exception as error:  # Keras' rule for symbols is narrower than the op
            try:
                return inferred(op, bound)
            except Exception:
                raise error from None
        if known.result_dtype is not None:
            return KerasTensor(specs.shape, known.result_dtype(bound))
        if isinstance(specs, KerasTensor) and specs.dtype == "int32" and stays_wide(known, bound):
            return KerasTensor(specs.shape, "int64")
        return specs
