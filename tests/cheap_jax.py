"""What jax does again for each shape, and the tests need not: initializers and copies compiled, MLIR contexts made.

Neither changes a number: the weights are another draw, the code that jax compiles is the same.
"""

from __future__ import annotations

import itertools

import jax
import numpy as np
import numpy_draws
from jax._src import core, literals
from jax._src.interpreters import mlir
from keras.src.initializers import constant_initializers


def _filled(value, original):
    def call(self, shape, dtype=None, **kwargs):
        if dtype not in (None, "float32") or kwargs:
            return original(self, shape, dtype=dtype, **kwargs)
        return np.full(shape, value, "float32")

    return call


def _shared(make_context, modules=100):
    """One context for so many modules: making it takes a third of what jax spends on a small one.

    A context keeps what it has seen, constants included: it is made anew now and then.
    """
    counted = itertools.cycle(range(modules))
    context = None

    def make_ir_context():
        nonlocal context
        if next(counted) == 0:
            context = make_context()
        return context

    return make_ir_context


def _staged(original):
    """An array of numpy becomes one of jax as its bytes are, not by a function compiled for each shape."""

    def stage(x):
        if isinstance(x, literals.TypedNdArray) and not x.weak_type:
            return jax.device_put(x, may_alias=False)
        return original(x)

    return stage


def install():
    """For the rest of the process."""
    mlir.make_ir_context = _shared(mlir.make_ir_context)
    core.stage_p.def_impl(_staged(core.stage_p.impl))
    numpy_draws.install()
    for name, value in (("Zeros", 0), ("Ones", 1)):
        cls = getattr(constant_initializers, name)
        cls.__call__ = _filled(value, cls.__call__)
