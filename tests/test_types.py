"""What a user's type checker makes of the wheel: the hints are found, and they hold."""

import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

KELT = pathlib.Path(importlib.util.find_spec("kelt").origin).parent
RIGHT = """
import pathlib
import keras
import kelt
from kelt.runtime import Model

model = keras.Sequential()
report: kelt.Report = kelt.export(model, pathlib.Path("a.tflite"), verify=True, states="ports")
size: int = report.file_bytes
operators: dict[str, int] = report.operators
errors: dict[str, float] = kelt.verify(model, "a.tflite")
module: kelt.Module = kelt.capture(model)
module.save("a")
text: str = str(module) + kelt.__version__

@kelt.override(keras.layers.Layer)
def layer(layer: object, x: float) -> float:
    return x

try:
    kelt.enable()
except kelt.ExportError as error:
    code: str = error.code
    remedies: list[str] = [part.remedy for part in error.parts]
shape: tuple[int, ...] = Model("a.tflite").signatures["serving_default"][0][0].shape
taken: int = kelt.delegation("a.tflite")["partitions"]
"""
WRONG = """
import kelt
kelt.export(None, 3)
kelt.export(None, "a.tflite", states="files")
kelt.verify(None)
kelt.capture(None).save(3)
kelt.no_such_function()
"""


def check(code, folder):
    """The lines that mypy prints: of the snippet alone, for the package is not where the user's own files are."""
    snippet = folder / "snippet.py"
    snippet.write_text(code)
    # Hints of what kelt is made of are no part of its interface, and take a minute to read.
    options = ["--ignore-missing-imports", "--follow-imports=silent", "--no-error-summary", "--config-file="]
    cache = (
        pathlib.Path(__file__).resolve().parent.parent
        / "build/mypy-users"
        / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    )
    command = [sys.executable, "-m", "mypy", "--strict", *options, f"--cache-dir={cache}", "snippet.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def test_the_wheel_says_that_it_has_hints():
    assert (KELT / "py.typed").exists()
    stub = (KELT / "_native.pyi").read_text()
    assert "class Module:" in stub
    assert "class Error(RuntimeError):" in stub


def test_a_users_lines_pass(tmp_path):
    assert check(RIGHT, tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        '3: error: Argument 2 to "export" has incompatible type "int"',
        '4: error: Argument "states" to "export" has incompatible type',
        '5: error: Missing positional argument "path" in call to "verify"',
        '6: error: Argument 1 to "save" of "Module" has incompatible type "int"',
        '7: error: Module has no attribute "no_such_function"',
    ],
)
def test_what_does_not_fit_is_an_error(line, tmp_path):
    assert any(found.startswith(f"snippet.py:{line}") for found in check(WRONG, tmp_path))
