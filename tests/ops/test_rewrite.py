"""What users write out of parts, and the rules of src/rewrite find: the numbers of Keras, in fewer operators."""

import math

import keras
import numpy as np
import pytest
from harness import check, f32
from keras import ops
from limits import LIMITS

import kelt

GAMMA = np.linspace(0.5, 1.5, 8, dtype="float32")
BETA = np.linspace(-1, 1, 8, dtype="float32")


def gelu(x):
    return 0.5 * x * (1.0 + ops.erf(x / math.sqrt(2.0)))


def gelu_by_its_gate(x):
    return x * (0.5 * (1.0 + ops.erf(x / ops.sqrt(2.0))))


def gelu_by_tanh(x):
    return 0.5 * x * (1 + ops.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * ops.power(x, 3))))


def gelu_by_tanh_factored(x):
    return 0.5 * x * (1 + ops.tanh(x * 0.7978845608 * (1 + 0.044715 * x * x)))


def silu(x):
    return x / (1 + ops.exp(-x))


def sigmoid(x):
    return 1 / (1 + ops.exp(-x))


def hard_swish(x):
    return x * ops.relu6(x + 3) / 6


def layer_norm(x):
    mean = ops.mean(x, -1, keepdims=True)
    variance = ops.mean((x - mean) ** 2, -1, keepdims=True)
    return (x - mean) / ops.sqrt(variance + 1e-5) * GAMMA + BETA


def layer_norm_by_var(x):
    inverse = ops.rsqrt(ops.var(x, -1, keepdims=True) + 1e-5)
    return GAMMA * (x - ops.mean(x, -1, keepdims=True)) * inverse + BETA


def layer_norm_by_moments(x):
    mean, variance = ops.moments(x, [-1], keepdims=True)
    return (x - mean) / (variance + 1e-5) ** 0.5


def layer_norm_of_the_middle(x):
    mean = ops.mean(x, 1, keepdims=True)
    return (x - mean) * ops.rsqrt(ops.mean(ops.square(x - mean), 1, keepdims=True) + 1e-3)


def rms_norm(x):
    return GAMMA * (x * ops.rsqrt(ops.mean(ops.square(x), -1, keepdims=True) + 1e-6))


def rms_norm_by_powers(x):
    return x * (ops.mean(x**2, -1, keepdims=True) + 1e-6) ** -0.5 * (1 + GAMMA)


def powers(x):
    return x**2, -(x**1), x**-1, x**3, x**4


# The function, and the operators of its file.
CASES = {
    "gelu": (gelu, {"GELU": 1}),
    "gelu by its gate": (gelu_by_its_gate, {"GELU": 1}),
    "gelu by tanh": (gelu_by_tanh, {"GELU": 1}),
    "gelu by tanh, factored": (gelu_by_tanh_factored, {"GELU": 1}),
    "silu": (silu, {"LOGISTIC": 1, "MUL": 1}),
    "sigmoid": (sigmoid, {"LOGISTIC": 1}),
    "hard swish": (hard_swish, {"HARD_SWISH": 1}),
    "powers": (powers, {"DIV": 1, "MUL": 1, "NEG": 1, "SQUARE": 2}),
    "layer norm": (layer_norm, {"ADD": 2, "MEAN": 2, "MUL": 2, "RSQRT": 1, "SQUARE": 1, "SUB": 1}),
    "layer norm by var": (layer_norm_by_var, {"ADD": 2, "MEAN": 2, "MUL": 2, "RSQRT": 1, "SQUARE": 1, "SUB": 1}),
    "layer norm by moments": (
        layer_norm_by_moments,
        {"ADD": 1, "MEAN": 2, "MUL": 1, "RSQRT": 1, "SQUARE": 1, "SUB": 1},
    ),
    "layer norm of the middle": (
        layer_norm_of_the_middle,
        {"ADD": 1, "MEAN": 2, "MUL": 1, "RSQRT": 1, "SQUARE": 1, "SUB": 1},
    ),
    "rms norm": (rms_norm, {"ADD": 1, "MEAN": 1, "MUL": 2, "RSQRT": 1, "SQUARE": 1}),
    "rms norm by powers": (rms_norm_by_powers, {"ADD": 1, "MEAN": 1, "MUL": 2, "RSQRT": 1, "SQUARE": 1}),
}
# What they gain is in the kind: no POW, or a name for a pass that looks for it.
AS_MANY = ("powers", "rms norm", "rms norm by powers")
ROWS = keras.InputSpec(shape=(None, 5, 8), dtype="float32")


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_computes_what_keras_computes(case, tmp_path):
    function, operators = CASES[case]
    check(function, f32("n", 5, 8, low=-6, high=6), path=tmp_path)
    assert kelt.export(function, tmp_path / "found.tflite", [ROWS]).operators == operators
    plain = kelt.export(function, tmp_path / "plain.tflite", [ROWS], optimize=False)
    before, after = sum(plain.operators.values()), sum(operators.values())
    assert before > after or (case in AS_MANY and before == after)


