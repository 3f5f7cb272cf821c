"""One call of a function of the backend while a capture runs: to its twin, to the function itself, or rejected."""

from __future__ import annotations

import functools
import inspect

from keras.src import backend

from kelt.errors import failure
from kelt.tracing.foreign.twins import ByPosition
from kelt.tracing.record.graph import map_argument, values_in
from kelt.tracing.symbols.caller import Caller, caller, paused
from kelt.tracing.symbols.default_float import natively
from kelt.tracing.symbols.symbol import OpenShape, Symbol


def symbolic(argument, depth=3) -> bool:
    """Whether an argument holds something that is being recorded: a symbol or a variable."""
    if isinstance(argument, (Symbol, backend.Variable)):
        return True
    if not depth:
        return False
    if isinstance(argument, OpenShape):
        return False
    if isinstance(argument, (list, tuple)):
        return any(symbolic(item, depth - 1) for item in argument)
    if isinstance(argument, dict):
        return any(symbolic(item, depth - 1) for item in argument.values())
    if isinstance(argument, slice):
        return symbolic((argument.start, argument.stop, argument.step), depth)
    return False


def run(original, tracer, args, kwargs):
    """The function itself; nothing of it is recorded."""
    with paused(tracer):
        return original(*args, **kwargs)


def handler(tables, name):
    """What answers a call of the backend's function `name`."""
    return lambda tracer, original, args, kwargs: dispatch(tables, tracer, name, original, args, kwargs)


def dispatch(tables, tracer, name, original, args, kwargs):
    """A call of the backend's function `name`."""
    twin = tables.TABLE.get(name)
    if name in tables.RANDOM and caller() is Caller.USER:
        raise failure(
            "K204",
            f"{name} is random, which a file can't be",
            tracer.path,
            "Make the numbers an input" + _or_override(tracer),
        )
    if twin is None:
        if not symbolic((args, kwargs)):
            return run(original, tracer, args, kwargs)
        return _without_twin(tables, tracer, name, original, args, kwargs)
    if not symbolic((args, kwargs)) and (name not in tables.CREATION or caller() is not Caller.USER):
        return run(original, tracer, args, kwargs)
    return call_twin(tables, tracer, name, twin, args, kwargs, original)


def call_twin(tables, tracer, name, twin, args, kwargs, original=None):
    """The twin, if it has all the arguments that are given."""
    kwargs = {tables.RENAMED.get(key, key): value for key, value in kwargs.items() if key not in tables.IGNORED}
    known = signature(twin).parameters
    kwargs = {key: value for key, value in kwargs.items() if value is not None or key in known}
    try:
        if kwargs and isinstance(twin, ByPosition):
            args, kwargs = _by_position(original, args, kwargs), {}
        signature(twin).bind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        what = f"{name}: {error}, as kelt reads it"
        raise failure("K204", what, tracer.path, "Write it with keras.ops" + _or_override(tracer)) from None
    with natively(tracer):
        return twin(*args, **kwargs)


def _by_position(original, args, kwargs):
    if kwargs.keys() <= {"input", "other"}:  # torch's functions tell no signature
        return (*args, *(kwargs[key] for key in ("input", "other") if key in kwargs))
    return signature(original).bind(*args, **kwargs).args


@functools.cache
def signature(twin):
    """The signature of a twin: that of the function it stands for."""
    return inspect.signature(twin.function if isinstance(twin, ByPosition) else twin)


def _without_twin(tables, tracer, name, original, args, kwargs):
    values = constants(tracer, (args, kwargs))
    if values is not None:
        return run(original, tracer, *values)
    raise unknown(tables, tracer, name)


def unknown(tables, tracer, name):
    """The rejection of a function that no table has."""
    twin = twin_name(tracer, tables, name)
    remedy = f"Write keras.ops.{twin} instead" if twin else "Write it with keras.ops"
    what = f"{name} is not among the functions of the backend that kelt can read"
    return failure("K204", what, tracer.path, remedy + _or_override(tracer))


def twin_name(tracer, tables, name):
    """The function of `keras.ops` that does the same, if its name tells."""
    last = name.rsplit(".", 1)[-1]
    for candidate in (last, f"linalg.{last}", f"image.{last}"):
        if candidate in tracer.words.ops:
            return candidate
    return None


def _or_override(tracer) -> str:
    """What a user can do about any layer."""
    if not tracer.running:
        return "."
    layer = type(tracer.running[-1]).__name__
    return f", or override the layer: kelt.override({layer})(fn), with fn(layer, *inputs) written with keras.ops."


class _InputNeededError(Exception):
    pass


def constants(tracer, argument):
    """The argument with numbers in place of symbols; `None` if one of them depends on an input or a weight."""

    def concrete(leaf):
        if isinstance(leaf, backend.Variable) or (isinstance(leaf, Symbol) and not _constant(leaf._value)):
            raise _InputNeededError
        return backend.convert_to_tensor(tracer.concrete(leaf)) if isinstance(leaf, Symbol) else leaf

    try:
        return map_argument(argument, concrete)
    except _InputNeededError:
        return None


def _constant(value) -> bool:
    """Whether a value follows from numbers and arrays alone: from no input, no weight and no state."""
    seen, waiting = set(), [value]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        node = value.node
        if node is None or node.op == "read_state":
            return False
        if node.op == "weight" and isinstance(node.args["table"].source, backend.Variable):
            return False
        waiting += [needed for argument in node.args.values() for needed in values_in(argument)]
    return True
