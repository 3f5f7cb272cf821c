"""What user code of a backend expects of a tensor, on the symbol: its methods, its kind of dtype and of shape."""

from __future__ import annotations

from kelt.tracing.foreign.call import call_twin
from kelt.tracing.symbols.caller import Caller, caller
from kelt.tracing.symbols.symbol import Symbol


def equip(tables) -> None:
    """Gives the symbol the attributes that a tensor of this backend has. Done once: Keras keeps its backend."""
    tensor = tables.tensor_name()
    for name, twin in tables.METHODS.items():
        setattr(Symbol, name, _method(tables, f"{tensor}.{name}", twin))
    for name, read in tables.PROPERTIES.items():
        setattr(Symbol, name, property(read))
    Symbol.__torch_function__ = classmethod(_torch_function)
    Symbol.dtype = property(_dtype(tables))
    Symbol.shape_type = getattr(tables, "Shape", Symbol.shape_type)
    Symbol.__getattr__ = _missing(tables, tensor)


def _torch_function(cls, function, types, args=(), kwargs=None):
    """Torch asks for this where a symbol is among the arguments; the mode of the capture has the call before."""
    return NotImplemented


def _method(tables, name, twin):
    def method(self, *args, **kwargs):
        return call_twin(tables, self._tracer, name, twin, (self, *args), kwargs)

    method.__name__ = method.__qualname__ = name
    return method


def _dtype(tables):
    """A name for Keras and kelt, the backend's own object for everybody else."""

    def dtype(self):
        by_name = self._tracer.paused or caller() is not Caller.USER
        return self._dtype if by_name else tables.native_dtype(self._dtype)

    return dtype


def _missing(tables, tensor):
    def missing(self, name):
        text = f"a tensor being captured has no attribute {name!r}"
        if not name.startswith("_") and hasattr(tables.tensor_type(), name):
            text = f"{tensor}.{name} is not among the attributes that kelt can read; write it with keras.ops"
        raise AttributeError(text)

    return missing
