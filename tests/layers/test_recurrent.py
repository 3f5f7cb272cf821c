"""Recurrent layers: a loop in the file, at batches and lengths not used to capture, in both runtimes."""

import keras
import numpy as np
import pytest
from harness import check_model, f32, flags, i32, open_file, run
from keras import layers, ops
from layer_cases import cases, functional

import kelt
import kelt.runtime

X = f32("n", "s", 4)
# A length of one too, and one of more than two pieces (lower/control/steps.cc); images are few, since they are slow.
SIZES = ({"n": 1, "s": 7}, {"n": 3, "s": 45}, {"n": 3, "s": 1})
IMAGES = ({"n": 1, "s": 5}, {"n": 3, "s": 2})


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


def sequences(cls, **options):
    """What every layer of this kind can do."""
    return {
        "default": (cls(6, **options), [X]),
        "return_sequences": (cls(6, return_sequences=True, **options), [X]),
        "return_state": (cls(6, return_state=True, **options), [X]),
        "both": (cls(6, return_sequences=True, return_state=True, **options), [X]),
        "go_backwards": (cls(6, go_backwards=True, **options), [X]),
        "go_backwards, return_sequences": (cls(6, go_backwards=True, return_sequences=True, **options), [X]),
        "use_bias off": (cls(6, use_bias=False, return_sequences=True, **options), [X]),
        "dropout": (cls(6, dropout=0.3, recurrent_dropout=0.2, return_sequences=True, **options), [X]),
        "mask": (lambda x, mask: cls(6, **options)(x, mask=mask), [X, flags("n", "s")]),
        "mask, return_sequences": (
            lambda x, mask: cls(6, return_sequences=True, return_state=True, **options)(x, mask=mask),
            [X, flags("n", "s")],
        ),
        "mask, go_backwards": (
            lambda x, mask: cls(6, return_sequences=True, go_backwards=True, **options)(x, mask=mask),
            [X, flags("n", "s")],
        ),
        "mask_zero": (
            lambda ids: cls(6, **options)(layers.Embedding(4, 5, mask_zero=True)(ids)),
            [i32("n", "s", high=4)],
        ),
        "Masking": (
            lambda x: cls(6, **options)(layers.Masking(0)(ops.cast(x, "float32"))),
            [i32("n", "s", 1, high=3)],
        ),
        "initial_state": (
            lambda x, *states: cls(6, return_sequences=True, **options)(x, initial_state=list(states)),
            [X, *[f32("n", 6)] * (2 if cls is layers.LSTM else 1)],
        ),
        "unroll": (cls(6, unroll=True, return_sequences=True, **options), [f32("n", 5, 4)]),
        "fixed length": (cls(6, return_sequences=True, **options), [f32("n", 9, 4)]),
        "activation": (cls(6, activation=ops.sin, **options), [X]),
    }


def convolutional(rank):
    """Without masks: Keras itself can't apply one to more than one image."""
    cls = getattr(layers, f"ConvLSTM{rank}D")
    spec = f32("n", "s", *(6, 5, 4)[:rank], 2)
    return {
        "default": (cls(3, 3, padding="same"), [spec]),
        "return_sequences": (cls(3, 2, strides=2, return_sequences=True), [spec]),
        "go_backwards, return_state": (cls(3, 3, go_backwards=True, return_state=True, padding="same"), [spec]),
    }


