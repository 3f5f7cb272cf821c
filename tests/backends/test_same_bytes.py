"""A model is the same file on every backend: its text, its weights, its .tflite, byte by byte.

The models of tests/same_bytes.py are written by the backend at hand and by numpy in a process of its own, with the
Python of `.venv/jax`, which every stage of scripts/test sets up; on numpy, this is a second run. So all backends agree
with one. Where a model computes a constant with its backend, in `build`, the last bits of this constant may differ, and
nothing else: it stands in COMPUTED.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
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
    here = tmp_path_factory.mktemp("here")
    with by_numpy() as other:
        same_bytes.write(here)
        there = other()
    return here, there


@contextlib.contextmanager
def by_numpy():
    """Gives a function of the folder that numpy writes meanwhile: once for all backends, as long as nothing changes."""
    assert PYTHON.exists(), f"there is no {PYTHON}: scripts/install jax"
    folder = ROOT / "build/same_bytes" / digest()
    if (folder / "done").exists():
        yield lambda: folder
        return
    for stale in folder.parent.glob("*") if folder.parent.exists() else ():
        if not stale.name.startswith(folder.name):
            shutil.rmtree(stale, ignore_errors=True)
    there = folder.with_name(f"{folder.name}.{os.getpid()}")
    other = started("numpy", "same_bytes.py", there)

    def wait():
        ended(other)
        (there / "done").touch()
        with contextlib.suppress(OSError):  # another process was faster
            there.rename(folder)
        return folder

    yield wait


def started(backend, script, *arguments):
    """A process of `.venv/jax` in which a script of tests/ runs on a backend."""
    paths = [str(ROOT / "tests"), str(ROOT / "bench"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [PYTHON, ROOT / "tests" / script, *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Waits for it."""
    _, errors = process.communicate()
    assert process.returncode == 0, errors


def digest():
    """Of all that what numpy writes depends on: kelt as it is installed there, Keras, and the models."""
    site = next((ROOT / ".venv/jax/lib").glob("python*/site-packages"))
    records = sorted(
        record for name in ("kelt", "keras", "keras_hub", "numpy") for record in site.glob(f"{name}-*.dist-info/RECORD")
    )
    modules = [*sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]
    content = b"".join(path.read_bytes() for path in (*records, *modules))
    return hashlib.sha256(content).hexdigest()[:16]


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
