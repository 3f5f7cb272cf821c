"""Ops that need more than a node, or none: conversions and the like."""

from __future__ import annotations

import math
import re
import types as python

import numpy as np
from keras import KerasTensor, config, ops, tree
from keras.src import backend

from kelt.errors import failure
from kelt.tracing.ops import float8
from kelt.tracing.record import host_arrays
from kelt.tracing.record.reads import ReadSize
from kelt.tracing.symbols.caller import Caller, caller_of_kelt
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol

KERAS_EPSILON = 1e-7  # unless keras.config.set_epsilon says otherwise
STATIC = (
    "A file knows its shapes from those of its inputs: keep the length, and choose by keras.ops.where, "
    "or take a fixed number by keras.ops.top_k."
)


def convert_to_tensor(tracer, op, bound):
    """A tensor, an array or a nest of numbers as a tensor of that dtype."""
    x = tracer.lift(bound["x"])
    dtype = bound.get("dtype")
    dtype = None if dtype is None else host_arrays.backend_dtype(backend.standardize_dtype(dtype))
    if isinstance(x, Symbol):
        return x if dtype is None or dtype == x.dtype else float8.cast(tracer, x, dtype)
    if isinstance(x, (bool, int, float, complex)):
        return tracer.literal(x, dtype or host_arrays.python_dtype(x))
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
    return convert_to_tensor(tracer, None, {"x": x})


def tensors(tracer, xs) -> list:
    """A list of tensors, some of which may be lists of numbers."""
    return [tensor(tracer, x) if isinstance(x, (list, tuple)) else tracer.lift(x) for x in xs]


def cast(tracer, op, bound):
    """A conversion to a dtype."""
    x, dtype = bound["x"], bound["dtype"]
    known = not isinstance(x, Symbol) and backend.is_tensor(x) and host_arrays.keras_dtype(x) == dtype
    if known and caller_of_kelt() is Caller.SHAPE_AWARE:
        return x  # it is read where something uses it: Keras' Embedding casts positions on torch alone
    return convert_to_tensor(tracer, op, {"x": x, "dtype": dtype})


def get_item(tracer, op, bound):
    """Keys that are lists or boolean arrays become indices."""
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


def identity(tracer, op, bound):
    """The tensor itself."""
    return tracer.as_symbol(bound[op.params[0]])


def ndim(tracer, op, bound):
    """A number of Python's."""
    return len(np.shape(bound["x"]) if isinstance(bound["x"], (bool, int, float, list, tuple)) else bound["x"].shape)


def size(tracer, op, bound):
    """A number of Python's."""
    x = tracer.as_symbol(bound["x"])
    if None in x._shape:
        raise SizeNeeded
    return math.prod(x.shape)


def rearrange(tracer, op, bound):
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


def conj(tracer, op, bound):
    """Of real numbers, themselves."""
    x = tracer.as_symbol(bound["x"])
    return tracer.record(op, bound) if x.dtype.startswith("complex") else x


def one_hot(tracer, op, bound):
    """Of as many classes as a size that Python has read: each is compared with their numbers."""
    if not isinstance(bound["num_classes"], ReadSize):
        return tracer.record(op, bound)
    x, axis = tracer.as_symbol(bound["x"]), bound.get("axis", -1)
    if "int" not in x.dtype:
        x = ops.cast(x, "int32")
    shape = [1] * (len(x._shape) + 1)
    shape[axis] = -1
    numbers = ops.reshape(ops.arange(bound["num_classes"], dtype=x.dtype), shape)
    return ops.cast(ops.equal(ops.expand_dims(x, axis), numbers), bound.get("dtype") or config.floatx())


def digitize(tracer, op, bound):
    """The bins may be a list of Python's."""
    return tracer.record(op, {**bound, "bins": convert_to_tensor(tracer, op, {"x": bound["bins"]})})


def by_values(remedy):
    """For a result whose length its values tell: rejected, unless an argument says how long it is."""

    def handle(tracer, op, bound):
        if bound.get("size") is not None or bound.get("x1") is not None:
            return tracer.record(op, bound)
        what = "the length of its result depends on values, which are not known before the model runs"
        raise failure("K204", what, tracer.path, remedy, f"keras.ops.{op.name}")

    return handle


def patches(tracer, op, bound):
    """With a size of three numbers, of volumes."""
    if isinstance(bound["size"], (list, tuple)) and len(bound["size"]) == 3:
        op = tracer.words.ops["image.extract_patches_3d"]
        bound = {"volumes": bound.pop("images"), **bound}
    return tracer.record(op, bound)


