"""How a call of a function of keras.ops is recorded: its arguments settled, its results inferred, one node."""

from __future__ import annotations

import numpy as np
from keras import KerasTensor
from keras.src import backend

from kelt.errors import ExportError, failure, first_line
from kelt.tracing.ops import canonical, dtype_rules, handlers, inferred, output_spec
from kelt.tracing.ops.alike import key_of, measured
from kelt.tracing.ops.vocabulary import takes_list
from kelt.tracing.record import host_arrays
from kelt.tracing.record.graph import LEAVES, map_argument
from kelt.tracing.record.reads import as_plain
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol


def lift(tracer, op, bound: dict) -> None:
    """Variables, arrays and lists of numbers among the arguments as symbols, in place."""
    name, tensors = op.name, op.tensors
    for param, argument in bound.items():
        kind = type(argument)
        if kind is Symbol or kind is str or argument is None or kind is bool or kind is int or kind is float:
            continue
        if kind is np.ndarray and param not in tensors:
            bound[param] = argument.tolist()
        elif isinstance(argument, (list, tuple)) and param in tensors:
            bound[param] = (
                handlers.tensors(tracer, argument) if takes_list(name, param) else handlers.tensor(tracer, argument)
            )
        elif kind is not type and not (kind is tuple and all(type(item) in LEAVES for item in argument)):
            bound[param] = tracer.lift(argument)


def made(tracer, op, bound: dict, call=None):
    """What a call gives, of lifted arguments. `call`, if given, is told what the shapes of the results depend on."""
    name = op.name
    asked = dtype_rules.settle(tracer, op, bound)
    for param in op.tensors:
        argument = bound.get(param)
        if argument is not None and type(argument) is not Symbol:
            bound[param] = _operand(tracer, argument)
    if "shape" in bound and op.definition.makes_zeros:
        tracer.zeros_shape(bound)
    of_values = canonical.canonicalize(name, bound)
    drawn = name.startswith("random.") and not isinstance(bound["seed"], int)
    if drawn:  # a number as seed makes a constant; else it stays an op, for what it draws now is not what it draws
        bound["seed"] = 0
    known = None
    if call is not None and not (drawn or of_values):
        known = call.known = tracer.log.known(key_of(tracer, op, bound, measured), bound, asked)
    specs = _specs(tracer, op, bound, asked) if known is None or known.specs is None else known.specs
    if drawn:
        specs = KerasTensor(tuple(specs.shape), backend.standardize_dtype(specs.dtype))
    if backend.is_tensor(specs):  # of numbers alone: it has its value already
        if call is not None:
            call.known = None
        return tracer.array(specs)
    if known is not None:
        known.specs = specs
    if op.definition.casts_to_output and bound["x"].dtype != specs.dtype:
        bound["x"] = tracer.cast(bound["x"], specs.dtype)
    if "dtype" in bound and bound["dtype"] is None and isinstance(specs, KerasTensor):
        bound["dtype"] = specs.dtype
    preferred = tracer.words.ops[name]
    if preferred is not op:
        bound = {param: bound.get(param, preferred.defaults.get(param)) for param in preferred.params}
    args = {param: _values(argument) for param, argument in bound.items()}
    return tracer.emit(name, args, specs, known=known)


def _specs(tracer, op, bound, asked):
    try:
        given = bound if tracer.reads is None else as_plain(bound)
        return inferred.with_dtypes(output_spec.output_spec(tracer, op, given), asked)
    except (ExportError, SizeNeeded):
        raise
    except Exception as error:
        what = f"the shape of its result can't be inferred: {first_line(error)}"
        rejection = failure("K204", what, tracer.path, op=f"keras.ops.{op.name}")
        rejection.node = (op.name, {param: _values(argument) for param, argument in bound.items()})
        raise rejection from error


def _operand(tracer, argument):
    """What stands for a tensor and is none yet."""
    if isinstance(argument, (bool, int, float, complex)):
        return tracer.literal(argument, host_arrays.python_dtype(argument))
    if isinstance(argument, (list, tuple)):
        return [_operand(tracer, item) if not isinstance(item, Symbol) else item for item in argument]
    return argument


def _values(argument):
    """Symbols inside an argument as the values that they stand for."""
    if type(argument) is Symbol:
        return argument._value
    if isinstance(argument, (list, tuple, dict, slice)):
        return map_argument(argument, lambda leaf: leaf._value if type(leaf) is Symbol else leaf)
    return argument
