"""A file is written whole or not at all: beyond 2 GiB, on a full disk, and under a kill."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
from command import kelt as kelt_command

import kelt
from kelt import _native
from kelt.runtime import Model

ROWS, WIDTH = 2200, 1 << 18  # 2.15 GiB of float32
MARKED = {0: 1.5, 1500: -2.25, ROWS - 1: 7.0}


def lookup(table):
    """`table[ids]`, as a module."""
    builder = _native.Builder()
    weight = builder.weight("table", table, "float32", list(table.shape))
    builder.begin_function("serving_default")
    ids = builder.input("ids", "int32", ["n"])
    (value,) = builder.node("weight", [("table", _native.WeightRef(weight))], [("float32", list(table.shape))])
    operands = [("x", _native.ValueRef(value)), ("indices", _native.ValueRef(ids)), ("axis", 0)]
    (rows,) = builder.node("take", operands, [("float32", ["n", table.shape[1]])], "table")
    builder.output("rows", rows)
    builder.end_function()
    return builder.build()


def test_a_file_beyond_two_gibibytes_is_written_and_runs(tmp_path):
    table = np.zeros((ROWS, WIDTH), np.float32)  # pages that nobody writes take no memory
    for row, mark in MARKED.items():
        table[row, -1] = mark
    path = tmp_path / "large.tflite"
    try:
        made = _native.export_module(lookup(table), str(path))
        assert made["file_bytes"] == path.stat().st_size > 2**31
        ids = np.array(list(MARKED), np.int32)
        rows = Model(path)({"ids": ids})["rows"]
        assert np.array_equal(rows[:, -1], np.float32(list(MARKED.values())))
        assert not rows[:, :-1].any()
    finally:
        path.unlink(missing_ok=True)


def peak(run) -> int:
    """The most resident memory while it runs, less what there was before."""
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    run()
    return status("VmHWM") - before


def status(field) -> int:
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


VIEWS = {
    "transposed": lambda x: x.T,
    "a part": lambda x: x[:, 100:3000],
    "every second row": lambda x: x[::2],
    "every second element": lambda x: x[:, ::2],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_a_view_of_an_array_is_written_without_a_copy_of_it(tmp_path, view):
    array = np.random.default_rng(1).standard_normal((4096, 4096), np.float32)  # 64 MiB
    strided = view(array)
    path, expected = tmp_path / "strided.tflite", tmp_path / "contiguous.tflite"
    _native.export_module(lookup(np.ascontiguousarray(strided)), str(expected))
    grown = peak(lambda: _native.export_module(lookup(strided), str(path)))
    assert path.read_bytes() == expected.read_bytes()
    assert grown < strided.nbytes / 2, f"{grown >> 20} MiB"


def test_a_view_of_an_array_that_no_element_strides_describe_is_rejected():
    with pytest.raises(ValueError, match="strides must be multiples of an element, and not negative"):
        lookup(np.zeros((4, 4), np.float32)[::-1])


@contextlib.contextmanager
def small_disk(tmp_path, size="1m"):
    """A file system of that size. Needs the right to mount; `False` where there is none."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield place, mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)


def run(script, *words):
    return subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)


EXPORT = """
import os, resource, signal, sys
import numpy as np
from test_writing import lookup
from kelt import _native
from kelt.errors import mapped
path, limit, kill = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
def progress(stage, done, total):
    if kill and stage == "write" and done >= total // 4:
        os.kill(os.getpid(), signal.SIGKILL)
table = np.random.default_rng(0).normal(size=(64, 1 << 16)).astype("float32")  # 16 MiB
with mapped():
    _native.export_module(lookup(table), path, threads=1, progress=progress)
"""