def product(tracer, op, bound):
    """Of int8 alone Keras sums in int32; where flags are made int8 for it, in int8."""
    for name in ("x1", "x2", "operands"):
        if name in bound:
            bound[name] = tracer.lift(bound[name])
    given = tree.flatten([bound.get(name) for name in ("x1", "x2", "operands")])
    mixed = {symbol.dtype for symbol in given if isinstance(symbol, Symbol)} == {"int8", "bool"}
    result = tracer.record(op, bound)
    return tracer.cast(result, "int8") if mixed else result


def attention(tracer, op, bound):
    """On jax Keras takes a mask (batch, keys) for one of each row, where it does not broadcast to the scores."""
    query, key = (tracer.as_symbol(bound[name]) for name in ("query", "key"))
    for name in ("bias", "mask") if backend.backend() == "jax" else ():
        given = None if bound.get(name) is None else tracer.as_symbol(bound[name])
        if given is None or len(given._shape) not in (2, 3):
            continue
        scores = (query._shape[0], query._shape[2], query._shape[1], key._shape[1])
        if None in (*scores, *given._shape):
            raise SizeNeeded
        if any(length not in (1, wanted) for length, wanted in zip(given._shape[::-1], scores[::-1])):
            while len(given._shape) < 4:
                heads = len(given._shape) == 3 and given._shape[1] == scores[1]
                given = tracer.call(tracer.words.ops["expand_dims"], {"x": given, "axis": 2 if heads else 1})
            bound[name] = given
    return tracer.record(op, bound)


def window(tracer, op, bound):
    """As long as its argument says, which must be a number: where Keras runs an op to see its shape, any is made up."""
    if isinstance(bound["x"], Symbol):
        what = "the length of the window is the value of a tensor, which is not known before the model runs"
        raise failure("K204", what, tracer.path, "Give the length as a number.", f"keras.ops.{op.name}")
    return tracer.record(op, bound)


def polar(tracer, op, bound):
    """Rejected: complex numbers."""
    remedy = "Compute the real and the imaginary part apart: abs * cos(angle) and abs * sin(angle)."
    what = "makes complex numbers, on which LiteRT computes nothing"
    raise failure("K204", what, tracer.path, remedy, "keras.ops.polar")


# What runs instead of functions that take tensors or functions apart: (tracer, original, *arguments).


def custom_gradient(tracer, original, f):
    """The function itself: what its gradient is means nothing at inference."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]


def convert_to_numpy(tracer, original, x):
    """Rejected for a tensor of the model."""
    if not isinstance(x, Symbol):
        return original(x)
    remedy = "Compute with keras.ops instead, or take the array outside of the exported function."
    what = "asks for values, which are not known before the model runs"
    raise failure("K204", what, tracer.path, remedy, "keras.ops.convert_to_numpy")


def jvp(tracer, original, *args, **kwargs):
    """A derivative, which no file computes."""
    what, remedy = "differentiates, which a file can't", "Write the derivative with keras.ops."
    raise failure("K204", what, tracer.path, remedy, "keras.ops.jvp")


def of_probabilities(tracer, op, bound, sparse=False):
    """A crossentropy: probabilities are clipped by Keras' epsilon, of which the node knows the default only."""
    if bound["from_logits"] or config.epsilon() == KERAS_EPSILON:
        return tracer.record(op, bound)
    target, output, axis = tracer.as_symbol(bound["target"]), tracer.as_symbol(bound["output"]), bound.get("axis")
    clipped_first = sparse and backend.backend() == "tensorflow"
    if axis is not None and not clipped_first:
        output = ops.divide(output, ops.sum(output, axis=axis, keepdims=True))
    output = ops.clip(output, config.epsilon(), 1.0 - config.epsilon())
    if axis is None:
        return ops.negative(target * ops.log(output) + (1.0 - target) * ops.log(1.0 - output))
    if clipped_first:
        output = ops.divide(output, ops.sum(output, axis=axis, keepdims=True))
    if sparse:
        if len(target.shape) == len(output.shape) and target.shape[-1] == 1:
            target = ops.squeeze(target, -1)
        target = ops.one_hot(ops.cast(target, "int32"), output.shape[axis], axis=axis)
    return ops.negative(ops.sum(target * ops.log(output), axis=axis))


def of_classes(tracer, op, bound):
    """The same where the target is the number of a class."""
    return of_probabilities(tracer, op, bound, sparse=True)
