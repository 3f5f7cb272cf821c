"""How a capture sees the calls of TensorFlow: by the code of every public function, and by `tf.function`."""

from __future__ import annotations

import functools
import types

from kelt.tracing.foreign import call
from kelt.tracing.foreign import tensorflow as tables

SPACES = ("", "audio", "bitwise", "debugging", "dtypes", "image", "linalg", "math", "nn", "random", "ragged", "raw_ops")
SPACES += ("sets", "signal", "sparse", "strings")
# Python's own business, or made for constants: they run as they are.
UNCHANGED = frozenset(("tf.function", "tf.as_dtype", "tf.name_scope", "tf.device", "tf.TensorShape", "tf.py_function"))


@functools.cache
def _public():
    """By identity: the public name of every function of TensorFlow."""
    import tensorflow as tf

    found = {}
    for space in SPACES:
        for name, thing in vars(getattr(tf, space) if space else tf).items():
            full = f"tf.{space}.{name}" if space else f"tf.{name}"
            if not isinstance(thing, types.FunctionType) or name.startswith("_") or full in UNCHANGED:
                continue
            if thing not in found or full in tables.TABLE:
                found[thing] = full
    return found


def changes():
    """Every public function, and `tf.function`."""
    import tensorflow as tf

    def compiled(tracer, original, args, kwargs):
        if not call.symbolic((args[1:], kwargs)):
            return call.run(original, tracer, args, kwargs)
        return args[0].python_function(*args[1:], **kwargs)

    found = [(thing, call.handler(tables, name)) for thing, name in _public().items()]
    return [*found, (type(tf.function(lambda: None)).__call__, compiled)]
