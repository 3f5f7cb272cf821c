"""What `keras.ops` consists of, read off Keras itself: every function, its parameters, its `Operation` class.

Nothing is listed by hand that Keras can tell: a function of a later Keras is in the table when it is in `keras.ops`.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

from kelt.tracing.ops.definitions import definition_of

# Parameters of `Operation.call` that are no tensors, or that are better left as numbers.
NOT_TENSORS = {
    *("axes_lengths", "constant_values", "default", "dtype", "f", "fill_value", "fun", "key", "kwargs", "output_shape"),
    *("pattern", "start", "start_indices", "step", "stop"),
}
# Parameters that are lists of tensors; elsewhere a list is an array in the making.
LISTS = frozenset(("choicelist", "condlist", "operands", "xs"))
PARTS = ("core", "image", "linalg", "math", "nn", "numpy", "random")


def takes_list(op: str, param: str) -> bool:
    """Whether a parameter is a list of tensors."""
    return param in LISTS or param in definition_of(op).lists


class Op:
    """A function of `keras.ops` or `keras.random`."""

    __slots__ = (
        *("call_params", "defaults", "definition", "function", "name", "operation", "original", "params", "tensors"),
        *("var_keyword", "var_positional"),
    )

    def __init__(self, name: str, function: types.FunctionType):
        self.name = definition_of(name).alias_of or name
        self.definition = definition_of(self.name)
        self.function = function
        self.original = copy_of(function)
        self.operation = operation_of(function)
        self.params, self.defaults = [], {}
        self.var_positional = self.var_keyword = None
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.var_keyword = parameter.name
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.var_positional = parameter.name
            elif parameter.default is not parameter.empty:
                self.defaults[parameter.name] = parameter.default
            self.params.append(parameter.name)
        self.call_params = [] if self.operation is None else list(inspect.signature(self.operation.call).parameters)[1:]
        self.tensors = self._tensor_params()

    def _tensor_params(self) -> frozenset[str]:
        if self.operation is None:
            tensors = ("x", "inputs", "logits") if self.name.startswith("random.") else ()
            return frozenset(tensors) & frozenset(self.params)
        known = self.definition
        tensors = {known.function_param(name) for name in self.call_params if name not in NOT_TENSORS}
        return frozenset(tensors.union(known.tensors).difference(known.numbers))

    def bind(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """The arguments of a call by parameter, defaults applied."""
        params = self.params
        star = self.var_positional
        if star is not None:
            at = params.index(star)
            bound = dict(zip(params[:at], args))
            bound[star] = list(args[at:])
        else:
            if len(args) > len(params):
                raise TypeError(f"keras.ops.{self.name} takes {len(params)} arguments, {len(args)} were given")
            bound = dict(zip(params, args))
        bound.update(kwargs)
        if len(bound) < len(params):
            for name in params:
                if name not in bound:
                    if name not in self.defaults:
                        raise TypeError(f"keras.ops.{self.name} needs the argument `{name}`")
                    bound[name] = self.defaults[name]
        elif len(bound) > len(params) and self.var_keyword is None:
            unknown = ", ".join(sorted(set(bound) - set(params)))
            raise TypeError(f"keras.ops.{self.name} has no argument {unknown}")
        return (
            bound if list(bound) == params else {name: bound[name] for name in [*params, *(set(bound) - set(params))]}
        )

    def run(self, bound: dict[str, Any], function=None):
        """Calls the function (the original of `keras.ops`, if none is given) with arguments by parameter."""
        function = function or self.original
        star = self.var_positional
        if star is None:
            return function(**bound)
        rest = dict(bound)
        leading = [rest.pop(name) for name in self.params[: self.params.index(star)]]
        return function(*leading, *rest.pop(star), **rest)


def arguments_of(op, operation, args, kwargs):
    """The arguments of the `keras.ops` function, from an `Operation` and what it is called on."""
    call = op.call_params
    bound = {}
    if op.var_positional is not None and op.var_positional in call:
        first = call.index(op.var_positional)
        bound.update(zip(call[:first], args))
        bound[op.var_positional] = list(args[first:])
    else:
        bound.update(zip(call, args))
    bound.update(kwargs)
    bound = {op.definition.function_param(param): value for param, value in bound.items()}
    for param in op.params:
        if param not in bound:
            bound[param] = getattr(operation, param, op.defaults.get(param))
    if op.var_keyword and getattr(operation, "rms_scaling", False):
        bound["rms_scaling"] = True
    bound.update(dict.fromkeys(op.definition.unset))
    return {param: bound[param] for param in [*op.params, *(set(bound) - set(op.params))]}


def copy_of(function: types.FunctionType) -> types.FunctionType:
    """A function with the code that `function` has now: it stays when the code of `function` is replaced."""
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__dict__.update(function.__dict__)
    return copy


def operation_of(function: types.FunctionType):
    """The `Operation` class that a function of `keras.ops` uses for symbols."""
    from keras import Operation

    for name in function.__code__.co_names:
        candidate = function.__globals__.get(name)
        if inspect.isclass(candidate) and issubclass(candidate, Operation):
            return candidate
    return None


class Vocabulary:
    """Every `Op` by name, by function, by class; and the functions of the backend that stand for one."""

    def __init__(self):
        import keras
        from keras.src import backend

        self.ops: dict[str, Op] = {}
        self.by_function: dict[types.FunctionType, Op] = {}
        self.by_operation: dict[type, Op] = {}
        spaces = (
            (keras.ops, ""),
            (keras.ops.linalg, "linalg."),
            (keras.ops.image, "image."),
            (keras.random, "random."),
        )
        for space, prefix in spaces:
            for name in sorted(dir(space)):
                function = getattr(space, name)
                if isinstance(function, types.FunctionType) and function not in self.by_function:
                    self._add(prefix + name, function)
        for op in self.by_function.values():
            if op.operation is not None:
                self.by_operation.setdefault(op.operation, op)
        self.backend = dict(self._backend_functions(backend))

    def _add(self, name: str, function: types.FunctionType):
        op = Op(name, function)
        self.by_function[function] = op
        if name == op.name or op.name not in self.ops:
            self.ops[op.name] = op

    def _backend_functions(self, backend):
        """Pairs of a function of the backend and the op that it implements."""
        modules = [(part, getattr(backend, part, None)) for part in PARTS]
        seen = set()
        for part, module in modules:
            for name, function in vars(module).items() if module is not None else ():
                if not isinstance(function, types.FunctionType) or name.startswith("_") or function in seen:
                    continue
                if not function.__module__.startswith("keras.src.backend." + backend.backend()):
                    continue
                op = self.ops.get(f"{part}.{name}") or self.ops.get(definition_of(name).alias_of or name)
                if op is not None and function not in self.by_function:
                    seen.add(function)
                    yield function, op


@functools.cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the Keras that is imported."""
    return Vocabulary()
