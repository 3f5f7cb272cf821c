"""Control flow of keras.ops, from a function of the user to the file: at values and sizes that no capture saw."""

import keras
import pytest
from harness import check, check_model, f32, i32, through_text
from keras import layers, ops

CASES = {
    "cond": lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1),
    "cond of two": lambda x: ops.cond(ops.sum(x) > 0, lambda: (x, ops.sum(x)), lambda: (-x, ops.mean(x))),
    "cond in cond": lambda x: ops.cond(
        ops.sum(x) > 0, lambda: ops.cond(ops.max(x) > 1, lambda: x, lambda: x + 1), lambda: x * 3
    ),
    "switch": lambda x: ops.switch(
        ops.cast(ops.sum(x), "int32"), [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b], x, x + 1
    ),
    "while_loop": lambda x: ops.while_loop(
        lambda i, y: ops.logical_and(i < 20, ops.max(y) < 40), lambda i, y: (i + 1, y * 1.5 + ops.mean(x)), (0, x)
    ),
    "while_loop at most": lambda x: ops.while_loop(
        lambda y: ops.sum(y) < 1e9, lambda y: (y * 2,), (ops.abs(x),), maximum_iterations=3
    ),
    "fori_loop": lambda x: ops.fori_loop(0, 4, lambda i, y: y + x * ops.cast(i, "float32"), x),
    "fori_loop over a size": lambda x: ops.fori_loop(0, x.shape[1], lambda i, y: y * 0.5 + x[:, i], x[:, 0]),
    "fori_loop from equal values": lambda x: ops.fori_loop(
        0, 3, lambda i, y: (y[0] + y[1], y[0] * 0.5), (ops.exp(x), ops.exp(x))
    ),
    "scan": lambda x: ops.scan(lambda c, row: (c + row, c * row), x[0], x),
    "scan in reverse": lambda x: ops.scan(lambda c, row: (c + row, c - 2 * row), x[0], x, reverse=True),
    "scan by length": lambda x: ops.scan(lambda c, _: (c * 0.5, c), x, length=3),
    "scan of structures": lambda x: ops.scan(
        lambda c, row: ((c[0] + row["a"], c[1] + 1), row["b"]), (x[0], 0), {"a": x, "b": x + 1}
    ),
    "scan of a dict, its keys in no order": lambda x: ops.scan(
        lambda c, row: ({"n": c["n"] + 1, "c": c["c"] + row["b"]}, row["a"] * c["c"]),
        {"n": 0, "c": x[0]},
        {"b": x, "a": x - 1},
    )[1],
    "map": lambda x: ops.map(lambda row: (ops.sum(row), row + x[0]), x),
    "vectorized_map": lambda x: ops.vectorized_map(lambda row: ops.cumsum(row) * row, x),
    "vectorize": lambda x: ops.vectorize(lambda a, b: ops.where(a > b, ops.sin(a), b - a + 1))(x, x[0]),
    "vectorize with a choice": lambda x: ops.vectorize(lambda a: ops.cond(a > 0, lambda: a * 2, lambda: a - 1))(x),
    "a loop in a loop": lambda x: ops.fori_loop(
        0, 2, lambda i, y: y + ops.fori_loop(0, 3, lambda j, z: z + x * ops.cast(i + j, "float32"), y), x
    ),
    "a choice in a loop": lambda x: ops.fori_loop(
        0, 4, lambda i, y: ops.cond(i % 2 == 0, lambda: y + x, lambda: y * 0.5), x
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_function_of_control_flow(case, tmp_path):
    check(CASES[case], f32("n", "s", low=-1.0, high=2.0), path=tmp_path)
    check(CASES[case], f32(3, 5), path=tmp_path, sizes=({},))


@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan(reverse, tmp_path):
    def call(x):
        return ops.associative_scan(ops.add, x, reverse=reverse, axis=1)

    check(call, f32("n", 6), path=tmp_path)


def test_integers_go_around(tmp_path):
    def collatz(x):
        def step(n, steps):
            return ops.where(n % 2 == 0, n // 2, 3 * n + 1), steps + 1

        return ops.while_loop(lambda n, steps: ops.all(n > 1), step, (x, 0))

    check(collatz, i32("n", low=2, high=90), path=tmp_path)


class Recurrence(layers.Layer):
    """Weights, layers and outer tensors inside of a loop."""

    def build(self, shape):
        self.inner = layers.Dense(shape[-1], activation="tanh", name="inner")
        self.inner.build(shape)
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x):
        mean = ops.mean(x, axis=0, keepdims=True)
        return ops.fori_loop(0, 3, lambda i, y: self.inner(y) * self.scale + mean, x)

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def test_a_layer_with_a_loop_and_its_text(tmp_path):
    x = keras.Input((4,), name="x")
    model = keras.Model(x, Recurrence(name="recurrence")(x))
    outcome = check_model(model, [f32("n", 4)], tmp_path)
    through_text(model, outcome.path, tmp_path)
