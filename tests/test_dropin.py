"""kelt.enable(): model.export(path, format="litert") as Keras documents it, and what Keras' own tests say about it."""

import keras
import numpy as np
import pytest
from harness import compare, open_file
from keras import layers, ops

import kelt
from kelt.converter_options import OPTIONS

pytestmark = pytest.mark.usefixtures("enabled")


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((4,), name="x"), layers.Dense(3, name="y")])


def stack(kind):
    """Dense, normalised, dense: in each of the ways to write a model."""
    parts = [layers.Dense(10, activation="relu"), layers.BatchNormalization(), layers.Dense(1, activation="sigmoid")]
    if kind == "sequential":
        found = keras.Sequential(parts)
        found.build((None, 10))
        return found
    if kind == "functional":
        x = y = keras.Input((10,))
        for part in parts:
            y = part(y)
        return keras.Model(x, y)

    class Stack(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = parts

        def call(self, x):
            for part in self.parts:
                x = part(x)
            return x

    found = Stack()
    found(np.zeros((1, 10), "float32"))
    return found


def normal(*shape):
    return np.random.default_rng(3).normal(size=shape).astype("float32")


def run(path, **inputs):
    """The outputs of the only signature, called by names."""
    interpreter = open_file(str(path))
    for name, array in inputs.items():
        at = interpreter.get_signature_runner("serving_default").get_input_details()[name]["index"]
        interpreter.resize_tensor_input(at, array.shape)
    interpreter.allocate_tensors()
    return interpreter.get_signature_runner("serving_default")(**inputs)


def check(model, path, inputs, structure=None, **options):
    """Exports as a user of Keras does, and compares at the batch of `inputs`, by names."""
    model.export(path, format="litert", **options)
    found = run(path, **inputs)
    given = structure(*inputs.values()) if structure else next(iter(inputs.values()))
    results = keras.tree.flatten(model(keras.tree.map_structure(ops.convert_to_tensor, given)))
    assert len(found) == len(results)
    for array, result in zip(in_order(path, found), results):
        compare(array, np.asarray(ops.convert_to_numpy(result)))


def in_order(path, found):
    interpreter = open_file(str(path))
    return (
        [found[name] for name in interpreter.get_signature_list()["serving_default"]["outputs"]]
        if len(found) > 1
        else list(found.values())
    )


def names(path):
    return open_file(str(path)).get_signature_list()["serving_default"]["inputs"]


@pytest.mark.parametrize("kind", ["sequential", "functional", "subclass"])
def test_a_model_of_each_kind_at_two_batches(kind, path):
    model = stack(kind)
    model.export(path, format="litert")
    [name] = names(path)
    for batch in (1, 3):
        [found] = run(path, **{name: normal(batch, 10)}).values()
        compare(found, np.asarray(ops.convert_to_numpy(model(normal(batch, 10)))))


STRUCTURES = {
    "tuple": (("input_1", "input_2"), lambda a, b: (a, b)),
    "list": (("input_1", "input_2"), lambda a, b: [a, b]),
    "dict": (("x", "y"), lambda a, b: {"x": a, "y": b}),
}


@pytest.mark.parametrize("kind", STRUCTURES)
def test_structured_inputs_also_of_a_model_that_was_saved_and_loaded(kind, path):
    keys, structure = STRUCTURES[kind]
    inputs = [keras.Input((10,), name=key) for key in keys]
    model = keras.Model(structure(*inputs), layers.Subtract()(inputs))
    given = dict(zip(keys, (normal(2, 10), normal(2, 10) * 2)))
    check(model, path, given, structure)
    model.save(path.with_suffix(".keras"))
    check(keras.models.load_model(path.with_suffix(".keras")), path.with_name("again.tflite"), given, structure)
    assert path.read_bytes() == path.with_name("again.tflite").read_bytes()


@pytest.mark.parametrize(
    "signature",
    [
        [keras.InputSpec(shape=(None, 10), dtype="float32")],
        [keras.KerasTensor((None, 10), "float32", name="given")],
        keras.InputSpec(shape=(None, 10), dtype="float32"),
    ],
    ids=["a list of specs", "a KerasTensor", "a spec"],
)
def test_an_input_signature_in_keras_forms(signature, path):
    stack("sequential").export(path, format="litert", input_signature=signature)
    [detail] = open_file(str(path)).get_input_details()
    assert tuple(detail["shape_signature"]) == (-1, 10)


def test_a_signature_of_fixed_size(path):
    stack("functional").export(path, format="litert", input_signature=[keras.InputSpec(shape=(2, 10), dtype="float32")])
    [detail] = open_file(str(path)).get_input_details()
    assert tuple(detail["shape_signature"]) == (2, 10)


def test_a_dict_of_specs(path):
    inputs = {name: keras.Input((10,), name=name) for name in ("input_x", "input_y")}
    model = keras.Model(inputs, layers.Multiply()(list(inputs.values())))
    specs = {name: keras.InputSpec(shape=(None, 10), dtype="float32", name=name) for name in inputs}
    given = {"input_x": normal(1, 10), "input_y": normal(1, 10) + 1}
    check(model, path, given, lambda x, y: {"input_x": x, "input_y": y}, input_signature=specs)


def test_the_signature_has_the_names_of_keras(path):
    x = keras.Input((10,), name="feature_input")
    y = layers.Dense(16, activation="relu", name="encoder")(x)
    model = keras.Model(x, layers.Dense(1, activation="sigmoid", name="prediction_output")(y), name="named_model")
    check(model, path, {"feature_input": normal(1, 10)})
    assert names(path) == ["feature_input"]


def test_several_inputs_and_several_outputs(path):
    inputs = [keras.Input((10,), name="input_1"), keras.Input((5,), name="input_2")]
    y = layers.Concatenate()(inputs)
    outputs = [layers.Dense(1, activation="sigmoid", name="a")(y), layers.Dense(3, activation="softmax", name="b")(y)]
    model = keras.Model(inputs, outputs)
    check(model, path, {"input_1": normal(3, 10), "input_2": normal(3, 5)}, lambda a, b: [a, b])
    assert names(path) == ["input_1", "input_2"]
    assert len(open_file(str(path)).get_output_details()) == 2


def test_dict_inputs_through_a_shared_layer_of_a_trained_model(path):
    shared = layers.Dense(8, activation="relu")
    inputs = {name: keras.Input((10,), name=name) for name in ("branch_a", "branch_b")}
    model = keras.Model(inputs, layers.Add()([shared(x) for x in inputs.values()]))
    model.compile(optimizer="sgd", loss="mse")
    model.fit({"branch_a": normal(5, 10), "branch_b": normal(5, 10)}, normal(5, 8), epochs=1, verbose=0)
    given = {"branch_a": normal(1, 10), "branch_b": normal(1, 10) * 3}
    check(model, path, given, lambda a, b: {"branch_a": a, "branch_b": b})


def test_a_convolution_and_an_adapted_normalisation(path):
    adapted = layers.Normalization(axis=-1)
    adapted.adapt(normal(100, 3) * 4 + 1)
    x = keras.Input((8, 8, 3), name="image")
    y = layers.Flatten()(layers.Conv2D(8, 3, activation="relu")(adapted(x)))
    check(keras.Model(x, layers.Dense(1)(y)), path, {"image": normal(2, 8, 8, 3)})


# --- what is said, and what is rejected


@pytest.mark.parametrize("verbose", [None, True])
def test_a_line_says_where_the_file_is(verbose, model, path, capsys):
    model.export(path, format="litert", verbose=verbose)
    assert f"Saved artifact at '{path}'." in capsys.readouterr().out


def test_nothing_is_said_when_not_verbose(model, path, capsys):
    model.export(str(path), format="litert", verbose=False)
    assert capsys.readouterr() == ("", "")
    assert path.exists()


def test_a_wrong_suffix_is_rejected(model, tmp_path):
    with pytest.raises(ValueError, match="tflite"):
        model.export(tmp_path / "model.txt", format="litert")


def test_other_formats_go_to_keras(model, tmp_path):
    with pytest.raises(ValueError, match="Unrecognized format"):
        model.export(tmp_path / "model", format="no such format")


TAKEN = {
    "allow_custom_ops": True,
    "enable_select_tf_ops": True,
    "exclude_conversion_metadata": True,
    "experimental_enable_resource_variables": True,
    "experimental_new_quantizer": True,
    "inference_input_type": "float32",
    "lightweight_conversion": True,
    "optimizations": [],
    "representative_dataset": None,
    "runtime_constant_folding": True,
    "strict_export": False,
    "target_spec": {"supported_ops": ["TFLITE_BUILTINS", "SELECT_TF_OPS"]},
    "unfold_batchmatmul": True,
}
REJECTED = {
    "enable_x64": True,
    "inference_input_type": "int8",
    "ir_dump_dir": "somewhere",
    "optimizations": ["FASTEST"],
    "quant_config": object(),
    "saved_model_dir": "somewhere",
    "target_spec": {"supported_types": ["float64"]},
    "dynamic_shapes": {},
}


def test_arguments_of_keras_exporter_that_kelt_fulfils_change_nothing(model, path):
    model.export(path, format="litert")
    default = path.read_bytes()
    model.export(path, format="litert", **TAKEN)
    assert path.read_bytes() == default
    model.export(path, format="litert", litert_kwargs=TAKEN, verify=True)
    assert path.read_bytes() == default


@pytest.mark.parametrize("name", REJECTED)
def test_an_argument_that_asks_for_what_kelt_lacks_is_rejected_by_name(name, model, path):
    for options in ({name: REJECTED[name]}, {"litert_kwargs": {name: REJECTED[name]}}):
        with pytest.raises(ValueError, match=f"K101 {name}=.* can't be used: ."):
            model.export(path, format="litert", **options)
    assert not path.exists()


def test_unknown_arguments_and_settings_are_rejected_by_name(model, path):
    with pytest.raises(ValueError, match=r"K101.*no_such_option"):
        model.export(path, format="litert", no_such_option=1)
    with pytest.raises(ValueError, match=r"K101.*no_such_setting"):
        model.export(path, format="litert", target_spec={"no_such_setting": 1})


def test_every_argument_of_the_converters_has_a_verdict():
    assert set(TAKEN) | set(REJECTED) <= set(OPTIONS)


def test_disable_gives_back_what_was_there():
    kelt.disable()
    before = keras.Model.export
    kelt.enable()
    kelt.enable()
    assert keras.Model.export is not before
    kelt.disable()
    assert keras.Model.export is before
    kelt.disable()
    assert keras.Model.export is before
