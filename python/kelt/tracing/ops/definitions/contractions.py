"""Products of tensors: matrices, convolutions, attention."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import meeting_rules as meetings
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import PROMOTE, op

# What the convolutions have in common: all but the lengths of their results.
CONVOLUTION = {
    "dtypes": PROMOTE,
    "asks": True,
    "per_axis": "strides dilation_rate",
    "unsearchable": True,
    "meetings": meetings.nothing,
}

OPS = (
    op("matmul", handler=handlers.product, dtypes=PROMOTE, lengths=lengths.matmul, meetings=meetings.product),
    op("dot", dtypes=PROMOTE, meetings=meetings.product),
    op("inner tensordot vdot", dtypes=PROMOTE),
    op("outer", dtypes=PROMOTE, wide_on_torch=True),
    op("einsum", handler=handlers.product, dtypes=PROMOTE, lengths=lengths.einsum, meetings=meetings.einsum),
    op("kron", dtypes=PROMOTE, spec=specs.kron),
    op("cross", unset="axis", dtypes=PROMOTE),
    op("cdist correlate"),
    op("corrcoef", spec=specs.corrcoef),
    op("conv separable_conv", lengths=windows.spatial, **CONVOLUTION),
    op("depthwise_conv", lengths=windows.depthwise, **CONVOLUTION),
    op("conv_transpose", lengths=windows.transposed, **CONVOLUTION),
    op(
        "dot_product_attention",
        handler=handlers.attention,
        tensors="key",
        numbers="scale",
        dtypes=PROMOTE,
        asks=True,
        spec=specs.attention,
        lengths=lengths.attention,
        meetings=meetings.attention,
    ),
)
