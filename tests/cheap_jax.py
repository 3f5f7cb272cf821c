"""What jax does again for each shape, and the tests need not: initializers and copies compiled, MLIR contexts made.

Neither changes a number: the weights are another draw, the code that jax compiles is the same.
"""

from __future__ import annotations

import itertools
import types

import jax
import numpy as np
from jax._src import core, literals
from jax._src.interpreters import mlir
from keras.src.initializers import constant_initializers, random_initializers


def _rng(seed) -> np.random.Generator:
    """As reproducible as Keras' own: an initializer has a number, or a generator with one that counts on."""
    return np.random.default_rng(seed if isinstance(seed, int) else np.asarray(seed.next()))


def _drawn_by(draw, original):
    def random(shape, *args, dtype=None, seed=None, **kwargs):
        if dtype not in (None, "float32"):
            return original(shape, *args, dtype=dtype, seed=seed, **kwargs)
        return np.asarray(draw(_rng(seed), shape, *args, **kwargs), "float32")

    return random


def _truncated(rng, shape, mean=0.0, stddev=1.0):
    drawn = rng.normal(size=shape)
    outside = np.abs(drawn) > 2
    while outside.any():
        drawn[outside] = rng.normal(size=outside.sum())
        outside = np.abs(drawn) > 2
    return mean + stddev * drawn


DRAWS = {
    "normal": lambda rng, shape, mean=0.0, stddev=1.0: rng.normal(mean, stddev, shape),
    "uniform": lambda rng, shape, minval=0.0, maxval=1.0: rng.uniform(minval, maxval, shape),
    "truncated_normal": _truncated,
}


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
    of_keras = random_initializers.random
    drawn = {name: _drawn_by(draw, getattr(of_keras, name)) for name, draw in DRAWS.items()}
    random_initializers.random = types.SimpleNamespace(**{**vars(of_keras), **drawn})
    for name, value in (("Zeros", 0), ("Ones", 1)):
        cls = getattr(constant_initializers, name)
        cls.__call__ = _filled(value, cls.__call__)
