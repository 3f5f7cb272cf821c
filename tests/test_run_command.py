"""`kelt run FILE`: inputs that are random or given, a table or JSON, and clear errors."""

import json
import pathlib
import re

import numpy as np
import pytest
from command import kelt

FILES = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "runtime"


def run(file, *words):
    path = FILES / f"{file}.tflite" if isinstance(file, str) else file
    return kelt("run", path, *words)


def report(*words):
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_a_file_runs_on_random_inputs_of_the_sizes_asked_for():
    found = report("split", "--resize", "x=3,4", "--runs", 5)
    assert found["inputs"] == [{"name": "x", "dtype": "float32", "shape": [3, 4], "random": True}]
    assert found["outputs"][0]["shape"] == [3, 4]
    assert found["outputs"][0]["max"] > 0
    assert found["runs"] == 5
    assert 0 < found["min_ms"] <= found["median_ms"]
    assert found["partitions"] == 2
    (outside,) = found["outside"]
    assert outside == {
        "subgraph": 0,
        "op": 1,
        "name": "POW",
        "tensor": outside["tensor"],
        "why": "XNNPACK has no kernel for POW",
        "remedy": "",
    }


def test_random_inputs_depend_on_the_seed_alone():
    first, again, other = (report("split", "--seed", seed)["outputs"] for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_inputs_come_from_an_npz_file(tmp_path, save):
    save(tmp_path / "inputs.npz", x=np.float32([[0, 1, 2, 3]]))
    found = report("split", "--inputs", tmp_path / "inputs.npz")
    assert found["inputs"][0]["random"] is False
    assert [found["outputs"][0][key] for key in ("min", "max", "mean")] == [0.5, 24.5, 10.5]


def test_inputs_of_every_dtype_are_read(tmp_path):
    i = np.array([1, 2**40], np.int64)
    np.savez(tmp_path / "inputs.npz", i=i, mask=np.array([True, False]))
    found = report("two_signatures", "--signature", "count", "--inputs", tmp_path / "inputs.npz")
    assert [output["max"] for output in found["outputs"]] == [2**40 + 1, 1]


def test_outputs_go_into_an_npz_file(tmp_path):
    np.savez(tmp_path / "inputs.npz", x=np.float32([[0, 1, 2, 3]]))
    found = report("split", "--inputs", tmp_path / "inputs.npz", "--outputs", tmp_path / "outputs.npz")
    with np.load(tmp_path / "outputs.npz") as arrays:
        assert arrays.files == [output["name"] for output in found["outputs"]]
        (values,) = arrays.values()
    assert (values.dtype, values.shape, values.min(), values.max()) == (np.float32, (1, 4), 0.5, 24.5)
    done = run("split", "--outputs", tmp_path / "no_such_folder" / "outputs.npz")
    assert done.returncode == 1
    assert "error[K103]" in done.stderr


def test_the_operators_of_xnnpack_have_names():
    assert report("split")["inside"] == ["Add (ND)", "Multiply (ND)"]


def test_the_table_names_what_xnnpack_left():
    done = run("split", "--threads", 2, "--kernels", "delegate")
    assert done.returncode == 0
    assert "XNNPACK partitions: 2, nodes outside: 1" in done.stdout
    assert re.search(r"POW +1  XNNPACK has no kernel for POW", done.stdout)
    assert "(runs: 10, threads: 2)" in done.stdout


def test_other_kernels_leave_nothing_to_xnnpack():
    found = report("split", "--kernels", "builtin")
    assert found["partitions"] == 0
    assert {node["why"] for node in found["outside"]} == {"--kernels builtin leaves XNNPACK nothing"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("no_such_file",), 1, "K102"),
        (("rejected",), 1, "'ADD' version '99'"),
        (("data_dependent",), 1, "size follows from values"),
        (("split", "--signature", "other"), 1, "It has: serving_default"),
        (("split", "--resize", "z=1,4"), 1, "Its inputs: x"),
        (("split", "--resize", "x=1,5"), 1, "can't take [1, 5]"),
        (("split", "--resize", "x"), 1, "is not of the form"),
        (("split", "--resize", "x=99999999999999999999"), 1, "is not of the form"),
        (("split", "--inputs", "no_such.npz"), 1, "K102"),
        (("split", "--runtime", "/no/such/lib.so"), 1, "K302"),
        (("split", "--runs", "0"), 2, "--runs"),
        (("split", "--kernels", "fast"), 2, "--kernels"),
        (("split", "--odd"), 2, "--odd"),
    ],
)
def test_what_cant_be_run_is_an_error_with_the_right_exit_code(words, code, says):
    done = run(*words)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stdout == ""


def test_an_npz_file_that_does_not_fit_is_an_error(tmp_path):
    cases = {
        "names": {"z": np.zeros((1, 4), np.float32)},
        "dtypes": {"x": np.zeros((1, 4), np.float64)},
        "objects": {"x": np.array(["a", "b"])},
        "shapes": {"x": np.zeros((1, 5), np.float32)},
        "order": {"x": np.asfortranarray(np.zeros((2, 4), np.float32))},
    }
    for name, arrays in cases.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        done = run("split", "--inputs", tmp_path / f"{name}.npz")
        assert done.returncode == 1, name
        assert done.stderr.startswith("error[K10"), done.stderr


def test_a_damaged_file_is_an_error(tmp_path):
    good = (FILES / "loop.tflite").read_bytes()
    rng = np.random.default_rng(2)
    for trial in range(40):
        damaged = bytearray(good[: rng.integers(1, len(good))] if trial % 2 else good)
        damaged[rng.integers(len(damaged))] ^= 0xFF
        (tmp_path / "bad.tflite").write_bytes(damaged)
        assert run(tmp_path / "bad.tflite", "--runs", 1).returncode in (0, 1)


def test_a_damaged_npz_file_is_an_error(tmp_path):
    np.savez_compressed(tmp_path / "good.npz", x=np.random.default_rng(0).normal(size=(64, 4)).astype("float32"))
    good = (tmp_path / "good.npz").read_bytes()
    rng = np.random.default_rng(1)
    for trial in range(40):
        damaged = bytearray(good[: rng.integers(1, len(good))] if trial % 2 else good)
        for _ in range(8):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        (tmp_path / "bad.npz").write_bytes(damaged)
        assert run("split", "--inputs", tmp_path / "bad.npz").returncode in (0, 1)
