"""Pooling, normalization and losses."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import meeting_rules as meetings
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops import window_rules as windows
from kelt.tracing.ops.definition import FLOAT, PROMOTE, op

OPS = (
    op("max_pool", per_axis="pool_size strides", lengths=windows.spatial, unsearchable=True),
    op("average_pool", dtypes=FLOAT, per_axis="pool_size strides", lengths=windows.spatial, unsearchable=True),
    op("adaptive_max_pool", spec=specs.adaptive_pool, lengths=windows.adaptive),
    op("adaptive_average_pool", dtypes=FLOAT, spec=specs.adaptive_pool, lengths=windows.adaptive),
    op("batch_normalization", dtypes=FLOAT, lengths=lengths.broadcast),
    op("binary_crossentropy", handler=handlers.of_probabilities, dtypes=FLOAT, lengths=lengths.broadcast),
    op("layer_normalization rms_normalization", dtypes=PROMOTE, lengths=lengths.broadcast),
    op("normalize", dtypes=FLOAT, result_dtype=specs.dtype_of_x, lengths=lengths.broadcast),
    op("categorical_crossentropy", handler=handlers.of_probabilities, asks=True),
    op("ctc_loss ctc_decode"),
    op("psnr", asks=True),
    op("sparse_categorical_crossentropy", handler=handlers.of_classes, asks=True, meetings=meetings.classes),
)