LAYERS = {
    "LSTM": {
        **sequences(layers.LSTM),
        **{name: (layers.LSTM(6, activation=name, recurrent_activation="hard_sigmoid"), [X]) for name in ACTIVATIONS},
        "mixed_float16": (layers.LSTM(6, dtype="mixed_float16"), [X]),
        "in front of another": (lambda x: layers.GRU(5)(layers.LSTM(6, return_sequences=True)(x)), [X]),
    },
    "GRU": {**sequences(layers.GRU), "reset_after off": (layers.GRU(6, reset_after=False, return_sequences=True), [X])},
    "SimpleRNN": sequences(layers.SimpleRNN),
    "LSTMCell": {"in RNN": (layers.RNN(layers.LSTMCell(6), return_sequences=True), [X])},
    "GRUCell": {
        "in RNN": (layers.RNN(layers.GRUCell(6), return_sequences=True), [X]),
        "reset_after off": (layers.RNN(layers.GRUCell(6, reset_after=False)), [X]),
    },
    "SimpleRNNCell": {"in RNN": (layers.RNN(layers.SimpleRNNCell(6), return_sequences=True), [X])},
    "RNN": {
        "a cell of its own": (layers.RNN(Leaky(5)), [X]),
        "a cell of its own, return_sequences and return_state": (
            layers.RNN(Leaky(5), return_sequences=True, return_state=True),
            [X],
        ),
        "a cell of its own, go_backwards": (layers.RNN(Leaky(5), return_sequences=True, go_backwards=True), [X]),
        "zero_output_for_mask": (
            lambda x, mask: layers.RNN(Leaky(4), zero_output_for_mask=True, return_sequences=True)(x, mask=mask),
            [X, flags("n", "s")],
        ),
    },
    "StackedRNNCells": {
        "three": (layers.RNN([layers.LSTMCell(5), layers.GRUCell(4), layers.SimpleRNNCell(3)]), [X]),
        "return_sequences and return_state": (
            layers.RNN(
                layers.StackedRNNCells([layers.GRUCell(5), layers.LSTMCell(4)]),
                return_sequences=True,
                return_state=True,
            ),
            [X],
        ),
    },
    "Bidirectional": {
        **{
            f"merge_mode {merge}": (
                layers.Bidirectional(layers.LSTM(5, return_sequences=True), merge_mode=merge),
                [X],
            )
            for merge in ("concat", "sum", "mul", "ave", None)
        },
        "last": (layers.Bidirectional(layers.GRU(5)), [X]),
        "return_state": (layers.Bidirectional(layers.LSTM(5, return_state=True)), [X]),
        "backward_layer": (
            layers.Bidirectional(
                layers.LSTM(5, return_sequences=True),
                backward_layer=layers.GRU(5, return_sequences=True, go_backwards=True),
            ),
            [X],
        ),
        "mask": (
            lambda x, mask: layers.Bidirectional(layers.GRU(5, return_sequences=True))(x, mask=mask),
            [X, flags("n", "s")],
        ),
    },
    **{f"ConvLSTM{rank}D": convolutional(rank) for rank in (1, 2, 3)},
}


@pytest.mark.parametrize(("layer", "option"), cases(LAYERS))
def test_a_recurrent_layer_is_what_keras_computes(layer, option, tmp_path):
    function, specs = LAYERS[layer][option]
    check_both(model_of(function, specs), specs, tmp_path, IMAGES if layer.startswith("Conv") else SIZES)


def model_of(function, specs):
    """Weights and biases that are far from zero: small ones hide what the states do."""
    model = functional(function, specs)
    rng = np.random.default_rng(5)
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(rng.normal(size=weight.shape) * 0.4)
    return model


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
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    return outcome


@pytest.mark.parametrize("unroll", (False, True))
def test_a_loop_stays_one_unless_it_shall_not(unroll, tmp_path):
    specs = [f32("n", 12, 4)]
    kelt.export(functional(layers.LSTM(6, unroll=unroll), specs), str(tmp_path / "lstm.tflite"))
    operators = kelt.delegation(str(tmp_path / "lstm.tflite"))["operators"]
    assert operators.get("WHILE", 0) == (0 if unroll else 1)


def test_what_needs_no_state_stands_in_front_of_the_loop(tmp_path):
    path = str(tmp_path / "lstm.tflite")
    counts = kelt.export(functional(layers.LSTM(32), [f32("n", "s", 16)]), path).operators
    assert counts["WHILE"] == 1
    assert counts["FULLY_CONNECTED"] == 2  # of all inputs at once, and of the state
    assert counts["ADD"] == 3  # the counter, the sum of the two, the carry
