"""Trained models from packages (scripts/setup models): the file is of the use that the model is."""

import pathlib

import numpy as np
import pytest
from harness import compare_all
from keras import ops
from limits import LIMITS

import kelt

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def sentences(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import sentences

    assert sentences.MODEL.is_dir(), "scripts/setup models unpacks it"
    return sentences


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
