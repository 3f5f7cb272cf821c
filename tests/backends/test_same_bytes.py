"""A model is the same file on every backend: its text, its weights, its .tflite, byte by byte.

The models of tests/same_bytes.py are written by the backend at hand and by numpy in a process of its own, with the
Python of `.venv/jax`, which every stage of scripts/test sets up; on numpy, this is a second run. So all backends agree
with one. Where a model computes a constant with its backend, in `build`, the last bits of this constant may differ, and
nothing else: it stands in COMPUTED.
"""

import json
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest
import same_bytes
from command import kelt
from limits import LIMITS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv/jax/bin/python"
# Model → its constants that the backend computes.
COMPUTED = {"positions": ["constant"]}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folders of both."""
    assert PYTHON.exists(), f"there is no {PYTHON}: scripts/install jax"
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("numpy")
    paths = [str(ROOT / "tests"), str(ROOT / "bench"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [str(PYTHON), str(ROOT / "tests/same_bytes.py"), str(there)]
    other = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    same_bytes.write(here)
    _, errors = other.communicate()
    assert other.returncode == 0, errors
    return here, there


def weights_file(folder):
    """The file of weights, which is named by its content."""
    (found,) = folder.glob("weights-*.bin")
    return found


def weights(folder):
    """The names and bytes of the weights that the text does not hold, and the text with their file under one name."""
    file = weights_file(folder)
    text, data = (folder / "module.kelt").read_text().replace(file.name, "weights.bin"), file.read_bytes()
    found = re.findall(r'^weight @(\d+) "(.*)": f32\[([\d,]*)\] = file\("weights.bin", (\d+)\)$', text, re.MULTILINE)
    parts = {}
    for number, name, dims, start in found:
        count = int(np.prod([int(dim) for dim in dims.split(",") if dim]))
        parts[number, name] = np.frombuffer(data, "float32", count, int(start))
    return parts, text


@pytest.mark.parametrize("name", [name for name in same_bytes.MODELS if name not in COMPUTED])
def test_a_model_is_the_same_file_as_on_numpy(name, written):
    here, there = (folder / name for folder in written)
    assert (here / "module.kelt").read_text() == (there / "module.kelt").read_text()
    assert weights_file(here).read_bytes() == weights_file(there).read_bytes()
    assert (here / "model.tflite").read_bytes() == (there / "model.tflite").read_bytes()


@pytest.mark.parametrize("name", COMPUTED)
def test_only_the_constants_that_the_backend_computes_may_differ(name, written):
    (here, text), (there, other) = (weights(folder / name) for folder in written)
    assert text == other
    assert here.keys() == there.keys()
    assert {key[1] for key in here} > set(COMPUTED[name])
    for key, array in here.items():
        if key[1] in COMPUTED[name]:
            np.testing.assert_allclose(
                array, there[key], rtol=0, atol=LIMITS["constants of a backend"] * np.abs(array).max()
            )
        else:
            np.testing.assert_array_equal(array, there[key], str(key))


def test_there_are_twenty_models():
    assert len(same_bytes.MODELS) >= 20


@pytest.mark.parametrize("name", same_bytes.MODELS)
def test_every_tensor_has_a_name_of_its_own(name, written):
    names = tensor_names(written[0] / name / "model.tflite")
    assert "" not in names
    assert sorted(set(names)) == sorted(names)
    assert names == tensor_names(written[1] / name / "model.tflite")


def tensor_names(path):
    said = json.loads(kelt("inspect", path, "--json").stdout)
    return [tensor["name"] for graph in said["subgraphs"] for tensor in graph["tensors"]]
