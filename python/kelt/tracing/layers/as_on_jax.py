"""Functions of KerasHub that say the same in another way for a backend: they are run as on jax, in `keras.ops`.

Such a function asks Keras for its backend. It runs as a copy for which the answer is jax; what it calls runs as it is.
"""

from __future__ import annotations

import functools
import types

import keras


class _Module:
    """A module, but for what stands here instead of some of its names."""

    def __init__(self, module, **instead):
        vars(self).update(instead, _module=module)

    def __getattr__(self, name):
        return getattr(self._module, name)


@functools.cache
def _copy(function: types.FunctionType) -> types.FunctionType:
    told = {"backend": lambda: "jax"}
    modules = {
        "keras": (keras, _Module(keras, config=_Module(keras.config, **told))),
        "backend": (keras.backend, _Module(keras.backend, **told)),
    }
    names = dict(function.__globals__)
    for name, (module, instead) in modules.items():
        if names.get(name) is module:
            names[name] = instead
    copy = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def run(tracer, original, *args, **kwargs):
    """What stands for such a function."""
    return _copy(original)(*args, **kwargs)
