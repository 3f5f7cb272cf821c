"""Exports that are ended or find no room, and sources that change while they are read: the old file stays."""

import contextlib
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import zipfile

import h5py
import keras
import pytest
from hostile import archives, killed_exports

import kelt
from kelt.disk import source as opening
from kelt.trial import TRIAL, remove_leftovers


def wide(units=2048):
    """Of 16 MB."""
    x = keras.Input((2048,), name="x")
    return keras.Model(x, keras.layers.Dense(units, name="dense")(x), name="wide")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An archive, a compressed one, and its file of weights in chunks."""
    folder = tmp_path_factory.mktemp("sources")
    model = wide()
    model.save(folder / "m.keras")
    with zipfile.ZipFile(folder / "packed.keras", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in archives.members(folder / "m.keras").items():
            archive.writestr(name, data)
    model.save_weights(folder / "m.weights.h5")
    with h5py.File(folder / "m.weights.h5", "r+") as file:
        values = file["layers/dense/vars/0"][()]
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", data=values, chunks=(256, 2048))
    return folder


@pytest.fixture(scope="module")
def digest(folder):
    """Of the file that is right."""
    kelt.export(folder / "m.keras", folder / "m.tflite")
    return hashlib.sha256((folder / "m.tflite").read_bytes()).hexdigest()


def test_what_is_killed_leaves_the_old_file_and_what_the_next_run_removes(folder, digest, tmp_path):
    command = [sys.executable, killed_exports.__file__, str(folder / "packed.keras"), str(tmp_path / "m.tflite"), "10"]
    process = subprocess.run(
        command, env=os.environ | {"KERAS_BACKEND": "numpy"}, capture_output=True, text=True, timeout=200, check=False
    )
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout)
    old, trials = hashlib.sha256(b"old").hexdigest(), set()
    for at, each in enumerate(found["killed"]):
        late = 4 <= at < 7  # it may have put the file, and not ended yet
        assert each["code"] == -9 or (late and each["code"] == 0)
        assert each["folder"].pop("m.tflite") in ([old, digest] if late else [old])
        trials |= set(each["folder"])
    assert trials, "none was ended while it wrote"
    assert all(re.fullmatch(r"\.m\.kelt-trial-\d+-[0-9a-f]{8}\.tflite", name) for name in trials), trials
    assert found["codes"] == [0, 0], "the two that ran at once"
    assert found["folder"] == {"m.tflite": digest}


def test_files_of_processes_that_are_gone_are_removed(folder, digest, tmp_path):
    process = subprocess.Popen(["true"])
    process.wait()
    kinds = (".m.kelt-trial-{}-0123abcd.tflite", "..m.kelt-trial-{}-0123abcd.tflite.7-0.kelt-tmp", ".kelt-spill-{}-a_b")
    for name in kinds:
        (tmp_path / name.format(process.pid)).touch()
        (tmp_path / name.format(os.getpid())).touch()
    others = {".n.kelt-trial-7-0123abcd.tflite", ".m.tflite", ".kelt-spill-a", "m.kelt-trial-7-0123abcd.tflite"}
    for name in others:
        (tmp_path / name).touch()
    kelt.export(folder / "m.keras", tmp_path / "m.tflite")
    alive = {name.format(os.getpid()) for name in kinds}
    assert {path.name for path in tmp_path.iterdir()} == {"m.tflite"} | others | alive


@contextlib.contextmanager
def files_of_at_most(size):
    """Inside, no file of this process grows beyond it, as if the disk was full then."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


CASES = {
    "while a member is unpacked": ({"model": "packed.keras"}, "can't write computed weights in .*Free some space"),
    "while chunks are unpacked": (
        {"model": wide, "weights": "m.weights.h5"}, "can't write computed weights in .*Free some space",
    ),
    "while the file is written": ({"model": "m.keras"}, r"can't write .*\.tflite"),
}  # fmt: skip


