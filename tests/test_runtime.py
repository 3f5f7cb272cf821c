"""kelt.runtime: a LiteRT file with numpy arrays, and its count of partitions against the Interpreter's."""

import concurrent.futures
import pathlib

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from limits import LIMITS

import kelt
from kelt import _native, runtime

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


def split_of(x):
    return np.add(x, np.arange(1, 5, dtype=np.float32)) ** 2 / 2


def test_four_threads_may_call_one_model():
    model = runtime.Model(FILES / "runtime" / "split.tflite")

    def wrong(thread):
        x = np.full((1 + thread, 4), thread, np.float32)
        out = runtime.empty(x.shape, "float32")
        results = (model({"x": x}, out={"y": out} if run % 2 else None)["y"] for run in range(2000))
        return sum(not np.array_equal(y, split_of(x)) for y in results)

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        assert list(threads.map(wrong, range(4))) == [0] * 4


def test_aligned_arrays_are_read_and_written_where_they_lie():
    model = runtime.Model(FILES / "runtime" / "split.tflite")
    x, y = runtime.empty((3, 4), "float32"), runtime.empty((3, 4), "float32")
    x[:] = np.arange(12).reshape(3, 4)
    assert model({"x": x}, out={"y": y})["y"] is y
    assert model._model.copies() == 0
    assert np.allclose(y, split_of(x))
    shifted = runtime.empty((13,), "float32")[1:].reshape(3, 4)
    shifted[:] = x
    assert np.array_equal(model({"x": shifted})["y"], y)
    assert model._model.copies() == 1


def test_outputs_keep_their_values_and_can_be_written():
    model = runtime.Model(FILES / "runtime" / "split.tflite")
    ones, zeros = np.ones((1, 4), np.float32), np.zeros((1, 4), np.float32)
    first = model({"x": ones})["y"]
    model({"x": zeros})
    del model
    assert np.allclose(first, split_of(ones))
    first[:] = 0


def test_empty_makes_arrays_that_can_be_bound():
    for size in (1, 7, 992, 1000, 1008, 1020, 1024, 5000):
        array = runtime.empty((size,), "float32")
        assert array.shape == (size,)
        assert _native.can_be_bound(array.view(np.uint8))
    assert runtime.empty((0, 3), "int8").shape == (0, 3)


def test_out_that_does_not_fit_is_an_error():
    model, x = runtime.Model(FILES / "runtime" / "split.tflite"), np.zeros((2, 4), np.float32)
    with pytest.raises(RuntimeError, match="output y takes 32 bytes; the memory for it has 16"):
        model({"x": x}, out={"y": np.zeros((1, 4), np.float32)})
    with pytest.raises(RuntimeError, match="output y is float32, not float64"):
        model({"x": x}, out={"y": np.zeros((2, 4))})
    with pytest.raises(ValueError, match=r"output y has the shape \(2, 4\), not \(4, 2\)"):
        model({"x": x}, out={"y": np.zeros((4, 2), np.float32)})
    with pytest.raises(ValueError, match="must be a C-contiguous numpy array that can be written"):
        model({"x": x}, out={"y": np.zeros((4, 2), np.float32).T})


@pytest.mark.parametrize("overlap", [slice(0, 1), slice(None)])
def test_one_memory_for_two_outputs_is_an_error(overlap, tmp_path):
    kelt.export(lambda x: (x * 2.0, x + 1.0), tmp_path / "two.tflite", [keras.InputSpec(shape=(2, 4), dtype="float32")])
    model = runtime.Model(tmp_path / "two.tflite")
    inputs, outputs = model.signatures["serving_default"]
    memory = runtime.empty((3, 4), np.float32)
    targets = (memory[:2], memory[:2] if overlap == slice(None) else memory[1:])
    with pytest.raises(Exception, match="two outputs are to be written to the same memory"):
        model({inputs[0].name: np.zeros((2, 4), np.float32)}, out=dict(zip([port.name for port in outputs], targets)))


def test_a_state_stays_where_it_was_if_the_memory_for_an_output_does_not_fit(tmp_path):
    counter = keras.Variable(np.zeros((1,), "float32"), name="counter")

    class Counting(keras.layers.Layer):
        def call(self, x):
            counter.assign(counter.value + 1.0)
            return x + counter.value

    path = tmp_path / "counting.tflite"
    layer = Counting()
    layer(np.zeros((1,), np.float32))
    counter.assign(np.zeros((1,), np.float32))
    kelt.export(layer, path, [keras.InputSpec(shape=(1,), dtype="float32")])
    model = runtime.Model(path)
    ((given,), (made,)) = model.signatures["serving_default"]
    x = np.zeros((1,), np.float32)
    assert model({given.name: x})[made.name] == 1
    with pytest.raises(Exception, match="takes 4 bytes; the memory for it has 12"):
        model({given.name: x}, out={made.name: np.zeros((3,), np.float32)})
    assert model({given.name: x})[made.name] == 2


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
    (reason,) = found.pop("reasons")
    assert found == {"operators": {"ADD": 1, "MUL": 1, "POW": 1}, "partitions": 2, "outside": ["POW"]}
    assert (reason["why"], reason["remedy"]) == ("XNNPACK has no kernel for POW", "")
    whole = kelt.delegation(FILES / "runtime" / "attention.tflite", sizes=dict.fromkeys("qkv", (1, 5, 4)))
    assert whole["partitions"] == 1
    assert whole["outside"] == []
    assert kelt.delegation(FILES / "runtime" / "two_signatures.tflite", "scale")["outside"] == []


@pytest.mark.parametrize("first", [0, 1])
def test_outputs_have_room_where_a_computed_shape_hides_their_size(first, tmp_path):
    def function(x):
        flat = keras.ops.reshape(x, (-1,))
        largest = keras.ops.segment_max(flat, keras.ops.zeros_like(flat, "int32"), num_segments=1)
        both = keras.ops.exp(x), largest
        return both[first], both[1 - first]

    path = tmp_path / "m.tflite"
    kelt.export(function, path, [keras.InputSpec(shape=(None, 64), dtype="float32")])
    model = runtime.Model(path)
    for length in (2, 3000, 7, 7):
        x = np.random.default_rng(length).normal(size=(length, 64)).astype("float32")
        found = model({"x": x})
        np.testing.assert_allclose(found[f"output_{first}"], np.exp(x), rtol=LIMITS["float32"])
        assert found[f"output_{1 - first}"] == x.max()
    out = np.zeros((5, 64), "float32")
    model({"x": x[:5]}, out={f"output_{first}": out})
    np.testing.assert_allclose(out, np.exp(x[:5]), rtol=LIMITS["float32"])