SPECIAL = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-30, -1e-30, 1e15, -1e15, 100.0, -100.0]


def special_rows(case):
    """Of numbers of all kinds; of a normalisation, whose rows would all be NaN, one kind in each."""
    if "norm" not in case:
        return np.resize(np.float32(SPECIAL), (1, 5, 8))
    x = np.zeros((5, 5, 8), "float32")
    x[0] = 1e25 * np.arange(40).reshape(5, 8)  # the squares are infinite
    x[1, 0, 0] = np.inf
    x[2, :, 0] = np.nan
    x[3] = 1e-25 * np.arange(40).reshape(5, 8)
    return x


@pytest.mark.parametrize("case", CASES)
def test_what_is_found_is_special_where_keras_is(case, tmp_path):
    """NaN, infinities and the largest numbers stay where they are."""
    function, _ = CASES[case]
    x = special_rows(case)
    kelt.export(function, tmp_path / "f.tflite", [ROWS])
    results = kelt.runtime.Model(tmp_path / "f.tflite")({"x": x}).values()
    for found, reference in zip(results, keras.tree.flatten(function(ops.convert_to_tensor(x)))):
        expected = ops.convert_to_numpy(reference)
        np.testing.assert_allclose(found, expected, rtol=LIMITS["float32"], atol=LIMITS["near zero"])


def in_double(x, centred):
    x = x.astype("float64")
    if not centred:
        return x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-6) * GAMMA
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-5) * GAMMA + BETA


def test_a_normalisation_is_as_good_far_from_zero(tmp_path):
    """Against double precision: as little may be lost as without the rules."""
    path = tmp_path / "f.tflite"
    for function, low, high in (
        (layer_norm, 500, 510),
        (layer_norm_by_var, 5e4, 6e4),
        (rms_norm, 500, 510),
        (rms_norm, 1e-4, 2e-4),
    ):
        x = np.random.default_rng(5).uniform(low, high, (40, 5, 8)).astype("float32")
        exact = in_double(x, function is not rms_norm)
        errors = []
        for optimize in (True, False):
            kelt.export(function, path, [ROWS], optimize=optimize)
            (found,) = kelt.runtime.Model(path)({"x": x}).values()
            errors.append(np.abs(found - exact).max() / np.abs(exact).max())
        assert errors[0] <= 1.5 * errors[1] + 1e-6


def test_what_is_found_is_verified_by_the_values_around_it(tmp_path):
    """A rule moves the numbers of values; what the file says of them still names those of the model."""

    def deep(x):
        for _ in range(3):
            x = layer_norm(gelu(x) + x**3)
        return ops.softmax(x)

    kelt.export(deep, tmp_path / "deep.tflite", [ROWS], verify=True)
    search = kelt.verify(deep, tmp_path / "deep.tflite", [ROWS])
    assert max(search.values()) < 1e-5


def test_a_scan_over_steps_is_rewritten_inside(tmp_path):
    def steps(x):
        return ops.scan(lambda carry, row: (carry + gelu(row), rms_norm(row)), ops.zeros((8,)), x)

    rows = keras.InputSpec(shape=(5, 8), dtype="float32")
    assert "GELU" in kelt.export(steps, tmp_path / "steps.tflite", [rows], verify=True).operators


@pytest.mark.parametrize(("exact", "ratio"), [(8, 16.0), (16, 8.0)])
def test_logarithmic_buckets_are_those_of_keras_at_every_distance(exact, ratio, tmp_path):
    def bucket(distance):  # as T5 has them
        share = ops.log(ops.cast(distance, "float32") / exact) / ops.log(ratio)
        far = ops.cast(share * exact, "int32") + exact
        return ops.where(distance < exact, distance, ops.minimum(far, 2 * exact - 1))

    kelt.export(bucket, tmp_path / "f.tflite", keras.InputSpec(shape=(None,), dtype="int32", name="distance"))
    distance = np.arange(300, dtype="int32")
    (found,) = kelt.runtime.Model(tmp_path / "f.tflite")({"distance": distance}).values()
    np.testing.assert_array_equal(found, ops.convert_to_numpy(bucket(ops.convert_to_tensor(distance))))
    assert "LOG" not in kelt.delegation(tmp_path / "f.tflite")["operators"]
