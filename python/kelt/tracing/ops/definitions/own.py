"""Nodes that are kelt's own, beside those of keras.ops."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops.definition import op

OPS = (
    op("weight quantized_weight", repeatable=True),
    op("constant", repeatable=True, lengths=lengths.literal),
    op("read_state write_state"),
    op("masked_softmax grouped_attention zero_where"),  # of rules in src/rewrite: no record has it
    op("rnn", nested_lengths=lengths.rnn),
    op("hash_bucket hash_cross round_to_float8", lengths=lengths.broadcast),
)
