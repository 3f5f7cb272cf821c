"""`kelt calibrate FILE SAMPLES… -o FILE`: statistics as a file, merged with others, and clear errors."""

import pathlib

import numpy as np
import pytest
from command import kelt as command

import kelt

SPLIT = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "runtime" / "split.tflite"  # x [?, 4]
TWO = SPLIT.parent / "two_signatures.tflite"
SAMPLES = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "b.npz", x=SAMPLES[4:])
    np.savez_compressed(tmp_path / "a.npz", x=SAMPLES[:4])
    return tmp_path


def error_of(*words):
    done = command("calibrate", *words)
    assert done.returncode == 1
    assert "Nothing was written" in done.stderr
    return done.stderr


def test_it_writes_what_python_finds(folder):
    for samples in ([folder], [folder / "a.npz", folder / "b.npz"]):
        done = command("calibrate", SPLIT, *samples, "-o", folder / "out.json")
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{folder / 'out.json'}: 4 tensors over 6 samples\n"
        assert done.stderr == ""
        assert kelt.Statistics.load(folder / "out.json") == kelt.calibrate(SPLIT, SAMPLES)


def test_files_of_other_runs_are_merged(folder):
    kelt.calibrate(SPLIT, SAMPLES[:4]).save(folder / "first.json")
    kelt.calibrate(SPLIT, SAMPLES[4:]).save(folder / "second.json")
    with_samples = [folder / "b.npz", "--merge", folder / "first.json"]
    alone = ["--merge", folder / "second.json", "--merge", folder / "first.json"]
    for words in (with_samples, alone):
        done = command("calibrate", SPLIT, *words, "-o", folder / "out.json")
        assert done.returncode == 0, done.stderr
        found = kelt.Statistics.load(folder / "out.json")
        assert found.samples == 6
        assert found.tensors[0]["max"] == SAMPLES.max()


def test_what_is_done_to_the_data_is_noted(folder):
    np.savez(folder / "a.npz", x=SAMPLES[0])
    done = command("calibrate", SPLIT, folder / "a.npz", "-o", folder / "out.json")
    assert done.stdout.startswith("note: input 'x' of signature 'serving_default' was given without the file's batch: ")


def test_errors_say_what_is_wrong(folder):
    out = ["-o", folder / "out.json"]
    assert "error[K104]: there are no samples" in error_of(SPLIT, *out)
    assert "no.npz can't be read as an .npz file" in error_of(SPLIT, folder / "no.npz", *out)
    (folder / "empty").mkdir()
    assert f"error[K104]: the folder {folder / 'empty'} holds no .npz file" in error_of(SPLIT, folder / "empty", *out)
    np.savez(folder / "c.npz", x=SAMPLES * np.nan)
    assert "error[K104]: sample 0: the input 'x' holds NaN (element 0)" in error_of(SPLIT, folder / "c.npz", *out)
    assert "error[K102]: the file has several signatures" in error_of(TWO, folder / "c.npz", *out)
    other = "error[K102]: the file has no signature 'other'"
    assert other in error_of(SPLIT, folder / "a.npz", "--signature", "other", *out)
    (folder / "x.json").write_text("{}")
    no_format = 'error[K206]: these are no statistics of kelt calibrate: there is no "format"'
    assert no_format in error_of(SPLIT, folder / "a.npz", "--merge", folder / "x.json", *out)
    kelt.calibrate(SPLIT, SAMPLES).save(folder / "x.json")
    text = (folder / "x.json").read_text()
    at = text.index('"model":"') + len('"model":"')
    (folder / "x.json").write_text(text[:at] + "0123456789abcdef" + text[at + 16 :])
    assert "error[K206]: the statistics are of different models" in error_of(SPLIT, "--merge", folder / "x.json", *out)
    assert not (folder / "out.json").exists()
