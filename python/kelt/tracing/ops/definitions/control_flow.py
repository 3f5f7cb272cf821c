"""Functions of keras.ops that call functions."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops.definition import op

OPS = (
    op("cond switch", control_flow=True, nested_lengths=lengths.choice),
    op("while_loop", control_flow=True, nested_lengths=lengths.loop),
    op("fori_loop map associative_scan vectorized_map", control_flow=True),
    op("scan", control_flow=True, nested_lengths=lengths.scan),
)
