"""Models from disk on every backend: the file is that of the live model, byte for byte."""

import keras
import keras_hub
import pytest
from hugging_face import checkpoints
from keras import layers
from limits import LIMITS

import kelt
from kelt.disk import weightless
from kelt.disk.files import file_of
from kelt.disk.source import Options, opened


@pytest.fixture(autouse=True)
def no_weight_is_small(monkeypatch):
    """No variable has a value before it is loaded, as of a large model."""
    monkeypatch.setattr(weightless, "SMALL", 0)


def convolutional():
    """Layers with weights that are trained and with some that are not."""
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 4), name="image")
    x = layers.Conv2D(6, 3, bias_initializer="normal")(image)
    x = layers.BatchNormalization(moving_mean_initializer="normal")(x)
    x = layers.GRU(5)(layers.Reshape((-1, 6))(x))
    return keras.Model(image, layers.Dense(3, activation="softmax")(x), name="convolutional")


def archive(folder):
    convolutional().save(folder / "m.keras")
    return folder / "m.keras", lambda: keras.models.load_model(folder / "m.keras")


def preset(folder):
    keras.utils.set_random_seed(3)
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=47, num_layers=2, num_heads=3, hidden_dim=24, intermediate_dim=40, max_sequence_length=34
    )
    backbone.save_to_preset(str(folder / "preset"))
    return folder / "preset", lambda: keras_hub.models.Backbone.from_preset(str(folder / "preset"))


def checkpoint(kind, cls):
    def written(folder):
        path = checkpoints.write(kind, folder / "checkpoint")
        return path, lambda: getattr(keras_hub.models, cls).from_preset(str(path), preprocessor=None)

    return written


SOURCES = {
    "archive": archive,
    "preset": preset,
    "llama": checkpoint("llama", "CausalLM"),
    "mixtral": checkpoint("mixtral", "CausalLM"),
    "vit": checkpoint("vit", "ImageClassifier"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_gives_the_file_of_the_live_model(name, tmp_path):
    path, load = SOURCES[name](tmp_path)
    keras.backend.clear_session()
    kelt.export(load(), tmp_path / "live.tflite")
    keras.backend.clear_session()
    kelt.export(path, tmp_path / "disk.tflite")
    assert (tmp_path / "disk.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


def test_weights_are_views_and_the_model_runs_on_them(tmp_path):
    path, _ = archive(tmp_path)
    with opened(path, Options()) as source:
        assert all(file_of(variable._value) is not None for variable in source.model.weights)
    report = kelt.export(path, tmp_path / "m.tflite", verify=True)
    assert 0 < max(report.errors.values()) <= LIMITS["float32"]
