"""Files of the networks at their own sizes, beside those of Keras' own exporter with TensorFlow (bench/data)."""

import gc
import json
import pathlib
import sys

import pytest

import kelt.runtime

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import zoo  # noqa: E402

TENSORFLOW = json.loads((BENCH / "data" / "tensorflow.json").read_text())["models"]
ONE_PARTITION = ("MobileNetV2", "ResNet50", "VGG16")  # and no node outside
SIZE_MARGIN = 0.01  # of TensorFlow's size; smaller is welcome
# The Interpreter of TensorFlow's own files doesn't take these: nothing to compare partitions with.
UNKNOWN = [name for name, theirs in TENSORFLOW.items() if theirs["partitions"] is None]


@pytest.fixture(scope="module", params=TENSORFLOW)
def exported(request, tmp_path_factory):
    """A network's name and file. One at a time is alive: the largest weighs half a gigabyte."""
    path = tmp_path_factory.mktemp("beside") / f"{request.param}.tflite"
    model = zoo.builders()[request.param]()
    kelt.export(model, path)
    yield request.param, path
    del model
    path.unlink()
    gc.collect()


def test_a_file_is_no_larger_than_tensorflows(exported):
    name, path = exported
    assert path.stat().st_size <= TENSORFLOW[name]["size"] * (1 + SIZE_MARGIN)


def test_xnnpack_makes_no_more_partitions_than_of_tensorflows(exported):
    name, path = exported
    ((inputs, _),) = kelt.runtime.Model(path).signatures.values()
    sizes = {
        port.name: [(64 if axis else 1) if dim < 0 else dim for axis, dim in enumerate(port.shape)] for port in inputs
    }
    ours = kelt.delegation(path, sizes=sizes)
    theirs = TENSORFLOW[name]
    if name in ONE_PARTITION:
        assert (ours["partitions"], ours["outside"]) == (1, [])
    assert ours["partitions"] <= (1 if name in UNKNOWN else theirs["partitions"])
    if theirs["outside"] is not None:  # libLiteRt runs TensorFlow's file, and so tells what is left outside
        assert len(ours["outside"]) <= len(theirs["outside"])
