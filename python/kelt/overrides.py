"""`kelt.override`: the user's own way to write a layer, while it is exported."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound="Callable[..., Any] | None")

_functions: dict[type, Callable[..., Any]] = {}


def override(layer_class: type) -> Callable[[Function], Function]:
    """Replaces the `call` of a layer class, and of its subclasses, while a model is exported.

    For a layer whose `call` can't be followed: it uses functions of the backend that kelt does not know, or Python
    code that depends on values. The model itself stays as it is. `kelt.verify` compares the file with the function,
    so compare the function with the layer's own `call` once.

    Args:
        layer_class: The class of the layer, or of the model.

    Returns:
        A decorator for `fn(layer, *args, **kwargs)`, written with `keras.ops`, which gets the layer and what its
        `call` would get (`training` only if it has such a parameter). `kelt.override(layer_class)(None)` takes an
        override back.

    Example:
        >>> class Spectrum(keras.layers.Layer):
        ...     def call(self, x):
        ...         return jnp.abs(jnp.fft.rfft(x))
        >>> @kelt.override(Spectrum)
        ... def spectrum(layer, x):
        ...     real, imaginary = keras.ops.rfft(x)
        ...     return keras.ops.sqrt(real**2 + imaginary**2)
        >>> kelt.export(model, "model.tflite")
    """
    if not inspect.isclass(layer_class):
        raise ValueError(f"K101 kelt.override takes a class of layers, not {layer_class!r}")

    def register(function: Function) -> Function:
        if function is None:
            _functions.pop(layer_class, None)
        elif not callable(function):
            raise ValueError(f"K101 kelt.override({layer_class.__name__}) takes a function, not {function!r}")
        else:
            _functions[layer_class] = function
        return function

    return register


def overridden() -> bool:
    """Whether any class has an override."""
    return bool(_functions)


def override_of(layer: Any) -> Callable[..., Any] | None:
    """What stands for the layer's `call`, if anything: a function of the call's arguments."""
    if not _functions:
        return None
    for cls in type(layer).__mro__:
        function = _functions.get(cls)
        if function is not None:
            return lambda *args, **kwargs: function(layer, *args, **_taken(function, kwargs))
    return None


def _taken(function: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without what Keras adds by itself, if the function has no such parameter."""
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return kwargs
    added = {name for name, value in kwargs.items() if name == "training" or value is None}
    return {name: value for name, value in kwargs.items() if name in parameters or name not in added}
