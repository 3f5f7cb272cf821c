"""Ops that sum up along an axis, or accumulate along it."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import BOOL, FLOAT, op

OPS = (
    op("all any", dtypes=BOOL, lengths=lengths.reduced),
    op("max min argmax argmin", lengths=lengths.reduced),
    op("amax", alias_of="max"),
    op("amin", alias_of="min"),
    op("sum", wide_on_torch=True, casts_to_output=True, lengths=lengths.reduced),
    op("prod", casts_to_output=True, lengths=lengths.reduced),
    op("mean std var", dtypes=FLOAT, lengths=lengths.reduced),
    op("median nanmean nanmedian nanstd nanvar", dtypes=FLOAT, lengths=lengths.reduced),
    op("quantile percentile", dtypes=FLOAT),
    op(
        """
        ptp average count_nonzero nanmax nanmin nanargmax nanargmin
        """,
        lengths=lengths.reduced,
    ),
    op("nancumsum nancumprod", lengths=lengths.cumulative),
    op("diff", lengths=windows.diff),
    op("nanquantile nanpercentile trapezoid"),
    op("histogram", asks=True),
    op("moments", dtypes=FLOAT, lengths=lengths.reduced),
    op("logsumexp", dtypes=FLOAT, result_dtype=specs.dtype_of_x, lengths=lengths.reduced),
    op("nansum nanprod", casts_to_output=True, lengths=lengths.reduced),
    op("trace", casts_to_output=True),
    op("cumsum cumprod", casts_to_output=True, lengths=lengths.cumulative),
    op(
        "bincount",
        handler=handlers.by_values("Count with keras.ops.sum(keras.ops.one_hot(x, number_of_bins), axis=-2)."),
    ),
)
