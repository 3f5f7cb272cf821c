"""Which calls of an op are alike: what Keras' rules say of one holds for the others."""

from __future__ import annotations

from kelt.tracing.record.reads import ReadFloat, ReadSize, plain
from kelt.tracing.symbols.symbol import Symbol


def shaped(symbol: Symbol) -> tuple:
    """Of a symbol, what the shapes and dtypes of results depend on."""
    return symbol._shape, symbol._dtype


def measured(symbol: Symbol) -> tuple:
    """The same with its lengths as they are of the symbols: a log keeps one list of the same, as long as it lives."""
    dims = symbol._value.dims
    if dims is None:
        raise TypeError
    return symbol._shape, id(dims), symbol._dtype


def key_of(tracer, op, bound: dict, of=shaped) -> tuple | None:
    """All on which the results of a call depend; `None` where an argument is more than numbers and symbols."""
    try:
        return op, tracer.native, tuple([(param, _part(argument, of)) for param, argument in bound.items()])
    except TypeError:
        return None


def _part(argument, of):
    kind = type(argument)
    if kind is Symbol:
        return of(argument)
    if kind is str or argument is None:
        return argument
    if kind is int or kind is float or kind is bool:
        return kind, argument  # 1, 1.0 and True are equal
    if kind is tuple or kind is list:
        return kind, *[_part(item, of) for item in argument]
    if kind is slice:
        return kind, _part(argument.start, of), _part(argument.stop, of), _part(argument.step, of)
    if kind is ReadSize or kind is ReadFloat:
        return kind, plain(argument), str(argument.size)
    raise TypeError
