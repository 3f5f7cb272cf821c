"""What people have written for TensorFlow's converter gives the same form by kelt, and is rejected where it was."""

import keras
import numpy as np
import pytest
from converter_facts import FACTS, SIXTEEN, found_in, model, samples, wanted
from harness import open_file
from noise import decibels

import kelt
from kelt.converter_options import without_converter_options

pytestmark = pytest.mark.usefixtures("enabled")


@pytest.fixture(scope="module")
def models():
    return {sin: model(sin) for sin in (False, True)}


def translated(**options):
    return without_converter_options(options)[1]


@pytest.mark.filterwarnings("ignore:.*is not of integers alone")
@pytest.mark.parametrize("name", FACTS)
def test_settings_of_the_converter_give_the_form_of_tensorflow_or_its_rejection(name, models, path):
    fact = FACTS[name]
    if fact.is_error:
        with pytest.raises((ValueError, kelt.ExportError), match=fact.form):
            models[fact.sin].export(path, format="litert", verbose=False, **fact.options())
        assert not path.exists()
        return
    models[fact.sin].export(path, format="litert", verbose=False, **fact.options())
    assert found_in(path) == wanted(fact)


def test_settings_in_litert_kwargs_are_the_same(models, path):
    options = FACTS["data, both uint8"].options()
    models[False].export(path, format="litert", verbose=False, **options)
    flat = path.read_bytes()
    models[False].export(path, format="litert", verbose=False, litert_kwargs=options)
    assert path.read_bytes() == flat


