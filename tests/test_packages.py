"""What is said where a package is missing that kelt needs and does not bring, and what its extras bring."""

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import keras
import pytest

import kelt

PROJECT = tomllib.loads((pathlib.Path(__file__).resolve().parent.parent / "pyproject.toml").read_text())["project"]
HUB = "pip install 'kelt[hub]' && pip install --no-deps keras-hub"
CALLS = ("enable()", "capture(print)", "export(print, 'a.tflite')", "verify(print, 'a.tflite')")


@pytest.mark.parametrize(
    ("backend", "package"), [("", "tensorflow"), ("numpy", "scipy"), ("torch", "torch"), ("foo", "foo")]
)
@pytest.mark.parametrize(
    "call", ["kelt.enable()", "kelt.capture(print)", "kelt.export(print, 'a.tflite')", "kelt.verify(print, 'a.tflite')"]
)
def test_a_missing_backend_is_named_with_the_line_that_installs_one(backend, package, call, tmp_path):
    code = f"import sys; sys.modules[{package!r}] = None; import kelt; {call}"
    env = os.environ | {"KERAS_BACKEND": backend, "KERAS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    message = done.stderr.splitlines()[-1]
    assert message.startswith(f"ImportError: K102 Keras can't be imported on {backend or 'tensorflow, which it takes'}")
    assert package in message
    assert "pip install 'kelt[jax]' (or torch, tensorflow, numpy)" in message
    assert "export KERAS_BACKEND=jax" in message


@pytest.mark.parametrize(
    ("package", "line"),
    [("keras_hub", HUB), ("torch", "pip install 'kelt[torch]'"), ("tensorflow", "pip install 'kelt[tensorflow]'")],
)
def test_a_package_that_a_model_imports_and_lacks_is_named_with_the_line_that_installs_it(package, line, monkeypatch):
    def call(x):
        __import__(package)
        return x

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(kelt.ExportError, match="can't be followed: ModuleNotFoundError") as caught:
        kelt.capture(call, [keras.InputSpec(shape=(None, 3))])
    assert line in caught.value.remedy
    assert line in str(caught.value)


def test_an_import_that_fails_inside_of_a_model_for_another_package_has_no_line():
    def call(x):
        import no_such_package  # noqa: F401

        return x

    with pytest.raises(kelt.ExportError) as caught:
        kelt.capture(call, [keras.InputSpec(shape=(None, 3))])
    assert caught.value.remedy == ""


def test_the_extra_for_kerashub_brings_what_kerashub_needs_but_tensorflow_text():
    def name(requirement):
        return re.match(r"[\w-]+", requirement)[0].lower()

    needed = {name(each) for each in importlib.metadata.requires("keras-hub") if "extra ==" not in each}
    brought = {name(each) for each in (*PROJECT["optional-dependencies"]["hub"], *PROJECT["dependencies"])}
    assert needed - brought == {"tensorflow-text"}


def test_there_is_an_extra_for_each_backend():
    assert set(PROJECT["optional-dependencies"]) == {"jax", "tensorflow", "torch", "numpy", "hub"}
