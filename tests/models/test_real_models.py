"""Trained models from packages (scripts/setup models): the file is of the use that the model is."""

import importlib
import pathlib

import numpy as np
import pytest
from harness import compare_all
from keras import initializers, ops
from limits import LIMITS
from tokenizers import Tokenizer

import kelt

ROOT = pathlib.Path(__file__).resolve().parents[2]


def example(monkeypatch, name):
    monkeypatch.syspath_prepend(ROOT / "examples")
    module = importlib.import_module(name)
    assert module.MODEL.is_dir(), "scripts/setup models unpacks it"
    return module


@pytest.fixture
def sentences(monkeypatch):
    return example(monkeypatch, "sentences")


@pytest.fixture
def speech(monkeypatch):
    return example(monkeypatch, "speech")


def test_a_sentence_encoder_finds_the_answer_as_keras_does(sentences, tmp_path):
    model = sentences.build(sentences.MODEL)
    kelt.export(model, tmp_path / "s.tflite")
    assert kelt.delegation(tmp_path / "s.tflite")["partitions"] == 1
    asked = sentences.MODEL, sentences.QUESTION, sentences.SENTENCES
    file = kelt.runtime.Model(tmp_path / "s.tflite")
    found = sentences.ranked(file, *asked)
    wanted = sentences.ranked(lambda inputs: {"embedding": ops.convert_to_numpy(model(inputs)["embedding"])}, *asked)
    assert [text for _, text in found] == [text for _, text in wanted]
    np.testing.assert_allclose([score for score, _ in found], [score for score, _ in wanted], atol=LIMITS["float32"])
    assert found[0][1] == "Refunds are paid within five working days."
    one = sentences.tokens(sentences.MODEL, [sentences.QUESTION])  # another batch and length
    compare_all([file(one)["embedding"]], [model(one)["embedding"]])


def test_whisper_hears_a_sentence_token_for_token_as_keras_does(speech, tmp_path, monkeypatch):
    # Every weight is assigned: drawing 37 million numbers first would take half of the test.
    monkeypatch.setattr(initializers.TruncatedNormal, "__call__", initializers.Zeros.__call__)
    backbone = speech.build(speech.MODEL)
    kelt.export(backbone, tmp_path / "s.tflite", signatures=speech.signatures_of(backbone))
    file = kelt.runtime.Model(tmp_path / "s.tflite")
    features = speech.features_of(speech.RECORDING)
    tokenizer = Tokenizer.from_file(str(speech.MODEL / "tokenizer.json"))
    said = speech.tokens(file, features, tokenizer)
    assert tokenizer.decode(said).strip() == "Small models run on small devices."
    # A token sees those before it only: Keras at all places at once is Keras step by step.
    ids = np.array([said[:-1]], "int32")
    inputs = {"encoder_features": features, "decoder_token_ids": ids, "decoder_padding_mask": np.ones_like(ids)}
    wanted = backbone(inputs)
    logits = backbone.token_embedding(wanted["decoder_sequence_output"], reverse=True)
    follows = ops.convert_to_numpy(ops.argmax(logits[0], axis=-1)).tolist()
    assert said[len(speech.START) :] == follows[len(speech.START) - 1 :]
    sound = file({"encoder_features": features}, "encode")["sound"]
    last = file({"sound": sound, "token_ids": ids}, "decode")["logits"]
    compare_all([sound, last], [wanted["encoder_sequence_output"], logits[:, -1]])
