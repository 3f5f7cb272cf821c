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
    (folder / "raises.py").write_text("raise KeyError('gone')")
    (folder / "bytes.json").write_bytes(b"\xff")
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

def sized(size):
    return build()

def fails():
    raise KeyError("gone")

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
        (("small.keras",), "Give its classes by custom_objects"),
        (("nowhere.keras",), "there is no nowhere.keras"),
        (("small.weights.h5",), "has weights and no model"),
        (("small.weights.h5", "--model", "networks"), "Give it as package.module:function"),
        (("small.weights.h5", "--model", "nothing:build"), "No module named 'nothing'"),
        (("small.keras", "-o", "m.bin"), "a LiteRT file ends in .tflite"),
        (("small.keras", "-q", "int9", "--custom-objects", "networks"), "int9"),
        (("small.keras", "-q", '{"form":'), 'K101 --quantize {"form":: it is no JSON: Expecting'),
        (("small.keras", "-q", "no.json"), "K101 --quantize no.json: No such file or directory. A rec"),
        (("small.keras", "-q", "bytes.json"), "K101 --quantize bytes.json: it is no JSON: "),
        (("small.keras", "--calibration", "samples.npz"), "without quantize (kelt export: --quantize)"),
        (("small.keras", "--dtype", "flot16"), "K101 dtype is a dtype of floats, such as 'float16'"),
        (("small.keras", "-o", "nowhere/m.tflite"), "K102: can't write nowhere/m.tflite: there is no folder nowhere"),
        (("small.keras", "--custom-objects", "raises"), "--custom-objects raises: KeyError: 'gone'"),
        (("small.weights.h5", "--model", "raises:f"), "K101 --model raises:f: KeyError: 'gone'. Give"),
        (("small.weights.h5", "--model", "networks:keras"), "'networks' has no function 'keras'"),
        (("small.weights.h5", "--model", "networks:sized"), "networks.sized builds no model: TypeError"),
        (("small.weights.h5", "--model", "networks:fails"), "networks.fails builds no model: KeyError"),
    ],
)
def test_what_can_not_be_done_is_one_error(folder, words, says):
    output = () if "-o" in words else ("-o", "m.tflite")
    _, errors = export(folder, *words, *output, code=1)
    assert says in errors and "Traceback" not in errors
    assert not list(folder.glob("m.*"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a.keras",), "required: -o/--output"),
        (("a.keras", "b.keras", "-o", "m.tflite"), "--output is a directory that exists"),
        (("a/m.keras", "b/m.keras", "-o", "."), "two of the sources have one name"),
        (("a.keras", "-o", "m.tflite", "--threads", "-1"), "argument --threads: it is a number from 0 on, not '-1'"),
        (("a.keras", "-o", "m.tflite", "--jobs", "0"), "argument --jobs: it is a number from 1 on, not '0'"),
        (("a.keras", "-o", "m.tflite", "--jobs", "all"), "argument --jobs: it is a number from 1 on, not 'all'"),
        (("a.keras", "-o", "m.tflite", "--audio-length", "0"), "--audio-length: it is a number from 1 on, not '0'"),
        (("a.keras", "-o", "m.tflite", "--image-size", "big"), "--image-size: it is a number, or two with a comma"),
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


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--verify", "--dtype=float16"), "--verify and no --dtype"),
        (("-q", "int8-dynamic"), "-q"),
        (("--states", "ports", "--no-optimize"), "--states"),
    ],
)
def test_a_module_takes_no_options_of_a_model(options, names, tmp_path):
    kelt.capture(keras.Sequential([keras.Input((3,)), layers.Dense(2)])).save(str(tmp_path / "module"))
    _, errors = export(tmp_path, "module", "-o", "m.tflite", *options, code=1)
    assert errors.startswith(f"K101 a module that was captured takes no {names}, which are of a model. It takes -o, ")
    assert not (tmp_path / "m.tflite").exists()


def test_the_options_that_a_module_takes_are_those_of_the_core(tmp_path):
    kelt.capture(keras.Sequential([keras.Input((3,)), layers.Dense(2)])).save(str(tmp_path / "module"))
    export(tmp_path, "module", "-o", "m.tflite", "--constants", "outside", "--threads", "1", "--no-optimize")
    assert (tmp_path / "m.tflite").exists()


@pytest.mark.parametrize("words", [("small.keras",), ("small.weights.h5", "--model", "networks:build")])
def test_a_backend_that_keras_does_not_know(words, folder, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "foo")
    _, errors = export(folder, *words, "-o", "m.tflite", code=1)
    assert errors.startswith("K102 Keras can't be imported on foo: Unable to import backend : foo. Install a backend")
