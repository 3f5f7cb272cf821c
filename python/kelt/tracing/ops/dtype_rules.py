"""Settles types: after this an op's operands have the dtype in which it computes, and no Python number is an operand.

An op's definition says how Keras chooses that dtype (`Definition.dtypes`). An op without a rule computes in the dtypes
that it is given; Python numbers among its operands get Keras' default dtype for them.
"""

from __future__ import annotations

import functools

from keras.src.backend import is_float_dtype

from kelt.tracing.ops.definition import ARITHMETIC, BOOL, FLOAT, PROMOTE, Definition
from kelt.tracing.ops.inferred import asked_dtypes
from kelt.tracing.record.reads import plain
from kelt.tracing.symbols.default_float import natively, rule

WIDE = ("int64", "uint64", "float64")  # what Keras promotes, it narrows


def settle(tracer, op, bound: dict) -> list[str] | None:
    """Inserts casts and constants for the operands of an op, in place. `bound` holds symbols and Python values.

    Gives the dtypes of the results, where Keras' rule for symbols may say others (`inferred.py`).
    """
    asked = asked_dtypes(tracer, op, bound)
    _settle(tracer, op.definition, bound, asked)
    return asked


def _settle(tracer, known: Definition, bound: dict, asked) -> None:
    if not known.dtypes:
        return
    if known.dtypes != BOOL:
        kinds = _kinds([bound.get(operand) for operand in known.operands])
        if not kinds:
            return
        dtype = _result(known, kinds) if asked is None else _beside(tracer, known, kinds, asked)
        for operand in known.operands:
            if bound.get(operand) is not None:
                bound[operand] = _convert(tracer, bound[operand], dtype)
    for operand in known.bools:
        if bound.get(operand) is not None:
            bound[operand] = _convert(tracer, bound[operand], "bool")


def _result(known: Definition, kinds):
    from keras.src.backend import backend, result_type

    first = kinds[0]
    if known.dtypes != FLOAT and isinstance(first, str) and all(other == first for other in kinds):
        if first == "int64" and backend() == "torch":
            return first if known.wide_on_torch else result_type(first)
        if known.dtypes == PROMOTE and first not in WIDE:
            return first  # also for dtypes that Keras does not promote (float8)
    dtype = _promoted((*kinds, float) if known.dtypes == FLOAT else tuple(kinds), rule())
    return "int32" if known.dtypes == ARITHMETIC and dtype == "bool" else dtype


@functools.lru_cache(1 << 12)
def _promoted(kinds: tuple, _rule: tuple[str, str]) -> str:
    """Keras' result type under that rule."""
    from keras.src.backend import result_type

    return result_type(*kinds)


def _beside(tracer, known: Definition, kinds, asked):
    """The dtype in which an op computes whose results have dtypes that were asked for."""
    if known.asks or is_float_dtype(asked[0]):
        return asked[0]
    with natively(tracer):  # a comparison and the like
        return _result(known, kinds)


def stays_wide(known: Definition, bound: dict) -> bool:
    """Whether the op has 64 bits on torch, of settled operands."""
    from keras.src.backend import backend

    if not known.wide_on_torch or backend() != "torch":
        return False
    operands = known.operands if known.dtypes else ("x",)
    return all(kind == "int64" for kind in _kinds([bound.get(operand) for operand in operands]))


def _kinds(operands, found=None):
    """The dtypes of symbols and the types of Python numbers, in a nest of lists."""
    found = [] if found is None else found
    for operand in operands:
        if isinstance(operand, (list, tuple)):
            _kinds(operand, found)
        elif isinstance(operand, (bool, int, float, complex)):
            found.append(type(plain(operand)))
        elif operand is not None:
            found.append(operand.dtype)
    return found


def _convert(tracer, operand, dtype):
    if isinstance(operand, (list, tuple)):
        return [_convert(tracer, item, dtype) for item in operand]
    if operand is None:
        return None
    if isinstance(operand, (bool, int, float, complex)):
        return tracer.literal(operand, dtype)
    return operand if operand.dtype == dtype else tracer.cast(operand, dtype)
