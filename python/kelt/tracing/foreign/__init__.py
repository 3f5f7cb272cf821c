"""A `call` that uses the functions of its backend (`tf.*`, `torch.*`, `jnp.*`) is recorded as if it used `keras.ops`.

One module a backend, with the tables of what stands for what: `TABLE` (functions), `METHODS` (of tensors). A function
that is not in the table is refused by its name.
"""

from __future__ import annotations

import contextlib
import functools
import importlib

BACKENDS = ("jax", "tensorflow", "torch")


@functools.cache
def of_backend():
    """The tables of the backend that Keras uses, once they are built; `None` where there are none (numpy)."""
    from keras.src import backend

    if backend.backend() not in BACKENDS:
        return None
    from kelt.tracing.foreign import attributes

    tables = importlib.import_module(f"kelt.tracing.foreign.{backend.backend()}")
    attributes.equip(tables)
    return tables


def changes() -> list[tuple]:
    """What a capture must change besides Keras: pairs of a function and its handler."""
    tables = of_backend()
    return [] if tables is None else tables.changes()


def session(tracer):
    """A context in which the backend's functions go to `tracer`, if `changes` are not enough."""
    tables = of_backend()
    enter = getattr(tables, "session", None)
    return contextlib.nullcontext() if enter is None else enter(tracer)
