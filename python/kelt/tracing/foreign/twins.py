"""What the tables of all backends share: twins that are more than one function of `keras.ops`."""

from __future__ import annotations

import collections
import math

import numpy as np
from keras import ops

from kelt.tracing.symbols.symbol import Symbol

TopK = collections.namedtuple("TopK", ("values", "indices"))


class ByPosition:
    """A function of `keras.ops` whose parameters stand in the same order, under other names."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)


def same(prefix: str, names: str) -> dict:
    """Entries for functions that `keras.ops` has under the same name, or under the one behind the `=`."""
    found = {}
    for name in names.split():
        theirs, _, ours = name.partition("=")
        if hasattr(ops, ours or theirs):
            found[prefix + theirs] = ByPosition(getattr(ops, ours or theirs))
    return found


def size_list(sizes) -> tuple:
    """Sizes in any form: one, several, an array; numbers of numpy and of the backend among them."""
    if isinstance(sizes, (tuple, list)):
        return tuple(size if size is None or isinstance(size, (int, Symbol)) else int(size) for size in sizes)
    if isinstance(sizes, Symbol):
        return size_list([sizes[i] for i in range(sizes.shape[0])] if sizes.shape else [sizes])
    if hasattr(sizes, "shape"):
        return size_list(np.asarray(sizes).reshape(-1).tolist())
    return (int(sizes),)


def at_axis(rank: int, axis: int, key) -> tuple:
    """A key that selects on one axis."""
    return (slice(None),) * (axis % rank) + (key,)


def typed(x, dtype):
    """The tensor in a dtype, if one is asked for."""
    return x if dtype is None else ops.cast(x, dtype)


def clip(x, low=None, high=None):
    """Bounded where a bound is given."""
    if low is not None and high is not None and not hasattr(low, "shape") and not hasattr(high, "shape"):
        return ops.clip(x, low, high)
    x = x if low is None else ops.maximum(x, low)
    return x if high is None else ops.minimum(x, high)


def count(x, axis) -> int:
    """How many elements a reduction takes together."""
    axes = range(len(x.shape)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    return math.prod(x.shape[i] for i in axes)


def var(x, axis=None, ddof=0, keepdims=False):
    """The variance with `ddof` fewer in the divisor."""
    found = ops.var(x, axis, keepdims)
    if not ddof:
        return found
    n = count(x, axis)
    return found * (n / (n - ddof))


def std(x, axis=None, ddof=0, keepdims=False):
    """Its root."""
    return ops.sqrt(var(x, axis, ddof, keepdims)) if ddof else ops.std(x, axis, keepdims)


def pad(x, width, mode="constant", value=None):
    """`width` as numpy takes it: a number, a pair, or a pair for each axis."""
    if isinstance(width, int):
        width = ((width, width),) * len(x.shape)
    width = tuple(tuple(int(side) for side in np.ravel(pair)) for pair in width) if _nested(width) else tuple(width)
    if width and isinstance(width[0], int):
        width = (width,) * len(x.shape)
    return ops.pad(x, width, mode.lower(), **({} if value is None or mode.lower() != "constant" else _value(value)))


def _value(value):
    return {"constant_values": value}


def _nested(width):
    return not isinstance(width[0], (int, np.integer))


def cumulative(function, x, axis=0, exclusive=False, reverse=False):
    """A running sum or product, backwards or without the element itself."""
    if reverse:
        x = ops.flip(x, axis)
    y = function(x, axis)
    if exclusive:
        y = y - x if function is ops.cumsum else y / x
    return ops.flip(y, axis) if reverse else y


def slice_in(x, start, size, axis=0):
    """A slice of one axis whose start may be a tensor."""
    starts = [0] * len(x.shape)
    sizes = list(x.shape)
    starts[axis], sizes[axis] = start, size
    return ops.slice(x, starts, sizes)


def split_points(sizes) -> list[int]:
    """Where to cut, from the sizes of the pieces."""
    points, at = [], 0
    for size in sizes[:-1]:
        at += size
        points.append(at)
    return points


def standardize(x, axis=-1, epsilon=1e-5):
    """Zero mean and unit variance along an axis."""
    mean = ops.mean(x, axis, keepdims=True)
    return (x - mean) * ops.rsqrt(ops.mean(ops.square(x - mean), axis, keepdims=True) + epsilon)


def l2_normalize(x, axis=None, epsilon=1e-12):
    """Divided by the Euclidean norm, which counts as at least the root of `epsilon`."""
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), epsilon))


def numbers(items) -> bool:
    """Whether these are sizes and other numbers of Python, so that what is made of them is one as well."""
    return all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in items)
