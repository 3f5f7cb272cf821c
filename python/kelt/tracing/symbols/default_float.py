"""Keras' default float dtype (`keras.config.floatx()`) while a model is captured.

Keras' functions follow it. The operators of a tensor and the functions of the backend know nothing of it: theirs is
float32. Under any other Keras' rules for symbols say other dtypes than Keras computes: the backend is asked.
"""

from __future__ import annotations

import contextlib

from keras import config
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

USUAL = "float32"
_NOTHING = contextlib.nullcontext()


def rule() -> tuple[str, str]:
    """On what Keras' dtypes depend beside those that are given: its default, and whether it narrows 64 bits.

    While another thread verifies, it does not (`verification/limits.py`).
    """
    return config.floatx(), BIT64_TO_BIT32_DTYPE["float64"]


def natively(tracer):
    """Inside, the default is that of the backend."""
    return _NOTHING if config.floatx() == USUAL else _native(tracer, True)


def as_configured(tracer):
    """Inside, the default is Keras' own again: what a function of the backend calls may be the user's code."""
    return _native(tracer, False) if tracer.native else _NOTHING


@contextlib.contextmanager
def _native(tracer, native):
    outer, tracer.native = tracer.native, native
    try:
        yield
    finally:
        tracer.native = outer


def floatx(tracer, original, args, kwargs):
    """What stands for `keras.config.floatx`."""
    return USUAL if tracer.native else original(*args, **kwargs)
