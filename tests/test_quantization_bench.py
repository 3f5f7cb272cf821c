"""The measures of bench/quantization."""

import math

import numpy as np
import pytest
from noise import decibels
from quantization import goals, outputs, rival_rules, weights


def test_the_low_bits_of_a_byte_come_first():
    assert weights.unpacked(np.array([0x9F, 0x07], "uint8"), 4, 3).tolist() == [-1, -7, 7]
    assert weights.unpacked(np.array([0b11_10_01_00], "uint8"), 2, 4).tolist() == [0, 1, -2, -1]
    assert weights.unpacked(np.array([0x81], "uint8"), 8, 1).tolist() == [-127]


def test_noise_of_a_tenth_is_20_decibels():
    assert decibels(np.array([1.0, -2.0]), np.array([1.1, -2.2])) == pytest.approx(20)
    assert math.isnan(decibels(np.ones(2), np.array([1.0, np.nan])))


def test_a_value_is_stored_as_the_nearest_integer_within_the_limits_of_its_type():
    detail = {"dtype": np.int8, "quantization": (0.5, 3)}
    stored = outputs.as_stored(np.array([-1.1, 0.0, 500.0]), detail)
    assert (stored.dtype, stored.tolist()) == (np.int8, [1, 3, 127])
    assert outputs.as_real(stored, detail).tolist() == [-1.0, 0.0, 62.0]


def test_a_goal_is_short_where_a_file_gives_no_number():
    assert goals.Goal("", 1, "", 1.0).met
    assert goals.Goal("", 2, "", 1.0, least=True).met is False
    assert goals.Goal("", 30, "dB", math.nan, least=True).met is False
    assert goals.Goal("", 30, "dB", None).met is None


def test_a_rival_that_fails_has_no_figure():
    results = {"convnet": {"TF": {"int4": {"error": "no"}}, "LQ": {"int4": {"snr": 20.5}}}}
    assert goals.best_rival(results, "convnet", "int4", goals.snr, "dB") == "LQ 20.5 dB"


def test_the_gain_at_4_bits_is_that_of_the_better_way_to_weights():
    rows = {"int4": {"snr": 21.0}, "int4-gptq": {"snr": 29.0}, "int4-min-max": {"snr": 24.0}}
    gains = [goal for goal in goals.of_clipping({"convnet": {"kelt": rows}}) if "above" in goal.what]
    assert (gains[0].what, gains[0].measured) == ("convnet, int4-gptq: outputs above min-max", 5.0)
    assert gains[1].met is None


def rules(form: str, table: str = "") -> list[tuple]:
    return [(rule.form, rule.algorithm, rule.operator, rule.scope) for rule in rival_rules.rules_of(form, table)]


def test_the_rival_gets_rows_of_the_bits_that_a_form_names():
    convolutions = [("int8-dynamic", "min-max", name, ".*") for name in rival_rules.CONVOLUTIONS]
    assert rules("int4-block32-rows8-octav", "table") == [
        ("int4-block32", "octav", "ALL_SUPPORTED", ".*"),
        *convolutions,
        ("int8-dynamic", "octav", "EMBEDDING_LOOKUP", "table"),
        ("int8-dynamic", "octav", "FULLY_CONNECTED", "table"),
    ]
    assert rules("int4-block32-rows4", "table")[-1] == ("int4", "min-max", "FULLY_CONNECTED", "table")
    assert rules("int4-block32", "table") == [("int4-block32", "min-max", "ALL_SUPPORTED", ".*"), *convolutions]


def test_the_rival_has_a_table_of_tokens_in_one_way_for_all_that_read_it():
    expected = [("int4", "octav", name, "table") for name in rival_rules.OF_TABLES]
    assert rules("int4-gptq", "table")[1:] == [("int4", "gptq", "FULLY_CONNECTED", ".*"), *expected]
    assert rules("int4-gptq") == [("int4", "min-max", "ALL_SUPPORTED", ".*"), ("int4", "gptq", "FULLY_CONNECTED", ".*")]
    assert [rule[2] for rule in rules("int4-conv8")] == ["ALL_SUPPORTED", *rival_rules.CONVOLUTIONS]
    assert rules("int8-static") == [("int8-static", "min-max", "ALL_SUPPORTED", ".*")]
    assert rules("int8-static-gptq", "table")[2:] == [("int8-static", "octav", "FULLY_CONNECTED", "table")]
    assert rules("fp16", "table") == [("fp16", "min-max", "ALL_SUPPORTED", ".*")]
