"""`kelt.quantize` and `kelt.export(quantize=)`: forms, recipes, integers at the ports, and what they say."""

import json

import keras
import numpy as np
import pytest
from noise import decibels

import kelt
from kelt import runtime


def network():
    """Convolutions, pooling, a shortcut and a classifier; inputs `image`, outputs `scores`."""
    keras.utils.set_random_seed(3)
    image = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="stem")(image)
    y = keras.layers.Conv2D(32, 3, padding="same", name="body")(x)
    y = keras.layers.ReLU(name="relu")(keras.layers.Add(name="shortcut")([x, y]))
    y = keras.layers.Flatten(name="flat")(keras.layers.MaxPooling2D(name="pool")(y))
    model = keras.Model(image, keras.layers.Dense(10, name="scores")(y))
    rng = np.random.default_rng(4)
    model.set_weights([w + rng.normal(size=w.shape, scale=0.05).astype(w.dtype) for w in model.get_weights()])
    return model


IMAGES = np.random.default_rng(5).normal(size=(8, 1, 16, 16, 3)).astype("float32")


def scores(path, images=IMAGES[0]):
    return runtime.Model(path)({"image": images})["scores"]


@pytest.fixture(scope="module")
def model():
    return network()


@pytest.fixture(scope="module")
def floats(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("quantize") / "floats.tflite"
    kelt.export(model, path)
    return path


@pytest.mark.parametrize(
    ("recipe", "least"),
    [("fp16", 65), ("int8-dynamic", 36), ("int8-weights", 38), ("int8-static", 34), ("int8-full", 34), ("int4", 17)],
)
def test_a_file_and_a_model_are_quantized_to_the_same_bytes(model, floats, tmp_path, recipe, least):
    report = kelt.quantize(floats, recipe, tmp_path / "a.tflite", calibration=list(IMAGES))
    kelt.export(model, tmp_path / "b.tflite", quantize=recipe, calibration=list(IMAGES))
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    assert decibels(model(IMAGES[0]), scores(tmp_path / "a.tflite")) > least
    assert report.file_bytes < (0.55 if recipe == "fp16" else 0.35) * report.bytes_before
    delegation = kelt.delegation(tmp_path / "a.tflite")
    assert (delegation["partitions"], delegation["outside"]) == (1, [])


def test_statistics_stand_for_the_data(floats, tmp_path):
    kelt.quantize(floats, "int8-static", tmp_path / "data.tflite", calibration=list(IMAGES))
    statistics = kelt.calibrate(floats, list(IMAGES))
    statistics.save(tmp_path / "statistics.json")
    for calibration in (statistics, tmp_path / "statistics.json"):
        kelt.quantize(floats, "int8-static", tmp_path / "statistics.tflite", calibration=calibration)
        assert (tmp_path / "data.tflite").read_bytes() == (tmp_path / "statistics.tflite").read_bytes()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_inputs_and_outputs_become_integers(model, floats, tmp_path, dtype):
    form = "int16x8" if dtype == "int16" else "int8-static"
    recipe = {"form": form, "inputs": dtype, "outputs": dtype}
    path = tmp_path / "ports.tflite"
    kelt.quantize(floats, recipe, path, calibration=list(IMAGES))
    file = runtime.Model(path)
    ((image,), (result,)) = file.signatures["serving_default"]
    assert (image.name, image.dtype, result.name, result.dtype) == ("image", dtype, "scores", dtype)
    scale, zero = image.quantization
    limits = np.iinfo(dtype)
    given = np.clip(np.round(IMAGES[0] / scale) + zero, limits.min, limits.max).astype(dtype)
    got = file({"image": given})["scores"].astype("float64")
    scale, zero = result.quantization
    assert decibels(model(IMAGES[0]), (got - zero) * scale) > 30


def test_rules_give_layers_their_own_forms(floats, tmp_path):
    recipe = {"form": "int8-dynamic", "rules": [{"layers": "scores", "form": "int4-block32"}], "skip": ["stem"]}
    recipe["min_elements"] = 1
    report = kelt.quantize(floats, recipe, tmp_path / "mixed.tflite")
    forms = {operator.layer.split("/")[0]: operator.form for operator in report.operators}
    assert forms == {"stem": "float", "body": "int8-dynamic", "scores": "int4-block32"}
    written = json.loads(report.to_json())
    assert written["operators"][0]["why"] == "the recipe skips it"
    assert "float: 1 CONV_2D" in str(report)
    assert "CONV_2D is float, since the recipe skips it: stem" in str(report)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("int5", 'there is no recipe "int5". Choose one of float, fp16, int8-dynamic'),
        ({"form": "int4", "skip": ["head"]}, '"skip" has the pattern "head", which matches no operator of the model'),
        (
            {"form": "int4", "rules": [{"layers": "head/*", "form": "fp16"}]},
            'a rule has the pattern "head/*", which matches no operator of the model. The first layers are stem',
        ),
        ({"form": "int4", "rules": [{"ops": ["CONV_9D"], "form": "fp16"}]}, "CONV_9D"),
        ({"form": "int4", "rules": [{"layers": "stem", "form": "int3"}]}, '"int3"'),
        ({"form": "int4", "layers": "a"}, 'a recipe has no setting "layers"'),
        ({"form": "int8-dynamic", "inputs": "int8"}, "the form int8-dynamic has none"),
        ("int8-static", "the recipe makes integers of activations, whose ranges are not known"),
        (4, "a recipe is a name, a dict or JSON, not int"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(floats, tmp_path, recipe, message):
    with pytest.raises(ValueError, match="K101") as error:
        kelt.quantize(floats, recipe, tmp_path / "wrong.tflite")
    assert message in str(error.value)
    assert not (tmp_path / "wrong.tflite").exists()


@pytest.mark.parametrize("source", ["model", "floats"])
def test_no_recipe_is_said_whatever_the_source_is(source, request, tmp_path):
    with pytest.raises(ValueError, match=r"^K101 a recipe is a name, .* not NoneType"):
        kelt.quantize(request.getfixturevalue(source), None, tmp_path / "wrong.tflite")


def test_a_form_that_the_runtime_cant_run_is_given_another_and_a_reason(floats, tmp_path):
    report = kelt.quantize(floats, {"form": "int2", "min_elements": 1}, tmp_path / "two.tflite")
    (body,) = (one for one in report.operators if one.layer.startswith("body"))
    assert (body.asked, body.form) == ("int2", "int8-dynamic")
    assert "since only FULLY_CONNECTED takes 2-bit weights beside floats: stem" in str(report)


def test_a_table_has_integer_rows_beside_integers(tmp_path):
    keras.utils.set_random_seed(6)
    ids = keras.Input((8,), dtype="int32", name="ids")
    rows = keras.layers.Embedding(500, 32, name="table")(ids)
    model = keras.Model(ids, keras.layers.Dense(64, name="dense")(rows))
    samples = [np.random.default_rng(i).integers(0, 500, (1, 8)).astype("int32") for i in range(8)]
    report = kelt.quantize(model, "int8-static", tmp_path / "a.tflite", calibration=samples)
    forms = {line["layer"]: line["form"] for line in json.loads(report.to_json())["operators"]}
    assert (forms["table"], forms["dense"]) == ("int8-dynamic", "int8-static")
    assert report.file_bytes < 0.35 * 4 * model.count_params()
    (got,) = runtime.Model(tmp_path / "a.tflite")({"ids": samples[0]}).values()
    assert decibels(model(samples[0]), got) > 36


def test_what_stands_beside_floats_is_one_line_of_the_report():
    beside = "what is on the other side of {} computes in floats"
    operators = [
        kelt.quantization.QuantizedOperator(name, "ADD", "float", "int8-static", beside.format(f"{name}/x"), 0, 0)
        for name in ("a", "b", "c")
    ]
    report = kelt.quantization.Quantization(path="m.tflite", file_bytes=1000, bytes_before=0, operators=operators)
    assert "  ADD is float, since what stands beside it computes in floats: a and 2 more" in str(report)
    assert "/x" not in str(report)


def test_what_is_quantized_already_is_said(floats, tmp_path):
    path = tmp_path / "again.tflite"
    kelt.quantize(floats, {"form": "int8-dynamic", "min_elements": 1}, path)
    with pytest.raises(ValueError, match="stays as it is, since its weights are integers already"):
        kelt.quantize(path, "int4", tmp_path / "twice.tflite")


def test_statistics_of_another_file_are_rejected(floats, tmp_path):
    statistics = kelt.calibrate(floats, list(IMAGES[:1]))
    other = network()
    other.get_layer("stem").bias.assign_add(np.ones(32))
    with pytest.raises(ValueError, match="the statistics are of another model"):
        kelt.export(other, tmp_path / "other.tflite", quantize="int8-static", calibration=statistics)


def test_a_file_takes_no_options_of_a_model(floats, tmp_path):
    with pytest.raises(ValueError, match=r"a file takes no input_signature: these are of kelt\.export"):
        kelt.quantize(floats, "int4", tmp_path / "x.tflite", input_signature=None)
