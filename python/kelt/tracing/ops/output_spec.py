"""Shapes and dtypes of an op's outputs: Keras' own rules, and what stands in where they fail."""

from __future__ import annotations

import functools
import math

from keras import KerasTensor
from keras.src.ops.operation_utils import broadcast_shapes

from kelt.tracing.ops.dtype_rules import stays_wide
from kelt.tracing.record.graph import Length, map_argument
from kelt.tracing.symbols.caller import paused

# Backends that infer a shape by running the op, torch where it has no other way: at larger sizes that costs gigabytes.
RUNNING = ("numpy", "torch")
MOST_ELEMENTS = 1 << 26

# Ops for which Keras' rule says float32 where the backends give the operand's dtype.
KEEPS_DTYPE = frozenset(("reciprocal", "normalize", "logsumexp"))


def output_spec(tracer, op, bound: dict):
    """A structure of `KerasTensor`: what the op makes of symbols."""
    with paused(tracer):
        special = SPECIAL.get(op.name)
        if special is not None:
            found = special(bound)
            if found is not None:
                return found
        try:
            specs = op.run(bound)
        except Exception as error:
            return _ask_backend(op, bound, error)
        if op.name == "multi_hot":  # Keras' rule says the dtype of the numbers
            return KerasTensor(specs.shape, bound["dtype"] or _floatx())
        if op.name in KEEPS_DTYPE and specs.dtype != bound["x"].dtype:
            return KerasTensor(specs.shape, bound["x"].dtype)
        if isinstance(specs, KerasTensor) and specs.dtype == "int32" and stays_wide(op.name, bound):
            return KerasTensor(specs.shape, "int64")
        return specs


def _ask_backend(op, bound, error):
    """Keras' rule for symbols is narrower than the op: let the backend infer it from a call."""
    from keras.src import backend

    tensors = []

    def collect(leaf):
        if isinstance(leaf, KerasTensor):
            tensors.append(KerasTensor(leaf.shape, leaf.dtype))
        return leaf

    map_argument(bound, collect)
    elements = sum(math.prod(size or 1 for size in tensor.shape) for tensor in tensors)
    if not tensors or (elements > MOST_ELEMENTS and backend.backend() in RUNNING):
        raise error

    def call(*values):
        given = iter(values)
        return op.run(map_argument(bound, lambda leaf: next(given) if isinstance(leaf, KerasTensor) else leaf))

    try:
        return backend.compute_output_spec(call, *tensors)
    except Exception:
        raise error from None


def _floatx():
    from keras import config

    return config.floatx()


def _open(sizes):
    """The shape with None for what is a length of something."""
    return tuple(None if isinstance(size, Length) else size for size in sizes)


def _reshape(bound):
    """With a length of something among the sizes."""
    sizes = bound["newshape"]
    if not isinstance(sizes, (list, tuple)) or not any(isinstance(size, Length) for size in sizes):
        return None
    return KerasTensor(_open(sizes), bound["x"].dtype)


def _filled(bound):
    from keras.src.backend import standardize_dtype

    shape = bound["shape"]
    shape = (shape,) if isinstance(shape, int) else _open(shape)
    if any(isinstance(dim, KerasTensor) for dim in shape):
        return None
    dtype = bound["dtype"]
    return KerasTensor(shape, _floatx() if dtype is None else standardize_dtype(dtype))


def _square(rows, columns):
    def spec(bound):
        height = bound[rows]
        width = bound.get(columns) if columns else None
        return KerasTensor((height, height if width is None else width), bound["dtype"] or _floatx())

    return spec


def _arange(bound):
    start, stop, step = bound["start"], bound["stop"], bound["step"]
    if any(isinstance(item, KerasTensor) for item in (start, stop, step)):
        return None
    if stop is None:
        start, stop = 0, start
    from keras.src.backend import result_type

    numbers = [start, stop] + ([] if step is None else [step])
    dtype = bound["dtype"] or result_type(*(type(number) for number in numbers))
    return KerasTensor((max(0, math.ceil((stop - start) / (step or 1))),), dtype)