@pytest.fixture
def script(monkeypatch):
    here = str(pathlib.Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])]))
    return EXPORT


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, script):
    with small_disk(tmp_path) as (place, mounted):
        path = place / "model.tflite"
        path.write_bytes(b"old")
        # Without the right to mount, the limit on file sizes stands in: the system fails to write more as well.
        done = run(script, str(path), "0" if mounted else "100000")
        assert done.returncode == 1
        assert "OSError: K103: can't write" in done.stderr, done.stderr
        assert ("No space left on device" if mounted else "File too large") in done.stderr
        assert ("Free some space" if mounted else "Raise the limit") in done.stderr
        assert path.read_bytes() == b"old"
        assert os.listdir(place) == ["model.tflite"]


def test_a_kill_in_the_middle_of_a_write_leaves_the_old_file(tmp_path, script):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    done = run(script, str(path), "0", "kill")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert path.read_bytes() == b"old"
    done = run(script, str(path), "0")  # the next one clears up what may be left
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 16 << 20
    assert os.listdir(tmp_path) == ["model.tflite"]


VERIFIED = """
import os, signal, sys
import keras
import kelt, kelt.verification.verify
import kelt.tracing.capture
def die(*words):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2:]:
    sys.modules["kelt.verification.verify"]._verified = die
kelt.export(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]), sys.argv[1], verify=True)
"""


def test_a_kill_before_the_proof_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    done = run(VERIFIED, str(path), "kill")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert path.read_bytes() == b"old"
    done = run(VERIFIED, str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_bytes()[4:8] == b"TFL3"
    assert os.listdir(tmp_path) == ["model.tflite"]


def test_a_file_that_differs_from_its_model_does_not_replace_the_old_one(tmp_path, monkeypatch):
    import keras

    def differs(*words):
        raise kelt.ExportError("the file differs", "K401")

    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    monkeypatch.setattr(sys.modules["kelt.verification.verify"], "_verified", differs)
    with pytest.raises(kelt.ExportError, match="Nothing was written"):
        kelt.export(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]), path, verify=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model.tflite"]


def outside(path) -> bool:
    """Where the constants of a file lie, by its schema."""
    schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
    model = schema.Model.GetRootAsModel(path.read_bytes(), 0)
    buffers = [model.Buffers(i) for i in range(1, model.BuffersLength())]
    inside = [buffer for buffer in buffers if buffer.DataLength()]
    assert inside == [] or len(inside) == len(buffers)
    assert all(buffer.Offset() == 0 for buffer in inside)
    return not inside


def test_constants_lie_inside_of_the_flatbuffer_or_outside_on_request(tmp_path):
    model = keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(300)])
    x = np.random.default_rng(2).normal(size=(3, 4)).astype("float32")
    made = {}
    for constants in ("inside", "outside"):
        path = tmp_path / f"{constants}.tflite"
        kelt.export(model, path, constants=constants)
        assert outside(path) == (constants == "outside")
        said = json.loads(kelt_command("inspect", path, "--json").stdout)
        assert said["weights"]["outside"] == (constants == "outside")
        assert (said["min_runtime_version"] == "2.14.0") == (constants == "outside")
        made[constants] = Model(path)({"x": x})
    assert all(np.array_equal(value, made["outside"][name]) for name, value in made["inside"].items())
    with pytest.raises(ValueError, match="constants is 'inside' or 'outside', not 'behind'"):
        kelt.export(model, tmp_path / "inside.tflite", constants="behind")


def test_the_command_puts_constants_where_it_is_told(tmp_path):
    table = np.arange(6, dtype="float32").reshape(2, 3)
    lookup(table).save(str(tmp_path / "module"))
    files = {}
    for constants in ("inside", "outside"):
        files[constants] = tmp_path / f"{constants}.tflite"
        result = kelt_command("export", tmp_path / "module", "-o", files[constants], "--constants", constants)
        assert result.returncode == 0, result.stderr
    assert not outside(files["inside"])
    assert outside(files["outside"])
    assert kelt_command("export", tmp_path / "module", "-o", "a.tflite", "--constants", "behind").returncode == 2
