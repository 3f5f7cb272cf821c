"""The gated delta rule of Qwen3.5 in chunks of 64 steps: a loop in the file, which is the rule step by step."""

import math

import keras
import numpy as np
import pytest
from harness import open_file, run

import kelt

HEADS, KEY, VALUE = 2, 3, 4
STATE = (HEADS, KEY, VALUE)
WIDTHS = ((HEADS, KEY), (HEADS, KEY), (HEADS, VALUE), (HEADS,), (HEADS,))
LENGTHS = (1, 63, 64, 65, 150)
ALIKE = 30  # steps from here on have one key, which is where an inverse by powers would lose all digits


def rule():
    from keras_hub.src.models.qwen3_5 import qwen3_5_gated_delta_net

    return qwen3_5_gated_delta_net._chunk_gated_delta_rule


def by_steps(query, key, value, g, beta, state=None):
    """In float64, step by step: what is known of a key decays and is corrected by what is new."""
    query, key = (x / np.sqrt((x * x).sum(-1, keepdims=True) + 1e-6) for x in map(np.float64, (query, key)))
    state = np.zeros((query.shape[0], *STATE)) if state is None else np.float64(state)
    outputs = []
    for t in range(query.shape[1]):
        state = state * np.exp(np.float64(g[:, t]))[..., None, None]
        new = (value[:, t] - np.einsum("bhkv,bhk->bhv", state, key[:, t])) * beta[:, t, :, None]
        state = state + np.einsum("bhk,bhv->bhkv", key[:, t], new)
        outputs.append(np.einsum("bhkv,bhk->bhv", state, query[:, t]) / np.sqrt(KEY))
    return np.stack(outputs, 1), state


def drawn(batch, length):
    rng = np.random.default_rng(length)
    arrays = [rng.normal(size=(batch, length, *width)) for width in WIDTHS]
    arrays[1][:, ALIKE:] = arrays[1][:, :1]
    arrays[3] = -np.abs(arrays[3]) * 0.05
    arrays[4] = rng.uniform(0.9, 1, arrays[4].shape)
    return [array.astype("float32") for array in arrays]


def close(found, wanted):
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_the_delta_rule_is_a_loop_over_chunks_of_any_length(tmp_path):
    sizes = [math.prod(width) for width in WIDTHS]

    def call(x):
        parts = keras.ops.split(x, np.cumsum(sizes)[:-1].tolist(), axis=-1)
        return rule()(*[keras.ops.reshape(part, (*x.shape[:2], *width)) for part, width in zip(parts, WIDTHS)])[0]

    spec = keras.InputSpec(shape=(None, None, sum(sizes)), dtype="float32")
    report = kelt.export(call, tmp_path / "rule.tflite", [spec])
    assert report.operators["WHILE"] <= 2  # pieces of several steps, then what is left
    assert sum(report.operators.values()) < 200
    interpreter = open_file(str(report.path))
    for batch, length in enumerate(LENGTHS, 1):
        inputs = drawn(batch, length)
        flat = [each.reshape(batch, length, -1) for each in inputs]
        (found,) = run(interpreter, [np.concatenate(flat, axis=-1)])
        close(found, by_steps(*inputs)[0])


@pytest.mark.parametrize("length", [5, 100])
def test_it_goes_on_from_a_state(tmp_path, length):
    specs = [keras.InputSpec(shape=(2, length, *width), dtype="float32") for width in WIDTHS]
    specs.append(keras.InputSpec(shape=(2, *STATE), dtype="float32"))
    report = kelt.export(
        lambda *inputs: rule()(*inputs[:-1], initial_state=inputs[-1], output_final_state=True),
        tmp_path / "rule.tflite",
        specs,
    )
    inputs = [*drawn(2, length), np.random.default_rng(0).normal(size=(2, *STATE)).astype("float32")]
    for found, wanted in zip(run(open_file(str(report.path)), inputs), by_steps(*inputs), strict=True):
        close(found, wanted)
