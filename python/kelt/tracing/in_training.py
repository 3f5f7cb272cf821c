"""Weights of a model that is in fit, evaluate or predict: on jax Keras keeps them elsewhere meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from kelt.errors import WeightsAway, WeightsAwayError
from kelt.tracing.record.by_identity import ByIdentity

T = TypeVar("T")
ATTEMPTS, PAUSE = 200, 0.005  # a step of the training gives the arrays away, and has new ones at its end


def again(function: Callable[[], T]) -> T:
    """The function's result; it is called again where a training has taken the weights away in the midst of it."""
    for _ in range(ATTEMPTS // 10):
        try:
            return function()
        except (WeightsAway, WeightsAwayError) as error:
            rejection = error if isinstance(error, WeightsAwayError) else WeightsAwayError(*error.args)
            time.sleep(PAUSE)
    raise rejection


def held_weights(model) -> ByIdentity[object, np.ndarray]:
    """Copies of weights that the training holds, all of one step, by variable; none where the variables have theirs."""
    held: ByIdentity[object, np.ndarray] = ByIdentity()
    if getattr(model, "_jax_state", None) is None:
        return held
    for _ in range(ATTEMPTS):
        state = model._jax_state or {}
        names = ("trainable_variables", "non_trainable_variables")
        pairs = [pair for name in names for pair in zip(getattr(model, name), state.get(name) or ())]
        try:
            found = [(variable, np.array(value)) for variable, value in pairs if variable._value is None]
        except RuntimeError:  # given away in between
            time.sleep(PAUSE)
            continue
        return ByIdentity(found)
    return held
