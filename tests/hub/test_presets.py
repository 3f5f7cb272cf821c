"""A preset of KerasHub is exported by its handle."""

import hub_zoo
import keras_hub
import pytest

import kelt


@pytest.fixture(scope="module")
def backbone():
    return hub_zoo.build("BertBackbone")


def test_a_preset_without_a_task_is_its_backbone(backbone, tmp_path):
    backbone.save_to_preset(str(tmp_path / "preset"))
    kelt.export(backbone, tmp_path / "live.tflite")
    kelt.export(str(tmp_path / "preset"), tmp_path / "preset.tflite")
    assert (tmp_path / "preset.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


def test_a_preset_with_a_task_is_the_task(backbone, tmp_path):
    task = keras_hub.models.BertMaskedLM(backbone=backbone, preprocessor=None)
    task.save_to_preset(str(tmp_path / "preset"))
    kelt.export(task, tmp_path / "live.tflite", max_sequence_length=8)
    kelt.export(str(tmp_path / "preset"), tmp_path / "preset.tflite", max_sequence_length=8)
    assert (tmp_path / "preset.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


def test_a_handle_that_is_none_is_an_error(tmp_path):
    with pytest.raises(kelt.ExportError, match=r"KerasHub can't load the preset 'bert_timy_en'") as caught:
        kelt.export("bert_timy_en", tmp_path / "m.tflite")
    assert caught.value.code == "K102"
    assert not (tmp_path / "m.tflite").exists()
