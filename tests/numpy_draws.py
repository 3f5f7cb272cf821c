"""What initializers of Keras draw, drawn by numpy: equal weights on every backend, and nothing for jax to compile."""

from __future__ import annotations

import types
from unittest import mock

import numpy as np
from keras import ops
from keras.src.initializers import random_initializers


def _rng(seed) -> np.random.Generator:
    """As reproducible as Keras' own: an initializer has a number, or a generator with one that counts on."""
    return np.random.default_rng(seed if isinstance(seed, int) else ops.convert_to_numpy(seed.next()))


def _drawn_by(draw, original):
    def random(shape, *args, dtype=None, seed=None, **kwargs):
        if dtype not in (None, "float32"):
            return original(shape, *args, dtype=dtype, seed=seed, **kwargs)
        return np.asarray(draw(_rng(seed), tuple(shape), *args, **kwargs))

    return random


def _scaled(drawn, factor, shift):
    """In place: the largest weights have a hundred million elements."""
    drawn *= np.float32(factor)
    drawn += np.float32(shift)
    return drawn


def _normal(rng, shape, mean=0.0, stddev=1.0):
    return _scaled(rng.standard_normal(shape, "float32"), stddev, mean)


def _uniform(rng, shape, minval=0.0, maxval=1.0):
    return _scaled(rng.random(shape, "float32"), maxval - minval, minval)


def _truncated(rng, shape, mean=0.0, stddev=1.0):
    drawn = rng.standard_normal(shape, "float32")
    outside = np.abs(drawn) > 2
    while outside.any():
        drawn[outside] = rng.standard_normal(outside.sum(), "float32")
        outside = np.abs(drawn) > 2
    return _scaled(drawn, stddev, mean)


DRAWS = {"normal": _normal, "uniform": _uniform, "truncated_normal": _truncated}


def install():
    """For the rest of the process."""
    random_initializers.random = _draws()


def instead():
    """A context in which they are drawn so."""
    return mock.patch.object(random_initializers, "random", _draws())


def _draws():
    of_keras = random_initializers.random
    drawn = {name: _drawn_by(draw, getattr(of_keras, name)) for name, draw in DRAWS.items()}
    return types.SimpleNamespace(**{**vars(of_keras), **drawn})
