"""The files that scripts/readers makes: their inputs can be drawn, whatever the names of their open axes."""

import importlib.util
import pathlib
import sys

import odd_models
import pytest

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def files(monkeypatch):
    """tools/readers/files.py, whose name is that of another module, with the demo's folder on the path."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT / "demo")])
    spec = importlib.util.spec_from_file_location("readers_files", ROOT / "tools" / "readers" / "files.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("build", [lambda files: odd_models.unet()[0], lambda files: files.temporal()])
def test_inputs_of_open_axes_are_drawn(files, build):
    model = build(files)
    (tensor,) = model.inputs
    drawn = files.draw(model, [(tensor.name, None)], 0)[tensor.name]
    assert len(drawn.shape) == len(tensor.shape)
    assert all(known in (None, size) for known, size in zip(tensor.shape, drawn.shape))
