"""Ops that index, and those that sort or count."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import meeting_rules as meetings
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import PROMOTE, op

OPS = (
    op("take", lengths=lengths.take, indices="indices"),
    op("take_along_axis", lengths=lengths.along, indices="indices"),
    op("scatter", lengths=lengths.shape, indices="indices"),
    op(
        "get_item",
        handler=handlers.get_item,
        spec=specs.get_item,
        lengths=windows.get_item,
        unsearchable=True,
        indices="key",
        passes_indices=True,
    ),
    op("slice", lengths=windows.slice_, indices="start_indices", passes_indices=True),
    op(
        "slice_update",
        dtypes=PROMOTE,
        lengths=lengths.like("inputs"),
        indices="start_indices",
        passes_indices=True,
    ),
    op("scatter_update", dtypes=PROMOTE, asks=True, lengths=lengths.like("inputs"), indices="indices"),
    op("one_hot", handler=handlers.one_hot, lengths=lengths.one_hot, indices="x"),
    op("multi_hot", result_dtype=specs.asked_dtype, indices="inputs x"),
    op(
        "segment_max segment_min segment_prod segment_sum",
        lengths=lengths.segments,
        meetings=meetings.rows,
        indices="segment_ids",
    ),
    op("sort argsort argpartition", lengths=lengths.cumulative),
    op("searchsorted", spec=specs.searchsorted, lengths=lengths.like("values")),
    op("top_k", lengths=lengths.top_k),
    op("in_top_k", lengths=lengths.like("targets")),
    op("isin", lengths=lengths.like("x1")),
    op("unravel_index", lengths=lengths.like("indices")),
    op("digitize", handler=handlers.digitize, lengths=lengths.like("x")),
    op("unique", handler=handlers.by_values("Give keras.ops.unique the largest number of values as size=.")),
    op(
        "nonzero",
        handler=handlers.by_values("Keep all elements and choose by a mask: keras.ops.where(condition, x, 0)."),
    ),
)
