"""A capture at numbers alone, as the function that it is."""

from __future__ import annotations

import contextlib

from kelt.errors import ExportError, failure
from kelt.tracing.ops.handlers import STATIC
from kelt.tracing.record.graph import Function


def static(function: Function, problems: list):
    """A capture at numbers as it is. One with placeholders serves to list its problems only, and may lack lengths."""
    with contextlib.suppress(*([ExportError] if problems else [])):
        _set_static(function)
    return function, {}, problems


def _set_static(function: Function):
    for _, value in function.inputs:
        value.dims = list(value.shape)
    for node in function.nodes:
        for nested in node.functions:
            _set_static(nested)
        for value in node.outputs:
            if None in value.shape:
                what = f"keras.ops.{node.op}: the length of the result depends on the values of the input"
                raise failure("K205", what, node.path, STATIC)
            value.dims = list(value.shape)
