"""kelt.runtime: a LiteRT file with numpy arrays, and its count of partitions against the Interpreter's."""

import pathlib

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

import kelt
from kelt import runtime

FILES = pathlib.Path(__file__).resolve().parent.parent / "testdata"
QUANTIZED = sorted((FILES / "quant_refs").rglob("*.tflite"))


def delegates_of_the_interpreter(file: pathlib.Path, sizes: dict[str, list[int]]) -> int:
    """How many nodes of the main graph are pieces that XNNPACK took."""
    interpreter = Interpreter(str(file), num_threads=1)
    for detail in interpreter.get_input_details():
        if detail["name"] in sizes:
            interpreter.resize_tensor_input(detail["index"], sizes[detail["name"]])
    interpreter.allocate_tensors()
    return sum(op["op_name"] == "DELEGATE" for op in interpreter._get_ops_details())


def test_arrays_go_in_and_come_out_by_name():
    model = runtime.Model(FILES / "runtime" / "two_signatures.tflite")
    outputs = model({"i": np.array([5, -3], np.int64), "mask": np.array([True, False])}, "count")
    assert {name: array.tolist() for name, array in outputs.items()} == {"next": [6, -2], "unmasked": [False, True]}
    assert outputs["next"].dtype == np.int64
    assert outputs["unmasked"].dtype == bool
    assert model.signatures["count"][0][0] == runtime.Tensor("i", "int64", (-1,))


def test_a_file_can_be_given_as_bytes_and_an_array_in_any_memory_order():
    model = runtime.Model((FILES / "runtime" / "split.tflite").read_bytes())
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    expected = np.add(x.T, [1, 2, 3, 4]) ** 2 / 2
    assert np.allclose(model({"x": x.T})["y"], expected)


def test_a_wrong_input_is_an_error_with_a_code():
    model = runtime.Model(FILES / "runtime" / "split.tflite")
    with pytest.raises(RuntimeError, match="input x is float32, not float64") as caught:
        model({"x": np.zeros((1, 4))})
    assert caught.value.code == 101


def test_runs_are_timed():
    model = runtime.Model(FILES / "runtime" / "split.tflite")
    model({"x": np.zeros((1, 4), np.float32)})
    times = model.time_runs(5)
    assert len(times) == 5
    assert min(times) > 0


@pytest.mark.parametrize("name", ["split", "attention", "computed_shape"])
def test_partitions_are_counted_as_the_interpreter_counts_them(name):
    file = FILES / "runtime" / f"{name}.tflite"
    model = runtime.Model(file, profile=True)
    inputs, _ = model.signatures["serving_default"]
    sizes = {tensor.name: [3 if dim < 0 else dim for dim in tensor.shape] for tensor in inputs}
    model({name: np.ones(shape, np.float32) for name, shape in sizes.items()})
    assert model.delegation().partitions == delegates_of_the_interpreter(file, sizes)


@pytest.mark.parametrize("file", QUANTIZED, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_partitions_of_other_converters_files_are_counted_as_the_interpreter_counts_them(file):
    model = runtime.Model(file, profile=True)
    for key, (inputs, _) in model.signatures.items():
        model({tensor.name: np.ones(tensor.shape, tensor.dtype) for tensor in inputs}, key)
        found = model.delegation(key)
        assert found.partitions == delegates_of_the_interpreter(file, {})
        assert (found.outside == []) == model.fully_delegated()


def test_delegation_tells_what_xnnpack_takes_of_a_file():
    found = kelt.delegation(FILES / "runtime" / "split.tflite")
    assert found == {"operators": {"ADD": 1, "MUL": 1, "POW": 1}, "partitions": 2, "outside": ["POW"]}
    whole = kelt.delegation(FILES / "runtime" / "attention.tflite", sizes=dict.fromkeys("qkv", (1, 5, 4)))
    assert whole["partitions"] == 1
    assert whole["outside"] == []
    assert kelt.delegation(FILES / "runtime" / "two_signatures.tflite", "scale")["outside"] == []
