"""Ops that need more than a node, or none: conversions and the like."""

from __future__ import annotations

import math
import re
import types as python

import numpy as np
from keras import KerasTensor, tree
from keras.src import backend

from kelt.errors import failure
from kelt.tracing.ops import dtype_rules
from kelt.tracing.record import host_arrays
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol

STATIC = (
    "A file knows its shapes from those of its inputs: keep the length, and choose by keras.ops.where, "
    "or take a fixed number by keras.ops.top_k."
)


def _convert_to_tensor(tracer, op, bound):
    x = tracer.lift(bound["x"])
    dtype = bound.get("dtype")
    dtype = None if dtype is None else host_arrays.backend_dtype(backend.standardize_dtype(dtype))
    if isinstance(x, Symbol):
        return x if dtype is None or dtype == x.dtype else tracer.cast(x, dtype)
    if isinstance(x, (bool, int, float, complex)):
        return tracer.literal(x, dtype or dtype_rules.python_dtype(x))
    if isinstance(x, (list, tuple)):
        flat = tree.flatten(x)
        if any(isinstance(item, Symbol) for item in flat):
            x = tracer.as_symbol(x)
            return x if dtype is None or dtype == x.dtype else tracer.cast(x, dtype)
        if dtype is None:
            dtype = host_arrays.list_dtype(flat)
        if len(flat) > host_arrays.LITERAL_SIZE:
            return tracer.array(host_arrays.as_array(x, dtype))
        shape = np.shape(x)
        if not backend.is_float_dtype(dtype):
            x = host_arrays.as_array(x, dtype).tolist()  # 2 is True, and 2.5 is 2
        return tracer.emit("constant", {"value": x}, KerasTensor(shape, dtype))
    return x


def tensor(tracer, x) -> Symbol:
    """A list of numbers or tensors as one tensor."""
    return _convert_to_tensor(tracer, None, {"x": x})


def tensors(tracer, xs) -> list:
    """A list of tensors, some of which may be lists of numbers."""
    return [tensor(tracer, x) if isinstance(x, (list, tuple)) else tracer.lift(x) for x in xs]


def _cast(tracer, op, bound):
    x = bound["x"]
    return _convert_to_tensor(tracer, op, {"x": x, "dtype": bound["dtype"]})


def _get_item(tracer, op, bound):
    key = bound["key"]
    if isinstance(key, list):
        bound["key"] = tuple(key)
    elif isinstance(key, np.ndarray):
        bound["key"] = key = (key,)
    items = key if isinstance(key, (list, tuple)) else (key,)
    if any(isinstance(item, np.ndarray) and item.dtype == bool and item.ndim == 1 for item in items):
        bound["key"] = items = tuple(
            np.flatnonzero(item).astype("int32") if isinstance(item, np.ndarray) and item.dtype == bool else item
            for item in items
        )
    if any(getattr(item, "dtype", None) == "bool" for item in items):
        raise failure("K204", "a boolean mask as an index gives as many elements as it holds", tracer.path, STATIC)
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


def _rearrange(tracer, op, bound):
    """Keras' own composition of reshape and transpose, without the node that it makes for symbols."""
    tensor, pattern = tracer.as_symbol(bound.pop("tensor")), bound.pop("pattern")
    axes = {**bound.pop("axes_lengths", {}), **bound}
    for group, length in zip(re.findall(r"\w+|\(.*?\)", pattern.partition("->")[0]), tensor._shape):
        names = re.findall(r"\w+", group)
        unknown = [name for name in names if name not in axes]
        if "(" in group and unknown:  # worked out here: Keras would with a product of numbers, which is an op
            if length is None:
                raise SizeNeeded
            axes[unknown[0]] = length // math.prod(axes[name] for name in names if name in axes)
    scope = {**op.function.__globals__, "any_symbolic_tensors": lambda *_: False}
    run = python.FunctionType(op.original.__code__, scope, op.name, op.original.__defaults__)
    return run(tensor, pattern, **axes)


def _conj(tracer, op, bound):
    x = tracer.as_symbol(bound["x"])
    return tracer.record(op, bound) if x.dtype.startswith("complex") else x


def _digitize(tracer, op, bound):
    """The bins may be a list of Python's."""
    return tracer.record(op, {**bound, "bins": _convert_to_tensor(tracer, op, {"x": bound["bins"]})})


# What gives a result whose length its values tell: what to do instead.
VALUES_DECIDE = {
    "bincount": "Count with keras.ops.sum(keras.ops.one_hot(x, number_of_bins), axis=-2).",
    "nonzero": "Keep all elements and choose by a mask: keras.ops.where(condition, x, 0).",
    "unique": "Give keras.ops.unique the largest number of values as size=.",
    "where": "Give keras.ops.where both values to choose from.",
}


def _by_values(tracer, op, bound):
    """Refused, unless an argument says how long the result is."""
    if bound.get("size") is not None or bound.get("x1") is not None:
        return tracer.record(op, bound)
    what = "the length of its result depends on values, which are not known before the model runs"
    raise failure("K204", what, tracer.path, VALUES_DECIDE[op.name], f"keras.ops.{op.name}")


def _polar(tracer, op, bound):
    remedy = "Compute the real and the imaginary part apart: abs * cos(angle) and abs * sin(angle)."
    what = "makes complex numbers, on which LiteRT computes nothing"
    raise failure("K204", what, tracer.path, remedy, "keras.ops.polar")


HANDLERS = {
    "digitize": _digitize,
    "polar": _polar,
    **dict.fromkeys(VALUES_DECIDE, _by_values),
    "conjugate": _conj,
    "rearrange": _rearrange,
    "ndim": _ndim,
    "size": _size,
    "convert_to_tensor": _convert_to_tensor,
    "array": _convert_to_tensor,
    "cast": _cast,
    "get_item": _get_item,
    "stop_gradient": _identity,
    "copy": _identity,
}


def _custom_gradient(tracer, original, f):
    """The function itself: what its gradient is means nothing at inference."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]


def _convert_to_numpy(tracer, original, x):
    if not isinstance(x, Symbol):
        return original(x)
    remedy = "Compute with keras.ops instead, or take the array outside of the exported function."
    what = "asks for values, which are not known before the model runs"
    raise failure("K204", what, tracer.path, remedy, "keras.ops.convert_to_numpy")


def _refused(name, what, remedy):
    def refuse(tracer, original, *args, **kwargs):
        raise failure("K204", what, tracer.path, remedy, f"keras.ops.{name}")

    return refuse


# Functions that take tensors or functions apart: name → (tracer, original, *arguments).
APART = {
    "convert_to_numpy": _convert_to_numpy,
    "custom_gradient": _custom_gradient,
    "jvp": _refused("jvp", "differentiates, which a file can't", "Write the derivative with keras.ops."),
}
