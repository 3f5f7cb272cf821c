"""Ops that work element by element, on every element type for which LiteRT has no operator of its own too."""

import numpy as np
import pytest
from harness import SIZES, Spec, check, f32, flags, i32, open_file, run
from keras import ops

import kelt


@pytest.mark.parametrize(
    "op", ["expm1", "log1p", "sinh", "tanh", "erf", "arcsinh", "arctanh", "arcsin", "arctan", "erfinv"]
)
def test_small_numbers_keep_their_relative_accuracy(op, tmp_path):
    check(getattr(ops, op), f32("n", "s", low=-1e-5, high=1e-5), path=tmp_path)


@pytest.mark.parametrize("op", ["abs", "sign", "square", "negative", "ceil", "round"])
@pytest.mark.parametrize("dtype", ["int32", "int8", "int16"])
def test_integers_stay_exact(op, dtype, tmp_path):
    check(getattr(ops, op), Spec(("n", "s"), dtype, -9, 9), path=tmp_path)


INTEGERS = [
    "add",
    "subtract",
    "multiply",
    "maximum",
    "minimum",
    "floor_divide",
    "mod",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
]


@pytest.mark.parametrize("op", INTEGERS)
@pytest.mark.parametrize("dtype", ["int32", "int8", "uint8"])
def test_whole_numbers_combine_exactly(op, dtype, tmp_path):
    low = 1 if dtype == "uint8" or op in ("floor_divide", "mod") else -9
    first = Spec(("n", "s"), dtype, 0 if dtype == "uint8" else -9, 9)
    check(getattr(ops, op), first, Spec(("s",), dtype, low, 9), path=tmp_path)


@pytest.mark.parametrize("op", ["floor_divide", "mod", "fmod"])
@pytest.mark.parametrize("dtype", ["int32", "int16", "int8", "uint8", "float32", "float16"])
def test_a_division_by_zero_is_what_keras_computes_and_stops_no_run(op, dtype, tmp_path):
    low, high = (0, 9) if dtype == "uint8" else (-9, 9)
    function = getattr(ops, op)
    check(
        lambda x, y: function(x, ops.cast(y, dtype)),
        Spec(("n", "s"), dtype, low, high),
        i32("s", high=2),
        path=tmp_path,
    )
    zeros = np.zeros(4, dtype)
    check(lambda x: function(x, zeros), Spec(("n", 4), dtype, low, high), path=tmp_path, zeros=True)


@pytest.mark.parametrize("op", ["floor_divide", "mod", "fmod"])
def test_a_division_by_a_number_is_one_operator(op, tmp_path):
    outcome = check(lambda x: getattr(ops, op)(ops.abs(x), 3), i32("n", "s", low=-9, high=9), path=tmp_path)
    assert "SELECT_V2" not in kelt.delegation(outcome.path)["operators"]


def test_a_remainder_of_booleans_stops_no_run(tmp_path):
    check(ops.mod, flags("n", "s"), flags("s"), path=tmp_path, zeros=True)


def test_shifts_of_bits(tmp_path):
    check(
        lambda x: [ops.left_shift(x, 2), ops.right_shift(x, 1), ops.bitwise_not(x)],
        i32("n", "s", low=-50, high=50),
        path=tmp_path,
    )


@pytest.mark.parametrize("op", ["maximum", "minimum", "add", "multiply"])
def test_booleans_combine_as_logic(op, tmp_path):
    check(getattr(ops, op), flags("n", "s"), flags("s"), path=tmp_path)


@pytest.mark.parametrize("op", ["equal", "not_equal", "less", "greater_equal"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_small_integers_compare_by_value(op, dtype, tmp_path):
    check(getattr(ops, op), Spec(("n", "s", 3), dtype, 0, 3), Spec(("s", 1), dtype, 0, 3), path=tmp_path)


def test_decimals_are_rounded_half_to_even(tmp_path):
    check(lambda x: [ops.round(x / 2), ops.round(x / 8, decimals=2)], Spec(("n", "s"), "float32", -9, 9), path=tmp_path)


@pytest.mark.parametrize(
    "op", ["isnan", "isinf", "isfinite", "nan_to_num", "log1p", "expm1", "arcsinh", "sign", "logaddexp"]
)
def test_infinities_and_nan_come_out_where_they_do_in_keras(op, tmp_path):
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.5, -2.5], "float32")
    function = getattr(ops, op)
    if op == "logaddexp":
        check(lambda x: function(ops.where(x > 9, x, special), special), f32("n", 6), path=tmp_path, sizes=SIZES)
    else:
        check(lambda x: function(ops.where(x > 9, x, special)), f32("n", 6), path=tmp_path)


def test_the_sign_bit_is_that_of_minus_zero_and_of_nan_too(tmp_path):
    file = tmp_path / "signbit.tflite"
    kelt.export(ops.signbit, file, [f32("n").spec()])
    x = np.array([-0.0, 0.0, -1.0, 2.0, np.inf, -np.inf, np.nan, -np.nan, -1e-45], "float32")
    (found,) = run(open_file(str(file)), [x])
    np.testing.assert_array_equal(found, np.signbit(x))
