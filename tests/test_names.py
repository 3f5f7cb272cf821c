"""Names in a file: those that Keras made up do not depend on what else the process built, and the user's are kept."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.runtime import Model


def nested():
    x = keras.Input((6, 4))
    inner = keras.Sequential([layers.Dense(4), layers.Dense(4, activation="relu")])
    return keras.Model(x, [layers.Bidirectional(layers.LSTM(3))(inner(x)), ops.sum(inner(x) + 1, axis=1)])


def two_inputs():
    a, b = keras.Input((3,)), keras.Input((3,))
    return keras.Model([a, b], layers.Add()([layers.Dense(2)(a), layers.Dense(2)(b)]))


def stateful():
    return keras.Sequential([keras.Input((4, 3), batch_size=1), layers.GRU(2, stateful=True), layers.Dropout(0.5)])


class Composed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(3), layers.Dense(2)

    def call(self, x):
        return self.second(self.first(x))


def subclassed():
    model = Composed()
    model(np.zeros((2, 4), "float32"))
    return model


def drawn(build):
    model = build()
    rng = np.random.default_rng(5)
    for variable in model.variables:
        if "seed" not in variable.path:
            variable.assign(rng.normal(size=variable.shape).astype("float32"))
    return model


@pytest.mark.parametrize("states", ["variables", "ports"])
@pytest.mark.parametrize("build", [nested, two_inputs, stateful, subclassed])
def test_a_model_built_twice_in_a_process_gives_the_same_file(build, states, tmp_path):
    files = []
    for i in range(2):
        path = tmp_path / f"{i}.tflite"
        kelt.export(drawn(build), path, states=states)
        layers.Dense(1), keras.Input((1,)), layers.Bidirectional(layers.LSTM(1))  # what else the process builds
        files.append(path.read_bytes())
    assert files[0] == files[1]


def ports(report):
    (signature,) = report.signatures.values()
    return [name for name, _ in signature["inputs"]], [name for name, _ in signature["outputs"]]


def test_names_that_keras_made_up_are_counted_in_the_order_in_which_it_made_them(tmp_path):
    layers.Dense(1), keras.Input((1,))
    x = keras.Input((3,))
    last, first = layers.Dense(2), layers.Dense(2)
    own = layers.Dense(2, name="head")
    model = keras.Model(x, [first(x), last(x), own(x)])
    report = kelt.export(model, tmp_path / "a.tflite", verify=True)
    assert ports(report) == (["keras_tensor"], ["dense_1", "dense", "head"])
    module = str(kelt.capture(model))
    assert '"dense/kernel"' in module
    assert '"dense_1/kernel"' in module
    assert first.name not in module


def test_a_counted_name_leaves_that_which_the_user_gave(tmp_path):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, [layers.Dense(2)(x), layers.Activation("tanh", name="dense")(x)])
    assert ports(kelt.export(model, tmp_path / "a.tflite")) == (["x"], ["dense_1", "dense"])


def test_a_rejection_names_the_layer_as_keras_does(tmp_path):
    layers.Lambda(lambda x: x)
    x = keras.Input((None, 3))
    odd = layers.Lambda(lambda x: ops.svd(x), output_shape=(None, 3))
    with pytest.raises(kelt.ExportError, match=rf"\b{odd.name}\b"):
        kelt.export(keras.Model(x, odd(x)), tmp_path / "a.tflite")


def test_a_spec_names_its_input(tmp_path):
    model = two_inputs()
    specs = [keras.InputSpec(shape=(None, 3), name="left"), keras.InputSpec(shape=(None, 3))]
    report = kelt.export(model, tmp_path / "a.tflite", specs, verify=True)
    assert ports(report)[0] == ["left", "keras_tensor_1"]


def test_specs_may_be_given_by_the_names_of_the_inputs(tmp_path):
    x = keras.Input((None, 3), name="x")
    model = keras.Model(x, layers.Dense(2)(x))
    report = kelt.export(model, tmp_path / "a.tflite", {"x": keras.InputSpec(shape=(1, 5, 3))})
    assert report.signatures["serving_default"]["inputs"] == [("x", "f32[1, 5, 3]")]
    a, b = keras.Input((3,), name="a"), keras.Input((4,), name="b")
    both = keras.Model([a, b], layers.Concatenate()([a, b]))
    specs = {"b": keras.InputSpec(shape=(1, 4)), "a": keras.InputSpec(shape=(1, 3))}
    report = kelt.export(both, tmp_path / "b.tflite", specs)
    assert report.signatures["serving_default"]["inputs"] == [("a", "f32[1, 3]"), ("b", "f32[1, 4]")]
    with pytest.raises(ValueError, match="the signature does not fit"):
        kelt.export(model, tmp_path / "a.tflite", {"y": keras.InputSpec(shape=(1, 5, 3))})


def test_output_names_are_the_users(tmp_path):
    model, path = two_inputs(), tmp_path / "a.tflite"
    kelt.export(model, path, output_names=["logits"], verify=True)
    assert list(kelt.verify(model, path, output_names=["logits"])) == ["logits"]
    ((_, outputs),) = Model(path).signatures.values()
    assert [output.name for output in outputs] == ["logits"]
    spec = [keras.InputSpec(shape=(None, 4))]
    signatures = {"f": (lambda x: x + 1, spec), "g": (lambda x: (x, x * 2), spec)}
    report = kelt.export(model, path, signatures=signatures, output_names={"g": ["same", "twice"]})
    assert [name for name, _ in report.signatures["f"]["outputs"]] == ["output_0"]
    assert [name for name, _ in report.signatures["g"]["outputs"]] == ["same", "twice"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a", "b"], "output_names has 2 names; the outputs are add"),
        ("logits", "output_names is a list of names, not 'logits'"),
        ([""], "output_names is a list of names"),
        ({"other": ["a"]}, "output_names names the signature 'other'; there are: serving_default"),
    ],
)
def test_output_names_that_do_not_fit_are_rejected(names, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        kelt.export(two_inputs(), tmp_path / "a.tflite", output_names=names)


def test_output_names_name_no_two_alike(tmp_path):
    x = keras.Input((3,), name="x")
    with pytest.raises(ValueError, match="output_names names two outputs alike: a, a"):
        kelt.export(keras.Model(x, [x + 1, x + 2]), tmp_path / "a.tflite", output_names=["a", "a"])
