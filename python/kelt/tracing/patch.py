"""Every change that a capture makes to Keras while it runs, and their undoing.

A function is changed in place: its `__code__` is exchanged for one that calls a dispatcher. Whoever holds the function
(a `from keras.ops import exp`, a closure, a default argument) meets the dispatcher. A thread that is not capturing is
passed on to a copy of the function with its own code. The first capture installs, the last one to end restores.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import types

from keras.src.backend.common.name_scope import name_scope

from kelt.tracing.control_flow import calls
from kelt.tracing.foreign import installation
from kelt.tracing.layers import keras_hub, recurrent
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.vocabulary import copy_of, vocabulary
from kelt.tracing.record.names import snake_case
from kelt.tracing.symbols import default_float
from kelt.tracing.symbols.caller import STUB, active
from kelt.tracing.symbols.symbol import Symbol


def _trampoline(function: types.FunctionType, dispatch) -> types.CodeType:
    """Code that may stand in for the function's: it hands all arguments to `dispatch`."""
    code = _stub(function.__code__.co_freevars)
    consts = tuple(dispatch if const == STUB else const for const in code.co_consts)
    original = function.__code__
    # Tools that read a function's source (AutoGraph) still find the original.
    return code.replace(
        co_consts=consts,
        co_name=original.co_name,
        co_filename=original.co_filename,
        co_firstlineno=original.co_firstlineno,
    )


@functools.cache
def _stub(free: tuple[str, ...]) -> types.CodeType:
    body = f"def stub(*args, **kwargs):\n    {STUB} = '{STUB}'\n    return {STUB}(args, kwargs)\n"
    if free:  # the code must have as many free variables as the function has cells
        names = ", ".join(free)
        stub = body.replace("    return", f"    lambda: ({names},)\n    return").replace("\n", "\n    ")
        body = f"def outer():\n    {' = '.join(free)} = None\n    {stub}\n    return stub\nstub = outer()\n"
    scope = {}
    exec(body, scope)  # the text above
    return scope["stub"].__code__


class _Site:
    """A function, its code, and the code that stands in for it."""

    __slots__ = ("function", "installed", "original")

    def __init__(self, function, handler, everywhere=False, original=None):
        original = original or copy_of(function)

        def dispatch(args, kwargs):
            tracer = active.tracer
            if tracer is None or (tracer.paused and not everywhere):
                return original(*args, **kwargs)
            return handler(tracer, original, args, kwargs)

        self.function = function
        self.original = function.__code__
        self.installed = _trampoline(function, dispatch)


def _op_handler(op):
    def handle(tracer, _, args, kwargs):
        return tracer.call(op, op.bind(args, kwargs))

    return handle


def _control_handler(op):
    def handle(tracer, _, args, kwargs):
        return tracer.control_flow(op, op.bind(args, kwargs))

    return handle


def _is_tensor(_, original, args, kwargs):
    """A symbol is one; most of what is asked about is."""
    return type((args or (*kwargs.values(),))[0]) is Symbol or original(*args, **kwargs)


def _name_scope(_, original, layer):
    """Of variables alone: what the backend calls its own functions there is in no record."""
    return original(layer) if layer._parent_path is None else name_scope(layer.name, caller=layer)


def _backend_handler(function, op):
    """The backend's function stands for the op of `keras.ops` of that name; the parameters differ in name at most."""
    position = function.__code__.co_varnames[: function.__code__.co_argcount]
    renamed = {}
    if "__wrapped__" not in vars(function):
        renamed = {
            theirs: ours for theirs, ours in zip(position, op.params) if theirs != ours and theirs not in op.params
        }

    def handle(tracer, _, args, kwargs):
        if renamed:
            kwargs = {renamed.get(name, name): value for name, value in kwargs.items()}
        bound = op.bind(args, kwargs)
        return tracer.control_flow(op, bound) if op.definition.control_flow else tracer.call(op, bound)

    return handle


