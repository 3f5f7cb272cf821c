"""Networks whose `call` uses the functions of the backend: recorded as their twins of keras.ops, rejected by name."""

import importlib
import operator
import re

import keras
import pytest
from harness import SIZES, check, check_file, f32
from keras import ops
from layer_cases import check_inference

import kelt

BACKEND = keras.backend.backend()
native = importlib.import_module(f"native.on_{BACKEND}") if BACKEND != "numpy" else None
NETWORKS = native.NETWORKS if native else {}
UNKNOWN = native.UNKNOWN if native else {}
WRAPPED = UNKNOWN if hasattr(native, "wrapped") else {}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_written_for_the_backend_computes_the_same(name, tmp_path):
    keras.utils.set_random_seed(5)
    build, specs = NETWORKS[name]
    check_inference(build(), specs, tmp_path)


def test_there_are_ten_networks():
    assert len(NETWORKS) >= 10 or BACKEND == "numpy"


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_function_that_no_table_has_is_rejected_by_its_name(name, tmp_path):
    class Mine(keras.layers.Layer):
        def call(self, x):
            return UNKNOWN[name](x)

    rejected(Mine(name="mine"), name, tmp_path)


@pytest.mark.parametrize("name", WRAPPED)
def test_it_is_rejected_inside_of_a_module_or_a_function_too(name, tmp_path):
    rejected(native.wrapped(UNKNOWN[name]), name, tmp_path)


def rejected(layer, name, tmp_path):
    x = keras.Input((4, 8), name="x")
    with pytest.raises(kelt.ExportError, match=re.escape(name)) as caught:
        kelt.export(keras.Sequential([x, layer]), tmp_path / "model.tflite")
    assert caught.value.code == "K204"
    assert caught.value.path == "mine"
    assert "keras.ops" in str(caught.value)
    assert not (tmp_path / "model.tflite").exists()


class Doubled(keras.layers.Layer):
    """A layer that asks Python for a value."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), name="kernel", initializer="random_normal")

    def call(self, x, training=False):
        return x * self.kernel if float(ops.sum(x)) > 0 else x * self.kernel * 1.0


class Tripled(Doubled):
    pass


@pytest.fixture
def overridden():
    @kelt.override(Doubled)
    def doubled(layer, x):
        return x * layer.kernel

    yield doubled
    kelt.override(Doubled)(None)


def model_of(layer):
    layer.build((None, 8))
    return layer


@pytest.mark.parametrize("layer", [Doubled, Tripled])
def test_an_override_stands_for_the_call_of_its_class_and_of_subclasses(layer, overridden, tmp_path):
    layer = model_of(layer(name="mine"))
    path = str(tmp_path / "model.tflite")
    kelt.export(layer, path, [f32("n", 8).spec()])
    check_file(path, layer, [f32("n", 8)], SIZES, 0, False)


def test_without_the_override_the_layer_is_rejected(tmp_path):
    with pytest.raises(kelt.ExportError, match="asks for the value"):
        kelt.export(model_of(Doubled(name="mine")), tmp_path / "model.tflite", [f32("n", 8).spec()])


@pytest.mark.skipif(BACKEND != "torch", reason="modules of torch")
def test_a_module_has_its_names_in_the_file_and_is_as_it_was_afterwards(tmp_path):
    layer = keras.layers.TorchModuleWrapper(native.classifier(), output_shape=(None, 5), name="net")
    x = keras.Input((4, 6, 6), name="x")
    model = keras.Model(x, layer(x))
    layer.module.train()
    kelt.capture(model).save(str(tmp_path / "module"))
    text = "".join(path.read_text() for path in (tmp_path / "module").glob("*.kelt"))
    assert all(f"net/{name}" in text for name in ("0.weight", "6.weight"))
    assert layer.module[1].training


def test_override_takes_classes_and_functions_only():
    with pytest.raises(ValueError, match="K101"):
        kelt.override(Doubled(name="mine"))
    with pytest.raises(ValueError, match="K101"):
        kelt.override(Doubled)(3)


@pytest.mark.parametrize("operate", [operator.pow, operator.floordiv, operator.eq], ids=lambda each: each.__name__)
def test_a_constant_that_is_cast_to_its_own_dtype_is_a_tensor_of_the_model(operate, tmp_path):
    """Whose operators take those of the model: a tensor of torch has some that don't."""
    constant = ops.convert_to_tensor([0.5, 2.0, 3.0])
    check(lambda x: operate(ops.cast(constant, "float32"), x), f32("n", 3, low=1, high=2), path=tmp_path, zeros=True)
