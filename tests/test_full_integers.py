"""Files of integers alone, for microcontrollers and NPUs: what they hold, and what scripts/readers asks of them."""

import importlib.util
import json
import pathlib
import subprocess

import keras
import numpy as np
import pytest
from command import path_of_kelt
from noise import decibels
from quantization import models

import kelt
import kelt.runtime

TABLE = pathlib.Path(__file__).parents[1] / "tools" / "readers" / "integer_table.py"
RECIPE = {"form": "int8-full", "inputs": "int8", "outputs": "int8"}


@pytest.fixture(scope="module")
def convnet():
    keras.utils.set_random_seed(1)
    return models.convnet()


@pytest.fixture(scope="module")
def images():
    return list(np.random.default_rng(1).normal(size=(4, 1, 8, 8, 1)).astype("float32"))


def inspected(path, *options):
    command = [str(path_of_kelt()), "inspect", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_full_integer_file_holds_no_float_and_its_constants_inside(convnet, images, tmp_path):
    path = tmp_path / "full.tflite"
    kelt.quantize(convnet, RECIPE, path, calibration=images)
    found = json.loads(inspected(path, "--json"))
    assert [each["op"] for each in found["operators"]] == ["CONV_2D", "FULLY_CONNECTED", "MAX_POOL_2D", "RESHAPE"]
    assert not found["weights"]["outside"]  # tflite-micro takes other bytes for constants that are
    assert "f32" not in (graph := inspected(path, "--graph"))
    assert "i8[1, 8, 8, 1]" in graph
    kelt.quantize(convnet, RECIPE | {"full_integer": False, "skip": ["logits"]}, path, calibration=images)
    assert "f32" in inspected(path, "--graph")


def test_what_has_no_kernel_on_integers_is_named(convnet, images, tmp_path):
    model = keras.Model(convnet.inputs, keras.layers.Lambda(keras.ops.sin, name="wave")(convnet.outputs[0]))
    with pytest.raises(Exception, match="K204") as error:
        kelt.quantize(model, RECIPE, tmp_path / "none.tflite", calibration=images)
    assert "wave (LiteRT has no kernel for SIN on int8)" in str(error.value)
    assert not (tmp_path / "none.tflite").exists()


def test_prelu_which_negates_is_in_integers(tmp_path):
    model = keras.Sequential([keras.Input((6,), batch_size=1, name="x"), keras.layers.PReLU("normal", name="slopes")])
    samples = np.random.default_rng(3).normal(size=(32, 1, 6)).astype("float32")
    kelt.quantize(model, "int8-full", tmp_path / "slopes.tflite", calibration=list(samples))
    run = kelt.runtime.Model(tmp_path / "slopes.tflite")
    got = np.stack([next(iter(run({"x": sample}).values())) for sample in samples])
    assert decibels(np.stack([model(sample) for sample in samples]), got) > 30


@pytest.mark.parametrize("unroll", [False, True])
def test_a_recurrent_layer_is_in_integers_where_it_is_unrolled(tmp_path, unroll):
    layers = [keras.Input((3, 4), batch_size=1, name="x"), keras.layers.GRU(5, unroll=unroll, name="memory")]
    samples = list(np.random.default_rng(2).normal(size=(4, 1, 3, 4)).astype("float32"))
    path = tmp_path / "recurrent.tflite"
    if unroll:
        kelt.quantize(keras.Sequential(layers), RECIPE, path, calibration=samples)
        assert "f32" not in inspected(path, "--graph")
    else:
        with pytest.raises(Exception, match=r"memory \(LiteRT has no kernel for WHILE on int8\)"):
            kelt.quantize(keras.Sequential(layers), RECIPE, path, calibration=samples)


@pytest.fixture(scope="module")
def table():
    spec = importlib.util.spec_from_file_location("integer_table", TABLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(differ=0, steps=0, operator="CONV_2D", left=()):
    equal = {"count": 1000, "differ": 0, "steps": 0}
    return {
        "floats": [],
        "operators": {operator: {"count": 1000, "differ": differ, "steps": steps}},
        "outputs": {"reference": equal, "xnnpack": equal},
        "vela": {"ethos-u55-128": {"cpu": len(left), "npu": 7, "left": list(left)}},
    }


@pytest.mark.parametrize(
    ("kelt_row", "tensorflow_row", "fault"),
    [
        (row(), row(), None),
        (row(2, 1, "FULLY_CONNECTED"), row(), None),
        (row(2, 2, "FULLY_CONNECTED"), row(), "2 of 1000 integers of FULLY_CONNECTED differ"),
        (row(1, 1), row(), "convnet, kelt: tflite-micro: 1 of 1000 integers of CONV_2D differ"),
        (row(left=["CONV_2D"]), row(left=["CONV_2D"]), None),
        (row(left=["CONV_2D"]), row(), "1 operators on the CPU, 0 of TensorFlow's: ['CONV_2D']"),
        (row(left=["MUL"]), row(left=["CONV_2D"]), "1 operators on the CPU, 1 of TensorFlow's: ['MUL']"),
        (row() | {"floats": ["logits"]}, row(), "convnet, kelt: logits is float32"),
        ({"error": "rejected GELU"}, row(), "convnet, kelt: rejected GELU"),
    ],
)
def test_other_integers_and_one_operator_more_on_the_cpu_are_faults(table, kelt_row, tensorflow_row, fault):
    found = table.faults({("convnet", "kelt"): kelt_row, ("convnet", "TF"): tensorflow_row})
    assert found == [] if fault is None else fault in found[0]


def test_a_file_that_is_missing_is_a_fault(table):
    assert table.faults({("convnet", "kelt"): row()}) == ["convnet: there is no file of TensorFlow"]
