"""The check of a capture at other sizes: it holds where the model does the same, and in no other case."""

import math

import keras
import numpy as np
import pytest
from keras import layers, ops

from kelt.tracing import checker
from kelt.tracing.dims.propagation import Follower
from kelt.tracing.record.sizes import symbol
from kelt.tracing.run import run
from kelt.tracing.signature import signatures_of
from kelt.tracing.tables import Tables

THEN, NOW = {"n": 36, "s": 48}, {"n": 101, "s": 103}
ROWS = np.arange(4, dtype="float32")


class Reading(layers.Layer):
    """Reads a weight of another layer, and makes nothing of it."""

    def call(self, x):
        return (ops.convert_to_tensor(self.read()), x)[1]


class Model(layers.Layer):
    """Does one thing in the first run, and perhaps another in the second."""

    def __init__(self):
        super().__init__(name="model")
        self.a, self.b = (self.add_weight(shape=(4,), name=name, initializer="ones") for name in "ab")
        self.one, self.two = layers.Activation("relu", name="one"), layers.Activation("relu", name="two")
        self.reading = Reading(name="reading")
        self.reading.read = lambda: self.a
        self.dense = layers.Dense(3, name="dense")
        self.dense.build((None, 4))
        self.built = True
        self.does = None

    def call(self, x):
        return self.does(self, x)


def log_of(first):
    model = Model()
    model.does = first
    signature = signatures_of(model, keras.InputSpec(shape=(None, None, 4), dtype="float32"))[0]
    tables = Tables()
    function, problems = run(signature, [(*THEN.values(), 4)], ["float32"], tables, [[symbol("n"), symbol("s"), 4]])
    assert not problems
    return model, signature, tables, function.log


def agrees(first, second):
    model, signature, tables, log = log_of(first)
    model.does = second
    return checker.agrees(signature, [(*NOW.values(), 4)], ["float32"], tables, log, THEN, NOW)


def assigned(by=1.0, variable="a"):
    def call(self, x):
        getattr(self, variable).assign(self.a + by)
        return x

    return call


def assigned_after_both(variable="a"):
    return lambda self, x: (self.a + self.b, assigned(variable=variable)(self, x))[1]


SAME = {
    "operations": lambda self, x: ops.where(x > 0, ops.exp(x) + 2, -x),
    "a product of lengths": lambda self, x: ops.reshape(x, (x.shape[0] * x.shape[1], 4)),
    "a length as a number": lambda self, x: x / x.shape[1],
    "a root of a length": lambda self, x: x * x.shape[1] ** -0.5,
    "a slice by a length": lambda self, x: x[:, : x.shape[1] - 5] + x[:, 5:],
    "windows": lambda self, x: ops.max_pool(x, 3, 2, padding="valid"),
    "layers and weights": lambda self, x: self.dense(self.one(x) * self.a),
    "an array": lambda self, x: x + ROWS,
    "a number of numpy": lambda self, x: x * np.float64(0.5),
    "another dtype": lambda self, x: ops.cast(x, "float16") + ops.arange(4, dtype="float16"),
    "several results": lambda self, x: ops.split(x, 2, axis=-1),
    "a state": assigned(),
}


@pytest.mark.parametrize("what", SAME)
def test_it_holds_where_a_model_does_the_same(what):
    assert agrees(SAME[what], SAME[what])


def exp_and_sin(self, x):
    return ops.exp(x), ops.sin(x)


