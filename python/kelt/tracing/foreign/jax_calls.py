"""How a capture sees the calls of jax.

Functions of Python by their code, compiled ones (`jax.jit`) where jax takes an argument that it does not know. A user's
own jitted function is followed as if it were not jitted.
"""

from __future__ import annotations

import functools
import types

from kelt.tracing.foreign import call
from kelt.tracing.foreign import jax as tables
from kelt.tracing.symbols.caller import Caller, caller


@functools.cache
def _public():
    """By identity: the public name of every function of jax, and those of them that are functions of Python."""
    import jax

    spaces = (
        (jax.numpy, tables.JNP),
        (jax.numpy.linalg, tables.JNP + "linalg."),
        (jax.numpy.fft, tables.JNP + "fft."),
        (jax.nn, tables.NN),
    )
    spaces += ((jax.lax, tables.LAX), (jax.image, "jax.image."), (jax.scipy.special, "jax.scipy.special."))
    spaces += ((jax.random, "jax.random."),)
    found = {}
    for space, prefix in spaces:
        for name, thing in vars(space).items():
            if not name.startswith("_") and callable(thing) and not isinstance(thing, type):
                _add(found, _innermost(thing), prefix + name)
    _add(found, jax.vmap, "jax.vmap")
    return found


def _add(found, thing, name):
    if thing not in found or name in tables.TABLE:
        found[thing] = name


def _innermost(thing):
    """The function of Python behind `jax.jit` and `jax.custom_jvp`, if it has a name of its own."""
    thing = getattr(thing, "fun", thing)
    return getattr(thing, "__wrapped__", thing) if type(thing).__name__ == "PjitFunction" else thing


class _Jitted:
    """Stands for the compiled function where a jitted one is followed instead."""

    effects = consts = ()

    def __init__(self, result):
        self.result = result


def changes():
    """Functions of Python by themselves; those of `jax.jit`, `jax.custom_jvp` and ufuncs where they are called."""
    import jax.numpy
    from jax import custom_jvp, custom_vjp
    from jax._src import pjit

    public = _public()
    found = [
        (thing, call.handler(tables, name)) for thing, name in public.items() if isinstance(thing, types.FunctionType)
    ]

    def called(tracer, thing, original, args, kwargs):
        """One of jax's callable objects."""
        inner = _innermost(thing)
        name = public.get(inner) or public.get(thing)
        if name is None:
            return inner(*args, **kwargs)  # the user's own
        return call.dispatch(tables, tracer, name, original, args, kwargs)

    def method(tracer, original, args, kwargs):
        thing, *args = args
        if not call.symbolic((args, kwargs)):
            return call.run(original, tracer, (thing, *args), kwargs)
        return called(tracer, thing, functools.partial(original, thing), args, kwargs)

    def shapes(tracer, original, args, kwargs):
        """`jax.eval_shape` of a library records nothing: what it would make, had it not its weights."""
        return original(*args, **kwargs) if caller() is not Caller.USER else call.run(original, tracer, args, kwargs)

    found.append((jax.eval_shape, shapes))
    found += [(cls.__call__, method) for cls in (custom_jvp, custom_vjp, type(jax.numpy.add))]
    if hasattr(pjit, "_infer_params") and hasattr(pjit, "_run_python_pjit"):

        def infer(tracer, original, args, kwargs):
            fun, _, inputs, options = args
            if not call.symbolic((inputs, options)):
                return original(*args, **kwargs)
            return _Jitted(called(tracer, fun, fun, inputs, options)), ()

        def run(tracer, original, args, kwargs):
            made = args[0]
            if isinstance(made, _Jitted):
                return made.result, (), None, (), made, None, None, ()
            return original(*args, **kwargs)

        found += [(pjit._infer_params, infer), (pjit._run_python_pjit, run)]
    return found
