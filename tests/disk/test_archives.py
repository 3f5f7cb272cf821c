"""`.keras` archives and `.weights.h5`: the file is that of the live model, byte for byte."""

import os
import zipfile

import keras
import numpy as np
import odd_models
import pytest
from keras import layers, ops
from limits import LIMITS
from models import test_applications

import kelt
from kelt.disk import weightless
from kelt.disk.files import file_of
from kelt.disk.source import Options, opened

LONG = bool(os.environ.get("KELT_LONG"))  # all families of keras.applications, instead of one


def same_bytes(model, source, folder, **options):
    """Exports the model that Keras loads, and the source: they are one file."""
    kelt.export(model, folder / "live.tflite")
    report = kelt.export(source, folder / "disk.tflite", **options)
    assert (folder / "disk.tflite").read_bytes() == (folder / "live.tflite").read_bytes()
    return report


def wide(units=300):
    """A model with weights that are not small: 300 × 300 elements."""
    image = keras.Input((8, 8, 16), name="image")
    x = layers.Conv2D(128, 3, use_bias=True, bias_initializer="normal")(image)
    x = layers.BatchNormalization()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(units, activation="relu")(x)
    x = layers.Dense(units)(x)
    return keras.Model(image, x, name="wide")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return wide()


def test_an_archive_gives_the_file_of_the_live_model(model, tmp_path):
    model.save(tmp_path / "wide.keras")
    report = same_bytes(model, tmp_path / "wide.keras", tmp_path)
    assert report.source == f"Keras archive: Functional, {model.count_params():,} parameters, float32"


def test_the_weights_of_an_archive_are_views_of_it(model, tmp_path):
    model.save(tmp_path / "wide.keras")
    with opened(tmp_path / "wide.keras", Options()) as source:
        large = [variable for variable in source.model.variables if np.prod(variable.shape) > 1 << 14]
        assert len(large) == 3
        assert {str(file_of(variable._value).name) for variable in large} == {str(tmp_path / "wide.keras")}


def rewritten(path, to, compression):
    """The archive with its members written anew."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return to


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_an_archive_may_be_compressed(model, tmp_path, compression):
    model.save(tmp_path / "wide.keras")
    same_bytes(model, rewritten(tmp_path / "wide.keras", tmp_path / "again.keras", compression), tmp_path)


@pytest.mark.parametrize(
    "options", [{"compression": "gzip"}, {"chunks": True}, {"compression": "lzf", "shuffle": True}]
)
def test_datasets_may_be_in_chunks(model, tmp_path, options):
    import h5py

    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as old, h5py.File(tmp_path / "chunked.weights.h5", "w") as new:

        def copy(name, node):
            if isinstance(node, h5py.Dataset):
                new.create_dataset(name, data=node[()], **(options if node.ndim else {}))
            else:
                new.require_group(name).attrs.update(node.attrs)

        old.visititems(copy)
    kelt.export(model, tmp_path / "live.tflite")
    kelt.export(wide, tmp_path / "disk.tflite", weights=tmp_path / "chunked.weights.h5")
    assert (tmp_path / "disk.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


@pytest.mark.parametrize("name", sorted(odd_models.MODELS))
def test_odd_models_of_users(name, tmp_path, monkeypatch):
    monkeypatch.setattr(weightless, "SMALL", 0)  # no variable has a value before it is loaded
    odd_models.MODELS[name]()[0].save(tmp_path / "odd.keras")
    classes = {name: cls for name, cls in vars(odd_models).items() if isinstance(cls, type)}
    options = {"custom_objects": classes, "safe_mode": False}
    try:
        live = keras.models.load_model(tmp_path / "odd.keras", **options)
    except Exception:  # a class that can't be made from what it says of itself
        with pytest.raises(kelt.ExportError, match="Keras can't load it"):
            kelt.export(tmp_path / "odd.keras", tmp_path / "m.tflite", **options)
        assert name in ("capsules", "graph network", "siamese", "spatial transformer")
        return
    same_bytes(live, tmp_path / "odd.keras", tmp_path, **options)


@pytest.mark.parametrize("name", sorted(test_applications.SIZES) if LONG else ["MobileNetV3Small"])
def test_a_family_of_keras_applications(name, tmp_path, monkeypatch):
    monkeypatch.setattr(weightless, "SMALL", 0)
    test_applications.build(name).save(tmp_path / "network.keras")
    keras.backend.clear_session()
    live = keras.models.load_model(tmp_path / "network.keras", compile=False)
    keras.backend.clear_session()
    same_bytes(live, tmp_path / "network.keras", tmp_path)


def test_a_function_builds_the_model_of_a_file_of_weights(model, tmp_path):
    model.save_weights(tmp_path / "wide.weights.h5")
    same_bytes(model, wide, tmp_path, weights=tmp_path / "wide.weights.h5")


def test_a_live_model_has_its_own_weights_afterwards(model, tmp_path):
    model.save_weights(tmp_path / "wide.weights.h5")
    other = wide()
    before = other.get_weights()
    same_bytes(model, other, tmp_path, weights=tmp_path / "wide.weights.h5")
    assert all(map(np.array_equal, before, other.get_weights()))


@keras.saving.register_keras_serializable("kelt_tests")
class Scaled(layers.Layer):
    """A layer of a user's, with a large weight of its own."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(200, shape[-1]), initializer="ones", name="scale")

    def call(self, x):
        return x @ ops.transpose(self.scale)