OTHER = {
    "an operation": (lambda self, x: x + 2.0, lambda self, x: x * 2.0),
    "one operation more": (lambda self, x: x + 2.0, lambda self, x: ops.exp(x + 2.0)),
    "one operation less": (lambda self, x: ops.exp(x + 2.0), lambda self, x: x + 2.0),
    "operands": (lambda self, x: ops.exp(x) - x, lambda self, x: x - ops.exp(x)),
    "a number": (lambda self, x: x * 2.0, lambda self, x: x * 2.5),
    "the sign of zero": (lambda self, x: x * 0.0, lambda self, x: x * -0.0),
    "an axis": (lambda self, x: ops.flip(x, axis=0), lambda self, x: ops.flip(x, axis=1)),
    "a flag": (lambda self, x: ops.cumsum(x, axis=1), lambda self, x: ops.cumsum(ops.flip(x, 1), axis=1)),
    "a dtype": (lambda self, x: ops.cast(x, "float16"), lambda self, x: ops.cast(x, "bfloat16")),
    "the dtype of an operand": (lambda self, x: x + ops.ones((4,), "int32"), lambda self, x: x + ops.ones((4,))),
    "an array": (lambda self, x: x + ROWS, lambda self, x: x + ROWS[::-1]),
    "the shape of an array": (lambda self, x: x + ROWS, lambda self, x: x + ROWS[None]),
    "a weight": (lambda self, x: x * self.a, lambda self, x: x * self.b),
    "a layer": (lambda self, x: self.one(x), lambda self, x: self.two(x)),
    "the order of results": (exp_and_sin, lambda self, x: exp_and_sin(self, x)[::-1]),
    "the number of results": (exp_and_sin, lambda self, x: exp_and_sin(self, x)[:1]),
    "what is assigned": (assigned(), assigned(2.0)),
    "which variable is assigned": (assigned_after_both(), assigned_after_both(variable="b")),
    "where a weight is read": (lambda self, x: self.reading(x) * self.a, lambda self, x: x * self.a),
    "whether one is assigned": (assigned(), lambda self, x: (self.a + 1.0, x)[1]),
    "a value that is asked for": (lambda self, x: x * 2.0, lambda self, x: x * float(ops.ones(()) + 1.0)),
}


@pytest.mark.parametrize("what", OTHER)
def test_it_fails_where_it_does_another_thing(what):
    first, second = OTHER[what]
    assert not agrees(first, second)
    assert agrees(second, second) or what == "a value that is asked for"


@pytest.mark.parametrize("use", [ops.sin, lambda x: ops.cast(x, "float16")], ids=["in an operation", "in a cast"])
def test_it_fails_where_the_second_run_uses_a_tensor_of_the_first(use):
    kept = []

    def does(self, x):
        kept.append(ops.exp(x))
        return use(kept[0])

    assert not agrees(does, does)


def size(x):
    """As a number of which nothing is known."""
    return math.prod(x._shape)


HIDDEN = {
    "as a number": lambda self, x: x * float(size(x)),
    "in a slice": lambda self, x: x[:, : size(x) // 300],
    "in a shape": lambda self, x: ops.reshape(x, (size(x) // 4, 4)),
    "in the length of an array": lambda self, x: x[:, :1] + np.zeros((size(x) // 6912, 1, 1), "float32"),
    "in a choice": lambda self, x: x if size(x) < 7000 else -x,
}


@pytest.mark.parametrize("where", HIDDEN)
def test_it_fails_where_python_made_something_of_a_size_unseen(where):
    assert not agrees(HIDDEN[where], HIDDEN[where])


def test_it_fails_where_a_rule_tells_another_length_than_keras_infers(monkeypatch):
    def rule(self, node):
        for value in node.outputs:
            value.dims = [symbol("n"), 48, 4]  # right at the first sizes only

    monkeypatch.setattr(Follower, "at_numbers", rule)
    assert not agrees(SAME["operations"], SAME["operations"])


def test_it_fails_where_a_rule_tells_a_length_that_the_first_capture_had_not(monkeypatch):
    def rule(self, node):
        for value in node.outputs:
            value.dims = [symbol("n"), 103, 4]  # right at the second sizes only

    monkeypatch.setattr(Follower, "at_numbers", rule)
    assert not agrees(SAME["operations"], SAME["operations"])


def test_a_model_whose_sizes_are_told_runs_twice_at_numbers(replay):
    runs = []

    def does(self, x):
        runs.append(x._value.shape)
        return ops.reshape(x, (x.shape[0], x.shape[1] * 4))

    model = Model()
    model.does = does
    replay.graph(model, keras.InputSpec(shape=(None, None, 4), dtype="float32"))
    assert runs == [(None, None, 4), (36, 48, 4), (101, 103, 4)]
