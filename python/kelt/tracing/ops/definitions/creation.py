"""Ops that make tensors of numbers and dtypes, conversions, and functions that are no ops."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import op

OPS = (
    op("zeros", spec=specs.filled, lengths=lengths.shape, makes_zeros=True),
    op("ones empty full", spec=specs.filled, lengths=lengths.shape),
    op("zeros_like", lengths=lengths.broadcast, makes_zeros=True),
    op("ones_like full_like", lengths=lengths.broadcast),
    op("empty_like saturate_cast", lengths=lengths.like("x")),
    op("logspace geomspace vander view"),
    op("bartlett blackman hamming hanning kaiser", handler=handlers.window),
    op("eye", spec=specs.square("N", "M"), lengths=lengths.square("N", "M")),
    op("identity", spec=specs.square("n", None), lengths=lengths.square("n")),
    op("arange", static="start stop step", spec=specs.arange, lengths=windows.arange),
    op("linspace", tensors="start stop", spec=specs.linspace, lengths=lengths.linspace),
    op(
        "cast",
        handler=handlers.cast,
        spec=specs.cast,
        lengths=lengths.broadcast,
        passes_indices=True,
        repeatable=True,
    ),
    op("convert_to_tensor array", handler=handlers.convert_to_tensor),
    op("copy stop_gradient", handler=handlers.identity),
    op("is_tensor dtype vectorize", unrecorded=True),
    op("convert_to_numpy", unrecorded=True, instead=handlers.convert_to_numpy),
    op("custom_gradient", unrecorded=True, instead=handlers.custom_gradient),
    op("jvp", unrecorded=True, instead=handlers.jvp),
)
