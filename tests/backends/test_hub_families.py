"""The backbone of each family of KerasHub, on every backend but jax: what Keras computes, in the file that jax writes.

On jax tests/models/test_families.py has all classes. The files of jax are written by a process of its own, with the
Python of `.venv/jax`. What differs stands in tests/hub_differences.py.
"""

import fcntl
import functools
import importlib.util
import os
import pathlib
import re
import shutil

import hub_differences
import hub_files
import keras
import numpy as np
import pytest
from backends import test_same_bytes
from models.test_families import check

import kelt

BACKEND = keras.backend.backend()
pytestmark = pytest.mark.skipif(BACKEND == "jax", reason="what the others are compared with")
LONG = bool(os.environ.get("KELT_LONG"))
NAMES = hub_files.backbones() if LONG else ["BertBackbone", "Qwen3_5Backbone", "RWKV7Backbone", "ViTBackbone"]
NOT_RUN = hub_differences.NOT_RUN.get(BACKEND, {})
OTHER_FILES = hub_differences.OTHER_FILES.get(BACKEND, {})


@pytest.fixture(scope="module")
def by_jax():
    """The folder of what jax writes: once for all backends and workers, as long as nothing changes."""
    folders = test_same_bytes.ROOT / "build/hub_files"
    folder = folders / f"{test_same_bytes.digest()}-{len(NAMES)}"
    folders.mkdir(parents=True, exist_ok=True)
    with (folders / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for stale in (path for path in folders.iterdir() if path.is_dir() and not LONG):
                shutil.rmtree(stale)
            written_by_jax(folder)
    return folder


def written_by_jax(folder):
    shutil.rmtree(folder, ignore_errors=True)
    test_same_bytes.ended(test_same_bytes.started("jax", "hub_files.py", folder, *NAMES))
    (folder / "done").touch()


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A function of a name: the model, its file and what is said of it, by this backend."""
    folder = tmp_path_factory.mktemp("hub")

    @functools.cache
    def exported(name):
        model = hub_files.drawn(name)
        return model, kelt.export(model, folder / f"{name}.tflite")

    return exported


@pytest.mark.parametrize("name", NAMES)
def test_a_family_is_what_keras_computes_on_this_backend(name, here):
    if name in NOT_RUN:
        shows, why = NOT_RUN[name]
        if not shows:
            pytest.skip(why)
        with pytest.raises(Exception, match=shows):
            compared(*here(name))
        pytest.xfail(why)
    compared(*here(name), by_float64=name in hub_differences.BY_FLOAT64.get(BACKEND, {}))


def compared(model, report, by_float64=False):
    if "serving_default" in report.signatures:
        check(model, report, hub_differences.without_padded_boxes, by_float64)
    else:  # parts, whose numbers tests/hub/test_diffusion.py compares with Keras' own steps
        assert kelt.verify(model, report.path)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_RUN])
def test_a_family_is_the_file_that_jax_writes(name, here, by_jax, tmp_path):
    model, report = here(name)
    same = pathlib.Path(report.path).read_bytes() == (by_jax / name / "model.tflite").read_bytes()
    if not same:
        kelt.capture(model).save(str(tmp_path))
    how, _ = OTHER_FILES.get(name, ("", ""))
    assert ("" if same else how_it_differs(tmp_path, by_jax / name)) == how


def how_it_differs(here, there):
    """In what the model computes, in the names of layers alone, or in which constants."""
    (arrays, text), (others, other) = map(test_same_bytes.weights, (here, there))
    if text != other:
        return hub_differences.NAMES if unnumbered(text) == unnumbered(other) else hub_differences.GRAPH
    named = {key[1] for key, array in arrays.items() if not np.array_equal(array, others[key])}
    return ", ".join(sorted(named))


def unnumbered(text):
    return re.sub(r"(?<=[a-z])_\d+(?=[/\n])", "", text)


def test_tensorflow_is_there_on_its_own_backend_only():
    there = [importlib.util.find_spec(name) is not None for name in ("tensorflow", "tensorflow_text")]
    assert there == [BACKEND == "tensorflow"] * 2
