"""Embeddings of positions and timesteps, whose frequencies are folded: as near to float64 as Keras' own float32."""

import keras
import numpy as np
import pytest
from harness import open_file, run
from keras import ops

import kelt

HALF = 32
NEAR = 1e-6


def frequencies(base):
    return base ** (-np.arange(HALF) / HALF)


def timestep(t):
    """As diffusion models write it."""
    scale = ops.exp(-np.log(10000.0) * ops.arange(HALF, dtype="float32") / HALF)
    angle = ops.expand_dims(t, -1) * scale
    return ops.concatenate([ops.cos(angle), ops.sin(angle)], -1)


def by_powers(t):
    scale = ops.power(10000.0, -ops.arange(HALF, dtype="float32") / HALF)
    angle = ops.expand_dims(t, -1) * scale
    return ops.concatenate([ops.cos(angle), ops.sin(angle)], -1)


def rotated(t):
    """Ones, turned by the angle of each position."""
    scale = 1.0 / ops.power(500000.0, ops.arange(HALF, dtype="float32") / HALF)
    angle = ops.expand_dims(t, -1) * scale
    sin, cos = ops.sin(angle), ops.cos(angle)
    return ops.concatenate([cos - sin, cos + sin], -1)


def exact(t, base=10000.0):
    angle = t.astype("float64")[:, None] * frequencies(base)
    return np.concatenate([np.cos(angle), np.sin(angle)], -1)


def exactly_rotated(t):
    both = exact(t, 500000.0)
    cos, sin = both[:, :HALF], both[:, HALF:]
    return np.concatenate([cos - sin, cos + sin], -1)


EMBEDDINGS = {"timestep": (timestep, exact), "by powers": (by_powers, exact), "rotary": (rotated, exactly_rotated)}


@pytest.mark.parametrize("largest", [1000, 20000, 100000])
@pytest.mark.parametrize("name", EMBEDDINGS)
def test_an_embedding_is_as_exact_as_in_keras(name, largest, tmp_path):
    function, reference = EMBEDDINGS[name]
    at = str(tmp_path / "f.tflite")
    kelt.export(function, at, [keras.InputSpec(shape=(None,), dtype="float32")])
    t = np.concatenate([[0, 1, 2, largest], np.random.default_rng(0).integers(0, largest, 60)]).astype("float32")
    (found,) = run(open_file(at), [t])
    wanted = reference(t)
    own = np.abs(np.asarray(ops.convert_to_numpy(function(ops.convert_to_tensor(t)))) - wanted).max()
    assert np.abs(found - wanted).max() <= max(NEAR, 2 * own)
