"""`kelt export SOURCE -o OUT` of models on disk."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from command import kelt as command
from keras import layers

import kelt


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two archives, a file of weights and a module that builds their model."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "networks.py").write_text(BUILD)
    sys.path.insert(0, str(folder))
    import networks

    keras.utils.set_random_seed(1)
    model = networks.build()
    model.save(folder / "small.keras")
    model.save(folder / "again.keras")
    model.save_weights(folder / "small.weights.h5")
    np.savez(folder / "samples.npz", x=np.random.default_rng(0).normal(size=(8, 300)).astype("float32"))
    return folder


BUILD = """
import keras

class Twice(keras.layers.Layer):
    def call(self, x):
        return x + x

def build():
    x = keras.Input((300,), name="x")
    return keras.Model(x, keras.layers.Dense(200, name="dense")(Twice(name="twice")(x)), name="small")
"""


def export(folder, *words, code=0):
    """What it prints on both streams; `code` is its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "kelt.command.main", "export", *map(str, words)],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr


def test_it_says_what_it_finds_and_what_it_took(folder, tmp_path):
    out, found = export(folder, "small.keras", "-o", tmp_path / "m.tflite", "--custom-objects", "networks")
    assert found == "found a Keras archive: Functional, 60,200 parameters, float32\n"
    assert out.startswith(f"{tmp_path}/m.tflite: 0.24 MB, 2 operations")
    assert " s and " in out.splitlines()[-1] and out.splitlines()[-1].endswith("MB of memory at most")


def test_it_is_the_file_of_the_call(folder, tmp_path):
    words = ("--model", "networks:build", "-q", "int8-dynamic")
    export(folder, "small.weights.h5", "-o", tmp_path / "m.tflite", *words)
    import networks

    kelt.export(networks.build, tmp_path / "call.tflite", weights=folder / "small.weights.h5", quantize="int8-dynamic")
    assert (tmp_path / "m.tflite").read_bytes() == (tmp_path / "call.tflite").read_bytes()


def test_a_recipe_with_samples_and_a_proof(folder, tmp_path):
    recipe = json.dumps({"form": "int8-static"})
    words = ("--calibration", folder / "samples.npz", "--custom-objects", "networks", "--verify", "--quantize", recipe)
    out, _ = export(folder, "small.keras", "-o", tmp_path / "m.tflite", *words)
    assert "int8-static: 1 FULLY_CONNECTED" in out and "dB" in out


def test_several_sources_each_in_a_process(folder, tmp_path):
    words = ("small.keras", "again.keras", "networks.py", "-o", tmp_path, "--jobs", "2", "--custom-objects", "networks")
    out, errors = export(folder, *words, code=1)
    assert (tmp_path / "small.tflite").read_bytes() == (tmp_path / "again.tflite").read_bytes()
    assert out.splitlines()[-1] == "2 exported, 1 failed"
    assert "networks.py: K101 networks.py is no source" in errors


def test_an_option_may_have_the_name_of_a_source(folder, tmp_path):
    words = ("small.keras", "networks", "--outp", tmp_path, "--custom-objects", "networks", "-q", "int8-dynamic")
    out, errors = export(folder, *words, code=1)
    assert "int8-dynamic: 1 FULLY_CONNECTED" in out and out.splitlines()[-1] == "1 exported, 1 failed"
    assert "networks: error[K102]" in errors


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("small.keras", "-o", "m.tflite"), "Give its classes by custom_objects"),
        (("nowhere.keras", "-o", "m.tflite"), "there is no nowhere.keras"),
        (("small.weights.h5", "-o", "m.tflite"), "has weights and no model"),
        (("small.weights.h5", "-o", "m.tflite", "--model", "networks"), "Give it as package.module:function"),
        (("small.weights.h5", "-o", "m.tflite", "--model", "nothing:build"), "No module named 'nothing'"),
        (("small.keras", "-o", "m.bin"), "a LiteRT file ends in .tflite"),
        (("small.keras", "-o", "m.tflite", "-q", "int9", "--custom-objects", "networks"), "int9"),
    ],
)
def test_what_can_not_be_done_is_one_error(folder, words, says):
    _, errors = export(folder, *words, code=1)
    assert says in errors and "Traceback" not in errors
    assert not list(folder.glob("m.*"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a.keras",), "required: -o/--output"),
        (("a.keras", "b.keras", "-o", "m.tflite"), "--output is a directory that exists"),
        (("a/m.keras", "b/m.keras", "-o", "."), "two of the sources have one name"),
    ],
)
def test_a_command_line_that_can_not_be_read(folder, words, says):
    _, errors = export(folder, *words, code=2)
    assert says in errors


def test_a_module_needs_no_keras(folder, tmp_path):
    """It is the executable of the core that exports it."""
    kelt.capture(keras.Sequential([keras.Input((3,)), layers.Dense(2)])).save(str(tmp_path / "module"))
    done = command("export", tmp_path / "module", "-o", tmp_path / "m.tflite")
    assert (
        done.returncode == 0 and done.stdout == f"{tmp_path}/m.tflite: {(tmp_path / 'm.tflite').stat().st_size} bytes\n"
    )
