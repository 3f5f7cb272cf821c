"""The tables of the backend that Keras uses, and what a capture changes so that its functions are reached."""

from __future__ import annotations

import contextlib
import functools
import importlib

from kelt.tracing.foreign import attributes

BACKENDS = ("jax", "tensorflow", "torch")


@functools.cache
def of_backend():
    """How calls of the backend that Keras uses are seen; `None` where there is nothing to see (numpy)."""
    from keras.src import backend

    if backend.backend() not in BACKENDS:
        return None
    calls = importlib.import_module(f"kelt.tracing.foreign.{backend.backend()}_calls")
    attributes.equip(calls.tables)
    return calls


def changes() -> list[tuple]:
    """What a capture must change besides Keras: pairs of a function and its handler."""
    calls = of_backend()
    return [] if calls is None else calls.changes()


def session(tracer):
    """A context in which the backend's functions go to `tracer`, if `changes` are not enough."""
    calls = of_backend()
    enter = getattr(calls, "session", None)
    return contextlib.nullcontext() if enter is None else enter(tracer)
