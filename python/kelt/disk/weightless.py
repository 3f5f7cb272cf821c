"""Construction without weights: a variable gets its shape, dtype and initializer, and no value before it is loaded.

Three methods of the backend's `Variable` are exchanged while a session is open in any thread; in other threads they do
what they did. Small variables stay real: `build()` may compute with them.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kelt.disk.exchange import exchanged
from kelt.tracing.record.by_identity import ByIdentity

SMALL = 1 << 14  # elements

_thread = threading.local()


class Weights:
    """The variables of one construction. `keep` makes of an array that is assigned one that takes no memory."""

    def __init__(self, keep: Callable[[Any, Any], np.ndarray]):
        self.keep = keep
        self.made: ByIdentity[Any, Any] = ByIdentity()  # initializer by variable
        self.given: ByIdentity[Any, bool] = ByIdentity()  # variables that were assigned
        self.read_early: ByIdentity[Any, bool] = ByIdentity()  # variables whose value was asked for before they had one


def _now() -> Weights | None:
    return getattr(_thread, "weights", None)


def is_small(variable: Any) -> bool:
    """Whether a variable has its value in memory."""
    return math.prod(variable._shape) <= SMALL


def _initialize(original, variable, initializer):
    weights = _now()
    if weights is not None:
        weights.made[variable] = initializer
    if weights is None or is_small(variable):
        return original(variable, initializer)
    variable._initializer = _Watched(variable, initializer, weights)
    variable._value = _placeholder(variable)
    return None


class _Watched:
    """An initializer that notes when a weight is computed with before it is loaded; Keras finds shapes by it, too."""

    def __init__(self, variable, initializer, weights):
        self._variable, self._initializer, self._weights = variable, initializer, weights

    def __call__(self, *args, **kwargs):
        from keras.src.backend.common.stateless_scope import in_stateless_scope

        if not in_stateless_scope():
            self._weights.read_early[self._variable] = True
        return self._initializer(*args, **kwargs)


def _placeholder(variable):
    """Keras' own state of a variable that waits for its value; torch's modules list the values of their variables."""
    from keras.src import backend

    if backend.backend() != "torch":
        return None
    import torch

    dtype = backend.torch.core.to_torch_dtype(variable._dtype)
    return torch.nn.Parameter(torch.empty(tuple(variable._shape), dtype=dtype, device="meta"), requires_grad=False)


def has_value(variable: Any) -> bool:
    """Whether a variable has more than a placeholder."""
    return variable._value is not None and str(getattr(variable._value, "device", "")) != "meta"


def _deferred(original, variable):
    weights = _now()
    if weights is None or is_small(variable):
        return original(variable)
    return None  # the initializer is kept


def _assign(original, variable, value):
    weights = _now()
    if weights is None or not hasattr(variable, "_shape"):
        return original(variable, value)
    weights.given[variable] = True
    kept = weights.keep(variable, value)
    if is_small(variable):
        return original(variable, kept)
    variable._value = kept
    return value


@contextlib.contextmanager
def weightless(weights: Weights) -> Iterator[None]:
    """Inside, variables that this thread makes have no values, and what it assigns to one is kept by `weights`."""
    from keras.src.backend import Variable

    changes = {
        (Variable, "_initialize_with_initializer"): _initialize,
        (Variable, "_deferred_initialize"): _deferred,
        (Variable, "assign"): _assign,
    }
    outer = _now()
    with exchanged(changes):
        _thread.weights = weights
        try:
            yield
        finally:
            _thread.weights = outer