class DType:
    """As TensorFlow's: it has a name."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):  # the name of a case, which is the same in every process
        return f"tf.{self.name}"


class TargetSpec:
    """As tf.lite.TargetSpec, with the settings that it starts with."""

    def __init__(self, **settings):
        self.supported_ops, self.supported_types = {"TFLITE_BUILTINS"}, set()
        self.experimental_select_user_tf_ops, self.experimental_supported_backends = set(), None
        self._experimental_custom_op_registerers, self._experimental_supported_accumulation_type = [], None
        vars(self).update(settings)


@pytest.mark.parametrize("float16", ["float16", np.float16, np.dtype("float16"), DType("float16")], ids=repr)
def test_a_type_is_known_by_its_name(float16):
    for spec in ({"supported_types": [float16]}, TargetSpec(supported_types={float16})):
        assert translated(optimizations=["DEFAULT"], target_spec=spec).recipe["form"] == "fp16"


@pytest.mark.parametrize(
    "given", ["DEFAULT", ["OPTIMIZE_FOR_SIZE"], {"OPTIMIZE_FOR_LATENCY"}, [DType("DEFAULT")]], ids=repr
)
def test_each_optimization_that_quantizes_does(given):
    assert translated(optimizations=given).recipe["form"] == "int8-dynamic"
    assert translated(optimizations=["EXPERIMENTAL_SPARSITY"]).recipe is None


def test_accumulation_in_float16_and_one_scale_for_a_tensor_are_recipes():
    spec = {"supported_types": ["float16"], "_experimental_supported_accumulation_type": DType("float16")}
    assert translated(optimizations=["DEFAULT"], target_spec=spec).recipe["form"] == "fp16-accumulate"
    given = {"optimizations": ["DEFAULT"], "_experimental_disable_per_channel": True}
    assert translated(**given).recipe["form"] == "int8-dynamic-per-tensor"
    assert translated(**given, representative_dataset=samples).recipe["form"] == "int8-static-per-tensor"


def test_integers_alone_are_demanded_where_tensorflow_demands_them():
    given = {"optimizations": ["DEFAULT"], "representative_dataset": samples}
    for ops, setting in (
        (["TFLITE_BUILTINS_INT8"], {"delegate_aware": False}),
        (["TFLITE_BUILTINS_INT8", "SELECT_TF_OPS"], {}),
        ([SIXTEEN], {"full_integer": True}),
        ([SIXTEEN, "TFLITE_BUILTINS"], {"full_integer": False}),
    ):
        recipe = translated(**given, target_spec={"supported_ops": ops}).recipe
        assert {name: recipe[name] for name in ("delegate_aware", "full_integer") if name in recipe} == setting, ops


def test_integers_alone_are_what_xnnpack_would_leave_too_and_floats_among_them_a_warning(path):
    x = keras.Input((64,), batch_size=4)
    y = keras.layers.Dense(32, activation="softmax")(keras.ops.sin(keras.layers.Dense(32)(x)))
    integers = FACTS["data, int8 operators"].options()
    with pytest.warns(
        UserWarning, match="is not of integers alone: SIN is float.* since LiteRT has no kernel for SIN"
    ) as said:
        keras.Model(x, y).export(path, format="litert", verbose=False, **integers)
    assert said[0].filename == __file__
    assert "SOFTMAX" in operators_on_integers(path)
    keras.Model(x, y).export(path, format="litert", verbose=False, **FACTS["data"].options())
    assert "SOFTMAX" not in operators_on_integers(path)


def operators_on_integers(path):
    interpreter = open_file(str(path))
    types = {detail["index"]: np.dtype(detail["dtype"]).name for detail in interpreter.get_tensor_details()}
    return {op["op_name"] for op in interpreter._get_ops_details() if types[op["outputs"][0]] == "int8"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"representative_dataset": samples}, "without optimizations nothing is quantized: representative_dataset"),
        ({"target_spec": {"supported_types": ["float16"]}}, "nothing is quantized: supported_types changed nothing"),
        ({"optimizations": ["DEFAULT"], "target_spec": {"supported_types": ["float32"]}}, "supported_types float32"),
        ({"optimizations": ["DEFAULT"], "target_spec": {"supported_ops": [SIXTEEN]}}, "only the weights are integers"),
        (
            {
                "optimizations": ["DEFAULT"],
                "representative_dataset": samples,
                "target_spec": {"supported_types": ["float16"]},
            },
            "it was not read",
        ),
    ],
)
def test_a_setting_that_changes_nothing_is_said(options, words, models, path, capsys):
    models[False].export(path, format="litert", **options)
    printed = capsys.readouterr().out
    assert "Saved artifact" in printed
    assert words in printed


def test_an_operator_that_stays_in_floats_is_said_unless_nothing_is_to_be(models, path, capsys):
    options = FACTS["data, a sine"].options()
    for verbose in (None, True):
        models[True].export(path, format="litert", verbose=verbose, **options)
        assert "SIN is float" in capsys.readouterr().out
    models[True].export(path, format="litert", verbose=False, **options)
    assert capsys.readouterr() == ("", "")


def test_a_model_with_nothing_to_quantize_is_a_file_of_floats_as_tensorflow_writes_it(path):
    small = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    small.export(path, format="litert", verbose=False, optimizations=["DEFAULT"])
    assert found_in(path) == ("float", "float32", "float32")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"optimizations": ["FASTEST"]}, "tf.lite.Optimize has no such member"),
        ({"target_spec": {"supported_ops": ["EXPERIMENTAL_STABLEHLO_OPS"]}}, "LiteRT's own operators, and no others"),
        ({"target_spec": {"supported_types": ["float64"]}}, "knows float32, float16, bfloat16 and int8"),
        ({"target_spec": {"_experimental_supported_accumulation_type": "int8"}}, "it is float32 or float16"),
        ({"target_spec": 3}, "give it as a dict"),
        ({"inference_input_type": "float16"}, "inputs and outputs are float32, int8, uint8 or int16"),
        ({"quant_config": object()}, "kelt has quantizers of its own"),
        ({"optimizations": ["DEFAULT"], "quantize": "fp16"}, "can't both be given: leave one out"),
    ],
)
def test_what_kelt_does_not_take_is_rejected_with_the_reason(options, words, models, path):
    with pytest.raises(ValueError, match=f"K101 .*{words}"):
        models[False].export(path, format="litert", **options)
    assert not path.exists()


# --- representative data as TensorFlow takes it


class RepresentativeDataset:
    """As tf.lite.RepresentativeDataset."""

    def __init__(self, input_gen):
        self.input_gen = input_gen


def by_name():
    for [sample] in samples():
        yield {"x": sample}


def by_signature():
    for [sample] in samples():
        yield "serving_default", {"x": sample}


@pytest.mark.parametrize("data", [samples, by_name, by_signature, RepresentativeDataset(samples)])
def test_each_form_of_representative_data_gives_the_same_file(data, path):
    x = keras.Input((64,), batch_size=4, name="x")
    dense = keras.Model(x, keras.layers.Dense(32, kernel_initializer=keras.initializers.RandomNormal(seed=1))(x))
    written = []
    for given in (samples, data):
        dense.export(path, format="litert", verbose=False, optimizations=["DEFAULT"], representative_dataset=given)
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_lists_are_in_the_order_of_the_models_inputs_whatever_their_names(path):
    b, a = keras.Input((64,), batch_size=2, name="b"), keras.Input((64,), batch_size=2, name="a")
    both = keras.Model([b, a], keras.layers.Dense(32, kernel_initializer="ones")(b - a))
    given = np.random.default_rng(0).random((2, 64), dtype="float32")
    written = []
    for sample in ([given, 100 * given], {"b": given, "a": 100 * given}):
        both.export(
            path,
            format="litert",
            verbose=False,
            optimizations=["DEFAULT"],
            representative_dataset=lambda sample=sample: iter([sample]),
        )
        written.append(path.read_bytes())
    assert written[0] == written[1]


# --- KleidiAI's walk-through for SME2: its model and its settings, as they stand there


def walk_through():
    model = keras.Sequential([keras.Input((640,), batch_size=100), keras.layers.Dense(1280)])

    def representative_data():
        for _ in range(100):
            yield [np.random.rand(640).astype(np.float32)]

    default = ["DEFAULT"]
    return model, {
        "fp32": ({}, "float", 3_282_928),
        "fp16": ({"optimizations": default, "target_spec": {"supported_types": ["float16"]}}, "fp16", 1_642_360),
        "dynamic int8": ({"optimizations": default}, "int8-dynamic", 840_768),
        "static int8": (
            {
                "optimizations": default,
                "representative_dataset": representative_data,
                "target_spec": {"supported_ops": ["TFLITE_BUILTINS_INT8"]},
                "inference_input_type": "int8",
                "inference_output_type": "int8",
            },
            "int8-static",
            856_176,
        ),
    }


def test_the_walk_through_of_sme2_runs_with_its_own_settings(path):
    dense, settings = walk_through()
    given = np.random.default_rng(0).random((100, 640), dtype="float32")
    want = keras.ops.convert_to_numpy(dense(given))
    for name, (options, form, most) in settings.items():
        dense.export(path, format="litert", verbose=False, **options)
        port = "int8" if name == "static int8" else "float32"
        assert found_in(path) == (form, port, port), name
        assert kelt.delegation(path) | {"partitions": 1, "outside": []} == kelt.delegation(path), name
        assert path.stat().st_size <= 1.002 * most, name  # TensorFlow's, which has biases in float16
        assert (
            decibels(want, run(path, given)) > {"float": 100, "fp16": 70, "int8-dynamic": 41, "int8-static": 35}[form]
        )


def run(path, given):
    """A file of one input and output, also of integers."""
    interpreter = open_file(str(path))
    interpreter.allocate_tensors()
    [at], [to] = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero = at["quantization"]
    interpreter.set_tensor(
        at["index"], given if not scale else np.clip(np.round(given / scale) + zero, -128, 127).astype(at["dtype"])
    )
    interpreter.invoke()
    found, (scale, zero) = interpreter.get_tensor(to["index"]).astype("float32"), to["quantization"]
    return (found - zero) * scale if scale else found
