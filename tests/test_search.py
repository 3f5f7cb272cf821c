"""Recipes with a goal: kelt searches the forms of the layers, and says which they are."""

import json

import keras
import numpy as np
import pytest
from command import kelt as command
from noise import decibels

import kelt
from kelt import runtime

SAMPLES = np.random.default_rng(5).normal(size=(16, 1, 64)).astype("float32")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(64, activation="relu", name=f"dense_{i}") for i in range(4)]
    return keras.Sequential([keras.Input((64,), batch_size=1, name="x"), *layers])


@pytest.fixture(scope="module")
def floats(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("search") / "floats.tflite"
    kelt.export(model, path)
    return path


def snr(floats, path):
    wanted, got = (
        np.concatenate([next(iter(runtime.Model(file)({"x": x}).values())) for x in SAMPLES]) for file in (floats, path)
    )
    return decibels(wanted, got)


def test_a_target_gives_a_recipe_that_reaches_it_and_makes_the_same_file(floats, tmp_path):
    found = kelt.quantize(floats, {"target_snr": 21}, tmp_path / "a.tflite", calibration=SAMPLES)
    assert snr(floats, tmp_path / "a.tflite") >= 21
    assert found.file_bytes < kelt.quantize(floats, "int8-dynamic", tmp_path / "single.tflite").file_bytes
    assert {rule["form"] for rule in found.recipe["rules"]} > {"int8-dynamic"}
    again = kelt.quantize(floats, found.recipe, tmp_path / "b.tflite")
    assert again.recipe == found.recipe
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    assert found.effects[0].form == "fp16"
    assert "the one that is taken gives 2" in str(found)
    assert json.loads(found.to_json())["effects"][0]["snr"] == found.effects[0].snr


def test_a_live_model_is_searched_in_its_export(model, floats, tmp_path):
    report = kelt.export(model, tmp_path / "a.tflite", quantize={"target_snr": 21}, calibration=lambda: iter(SAMPLES))
    kelt.quantize(floats, {"target_snr": 21}, tmp_path / "b.tflite", calibration=SAMPLES)
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    kelt.export(model, tmp_path / "c.tflite", quantize=report.quantization.recipe)
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "c.tflite").read_bytes()


def test_a_size_is_kept(floats, tmp_path):
    found = kelt.quantize(
        floats, {"max_size": "22%", "forms": ["int8-dynamic", "int4"]}, tmp_path / "a.tflite", calibration=SAMPLES
    )
    assert found.file_bytes <= 0.22 * found.bytes_before


def test_samples_are_asked_for(floats, tmp_path):
    with pytest.raises(ValueError, match="runs the model on samples of what it will see, and none are given"):
        kelt.quantize(floats, {"target_snr": 21}, tmp_path / "a.tflite")
    with pytest.raises(ValueError, match="runs the model on samples"):
        kelt.quantize(
            floats, {"target_snr": 21}, tmp_path / "a.tflite", calibration=kelt.calibrate(floats, list(SAMPLES))
        )


def test_what_can_not_be_reached_is_said_with_the_best(floats, tmp_path):
    goal = {"target_snr": "80dB", "forms": ["int8-dynamic", "int4"]}
    with pytest.raises(ValueError, match=r"80.0 dB is not reached with these forms: the best has [34]\d.\d dB in "):
        kelt.quantize(floats, goal, tmp_path / "a.tflite", calibration=SAMPLES)
    assert not (tmp_path / "a.tflite").exists()


def test_the_command_writes_the_recipe_it_found(floats, tmp_path):
    np.savez(tmp_path / "samples.npz", x=SAMPLES)
    made, recipe, again = (str(tmp_path / name) for name in ("a.tflite", "found.json", "b.tflite"))

    def quantize(*arguments):
        return command("quantize", floats, *arguments)

    goal = ("--target-snr", "21dB", "--samples", str(tmp_path / "samples.npz"))
    done = quantize("-o", made, *goal, "--write-recipe", recipe, "--forms", "int8-dynamic", "int4-block32")
    assert done.returncode == 0, done.stderr
    assert "note: searched: " in done.stdout
    assert quantize("-o", again, "--recipe", recipe).returncode == 0
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    both = quantize("-o", made, *goal, "--max-size", "40%")
    assert 'a recipe has one goal, not both "target_snr" and "max_size"' in both.stderr
    named = quantize("-o", made, *goal, "--recipe", "int4")
    assert 'a recipe with a goal has no "form"' in named.stderr
    missing = quantize("-o", made)
    assert missing.returncode == 1
    assert "there is no recipe" in missing.stderr
