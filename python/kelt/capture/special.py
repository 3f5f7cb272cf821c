"""Ops that need more than a node, or none: conversions and the like."""

from __future__ import annotations

import math

import numpy as np
from keras import KerasTensor, tree
from keras.src import backend

from kelt.capture import constants, types
from kelt.capture.symbol import SizeNeeded, Symbol


def _convert_to_tensor(tracer, op, bound):
    x = tracer.lift(bound["x"])
    dtype = bound.get("dtype")
    dtype = None if dtype is None else backend.standardize_dtype(dtype)
    if isinstance(x, Symbol):
        return x if dtype is None or dtype == x.dtype else tracer.cast(x, dtype)
    if isinstance(x, (bool, int, float, complex)):
        return tracer.literal(x, dtype or types.python_dtype(x))
    if isinstance(x, (list, tuple)):
        flat = tree.flatten(x)
        if any(isinstance(item, Symbol) for item in flat):
            x = tracer.as_symbol(x)
            return x if dtype is None or dtype == x.dtype else tracer.cast(x, dtype)
        if dtype is None:
            dtype = constants.list_dtype(flat)
        if len(flat) > constants.LITERAL_SIZE:
            return tracer.array(constants.as_array(x, dtype))
        shape = np.shape(x)
        return tracer.emit("constant", {"value": x}, KerasTensor(shape, dtype))
    return x


def _cast(tracer, op, bound):
    x = bound["x"]
    return _convert_to_tensor(tracer, op, {"x": x, "dtype": bound["dtype"]})


def _get_item(tracer, op, bound):
    key = bound["key"]
    if isinstance(key, list):
        bound["key"] = tuple(key)
    return tracer.record(op, bound)


def _identity(tracer, op, bound):
    return tracer.as_symbol(bound[op.params[0]])


def _ndim(tracer, op, bound):
    return len(np.shape(bound["x"]) if isinstance(bound["x"], (bool, int, float, list, tuple)) else bound["x"].shape)


def _size(tracer, op, bound):
    x = tracer.as_symbol(bound["x"])
    if None in x._shape:
        raise SizeNeeded
    return math.prod(x._shape)


HANDLERS = {
    "ndim": _ndim,
    "size": _size,
    "convert_to_tensor": _convert_to_tensor,
    "array": _convert_to_tensor,
    "cast": _cast,
    "get_item": _get_item,
    "stop_gradient": _identity,
    "copy": _identity,
}