def no_room(name, folder, place):
    """An export that finds none says so, and leaves the old file."""
    options, says = CASES[name]
    there = {key: folder / value if isinstance(value, str) else value for key, value in options.items()}
    with pytest.raises((kelt.ExportError, OSError), match=rf"(?s)K103.*{says}"):
        kelt.export(filepath=place / "m.tflite", **there)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"m.tflite": b"old"}


@pytest.mark.parametrize("name", CASES)
def test_a_disk_that_is_full(name, folder, tmp_path):
    (tmp_path / "m.tflite").write_bytes(b"old")
    with files_of_at_most(1 << 20):
        no_room(name, folder, tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_a_small_file_system(name, folder, tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount one")
    try:
        (tmp_path / "m.tflite").write_bytes(b"old")
        no_room(name, folder, tmp_path)
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)


def test_what_a_process_left_that_ended_and_was_not_asked_for_is_removed(tmp_path):
    """It stays in the list of processes, and no longer writes."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    left = {tmp_path / f".m.{TRIAL}-{process}-0123abcd.tflite": process for process in (child, os.getpid())}
    for trial in left:
        trial.touch()
    remove_leftovers(tmp_path / "m.tflite")
    os.waitpid(child, 0)
    assert [left[trial] for trial in tmp_path.iterdir()] == [os.getpid()]


def changed_when_loaded(monkeypatch, change):
    """Does it when the model has its weights, before they are written."""
    settle = opening.settle

    def then(*args):
        settle(*args)
        change()

    monkeypatch.setattr(opening, "settle", then)


def test_a_source_that_is_written_to_while_it_is_read(folder, tmp_path, monkeypatch):
    source = tmp_path / "m.keras"
    source.write_bytes((folder / "m.keras").read_bytes())
    (tmp_path / "m.tflite").write_bytes(b"old")

    def change():
        with open(source, "r+b") as file:
            file.seek(1 << 20)
            file.write(b"other")

    changed_when_loaded(monkeypatch, change)
    with pytest.raises(kelt.ExportError, match=r"m\.keras: it was written to while it was read") as caught:
        kelt.export(source, tmp_path / "m.tflite")
    assert caught.value.code == "K207"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.keras", "m.tflite"]
    assert (tmp_path / "m.tflite").read_bytes() == b"old"


def test_a_source_that_is_replaced_while_it_is_read_is_the_old_one(folder, digest, tmp_path, monkeypatch):
    source = tmp_path / "m.keras"
    source.write_bytes((folder / "m.keras").read_bytes())
    (tmp_path / "other").write_bytes(b"other")
    changed_when_loaded(monkeypatch, lambda: (tmp_path / "other").replace(source))
    kelt.export(source, tmp_path / "m.tflite")
    assert hashlib.sha256((tmp_path / "m.tflite").read_bytes()).hexdigest() == digest
    assert source.read_bytes() == b"other"


CUT = """
import os, sys
from kelt.command import main
from kelt.disk import source
settle = source.settle
def then(*args):
    settle(*args)
    {harm}
source.settle = then
sys.argv = ["kelt", "export", "m.keras", "-o", "m.tflite"]
sys.exit(main.main())
"""


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("os.truncate('m.keras', 4096)", "K207 m.keras: a file of it was cut short while it was read. Try again"),
        ("os.kill(os.getpid(), 11)", "K207 m.keras: the process that read it was ended by SIGSEGV."),
    ],
    ids=["cut short", "a crash of a library"],
)
def test_what_ends_the_process_is_told(harm, says, folder, tmp_path):
    (tmp_path / "m.keras").write_bytes((folder / "m.keras").read_bytes())
    (tmp_path / "m.tflite").write_bytes(b"old")
    process = subprocess.run(
        [sys.executable, "-c", CUT.format(harm=harm)],
        cwd=tmp_path, env=os.environ | {"KERAS_BACKEND": "numpy"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode != 0
    assert says in process.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.keras", "m.tflite"]
    assert (tmp_path / "m.tflite").read_bytes() == b"old"
