"""A sample of the wrong files of `scripts/mutate`, which does the same to 43 models: kelt.verify rejects each."""

import numpy as np
import pytest
from limits import LIMITS
from mutants import changes, judge, subjects, tflite, worker

import kelt

# Cheap ones, with every class of mutation: layers used twice, several outputs, loops, convolutions, embeddings.
SAMPLE = ("nested", "several_outputs", "recurrent", "convolutions", "two towers")


@pytest.fixture(scope="module")
def workers():
    processes = (worker.Worker(), worker.Worker())
    yield processes
    for process in processes:
        process.close()


@pytest.mark.parametrize("name", SAMPLE)
def test_wrong_files_are_rejected_and_the_right_one_is_not(name, tmp_path, workers):
    verdicts, alarm = judge.subject_verdicts(name, tmp_path, workers, weights=2, others=4)
    assert alarm == ""
    assert {verdict.class_ for verdict in verdicts} == {"weights", "numbers", "others"}
    # By numbers alone, what changes an output by little more than the limit may stay below it on other inputs.
    survivors = [v for v in verdicts if not v.caught and (v.class_ != "numbers" or v.effect > 10 * LIMITS["float32"])]
    assert [(verdict.kind, verdict.place, verdict.effect) for verdict in survivors] == []


def test_a_file_that_is_read_and_written_again_computes_the_same(tmp_path, workers):
    trial = judge.Trial("several_outputs", tmp_path, *workers)
    again = tmp_path / "again.tflite"
    tflite.write(tflite.read(trial.file), again)
    outputs = workers[0].outputs_of(again, trial.draws)
    assert judge.effect(trial.right, outputs) == 0.0
    for right, found in zip(trial.right, outputs):
        for name in right:
            np.testing.assert_array_equal(right[name], found[name])


def test_every_kind_of_change_finds_a_place_in_some_model(tmp_path):
    kinds = set()
    for name in ("dynamic_image", "normalised", "suppression of boxes", "shared"):
        kelt.export(subjects.build(name).model, tmp_path / "right.tflite")
        model = tflite.read(tmp_path / "right.tflite")
        kinds |= {change.kind for change in changes.of_operators(model) + changes.of_constants(model)}
    assert kinds >= {
        *(
            "activation",
            "stride",
            "padding",
            "axis",
            "epsilon",
            "perm",
            "slice",
            "inputs exchanged",
            "outputs exchanged",
        ),
        *(
            "bypass",
            "one less reduced",
            "constant × 1.01",
            "constant negated",
            "constant zeroed",
            "constants exchanged",
        ),
    }