def _convert(bound):
    x = bound["x"]
    return KerasTensor(x.shape, bound["dtype"])


def _get_item(bound):
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


def _adaptive_pool(bound):
    """Keras' rule counts the axes of channels last wrongly."""
    x, size = bound["inputs"], bound["output_size"]
    size = (size,) * (len(x.shape) - 2) if isinstance(size, int) else tuple(size)
    first = _channels_first(bound)
    shape = (*x.shape[:2], *size) if first else (x.shape[0], *size, x.shape[-1])
    return KerasTensor(shape, x.dtype)


def _channels_first(bound):
    from keras.src.backend import standardize_data_format

    return standardize_data_format(bound["data_format"]) == "channels_first"


def _sign_and_log(bound):
    """Keras' rule forgets the batch."""
    x = bound["x"]
    return KerasTensor(x.shape[:-2], x.dtype), KerasTensor(x.shape[:-2], x.dtype)


def _lu_factor(bound):
    """Keras' rule gives the exchanges of rows, which are indices, the dtype of the matrix."""
    x = bound["x"]
    lengths = x.shape[-2:]
    exchanges = None if None in lengths else min(lengths)
    return KerasTensor(x.shape, x.dtype), KerasTensor((*x.shape[:-2], exchanges), "int32")


def _corrcoef(bound):
    """Keras' rule gives the shape of the operand; of one row there is a number."""
    from keras.src.backend import result_type

    x = bound["x"]
    return KerasTensor(x.shape[:1] * 2 if len(x.shape) > 1 else (), result_type(x.dtype, float))


def _linspace(bound):
    """Keras' rule has no step, and floats whatever dtype is asked for."""
    from keras import ops

    points = ops.linspace(**{**bound, "retstep": False})
    points = KerasTensor(points.shape, bound["dtype"] or points.dtype)
    shape = list(points.shape)
    del shape[bound["axis"]]
    return (points, KerasTensor(tuple(shape), points.dtype)) if bound["retstep"] else points


def _vstack(bound):
    """Keras' rule joins vectors end to end."""
    shapes = [x.shape for x in bound["xs"]]
    return KerasTensor((len(shapes), *shapes[0]), bound["xs"][0].dtype) if len(shapes[0]) == 1 else None


def _meshgrid(bound):
    """Keras' rule says float32 of whatever."""
    from keras import ops

    grids = ops.meshgrid(*bound["x"], indexing=bound["indexing"])
    return [KerasTensor(grid.shape, x.dtype) for grid, x in zip(grids, bound["x"])]


def _kron(bound):
    """Keras' rule wants operands of one rank."""
    a, b = bound["x1"].shape, bound["x2"].shape
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b)
    dims = (None if None in pair else pair[0] * pair[1] for pair in zip(a, b))
    return KerasTensor(tuple(dims), bound["x1"].dtype)


def _attention(bound):
    """Keras' rule is the shape of the query, whatever else is given."""
    query, key, value = (bound[name].shape for name in ("query", "key", "value"))
    broadcast_shapes(key[:2], value[:2])
    batch = broadcast_shapes(query[:1], key[:1])
    for given in (bound["bias"], bound["mask"]):
        if given is not None:
            broadcast_shapes((*batch, query[2], query[1], key[1]), given.shape)
    return


SPECIAL = {
    "dot_product_attention": _attention,
    "lu_factor": _lu_factor,
    "slogdet": _sign_and_log,
    "kron": _kron,
    "meshgrid": _meshgrid,
    "vstack": _vstack,
    "linspace": _linspace,
    "corrcoef": _corrcoef,
    "adaptive_average_pool": _adaptive_pool,
    "adaptive_max_pool": _adaptive_pool,
    "zeros": _filled,
    "ones": _filled,
    "empty": _filled,
    "full": _filled,
    "eye": _square("N", "M"),
    "tri": _square("N", "M"),
    "identity": _square("n", None),
    "arange": _arange,
    "cast": _convert,
    "get_item": _get_item,
    "reshape": _reshape,
}
