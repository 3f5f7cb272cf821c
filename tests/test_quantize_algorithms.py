"""What samples do for weights: biases that make up for rounding, and integers by GPTQ."""

import keras
import numpy as np
import pytest
from noise import decibels

import kelt
from kelt import runtime

RNG = np.random.default_rng(7)
MIX = RNG.normal(size=(4, 48))


def inputs(count):
    """Rows of positive numbers that have something in common."""
    causes = np.abs(RNG.normal(size=(count, 4)))
    return np.maximum(causes @ MIX + 0.3 * RNG.normal(size=(count, 48)), 0).astype("float32")


DATA, TEST = inputs(256), inputs(64)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    x = keras.Input((48,), name="x")
    hidden = keras.layers.Dense(64, activation="relu", name="hidden")(x)
    return keras.Model(x, keras.layers.Dense(32, use_bias=False, name="last")(hidden))


@pytest.fixture(scope="module")
def floats(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("algorithms") / "floats.tflite"
    kelt.export(model, path)
    return path


def snr(model, path) -> float:
    (got,) = runtime.Model(path)({"x": TEST}).values()
    return decibels(model(TEST), got)


def quantized(floats, tmp_path, recipe, calibration=DATA):
    path = tmp_path / "quantized.tflite"
    return path, kelt.quantize(floats, recipe, path, calibration=calibration)


@pytest.mark.parametrize("form", ["int4", "int4-block32"])
def test_samples_make_weights_of_4_bits_better(model, floats, tmp_path, form):
    def measured(calibration=DATA, **settings):
        return snr(model, quantized(floats, tmp_path, {"form": form, **settings}, calibration)[0])

    plain = measured(calibration=None)
    assert measured(weights="clip") == plain
    assert measured(weights="clip", bias_correction=True) > plain + 1
    assert measured() > plain + 4


def test_the_report_says_how_weights_were_chosen(floats, tmp_path):
    _, report = quantized(floats, tmp_path, "int4")
    assert [operator.weights for operator in report.operators] == ["gptq", "gptq"]
    assert "weights of 2 by gptq" in str(report)
    _, report = quantized(floats, tmp_path, {"form": "int4", "weights": "min-max"})
    assert "weights of 2 by min-max" in str(report)


def test_a_generator_is_enough_for_several_passes(floats, tmp_path):
    path, _ = quantized(floats, tmp_path, "int4", calibration=(row for row in DATA))
    once = path.read_bytes()
    path, _ = quantized(floats, tmp_path, "int4")
    assert path.read_bytes() == once


def test_statistics_correct_biases_and_are_not_enough_for_gptq(model, floats, tmp_path):
    statistics = kelt.calibrate(floats, DATA)
    statistics.save(tmp_path / "statistics.json")
    recipe = {"form": "int4", "bias_correction": True}
    path, report = quantized(floats, tmp_path, recipe, calibration=tmp_path / "statistics.json")
    assert {operator.weights for operator in report.operators} == {"clip"}
    assert kelt.compare(floats, path, DATA, verbose=False).ok
    corrected = snr(model, path)
    path, _ = quantized(floats, tmp_path, "int4", calibration=None)
    assert corrected > snr(model, path) + 1
    for calibration in (statistics, None):
        with pytest.raises(ValueError, match="those of gptq, which needs samples of what the model will see"):
            quantized(floats, tmp_path, {"form": "int4", "weights": "gptq"}, calibration)


ROWS_APART = {"form": "int4-block32", "rules": [{"ops": "GATHER", "form": "int4"}]}  # which the product does not share


@pytest.mark.parametrize(
    ("form", "chosen"), [("int4", "clip"), ("int4-block32", "gptq"), ("int8-dynamic", "gptq"), (ROWS_APART, "gptq")]
)
def test_a_table_of_few_bits_that_is_looked_up_is_not_rounded_for_its_product(form, chosen, tmp_path):
    keras.utils.set_random_seed(3)
    tokens, table = (
        keras.Input((6,), dtype="int32", name="tokens"),
        keras.layers.ReversibleEmbedding(90, 64, name="table"),
    )
    model = keras.Model(tokens, table(keras.layers.Dense(64, name="hidden")(table(tokens)), reverse=True))
    report = kelt.quantize(model, form, tmp_path / "q.tflite", calibration=RNG.integers(0, 90, (32, 6)).astype("int32"))
    weights = {(operator.layer, operator.op): operator.weights for operator in report.operators}
    assert weights["hidden", "FULLY_CONNECTED"] == "gptq"
    assert weights["table", "FULLY_CONNECTED"] == chosen
