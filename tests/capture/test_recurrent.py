"""Recurrent layers: one node each around the recorded step, replayed at sizes that no capture saw."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kelt.tracing.replay.replay import run_function

UNSEEN = ((2, 7), (5, 4))
FEATURES = 3


def model_of(layer, shape=(None, FEATURES), mask=False, initial=0):
    x = keras.Input(shape, name="x")
    y = layers.Masking()(x) if mask else x
    states = [keras.Input((4,), name=f"state_{i}") for i in range(initial)]
    inputs = [x, *states] if states else x
    return keras.Model(inputs, layer(y, initial_state=states) if states else layer(y))


def inputs(replay, shape=(FEATURES,), mask=False, initial=0):
    made = []
    for batch, length in UNSEEN:
        x = replay.random(batch, length, *shape)
        if mask:
            x[0, length // 2 :] = 0
            x[-1, 0] = 0
            x[-1, 2] = 0
        made.append([x, *(replay.random(batch, 4) for _ in range(initial))] if initial else x)
    return made


def nested(function, op="rnn"):
    return [node for node in function.nodes if node.op == op]


KINDS = {"lstm": layers.LSTM, "gru": layers.GRU, "simple": layers.SimpleRNN}
OPTIONS = {
    "as it is": {},
    "sequences": {"return_sequences": True},
    "states": {"return_sequences": True, "return_state": True},
    "backwards": {"go_backwards": True, "return_sequences": True},
    "without bias": {"use_bias": False, "activation": "relu"},
    "dropout": {"dropout": 0.5, "recurrent_dropout": 0.3},
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_recurrent_layer_is_one_node(kind, options, replay):
    function = replay(model_of(KINDS[kind](4, name="cells", **OPTIONS[options])), *inputs(replay))
    (node,) = nested(function)
    assert node.path == "cells"
    (step,) = node.functions
    assert [name for name, _ in step.inputs] == [f"a{i}" for i in range(len(step.inputs))]
    assert {inner.path.split("/")[0] for inner in step.nodes} == {"cells"}
    assert not node.args["captures"]
    assert "weight" in {inner.op for inner in step.nodes}


@pytest.mark.parametrize("reset_after", [False, True])
def test_both_forms_of_gru(reset_after, replay):
    replay(model_of(layers.GRU(4, reset_after=reset_after)), *inputs(replay))


@pytest.mark.parametrize("initial", [0, 1])
@pytest.mark.parametrize(
    "options",
    [{}, {"return_sequences": True}, {"zero_output_for_mask": True, "return_sequences": True}, {"go_backwards": True}],
)
@pytest.mark.parametrize("kind", KINDS)
def test_masked_steps(kind, options, initial, replay):
    initial = initial and (2 if kind == "lstm" else 1)
    model = model_of(KINDS[kind](4, **options), mask=True, initial=initial)
    replay(model, *inputs(replay, mask=True, initial=initial))


@pytest.mark.parametrize("kind", KINDS)
def test_given_states(kind, replay):
    initial = 2 if kind == "lstm" else 1
    function = replay(
        model_of(KINDS[kind](4, return_state=True), initial=initial), *inputs(replay, initial=initial)
    )  # fmt: skip
    assert len(nested(function)[0].args["initial_states"]) == initial


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_both_directions(mode, replay):
    layer = layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode=mode)
    assert len(nested(replay(model_of(layer), *inputs(replay)))) == 2
    replay(model_of(layers.Bidirectional(layers.GRU(4)), mask=True), *inputs(replay, mask=True))


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("mask", [False, True])
def test_unrolling_is_a_wish_that_the_node_carries(unroll, mask, replay):
    layer = layers.LSTM(4, unroll=unroll, return_sequences=True)
    x = replay.random(2, 6, FEATURES)
    x[0, 3:] = 0
    (node,) = nested(replay(model_of(layer, (6, FEATURES), mask), x))
    assert node.args["unroll"] is unroll


def test_stacked_cells(replay):
    for cells in ([layers.LSTMCell(4), layers.GRUCell(5)], [layers.SimpleRNNCell(4), layers.SimpleRNNCell(3)]):
        layer = layers.RNN(cells, return_sequences=True, return_state=True)
        (node,) = nested(replay(model_of(layer), *inputs(replay)))
        assert len(node.functions) == 1
        replay(model_of(layers.RNN(cells), mask=True), *inputs(replay, mask=True))


def test_a_cell_of_the_user(replay):
    class Cell(layers.Layer):
        state_size = (4, 4)
        output_size = 4

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")
            self.read = layers.Dense(4)
            self.read.build((None, 4))

        def call(self, x, states):
            h, count = states
            h = ops.tanh(x @ self.kernel + 0.5 * h)
            return self.read(h), [h, count + 1]

    replay(model_of(layers.RNN(Cell(), return_sequences=True, return_state=True)), *inputs(replay))
    # The output is none of the states.
    replay(model_of(layers.RNN(Cell(), return_sequences=True), mask=True), *inputs(replay, mask=True))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_in_the_step(rank, replay):
    layer = {1: layers.ConvLSTM1D, 2: layers.ConvLSTM2D, 3: layers.ConvLSTM3D}[rank]
    image = (8, 6, 5)[:rank]
    model = model_of(layer(2, 3, padding="same", return_sequences=True), (None, *image, 2))
    replay(model, *inputs(replay, (*image, 2)))
    model = model_of(layer(2, 3, return_state=True), (None, *image, 2))
    replay(model, *inputs(replay, (*image, 2)))


def test_mixed_precision(replay):
    function = replay(model_of(layers.GRU(4, dtype="mixed_bfloat16")), *inputs(replay))
    (node,) = nested(function)
    assert {value.dtype for value in node.outputs} == {"bfloat16"}
    assert not node.args["captures"]  # the weights are cast inside


def test_networks_of_several(replay):
    ids = keras.Input((None,), dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(ids)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.GRU(5, return_sequences=True)(x)
    model = keras.Model(ids, layers.Dense(2)(layers.LSTM(4)(x)))
    given = [replay.integers(20, batch, length) for batch, length in UNSEEN]
    for each in given:
        each[0, 3:] = 0
    assert len(nested(replay(model, *given))) == 4


@pytest.mark.parametrize("length", [None, 5])
def test_time_distributed(length, replay):
    lengths = [5 if length else size for _, size in UNSEEN]
    given = [replay.random(batch, size, 6, FEATURES) for (batch, _), size in zip(UNSEEN, lengths)]
    inner = keras.Sequential([layers.Conv1D(4, 3), layers.BatchNormalization(), layers.GlobalMaxPooling1D()])
    function = replay(model_of(layers.TimeDistributed(inner), (length, 6, FEATURES)), *given)
    assert not any(node.functions for node in function.nodes)
    replay(model_of(layers.TimeDistributed(layers.LSTM(4)), (length, 6, FEATURES)), *given)


def test_time_distributed_over_a_layer_that_looks_at_its_batch(replay):
    class Centre(layers.Layer):
        def call(self, x):
            return x - ops.mean(x, axis=0)

        def compute_output_shape(self, shape):
            return shape

    given = [replay.random(batch, length, FEATURES) for batch, length in UNSEEN]
    nodes = replay(model_of(layers.TimeDistributed(Centre())), *given).nodes
    assert [node.op for node in nodes if node.functions] == ["scan"]


def test_a_stateful_layer_keeps_its_state(replay):
    x = keras.Input((None, FEATURES), batch_size=2)
    layer = layers.LSTM(4, stateful=True, name="memory")
    model = keras.Model(x, layer(x))
    graph = replay.graph(model)
    assert [state.name for state in graph.states] == ["memory/rnn_state", "memory/rnn_state_1"]
    ops_of = [node.op for node in graph.functions[0].nodes]
    assert ops_of.count("read_state") == ops_of.count("write_state") == 2
    given = replay.random(2, 5, FEATURES)
    replay.compare(graph.functions[0], lambda: model(given), [given])
    assert all(
        np.any(keras.ops.convert_to_numpy(variable)) for variable in layer.states
    )  # the model ran, not the capture


def stateful_model(name="memory"):
    x = keras.Input((None, FEATURES), batch_size=2, name="x")
    layer = layers.LSTM(4, stateful=True, return_sequences=True, name=name)
    return keras.Model(x, layer(x)), layer


def test_states_as_ports_carry_a_sequence_in_parts(replay):
    model, layer = stateful_model()
    (function,) = replay.graph(model, states="ports").functions
    names = ["memory/rnn_state", "memory/rnn_state_1"]
    assert {variable.path for variable in layer.states} == {names[0]}  # Keras gives both one path
    assert [name for name, _ in function.inputs] == ["x", *names]
    assert [name for name, _ in function.outputs] == ["memory", *names]
    assert not any("state" in node.op for node in function.nodes)
    whole = replay.random(2, 9, FEATURES)
    states, parts = [np.zeros((2, 4), "float32")] * 2, []
    for part in (whole[:, :4], whole[:, 4:]):
        values = run_function(function, [part, *states])
        output, *states = [ops.convert_to_numpy(values[value]) for _, value in function.outputs]
        parts.append(output)
    layer.reset_state()
    np.testing.assert_allclose(np.concatenate(parts, 1), ops.convert_to_numpy(model(whole)), atol=1e-6)


def test_a_state_of_one_signature_is_a_state_of_all(replay):
    model, layer = stateful_model()
    spec = keras.InputSpec(shape=(2, None, FEATURES), dtype="float32")

    def peek():
        return layer.states[0] * 1.0

    # The one that only reads comes first, and is captured before the other says that there is a state.
    graph = replay.graph(model, signatures={"peek": (peek, []), "run": (model, [spec])})
    assert [node.op for node in graph.functions[0].nodes][:1] == ["read_state"]
    assert len(graph.states) == 2
    graph = replay.graph(model, signatures={"peek": (peek, []), "run": (model, [spec])}, states="ports")
    assert [name for name, _ in graph.functions[0].inputs] == [layer.states[0].path]
    assert list(graph.state_ports) == ["memory/rnn_state", "memory/rnn_state_1"]


def test_the_word_for_states_is_checked(replay):
    with pytest.raises(ValueError, match="K101 states="):
        replay.graph(stateful_model()[0], states="inputs")


ONCE = {
    "lstm": lambda: model_of(layers.LSTM(4, return_sequences=True)),
    "gru, masked": lambda: model_of(layers.GRU(4), mask=True),
    "a state that is given": lambda: model_of(layers.SimpleRNN(4), initial=1),
    "masked with a state that is given": lambda: model_of(layers.GRU(4), initial=1, mask=True),
    "both directions": lambda: model_of(layers.Bidirectional(layers.LSTM(4))),
    "stacked": lambda: model_of(layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)])),
    "convolution": lambda: model_of(layers.ConvLSTM1D(2, 3, padding="same"), (None, 8, 2)),
    "time distributed": lambda: model_of(layers.TimeDistributed(layers.LSTM(4)), (None, 6, 2)),
}


@pytest.mark.parametrize("name", ONCE)
def test_one_capture_does_where_nothing_looks_at_a_size(name, replay):
    graph = replay.graph(ONCE[name]())
    assert not graph.proven_sizes
    (function,) = graph.functions
    assert {str(value.dims[0]) for _, value in (*function.inputs, *function.outputs)} <= {"n", "d0"}
