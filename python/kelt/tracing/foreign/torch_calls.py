"""How a capture sees the calls of torch: a mode of torch sees them all."""

from __future__ import annotations

import functools
import sys

from kelt.tracing.foreign import call
from kelt.tracing.foreign import torch as tables


@functools.cache
def _public():
    """By identity: the name in the table of every function that has a twin."""
    found = {}
    for name in (*tables.TABLE, *tables.RANDOM):
        thing = sys.modules["torch"]
        for part in name.split(".")[1:]:
            thing = getattr(thing, part, None)
        if thing is not None:
            found[thing] = name
    return found


def _name(function) -> str:
    from torch.overrides import resolve_name

    name = _public().get(function) or resolve_name(function) or getattr(function, "__name__", str(function))
    return name.replace("torch.functional.", "torch.")


def changes():
    """None: a mode of torch sees every call."""
    return []


def session(tracer):
    """Inside, calls of torch go to the tables."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            kwargs = kwargs or {}
            if tracer.paused or (function not in _public() and not call.symbolic((args, kwargs))):
                return function(*args, **kwargs)
            return call.dispatch(tables, tracer, _name(function), function, args, kwargs)

    return Mode()
