"""What TensorFlow's `x.shape` and `tf.shape(x)` are on a symbol."""

from __future__ import annotations

import math

import numpy as np

from kelt.tracing.symbols.symbol import OpenShape


class Shape(OpenShape):
    """What `x.shape` is in TensorFlow."""

    __slots__ = ()
    rank = ndims = property(len)

    def as_list(self):
        self._read()
        return list(tuple.__iter__(self))

    def num_elements(self):
        self._read()
        return math.prod(tuple.__iter__(self))

    def is_fully_defined(self):
        return not tuple.__contains__(self, None)

    def __getitem__(self, key):
        found = tuple.__getitem__(self, key)
        if not isinstance(key, slice):
            if found is None:
                self._read()
            return found
        return Shape(tuple.__iter__(found))

    def __add__(self, other):
        self._read()
        return Shape((*tuple.__iter__(self), *other))

    concatenate = __add__


class Sizes(OpenShape):
    """A shape that counts as a vector: `tf.shape(x)[1:3] * 2` doubles each size."""

    __slots__ = ()

    def _with(self, function, other):
        self._read()
        others = [other] * len(self) if isinstance(other, int) else list(other)
        return Sizes(function(a, b) for a, b in zip(tuple.__iter__(self), others, strict=True))

    def __add__(self, other):
        return self._with(lambda a, b: a + b, other)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(lambda a, b: a - b, other)

    def __rsub__(self, other):
        return self._with(lambda a, b: b - a, other)

    def __mul__(self, other):
        return self._with(lambda a, b: a * b, other)

    __rmul__ = __mul__

    def __floordiv__(self, other):
        return self._with(lambda a, b: a // b, other)

    def __mod__(self, other):
        return self._with(lambda a, b: a % b, other)

    def __getitem__(self, key):
        found = OpenShape.__getitem__(self, key)
        return Sizes(found) if isinstance(key, slice) else found

    def numpy(self):
        self._read()
        return np.asarray(tuple.__iter__(self), "int32")
