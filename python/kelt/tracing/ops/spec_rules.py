"""Shapes and dtypes of outputs where Keras' own rule fails.

A rule takes the arguments by parameter; None says that Keras' rule is right about these.
"""

from __future__ import annotations

import functools
import math

from keras import KerasTensor
from keras.src.ops.operation_utils import broadcast_shapes

from kelt.tracing.record.graph import Length


def _floatx():
    from keras import config

    return config.floatx()


def _open(sizes):
    """The shape with None for what is a length of something."""
    return tuple(None if isinstance(size, Length) else size for size in sizes)


def reshape(bound):
    """With a length of something among the sizes."""
    sizes = bound["newshape"]
    if not isinstance(sizes, (list, tuple)) or not any(isinstance(size, Length) for size in sizes):
        return None
    return KerasTensor(_open(sizes), bound["x"].dtype)


def filled(bound):
    """A shape that is an argument, with lengths of something in it."""
    from keras.src.backend import standardize_dtype

    shape = bound["shape"]
    shape = (shape,) if isinstance(shape, int) else _open(shape)
    if any(isinstance(dim, KerasTensor) for dim in shape):
        return None
    dtype = bound["dtype"]
    return KerasTensor(shape, _floatx() if dtype is None else standardize_dtype(dtype))


def square(rows, columns):
    """A matrix, of which two arguments say the shape."""

    def spec(bound):
        height = bound[rows]
        width = bound.get(columns) if columns else None
        return KerasTensor((height, height if width is None else width), bound["dtype"] or _floatx())

    return spec


def arange(bound):
    """As many numbers as there are from start to stop."""
    start, stop, step = bound["start"], bound["stop"], bound["step"]
    if any(isinstance(item, KerasTensor) for item in (start, stop, step)):
        return None
    if stop is None:
        start, stop = 0, start
    from keras.src.backend import result_type

    numbers = [start, stop] + ([] if step is None else [step])
    dtype = bound["dtype"] or result_type(*(type(number) for number in numbers))
    return KerasTensor((max(0, math.ceil((stop - start) / (step or 1))),), dtype)


def cast(bound):
    """The dtype that is asked for, on any backend."""
    x = bound["x"]
    return KerasTensor(x.shape, bound["dtype"])


def get_item(bound):
    """Keras' rule takes bare keys for errors, and tensors too."""
    key = bound["key"]
    items = key if isinstance(key, (tuple, list)) else (key,)
    tensors = [item for item in items if isinstance(item, KerasTensor)]
    if any(isinstance(item, (list, bool)) for item in items) or any(item.dtype == "bool" for item in tensors):
        return None
    x = bound["x"]
    places = []  # of the items that index one by one: their axes are one, where the first stands if none is between
    shape, rest = [], list(x.shape)
    consumed = sum(item is not None and item is not Ellipsis for item in items)
    items = list(items) if any(item is Ellipsis for item in items) else [*items, Ellipsis]
    for i, item in enumerate(items):
        if isinstance(item, KerasTensor) or (tensors and isinstance(item, int)):
            places.append((i, len(shape)))
            rest.pop(0)
        elif item is None:
            shape.append(1)
        elif item is Ellipsis:
            kept = len(x.shape) - consumed
            shape += rest[:kept]
            rest = rest[kept:]
        elif isinstance(item, slice):
            length = rest.pop(0)
            if any(isinstance(part, KerasTensor) for part in (item.start, item.stop, item.step)):
                return None
            whole = item.start in (None, 0) and item.stop is None and item.step in (None, 1)
            if length is None:
                shape.append(None)
            else:
                shape.append(length if whole else len(range(*item.indices(length))))
        else:
            length = rest.pop(0)
            if length is not None and not -length <= item < length:
                raise IndexError(f"index {item} is out of bounds for an axis of length {length}")
    if tensors:
        together = places[-1][0] - places[0][0] == len(places) - 1
        at = places[0][1] if together else 0
        shape[at:at] = functools.reduce(broadcast_shapes, (tuple(item.shape) for item in tensors))
    return KerasTensor(tuple(shape), x.dtype)


def adaptive_pool(bound):
    """Keras' rule counts the axes of channels last wrongly."""
    x, size = bound["inputs"], bound["output_size"]
    size = (size,) * (len(x.shape) - 2) if isinstance(size, int) else tuple(size)
    first = _channels_first(bound)
    shape = (*x.shape[:2], *size) if first else (x.shape[0], *size, x.shape[-1])
    return KerasTensor(shape, x.dtype)


