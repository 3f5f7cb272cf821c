"""`x.at[key].set(values)` of jax, and assignment to a part of a tensor."""

from __future__ import annotations

from keras import ops

from kelt.tracing.symbols.symbol import Symbol


class At:
    """`x.at`: what comes behind a key gives a changed copy."""

    def __init__(self, x):
        self.x = x

    def __getitem__(self, key):
        return _Place(self.x, key)


class _Place:
    def __init__(self, x, key):
        self.x, self.key = x, key

    def get(self, **_):
        return self.x[self.key]

    def set(self, values, **_):
        return put(self.x, self.key, values)

    def add(self, values, **_):
        return self._combined(ops.add, values, "add")

    def multiply(self, values, **_):
        return self._combined(ops.multiply, values, "mul")

    mul = multiply

    def max(self, values, **_):
        return self._combined(ops.maximum, values, "max")

    def min(self, values, **_):
        return self._combined(ops.minimum, values, "min")

    def _combined(self, function, values, reduction):
        if _indices(self.key) is not None:  # an index may come twice
            return put(self.x, self.key, values, reduction)
        return put(self.x, self.key, function(self.x[self.key], values))


def put(x, key, values, reduction=None):
    """A copy of `x` in which `values` stand where `key` points."""
    indices = _indices(key)
    if indices is not None:
        if indices.dtype == "bool":
            return ops.where(indices, values, x)
        values = ops.broadcast_to(values, tuple(indices.shape) + tuple(x.shape)[1:])
        return ops.scatter_update(x, ops.expand_dims(indices, -1), ops.cast(values, x._dtype), reduction)
    starts, sizes = _box(key if isinstance(key, tuple) else (key,), x.shape)
    selected = x[key]
    values = ops.broadcast_to(ops.cast(ops.convert_to_tensor(values), x._dtype), selected.shape)
    return ops.slice_update(x, starts, ops.reshape(values, sizes))


def _indices(key):
    """The tensor that a key consists of."""
    if isinstance(key, tuple) and len(key) == 1:
        key = key[0]
    if isinstance(key, Symbol):
        return key
    return ops.convert_to_tensor(key) if hasattr(key, "shape") and len(key.shape) else None


def _box(key, shape):
    """Where a key of numbers and slices starts, and how far it reaches, on every axis."""
    if Ellipsis in key:
        at = key.index(Ellipsis)
        key = (*key[:at], *(slice(None),) * (len(shape) - len(key) + 1), *key[at + 1 :])
    key = (*key, *(slice(None),) * (len(shape) - len(key)))
    starts, sizes = [], []
    for item, length in zip(key, shape):
        if isinstance(item, slice):
            start, stop, step = item.indices(length)
            if step != 1:
                raise ValueError("a part with a step can't be assigned; write it with keras.ops.where")
            starts.append(start)
            sizes.append(max(0, stop - start))
        else:
            starts.append(item % length if isinstance(item, int) else item)
            sizes.append(1)
    return starts, tuple(sizes)
