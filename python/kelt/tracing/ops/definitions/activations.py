"""Activations."""

from __future__ import annotations

from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops.definition import ARITHMETIC, FLOAT, op

OPS = (
    op("relu hard_tanh", dtypes=ARITHMETIC, lengths=lengths.broadcast),
    op(
        """
        relu6 leaky_relu elu celu selu gelu silu sigmoid log_sigmoid hard_sigmoid hard_silu hard_shrink
        soft_shrink tanh_shrink softplus softsign squareplus sparse_plus sparse_sigmoid sparsemax softmax
        log_softmax
        """,
        dtypes=FLOAT,
        lengths=lengths.broadcast,
    ),
    op("glu", dtypes=FLOAT, lengths=lengths.halved),
    op("swish", alias_of="silu"),
    op("hard_swish", alias_of="hard_silu"),
    op("threshold", asks=True, casts_to_output=True, lengths=lengths.broadcast),
)