def _channels_first(bound):
    from keras.src.backend import standardize_data_format

    return standardize_data_format(bound["data_format"]) == "channels_first"


def slogdet(bound):
    """Keras' rule forgets the batch."""
    x = bound["x"]
    return KerasTensor(x.shape[:-2], x.dtype), KerasTensor(x.shape[:-2], x.dtype)


def lu_factor(bound):
    """Keras' rule gives the exchanges of rows, which are indices, the dtype of the matrix."""
    x = bound["x"]
    lengths = x.shape[-2:]
    exchanges = None if None in lengths else min(lengths)
    return KerasTensor(x.shape, x.dtype), KerasTensor((*x.shape[:-2], exchanges), "int32")


def corrcoef(bound):
    """Keras' rule gives the shape of the operand; of one row there is a number."""
    from keras.src.backend import result_type

    x = bound["x"]
    return KerasTensor(x.shape[:1] * 2 if len(x.shape) > 1 else (), result_type(x.dtype, float))


def linspace(bound):
    """Keras' rule has no step, and floats whatever dtype is asked for."""
    from keras import ops

    floats = ops.linspace(**{**bound, "retstep": False, "dtype": None})
    points = KerasTensor(floats.shape, bound["dtype"] or floats.dtype)
    shape = list(points.shape)
    del shape[bound["axis"]]
    # Between integers too a step is a fraction.
    step = floats.dtype if "int" in points.dtype else points.dtype
    return (points, KerasTensor(tuple(shape), step)) if bound["retstep"] else points


def searchsorted(bound):
    """Keras' rule says int64 where the length is not known; no sequence that fits a file needs it."""
    return KerasTensor(bound["values"].shape, "int32") if len(bound["sorted_sequence"].shape) == 1 else None


def rot90(bound):
    """Keras' rule exchanges the axes whatever k is."""
    return KerasTensor(bound["array"].shape, bound["array"].dtype) if bound["k"] % 2 == 0 else None


def vstack(bound):
    """Keras' rule joins vectors end to end."""
    shapes = [x.shape for x in bound["xs"]]
    return KerasTensor((len(shapes), *shapes[0]), bound["xs"][0].dtype) if len(shapes[0]) == 1 else None


def meshgrid(bound):
    """Keras' rule says float32 of whatever."""
    from keras import ops

    grids = ops.meshgrid(*bound["x"], indexing=bound["indexing"])
    return [KerasTensor(grid.shape, x.dtype) for grid, x in zip(grids, bound["x"])]


def kron(bound):
    """Keras' rule wants operands of one rank."""
    a, b = bound["x1"].shape, bound["x2"].shape
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b)
    dims = (None if None in pair else pair[0] * pair[1] for pair in zip(a, b))
    return KerasTensor(tuple(dims), bound["x1"].dtype)


def attention(bound):
    """Keras' rule is the shape of the query, whatever else is given."""
    query, key, value = (bound[name].shape for name in ("query", "key", "value"))
    broadcast_shapes(key[:2], value[:2])
    batch = broadcast_shapes(query[:1], key[:1])
    for given in (bound["bias"], bound["mask"]):
        if given is not None:
            broadcast_shapes((*batch, query[2], query[1], key[1]), given.shape)
    return


# Dtypes of results, where Keras' rule gives the shape and not the dtype.


def dtype_of_x(bound):
    """That of the operand, where Keras' rule says float32."""
    return bound["x"].dtype


def asked_dtype(bound):
    """The one that is asked for, where Keras' rule says that of the numbers."""
    return bound["dtype"] or _floatx()


# Numbers of windows, which Keras' rules count below zero where the signal is shorter than one.


def extract_sequences(bound):
    """A row for each window."""
    x, length = bound["x"], bound["sequence_length"]
    return KerasTensor((*x.shape[:-1], _windows(x.shape[-1], length, bound["sequence_stride"]), length), x.dtype)


def stft(bound):
    """Half a spectrum for each window."""
    x, length = bound["x"], bound["fft_length"]
    margin = length // 2 if bound["center"] else 0
    signal = None if x.shape[-1] is None else x.shape[-1] + 2 * margin
    shape = (*x.shape[:-1], _windows(signal, length, bound["sequence_stride"]), length // 2 + 1)
    return KerasTensor(shape, x.dtype), KerasTensor(shape, x.dtype)


def _windows(size, reach, stride):
    return None if size is None else max(0, (size - reach) // stride + 1)
