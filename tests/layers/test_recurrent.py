"""Recurrent layers: small files with a loop, at batches and lengths not used to capture."""

import keras
import numpy as np
import pytest
from harness import check_model, f32, flags, i32, open_file, run
from keras import layers, ops

import kelt
import kelt.runtime

SIZES = ({"n": 1, "s": 7}, {"n": 3, "s": 4}, {"n": 3, "s": 1})
IMAGES = ({"n": 1, "s": 5}, {"n": 3, "s": 2})


def model_of(layer, *inputs):
    """A model of a layer over inputs like `inputs`."""
    given = [keras.Input(spec.spec().shape[1:], dtype=spec.dtype) for spec in inputs]
    made = keras.Model(given if len(given) > 1 else given[0], layer(*given))
    rng = np.random.default_rng(5)
    for weight in made.weights:  # biases too: zeros hide what they do
        if "seed" not in weight.path:
            weight.assign(rng.normal(size=weight.shape) * 0.4)
    return made


@keras.saving.register_keras_serializable("kelt_tests")
class Leaky(layers.Layer):
    """A cell of the user's own: two states of different width, an output that is none of them."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.state_size = [units, 2]
        self.output_size = 2 * units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.mix = self.add_weight(shape=(self.units, 2), name="mix")
        super().build(shape)

    def call(self, inputs, states):
        slow = 0.9 * states[0] + 0.1 * ops.tanh(ops.matmul(inputs, self.kernel))
        count = states[1] + ops.matmul(slow, self.mix)
        return ops.concatenate([slow, ops.sin(slow)], axis=-1) * ops.mean(count, axis=-1, keepdims=True), [slow, count]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


ACTIVATIONS = ("relu", "gelu", "hard_sigmoid", "elu", "softsign", "selu", "linear")
CASES = {
    "LSTM": layers.LSTM(6),
    "LSTM, every output": layers.LSTM(6, return_sequences=True),
    "LSTM, states": layers.LSTM(6, return_state=True),
    "LSTM, every output and states": layers.LSTM(6, return_sequences=True, return_state=True),
    "LSTM backwards": layers.LSTM(6, go_backwards=True),
    "LSTM backwards, every output": layers.LSTM(6, go_backwards=True, return_sequences=True),
    "LSTM without a bias": layers.LSTM(6, use_bias=False),
    "LSTM, gate by gate": layers.RNN(layers.LSTMCell(6), return_sequences=True),
    "LSTM with dropout": layers.LSTM(6, dropout=0.3, recurrent_dropout=0.2, return_sequences=True),
    "LSTM in float16": layers.LSTM(6, dtype="mixed_float16"),
    "GRU": layers.GRU(6),
    "GRU, every output": layers.GRU(6, return_sequences=True),
    "GRU, states": layers.GRU(6, return_state=True),
    "GRU, reset before": layers.GRU(6, reset_after=False),
    "GRU, reset before, every output": layers.GRU(6, reset_after=False, return_sequences=True),
    "GRU without a bias": layers.GRU(6, use_bias=False, return_sequences=True),
    "GRU backwards": layers.GRU(6, go_backwards=True, return_sequences=True),
    "GRU cell": layers.RNN(layers.GRUCell(6)),
    "SimpleRNN": layers.SimpleRNN(6),
    "SimpleRNN, every output": layers.SimpleRNN(6, return_sequences=True, return_state=True),
    "SimpleRNN backwards": layers.SimpleRNN(6, go_backwards=True),
    "a cell of its own": layers.RNN(Leaky(5)),
    "a cell of its own, every output and states": layers.RNN(Leaky(5), return_sequences=True, return_state=True),
    "a cell of its own, backwards": layers.RNN(Leaky(5), return_sequences=True, go_backwards=True),
    "stacked cells": layers.RNN([layers.LSTMCell(5), layers.GRUCell(4), layers.SimpleRNNCell(3)]),
    "stacked cells, every output and states": layers.RNN(
        layers.StackedRNNCells([layers.GRUCell(5), layers.LSTMCell(4)]), return_sequences=True, return_state=True
    ),
    **{
        f"Bidirectional, {merge}": layers.Bidirectional(layers.LSTM(5, return_sequences=True), merge_mode=merge)
        for merge in ("concat", "sum", "mul", "ave", None)
    },
    "Bidirectional, last": layers.Bidirectional(layers.GRU(5)),
    "Bidirectional, states": layers.Bidirectional(layers.LSTM(5, return_state=True)),
    "Bidirectional of two": layers.Bidirectional(
        layers.LSTM(5, return_sequences=True), backward_layer=layers.GRU(5, return_sequences=True, go_backwards=True)
    ),
    **{f"LSTM, {name}": layers.LSTM(6, activation=name, recurrent_activation="hard_sigmoid") for name in ACTIVATIONS},
    "GRU, callables": layers.GRU(6, activation=ops.sin, recurrent_activation=lambda x: ops.sigmoid(2 * x)),
}


@pytest.mark.parametrize("name", CASES)
def test_layers(name, tmp_path):
    spec = f32("n", "s", 4)
    check_both(model_of(CASES[name], spec), [spec], tmp_path)


def check_both(model, specs, path, sizes=SIZES):
    """The Interpreter against Keras, and libLiteRt against the Interpreter."""
    outcome = check_model(model, specs, path, sizes)
    interpreter = open_file(outcome.path)
    runtime = kelt.runtime.Model(outcome.path)
    rng = np.random.default_rng(1)
    names = [tensor.name for tensor in next(iter(runtime.signatures.values()))[0]]
    for at in sizes:
        inputs = [spec.draw(rng, at) for spec in specs]
        for expected, found in zip(run(interpreter, inputs), runtime(dict(zip(names, inputs))).values(), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    return outcome


@pytest.mark.parametrize("rank", (1, 2, 3))
@pytest.mark.parametrize("every", (False, True), ids=("last", "every"))
def test_convolutional_layers(rank, every, tmp_path):
    layer = getattr(layers, f"ConvLSTM{rank}D")(3, 3, padding="same", return_sequences=every)
    spec = f32("n", "s", *(6, 5, 4)[:rank], 2)
    check_both(model_of(layer, spec), [spec], tmp_path, IMAGES)


MASKED = {
    "LSTM": lambda: layers.LSTM(6),
    "LSTM, every output": lambda: layers.LSTM(6, return_sequences=True, return_state=True),
    "GRU backwards": lambda: layers.GRU(6, return_sequences=True, go_backwards=True),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(6, return_sequences=True)),
    "zeros where the mask is false": lambda: layers.RNN(
        layers.LSTMCell(6), zero_output_for_mask=True, return_sequences=True
    ),
    "a cell of its own": lambda: layers.RNN(
        Leaky(4), zero_output_for_mask=True, return_sequences=True, return_state=True
    ),
}


@pytest.mark.parametrize("name", MASKED)
def test_masks(name, tmp_path):
    specs = [f32("n", "s", 4), flags("n", "s")]
    check_both(model_of(lambda x, mask: MASKED[name]()(x, mask=mask), *specs), specs, tmp_path)


def test_a_mask_of_ids(tmp_path):
    ids = i32("n", "s", high=4)
    model = model_of(lambda x: layers.LSTM(6)(layers.Embedding(4, 5, mask_zero=True)(x)), ids)
    check_both(model, [ids], tmp_path)


def test_a_mask_of_values(tmp_path):
    spec = i32("n", "s", 1, high=3)
    model = model_of(lambda x: layers.GRU(6)(layers.Masking(0)(ops.cast(x, "float32"))), spec)
    check_both(model, [spec], tmp_path)


def test_initial_states_that_are_given(tmp_path):
    specs = [f32("n", "s", 4), f32("n", 6), f32("n", 6)]
    model = model_of(lambda x, h, c: layers.LSTM(6, return_sequences=True)(x, initial_state=[h, c]), *specs)
    check_both(model, specs, tmp_path)


def test_two_layers_in_a_row(tmp_path):
    spec = f32("n", "s", 4)
    model = model_of(lambda x: layers.Dense(3)(layers.GRU(5)(layers.LSTM(6, return_sequences=True)(x))), spec)
    check_both(model, [spec], tmp_path)


@pytest.mark.parametrize("layer", (layers.LSTM, layers.GRU, layers.SimpleRNN))
def test_unrolled_on_request(layer, tmp_path):
    spec = f32("n", 5, 4)
    outcome = check_both(model_of(layer(6, unroll=True, return_sequences=True), spec), [spec], tmp_path)
    assert "WHILE" not in kelt.delegation(outcome.path)["operators"]


def test_a_fixed_length(tmp_path):
    spec = f32("n", 9, 4)
    check_both(model_of(layers.LSTM(6, return_sequences=True), spec), [spec], tmp_path)


def test_what_needs_no_state_stands_in_front_of_the_loop(tmp_path):
    path = str(tmp_path / "lstm.tflite")
    report = kelt.export(model_of(layers.LSTM(32), f32("n", "s", 16)), path)
    counts = report.operators
    assert counts["WHILE"] == 1
    assert counts["FULLY_CONNECTED"] == 2  # of all inputs at once, and of the state
    assert counts["ADD"] == 3  # the counter, the sum of the two, the carry
