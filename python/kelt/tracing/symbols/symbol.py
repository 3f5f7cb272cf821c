"""The symbolic tensor that a model is run on: a `KerasTensor` that knows the value it stands for."""

from __future__ import annotations

import numpy as np
from keras import KerasTensor
from keras.src import ops as operations

from kelt.tracing.symbols.caller import Caller, active, caller
from kelt.tracing.symbols.default_float import natively


class SizeNeeded(BaseException):
    """The model reads the length of an open axis. Not an `Exception`: few handlers of a model stop it.

    Where one does that catches all, the capture is in vain all the same (`run.py`).
    """

    def __init__(self):
        super().__init__()
        if active.tracer is not None:
            active.tracer.in_vain = True


class OpenShape(tuple):
    """A shape with unknown lengths: reading one of those raises `SizeNeeded`."""

    __slots__ = ()

    def _read(self):
        if tuple.__contains__(self, None) and caller() is not Caller.SHAPE_AWARE:
            raise SizeNeeded

    def __getitem__(self, key):
        item = tuple.__getitem__(self, key)
        if item is None or (type(item) is tuple and None in item):
            self._read()
        return item

    def __iter__(self):
        self._read()
        return tuple.__iter__(self)

    def __add__(self, other):
        self._read()
        return tuple.__add__(self, other)

    def __radd__(self, other):
        self._read()
        return tuple.__add__(tuple(other), self)

    def __eq__(self, other):
        self._read()
        return tuple.__eq__(self, other)

    def __ne__(self, other):
        self._read()
        return tuple.__ne__(self, other)

    __hash__ = tuple.__hash__


class Spec(KerasTensor):
    """A shape and a dtype that are known to be in Keras' form, and no name."""

    def __init__(self, shape: tuple, dtype: str):
        self._shape, self._dtype = shape, dtype

    _sparse = _ragged = False


class Symbol(KerasTensor):
    """Stands for a value of the function being recorded."""

    __array_ufunc__ = None  # ndarray * symbol is symbol.__rmul__

    shape_type = OpenShape  # a backend's own may say more
    name = "tensor"
    record_history = _sparse = _ragged = False
    _ragged_rank = _row_splits_dtype = None
    _keras_mask = None  # asked for at every layer

    def __init__(self, value, tracer):
        # Not KerasTensor.__init__: it would count up Keras' names, and check again what is known.
        self._value = value
        self._tracer = tracer
        self._shape = value.shape
        self._dtype = value.dtype

    @property
    def shape(self):
        shape = self._shape
        if self._tracer.reads is not None and not self._tracer.paused:
            shape = self._tracer.read_shape(self._value)
        if self._tracer.paused or (self.shape_type is OpenShape and None not in shape):
            return shape
        return self.shape_type(shape)

    @property
    def __jax_array__(self):
        raise AttributeError("__jax_array__")  # jax_array * symbol is symbol.__rmul__

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._tracer.concrete(self), dtype=dtype)

    def __int__(self):
        return int(self.__array__())

    def __index__(self):
        return int(self.__array__())

    def __float__(self):
        return float(self.__array__())

    def __bool__(self):
        return bool(self.__array__())

    def numpy(self):
        return self.__array__()

    def item(self):
        return self.__array__().item()

    def __len__(self):
        if not self._shape:
            raise TypeError("a scalar has no length")
        if self._shape[0] is None:
            raise SizeNeeded
        if self._tracer.reads is not None:
            self._tracer.reads.lose()
        return self._shape[0]

    def __iter__(self):
        return iter([self[index] for index in range(len(self))])

    def __eq__(self, other):
        if other is None or isinstance(other, (str, type(Ellipsis))):
            return False
        return _compared("equal", self, other)

    def __ne__(self, other):
        if other is None or isinstance(other, (str, type(Ellipsis))):
            return True
        return _compared("not_equal", self, other)

    __hash__ = object.__hash__

    @property
    def T(self):  # noqa: N802
        from keras import ops

        return ops.transpose(self)


def _compared(op, x, other):
    from keras import ops

    with natively(x._tracer):
        return getattr(ops, op)(x, other)


def _operator(name, operation, reflected):
    """The operator of `KerasTensor`, under the default float dtype of the backend: a tensor's operators are its own.

    Recorded without the `Operation` that Keras makes for it.
    """
    inherited = getattr(KerasTensor, name)
    operation = getattr(operations, operation)

    def operator(self, other):
        tracer = active.tracer
        with natively(self._tracer):
            if tracer is None or tracer.paused:
                return inherited(self, other)
            x1, x2 = (other, self) if reflected else (self, other)
            return tracer.call(tracer.words.by_operation[operation], {"x1": x1, "x2": x2})

    return operator


def _of_bits(name, op):
    """`&` and the like: of numbers bit by bit, as every backend has it; `KerasTensor` takes all for truth values."""
    inherited = getattr(KerasTensor, name)

    def operator(self, *others):
        if all(_is_true_or_false(each) for each in (self, *others)):
            return inherited(self, *others)
        from keras import ops

        with natively(self._tracer):
            return getattr(ops, op)(self, *others)

    return operator


def _is_true_or_false(x):
    return isinstance(x, bool) or str(getattr(x, "_dtype", getattr(x, "dtype", ""))).endswith("bool")


_BINARY = (
    "add:Add sub:Subtract mul:Multiply matmul:Matmul div:Divide truediv:TrueDivide pow:Power floordiv:FloorDivide "
    "mod:Mod lt:Less le:LessEqual gt:Greater ge:GreaterEqual"
)
for _word, _class in (pair.split(":") for pair in _BINARY.split()):
    for _side in ("", "r"):
        if hasattr(KerasTensor, f"__{_side}{_word}__"):
            setattr(Symbol, f"__{_side}{_word}__", _operator(f"__{_side}{_word}__", _class, bool(_side)))
for _name in ("and", "rand", "or", "ror", "xor", "rxor"):
    setattr(Symbol, f"__{_name}__", _of_bits(f"__{_name}__", f"bitwise_{_name.removeprefix('r')}"))
Symbol.__invert__ = _of_bits("__invert__", "bitwise_not")
