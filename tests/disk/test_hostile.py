"""Sources that are broken or meant to harm: a clear error that names the file and the tensor, and nothing is left."""

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys

import h5py
import keras
import pytest
from hostile import archives, fuzz_parsers, hdf5, presets, tensors

import kelt

ROOM = 512 << 20  # bytes of address space that an export may take to say no
SECONDS = 30


@contextlib.contextmanager
def limited():
    """Inside, memory is bounded, and what waits is ended."""
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)

    def late(*_):
        pytest.fail(f"took more than {SECONDS} s")  # which no handler of exceptions takes for one

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def rejected(source, says, folder, codes=("K207",), **options):
    """Exports the source: the error has one of the codes and says this, and the old file is all that there is."""
    folder.mkdir()
    (folder / "m.tflite").write_bytes(b"old")
    with limited(), pytest.raises((kelt.ExportError, ValueError)) as caught:
        kelt.export(source, folder / "m.tflite", **options)
    text = str(caught.value)
    code = caught.value.code if isinstance(caught.value, kelt.ExportError) else text[:4]
    assert code in codes, text
    with pytest.raises((kelt.ExportError, ValueError), match=says):
        raise caught.value
    assert len(text) < 2000
    assert [path.name for path in folder.iterdir()] == ["m.tflite"]
    assert (folder / "m.tflite").read_bytes() == b"old"


def wide():
    """Of one weight that is not small."""
    x = keras.Input((100,), name="x")
    return keras.Model(x, keras.layers.Dense(200, name="dense")(x), name="wide")


def checkpoint_that_is_right(folder):
    """One that the others are broken from."""
    return tensors.written(lambda path: path.write_bytes(tensors.packed(*tensors.right())), folder)


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory):
    """What is imported, and what a backend's compiler takes when it begins, is not measured."""
    kelt.export(wide(), tmp_path_factory.mktemp("warm") / "m.tflite")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The same of KerasHub."""
    import keras_hub

    folder = tmp_path_factory.mktemp("loaded")
    report = kelt.export(checkpoint_that_is_right(folder / "checkpoint"), folder / "m.tflite")
    assert report.source.startswith("Hugging Face checkpoint: BertBackbone")
    return keras_hub


@pytest.mark.parametrize("name", tensors.CASES)
def test_safetensors(name, loaded, tmp_path):
    keras.backend.clear_session()
    change, says = tensors.CASES[name]
    source = tensors.written(change, tmp_path / "checkpoint")
    if says is None:  # KerasHub does not find it
        rejected(source, r"(?s)checkpoint.*model\.safetensors", tmp_path / "out", codes=("K102", "K207"))
        return
    rejected(source, rf"(?s)model\.safetensors: .*({says})", tmp_path / "out")


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """An archive that is right, and its weights alone."""
    folder = tmp_path_factory.mktemp("right")
    model = wide()
    model.save(folder / "right.keras")
    model.save_weights(folder / "right.weights.h5")
    kelt.export(folder / "right.keras", folder / "m.tflite")  # what is imported then is not measured
    return folder


@pytest.mark.parametrize("name", archives.CASES)
def test_archives(name, right, tmp_path, monkeypatch):
    (tmp_path / archives.HARMFUL).write_text("import os\nos.mkdir('harm')\nclass Harm: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    make, says = archives.CASES[name]
    make(tmp_path / "m.keras", right / "right.keras")
    rejected(tmp_path / "m.keras", rf"(?s)m\.keras: .*({says})", tmp_path / "out")
    assert not (tmp_path / "harm").exists(), "it was executed"


@pytest.mark.parametrize("name", hdf5.CASES)
def test_weights(name, right, tmp_path):
    make, says = hdf5.CASES[name]
    file = tmp_path / "m.weights.h5"
    make(file, right / "right.weights.h5")
    rejected(wide, rf"(?s)m\.weights\.h5: .*({says})", tmp_path / "out", weights=file)
    found = archives.members(right / "right.keras") | {archives.WEIGHTS: file.read_bytes()}
    (tmp_path / "m.keras").write_bytes(archives.zipped(found.items()))
    rejected(tmp_path / "m.keras", rf"(?s)m\.keras: .*({says})", tmp_path / "out of an archive")


def test_a_big_endian_file_is_right(right, tmp_path):
    with h5py.File(right / "right.weights.h5") as file:
        values = file[hdf5.KERNEL][()]
    hdf5.kernel(data=values.astype(">f4"))(tmp_path / "m.weights.h5", right / "right.weights.h5")
    kelt.export(wide, tmp_path / "m.tflite", weights=tmp_path / "m.weights.h5")
    assert (tmp_path / "m.tflite").read_bytes() == (right / "m.tflite").read_bytes()


@pytest.fixture(scope="module")
def preset(loaded, tmp_path_factory):
    """One that is right."""
    folder = tmp_path_factory.mktemp("preset") / "preset"
    sizes = {"vocabulary_size": 2100, "num_layers": 0, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
    loaded.models.BertBackbone(**sizes, max_sequence_length=6).save_to_preset(str(folder))
    kelt.export(folder, folder.parent / "m.tflite")
    return folder


@pytest.mark.parametrize("name", presets.CASES)
def test_presets(name, preset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.backend.clear_session()
    shutil.copytree(preset, tmp_path / "preset")
    change, says = presets.CASES[name]
    change(tmp_path / "preset")
    rejected(tmp_path / "preset", rf"(?s){says}", tmp_path / "out", codes=("K102", "K207"))
    assert not (tmp_path / "harm").exists(), "it was executed"


@pytest.mark.parametrize("name", presets.HUGGING_FACE)
def test_configurations_of_checkpoints(name, loaded, tmp_path):
    config, says = presets.HUGGING_FACE[name]
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "checkpoint" / "config.json").write_text(json.dumps(config))
    rejected(tmp_path / "checkpoint", rf"(?s){says}", tmp_path / "out", codes=("K102", "K207"))


def test_a_file_of_keras_2(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    rejected(tmp_path / "m.h5", r"m\.h5 is in the HDF5 format of Keras 2", tmp_path / "out", codes=("K101",))


@pytest.mark.parametrize("name", ["m.weights.h5", "m.weights.json"])
def test_weights_that_are_a_pipe(name, tmp_path):
    os.mkfifo(tmp_path / name)
    rejected(wide, rf"{name}: it is no regular file", tmp_path / "out", weights=tmp_path / name)


@pytest.mark.parametrize("target", ["safetensors", "archive"])
def test_a_few_seconds_of_fuzzing(target, tmp_path):
    """`scripts/test fuzz-long` takes minutes."""
    command = [sys.executable, fuzz_parsers.__file__, target, "--seconds", "3", "--found", str(tmp_path / "found")]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert int(re.search(r"(\d+) runs", process.stdout)[1]) > 100