@functools.cache
def _sites() -> list[_Site]:
    """All changes. Made once; installing them is an assignment each."""
    from keras import Operation, layers
    from keras.src import backend
    from keras.src.backend.common.variables import Variable as BaseVariable
    from keras.src.layers.layer import Layer
    from keras.src.ops.node import Node
    from keras.src.utils import naming, numerical_utils

    from kelt.tracing.layers import images
    from kelt.tracing.layers.preprocessing import encode_categories

    words = vocabulary()
    sites = []
    for function, op in words.by_function.items():
        if op.definition.control_flow:
            sites.append(_Site(function, _control_handler(op), original=op.original))
        elif not op.definition.unrecorded and not definition_of(function.__name__).unrecorded:
            sites.append(_Site(function, _op_handler(op), original=op.original))
    for function, op in words.backend.items():
        if op.name == "is_tensor":
            sites.append(_Site(function, _is_tensor))
        elif not op.definition.unrecorded:
            sites.append(_Site(function, _backend_handler(function, op)))
    sites += [_Site(function, handler) for function, handler in recurrent.handlers(backend)]

    def add(function, method, everywhere=False):
        sites.append(
            _Site(
                function, lambda tracer, original, args, kwargs: method(tracer, original, *args, **kwargs), everywhere
            )
        )

    for function, op in words.by_function.items():
        if op.definition.instead is not None:
            add(function, op.definition.instead)
    add(words.ops["vectorize"].function, calls.vectorize)
    add(Operation.symbolic_call, lambda tracer, _, op, *a, **k: tracer.operation_call(op, a, k), everywhere=True)
    add(Layer._open_name_scope, _name_scope)
    add(Layer.symbolic_call, lambda tracer, _, layer, *a, **k: tracer.layer_call(layer, a, k))
    add(
        Operation.__new__,
        lambda tracer, original, cls, *a, **k: tracer.new_operation(original, cls, a, k),
        everywhere=True,
    )
    # KerasTensors that Keras makes while it infers a shape need no names of their own.
    add(
        naming.auto_name,
        lambda tracer, _, prefix: prefix if tracer.paused else naming.uniquify(snake_case(prefix)),
        everywhere=True,
    )
    sites.append(_Site(backend.floatx, default_float.floatx, everywhere=True))
    add(numerical_utils.encode_categorical_inputs, encode_categories)
    add(layers.CenterCrop.transform_images, images.center_crop)
    add(layers.ContrastLimitedAdaptiveHistogramEqualization._clahe, images.equalize)
    add(Node.__init__, lambda tracer, original, node, *a, **k: None, everywhere=True)
    for cls in backend.Variable.__mro__:
        if isinstance(vars(cls).get("value"), property):
            add(vars(cls)["value"].fget, lambda tracer, _, variable: tracer.read_variable(variable))
        if isinstance(vars(cls).get("assign"), types.FunctionType):
            add(vars(cls)["assign"], lambda tracer, _, variable, value: tracer.assign_variable(variable, value))
    add(
        BaseVariable.__init__, lambda tracer, original, *a, **k: tracer.new_variable(original, *a, **k), everywhere=True
    )
    known = {id(site.function) for site in sites}
    sites += [_Site(function, handler) for function, handler in installation.changes() if id(function) not in known]
    return sites


@functools.cache
def _library_site(function, method) -> _Site:
    return _Site(function, lambda tracer, original, args, kwargs: method(tracer, original, *args, **kwargs))


_lock = threading.Lock()
_captures = 0


@contextlib.contextmanager
def held():
    """Inside, the changes stay installed: other threads, and this one while it does not capture, see no difference."""
    global _captures
    with _lock:
        imported = [_library_site(*change) for change in keras_hub.changes()]  # perhaps since the last capture
        sites = [*_sites(), *imported]
        for site in imported if _captures else sites:
            site.function.__code__ = site.installed
        _captures += 1
    try:
        yield
    finally:
        with _lock:
            _captures -= 1
            if not _captures:
                for site in sites:
                    site.function.__code__ = site.original


@contextlib.contextmanager
def installed(tracer):
    """Inside, this thread's calls to Keras go to `tracer`."""
    outer = active.tracer
    with held():
        active.tracer = tracer
        try:
            with installation.session(tracer):
                yield tracer
        finally:
            active.tracer = outer
