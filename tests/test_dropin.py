"""kelt.enable() and kelt.disable(): model.export by kelt, and back."""

import keras
import pytest

import kelt


@pytest.fixture
def enabled():
    kelt.enable()
    yield
    kelt.disable()


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(3, name="y")])


def test_model_export_writes_a_litert_file_on_this_backend(enabled, model, tmp_path):
    path = tmp_path / "model.tflite"
    model.export(path, format="litert")
    assert path.read_bytes()[4:8] == b"TFL3"


def test_other_formats_go_to_keras(enabled, model, tmp_path):
    with pytest.raises(ValueError, match="Unrecognized format"):
        model.export(tmp_path / "model", format="no such format")


def test_disable_gives_back_what_was_there(model):
    before = keras.Model.export
    kelt.enable()
    kelt.enable()
    assert keras.Model.export is not before
    kelt.disable()
    assert keras.Model.export is before
    kelt.disable()
    assert keras.Model.export is before


def test_an_option_that_kelt_lacks_is_refused_by_name(enabled, model, tmp_path):
    with pytest.raises((TypeError, ValueError), match="optimizations"):
        model.export(tmp_path / "model.tflite", format="litert", optimizations=["DEFAULT"])
    assert not (tmp_path / "model.tflite").exists()
