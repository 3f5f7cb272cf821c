"""Ops that move elements, or join and part tensors, and those that answer about a shape."""

from __future__ import annotations

import numpy as np

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import meeting_rules as meetings
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import PROMOTE, op

OPS = (
    op("reshape", spec=specs.reshape, lengths=lengths.reshape, meetings=meetings.reshaped, passes_indices=True),
    op("transpose", lengths=lengths.transpose, passes_indices=True),
    op("squeeze", lengths=lengths.squeeze, passes_indices=True),
    op("expand_dims", lengths=lengths.expand_dims, passes_indices=True),
    op(
        """
        array_split hsplit vsplit dsplit diag diagflat diagonal unfold fold
        """,
    ),
    op("fliplr flipud tril triu", lengths=lengths.like("x")),
    op("ravel", lengths=lengths.raveled),
    op("moveaxis", lengths=lengths.moved(np.moveaxis, "source", "destination")),
    op("swapaxes", lengths=lengths.moved(np.swapaxes, "axis1", "axis2")),
    op("rot90", spec=specs.rot90, lengths=lengths.turned),
    op("unstack", lengths=lengths.unstacked),
    op("space_to_depth", lengths=windows.to_depth),
    op("depth_to_space", lengths=windows.from_depth),
    op("broadcast_to", lengths=lengths.broadcast_to, passes_indices=True),
    op("tile", lengths=lengths.tiled, passes_indices=True),
    op("flip", lengths=lengths.broadcast, passes_indices=True),
    op("roll", lengths=lengths.broadcast),
    op("repeat", lengths=lengths.repeat, passes_indices=True),
    op("pad", lengths=lengths.pad),
    op("rearrange", handler=handlers.rearrange, unrecorded=True),
    op(
        "concatenate",
        dtypes=PROMOTE,
        wide_on_torch=True,
        lengths=lengths.concatenate,
        unsearchable=True,
        meetings=meetings.joined,
        passes_indices=True,
    ),
    op("append", dtypes=PROMOTE, wide_on_torch=True, meetings=meetings.joined),
    op("stack", lists="x", dtypes=PROMOTE, wide_on_torch=True, lengths=lengths.stack, passes_indices=True),
    op("hstack dstack", dtypes=PROMOTE),
    op("vstack", dtypes=PROMOTE, spec=specs.vstack),
    op("split", lengths=windows.split),
    op("meshgrid", lists="x", spec=specs.meshgrid),
    op("tri", spec=specs.square("N", "M"), lengths=lengths.square("N", "M")),
    op("shape", unrecorded=True),
    op("size", handler=handlers.size),
    op("ndim", handler=handlers.ndim),
)
