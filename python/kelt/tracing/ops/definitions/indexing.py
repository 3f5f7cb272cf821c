"""Ops that index, and those that sort or count."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import meeting_rules as meetings
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops.definition import PROMOTE, op

OPS = (
    op("take", lengths=lengths.take, indices="indices"),
    op("take_along_axis scatter", indices="indices"),
    op(
        "get_item",
        handler=handlers.get_item,
        spec=specs.get_item,
        lengths=lengths.get_item,
        indices="key",
        passes_indices=True,
    ),
    op("slice", indices="start_indices", passes_indices=True),
    op("slice_update", dtypes=PROMOTE, indices="start_indices", passes_indices=True),
    op("scatter_update", dtypes=PROMOTE, indices="indices"),
    op("one_hot", lengths=lengths.one_hot, indices="x"),
    op("multi_hot", result_dtype=specs.asked_dtype, indices="inputs x"),
    op("segment_max segment_min segment_prod segment_sum", meetings=meetings.rows, indices="segment_ids"),
    op("searchsorted sort argsort argpartition top_k in_top_k isin unravel_index"),
    op("digitize", handler=handlers.digitize),
    op("unique", handler=handlers.by_values("Give keras.ops.unique the largest number of values as size=.")),
    op(
        "nonzero",
        handler=handlers.by_values("Keep all elements and choose by a mask: keras.ops.where(condition, x, 0)."),
    ),
)
