"""The scores of bench/real_weights: a file that computes what the float file does is perfect, one with noise is not."""

import math
import os

import numpy as np
import pytest
from quantization import models, outputs  # puts the demo's folder where crepe finds it
from real_weights import crepe, gemma, imagenet, likelihood, minilm, run, scoring, task, tasks, verdict, whisper
from real_weights.task import Task

RANDOM = np.random.default_rng(3)


def peaks(bins: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * (np.arange(360) - bins[:, None]) ** 2)


BINS = RANDOM.uniform(20, 340, 50)
PLAYED = crepe.sound.pitch(peaks(BINS))
PAIRS = RANDOM.integers(0, 40, (100, 2))
FOLLOWS = RANDOM.integers(0, 16, 40)
# What a file computes, and its figures beside what the float file computes.
SCORES = {
    "crepe": (peaks(BINS), lambda right, found: crepe.figures(right, found, PLAYED)),
    "minilm": (RANDOM.standard_normal((40, 16)), lambda right, found: minilm.figures(right, found, PAIRS)),
    "imagenet": (RANDOM.standard_normal((60, 10)), imagenet.figures),
    "gemma": (
        RANDOM.standard_normal((40, 16)),
        lambda right, found: gemma.figures([(*map(likelihood.log_softmax, (right, found)), FOLLOWS)]),
    ),
}
METRICS = {"gemma": gemma.TASK, "crepe": crepe.TASK, "minilm": minilm.TASK, "imagenet": tasks.load("mobilenet")}


@pytest.mark.parametrize("name", SCORES)
def test_a_file_of_the_same_values_is_perfect_and_one_with_noise_is_not(name):
    right, figures = SCORES[name]
    task = METRICS[name]
    noise = np.random.default_rng(4).standard_normal(right.shape) * np.abs(right).mean()
    same, little, much = (task.lost(figures(right, right + scale * noise)) for scale in (0, 0.2, 1))
    assert same <= 1e-9
    assert max(same, task.resolution) < little < much


def test_a_sentence_encoder_that_gives_nan_keeps_no_order():
    right, figures = SCORES["minilm"]
    assert math.isnan(minilm.TASK.lost(figures(right, np.full_like(right, np.nan))))


@pytest.mark.parametrize("name", tasks.NAMES)
def test_each_form_of_a_task_is_measured_where_none_is_asked_for(name):
    one = tasks.load(name)
    assert run.wanted(one, []) == list(one.forms)
    assert set(one.forms) <= {*task.FORMS, *task.ROWS}
    assert run.wanted(one, ["int4", "int8"]) == ["int4"]


def ended(path, float_path):
    os._exit(6)


def test_a_file_that_ends_the_process_is_an_error(tmp_path):
    def task_of(score) -> Task:
        return Task("any", "off", print, dict, score)

    assert scoring.scored(task_of(ended), tmp_path) == {"error": "the runtime ended the process"}
    found = scoring.scored(task_of(lambda path, float_path: {"off": 0.5}), tmp_path)
    assert found == {"figures": {"off": 0.5}, "lost": 0.5}


def cell(ours: float, theirs: float, *, sizes=(100, 100)) -> verdict.Cell:
    def row(lost: float, size: int) -> dict:
        return {"figures": {"off": lost}, "lost": lost, "size": size}

    task = Task("any", "off", print, dict, dict, resolution=0.01)
    rows = {"kelt": {"int4": row(ours, sizes[0])}, "LQ": {"int4": row(theirs, sizes[1]), "int4-mse": {"error": "no"}}}
    return verdict.cells(task, {"float": {"size": 400}, "forms": {"int4": rows}})[0]


def test_a_file_that_loses_more_is_worse_and_one_within_the_resolution_equal():
    assert [cell(*lost).verdict for lost in ((1, 2), (2, 1), (1, 1.005))] == ["better", "worse", "equal"]
    assert [cell(1.04, 1).too_bad, cell(1.06, 1).too_bad, cell(0.5, 0).too_bad] == [False, True, True]


def test_a_file_without_numbers_is_worse_than_one_with_them():
    assert (cell(math.nan, 1).verdict, cell(math.nan, 1).too_bad) == ("worse", True)
    assert cell(1, math.nan).verdict == "better"


def test_a_rival_with_a_larger_file_counts_where_it_has_no_other():
    assert (cell(2, 1, sizes=(100, 103)).verdict, cell(2, 1, sizes=(103, 100)).verdict) == ("worse", "worse")
    row = {"figures": {"off": 1}, "lost": 1, "size": 103}
    task = Task("any", "off", print, dict, dict)
    assert verdict.best(task, {"large": row, "small": row | {"lost": 2, "size": 99}}, 100)[0] == "small"
    assert "larger: any int4" in verdict.summary([cell(2, 1, sizes=(103, 100))])


def test_the_goal_is_missed_by_one_cell_that_is_far_worse():
    good = [cell(1, 2)] * 9
    assert verdict.met([*good, cell(1.04, 1)])
    assert not verdict.met([*good, cell(1.06, 1)])
    assert not verdict.met([cell(1, 2), cell(1.04, 1)])


def test_integers_that_stand_for_no_real_numbers_are_given_as_they_are():
    detail = {"dtype": np.int32, "quantization": (0.0, 0)}
    assert outputs.as_stored(np.array([7], "int64"), detail).tolist() == [7]
    assert outputs.as_real(np.array([7], "int32"), detail).tolist() == [7.0]


def test_samples_by_signature_and_name_are_read_as_they_were_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    models.keep_calibration("any", {"encode": [{"ids": np.arange(3)}, {"ids": np.arange(2)}]})
    kept = models.calibration("any")
    assert [sample["ids"].tolist() for sample in kept["encode"]] == [[0, 1, 2], [0, 1]]


def test_sentences_are_taken_out_of_docstrings_whole():
    text = "Sums.\n\n    This is a sentence of ten words that is found. Not this of `code` though it is as long."
    assert minilm.sentences_of(f'def f():\n    """{text}"""\n') == ["This is a sentence of ten words that is found."]


class Speaker:
    """A file that hears these tokens, each where all before it are as it says them, and 9 elsewhere."""

    def __init__(self, says: list[int]):
        self.says, self.runs = says, 0

    def __call__(self, inputs: dict, signature: str) -> dict:
        if signature == "encode":
            return {"sound": np.zeros(1)}
        self.runs += 1
        (tokens,) = inputs["token_ids"].tolist()
        right = [tokens[: at + 1] == self.says[: at + 1] for at in range(len(tokens))]
        follows = [self.says[at + 1] if right[at] and at + 1 < len(self.says) else 9 for at in range(len(tokens))]
        return {"logits": np.eye(10)[follows][None]}


@pytest.mark.parametrize("guess, runs", (([1, 2, 3, 4, 5, 0], 1), ([1, 2, 3, 7, 5, 0], 2), ([1, 2], 4), ([], 4)))
def test_a_guess_saves_runs_but_changes_no_token(guess, runs):
    speaker = Speaker([1, 2, 3, 4, 5, 0])
    assert whisper.Hearing(speaker, np.zeros(1), [1, 2], 0).tokens(guess) == speaker.says
    assert speaker.runs == runs


def test_words_that_differ_are_counted_once_each():
    before = whisper.words("The cat sat, didn't it?")
    assert before == ["the", "cat", "sat", "didn't", "it"]
    for after, edits in (
        ("the cat sat didn't it", 0),
        ("A cat sat didn't", 2),
        ("the the cat sat didn't it", 1),
        ("", 5),
    ):
        assert whisper.edits(before, whisper.words(after)) == edits