@keras.saving.register_keras_serializable("kelt_tests")
class FromArray(layers.Layer):
    """A layer whose weight is an array of numpy beside the archive."""

    def __init__(self, path, **options):
        super().__init__(**options)
        self.source_file = path

    def build(self, shape):
        self.table = self.add_weight(shape=(200, 100), initializer="zeros", name="table")

    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        self.table.assign(np.load(self.source_file, mmap_mode="r").T[:, 20:])

    def call(self, x):
        return x @ self.table

    def get_config(self):
        return {**super().get_config(), "path": self.source_file}


def test_an_array_of_numpy_that_is_mapped_stays_where_it_is(tmp_path):
    np.save(tmp_path / "table.npy", np.random.default_rng(0).normal(size=(120, 200)).astype("float32"))
    model = keras.Sequential([keras.Input((200,)), FromArray(str(tmp_path / "table.npy"))])
    model.save(tmp_path / "array.keras")
    with opened(tmp_path / "array.keras", Options()) as source:
        (table,) = (variable for variable in source.model.variables if variable.name == "table")
        assert str(file_of(table._value).name) == str(tmp_path / "table.npy") and source.reader.spill.bytes == 0
    same_bytes(keras.models.load_model(tmp_path / "array.keras"), tmp_path / "array.keras", tmp_path)


def test_a_registered_class_is_found(tmp_path):
    model = keras.Sequential([keras.Input((100,)), Scaled(), layers.Dense(3)])
    model.layers[0].scale.assign(np.random.default_rng(0).normal(size=(200, 100)))
    model.save(tmp_path / "custom.keras")
    same_bytes(keras.models.load_model(tmp_path / "custom.keras"), tmp_path / "custom.keras", tmp_path)


def test_verification_runs_a_model_whose_weights_are_in_a_file(model, tmp_path):
    model.save(tmp_path / "wide.keras")
    report = kelt.export(tmp_path / "wide.keras", tmp_path / "m.tflite", verify=True)
    assert 0 < max(report.errors.values()) <= LIMITS["float32"]
    assert max(kelt.verify(tmp_path / "wide.keras", tmp_path / "m.tflite").values()) <= LIMITS["float32"]


def test_a_file_is_quantized_on_its_way(model, tmp_path):
    model.save(tmp_path / "wide.keras")
    kelt.export(model, tmp_path / "live.tflite", quantize="int8-dynamic")
    kelt.export(tmp_path / "wide.keras", tmp_path / "disk.tflite", quantize="int8-dynamic")
    assert (tmp_path / "disk.tflite").read_bytes() == (tmp_path / "live.tflite").read_bytes()


@pytest.mark.parametrize("stored", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_another_precision(stored, dtype, tmp_path):
    def build():
        x = keras.Input((300,), name="x")
        hidden = layers.Dense(200, bias_initializer="normal", name="a")(x)
        return keras.Model(x, layers.Dense(3, name="b")(hidden), name="m")

    with_policy = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy(stored)
        saved = build()
        keras.config.set_dtype_policy(dtype)
        live = build()
    finally:
        keras.config.set_dtype_policy(with_policy)
    saved.save(tmp_path / "m.keras")
    for mine, theirs in zip(live.variables, saved.variables):
        mine.assign(ops.cast(theirs.value, dtype))
    same_bytes(live, tmp_path / "m.keras", tmp_path, dtype=dtype)
