"""Control flow: nodes that hold functions, replayed at sizes and values that no capture saw."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.ops.index_inputs import index_bounds
from kelt.tracing.replay.replay import run_function

UNSEEN = ((2, 7), (1, 4), (5, 13))


def spec(*shape, dtype="float32"):
    return keras.InputSpec(shape=shape, dtype=dtype)


def check(replay, call, specs, *many):
    """The record of `call` against itself, at each of `many`."""
    (function,) = replay.graph(call, specs).functions
    for given in many:
        given = given if isinstance(given, list) else [given]
        tensors = [ops.convert_to_tensor(array) for array in given]
        replay.compare(function, lambda tensors=tensors: call(*tensors), given)
    return function


def arrays(replay):
    made = [replay.random(*shape) for shape in UNSEEN]
    return [made[0], -made[0], np.abs(made[1]), made[2]]


def only(function, op):
    (node,) = [node for node in function.nodes if node.op == op]
    return node


FORMS = {
    "cond": (lambda x: ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1), "cond"),
    "cond of structures": (
        lambda x: ops.cond(
            ops.sum(x) > 0, lambda: {"a": x, "b": (x + 1, ops.sum(x))}, lambda: {"a": -x, "b": (x, ops.mean(x))}
        ),
        "cond",
    ),
    "cond with numbers": (lambda x: x * ops.cond(ops.sum(x) > 0, lambda: 2.0, lambda: ops.mean(x)), "cond"),
    "cond in cond": (
        lambda x: ops.cond(
            ops.sum(x) > 0, lambda: ops.cond(ops.max(x) > 1, lambda: x, lambda: x + 1), lambda: ops.zeros_like(x)
        ),
        "cond",
    ),
    "switch": (
        lambda x: ops.switch(
            ops.cast(ops.sum(x), "int32"), [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b], x, x + 1
        ),
        "switch",
    ),
    "while_loop": (
        lambda x: ops.while_loop(lambda i, y: i < 5, lambda i, y: (i + 1, y * 0.5 + ops.mean(x)), (0, x)),
        "while_loop",
    ),
    "while_loop of one": (lambda x: ops.while_loop(lambda y: ops.sum(y) < 50, lambda y: y + 1, x), "while_loop"),
    "while_loop at most": (
        lambda x: ops.while_loop(lambda y: ops.sum(y) < 1e9, lambda y: (y + 1,), (x,), maximum_iterations=3),
        "while_loop",
    ),
    "while_loop of a structure": (
        lambda x: ops.while_loop(
            lambda i, d: i < 3, lambda i, d: (i + 1, {"u": d["v"], "v": d["u"] + x}), (0, {"u": x, "v": x * 2})
        ),
        "while_loop",
    ),
    "fori_loop": (lambda x: ops.fori_loop(0, 4, lambda i, y: y + x * ops.cast(i, "float32"), x), "while_loop"),
    "fori_loop to a length": (lambda x: ops.fori_loop(0, x.shape[1], lambda i, y: y + x[:, i], x[:, 0]), "while_loop"),
    "scan": (lambda x: ops.scan(lambda c, row: (c + row, c * row), x[0], x), "scan"),
    "scan in reverse": (lambda x: ops.scan(lambda c, row: (c + row, c - row), x[0], x, reverse=True), "scan"),
    "scan by length": (lambda x: ops.scan(lambda c, _: (c * 0.5, c), x, length=3), "scan"),
    "scan without outputs": (lambda x: ops.scan(lambda c, row: (c + row, None), x[0], x)[0], "scan"),
    "scan of structures": (
        lambda x: ops.scan(lambda c, row: ((c[0] + row["a"], c[1] + 1), row["b"]), (x[0], 0), {"a": x, "b": x + 1}),
        "scan",
    ),
    "map": (lambda x: ops.map(lambda row: (ops.sum(row), row + x[0]), x), "scan"),
    "vectorized_map": (lambda x: ops.vectorized_map(lambda row: ops.cumsum(row) * row, x), "scan"),
}
if keras.backend.backend() == "tensorflow":  # its scan wants outputs that look like what is carried
    del FORMS["scan without outputs"], FORMS["scan of structures"]


@pytest.mark.parametrize("form", FORMS)
def test_a_function_of_control_flow(form, replay):
    call, op = FORMS[form]
    node = only(check(replay, call, [spec(None, None)], *arrays(replay)), op)
    for function in node.functions:
        assert [name for name, _ in function.inputs] == [f"a{i}" for i in range(len(function.inputs))]
        assert [name for name, _ in function.outputs] == [f"r{i}" for i in range(len(function.outputs))]


@pytest.mark.parametrize("map_of", [ops.map, ops.vectorized_map])
def test_a_map_of_numbers_is_no_loop(map_of, replay):
    def call(x):
        row = x[0]
        return map_of(lambda r: ops.where(r > row, ops.tanh(r) * 2, r - 1.0), x)

    function = check(replay, call, [spec(None, 4)], replay.random(3, 4), replay.random(1, 4))
    assert not any(node.functions for node in function.nodes)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_associative_scan_is_written_out_in_log_steps_or_goes_one_by_one(axis, reverse, replay):
    def total(x):
        return ops.associative_scan(ops.add, x, reverse=reverse, axis=axis)

    def linear(x):
        def after(a, b):
            return a[0] * b[0], a[1] * b[0] + b[1]

        return ops.associative_scan(after, (x, x + 1), reverse=reverse, axis=axis)

    def call(x):  # numpy's backend makes it float64
        return [ops.cast(y, "float32") for y in (total(x), *linear(x))]

    function = check(replay, call, [spec(7, 5)], replay.random(7, 5))
    assert not any(node.functions for node in function.nodes)
    other = check(replay, call, [spec(None, 5) if axis else spec(7, None)], replay.random(7, 5))
    assert not any(node.functions for node in other.nodes)  # the axis it goes along is fixed
    open_axis = [spec(7, None) if axis else spec(None, 5)]
    function = check(replay, call, open_axis, replay.random(7, 5), replay.random(*((7, 11) if axis else (4, 5))))
    assert [node.op for node in function.nodes if node.functions] == ["scan", "scan"]


def test_a_choice_that_python_makes_is_no_node(replay):
    def call(x):
        y = ops.cond(True, lambda: x + 1, lambda: x - 1)
        y = ops.switch(1, [lambda a: a, lambda a: a * 3], y)
        for i in range(3):
            y = y + i
        return ops.cond(np.bool_(False), lambda: y, lambda: y * 2)

    function = check(replay, call, [spec(None, 3)], replay.random(2, 3))
    assert not any(node.functions for node in function.nodes)


def test_weights_are_read_inside_and_other_tensors_are_inputs(replay):
    class Twice(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), name="kernel")
            self.inner = layers.Dense(shape[-1], name="inner")
            self.inner.build(shape)

        def call(self, x):
            mean = ops.mean(x)
            return ops.fori_loop(0, 2, lambda i, y: self.inner(y @ self.kernel) + mean, x)

    x = keras.Input((4,))
    model = keras.Model(x, Twice(name="twice")(x))
    node = only(replay(model, replay.random(2, 4), replay.random(5, 4)), "while_loop")
    assert node.path == "twice"
    assert len(node.args["captures"]) == 1
    body = node.functions[1]
    assert {"twice", "twice/inner"} == {inner.path for inner in body.nodes}
    assert sum(inner.op == "weight" for inner in body.nodes) == 3
    assert len(replay.graph(model).weights) == 3


def test_a_loop_in_a_loop_passes_outer_tensors_on(replay):
    def call(x, y):
        def outer(i, total):
            return total + ops.fori_loop(0, 3, lambda j, part: part + y * ops.cast(i + j, "float32"), ops.zeros_like(y))

        return ops.fori_loop(0, 2, outer, x)

    function = check(
        replay, call, [spec(None, 3), spec(None, 3)],
        [replay.random(2, 3), replay.random(2, 3)], [replay.random(5, 3), replay.random(5, 3)],
    )  # fmt: skip
    node = only(function, "while_loop")
    assert [value is function.inputs[1][1] for value in node.args["captures"]] == [True]


REJECTED = {
    "a variable that changes its dtype": (
        lambda x: ops.while_loop(lambda i: ops.sum(i) < 3, lambda i: ops.cast(i, "float32"), ops.cast(x, "int32")),
        "loop variable 0 is int32 and the body makes it float32",
    ),
    "a variable that changes its shape": (
        lambda x: ops.while_loop(lambda y: ops.sum(y) < 3, lambda y: ops.concatenate([y, y]), x),
        "loop variable 0 has the shape",
    ),
    "branches of two dtypes": (
        lambda x: ops.cond(ops.sum(x) > 0, lambda: x, lambda: ops.cast(x, "int32")),
        "result 0 is float32 or int32",
    ),
    "branches of two structures": (
        lambda x: ops.cond(ops.sum(x) > 0, lambda: x, lambda: (x, x)),
        "the branches return different structures",
    ),
    "branches of two shapes": (
        lambda x: ops.cond(ops.sum(x) > 0, lambda: x, lambda: x[0]),
        "result 0 has the shape",
    ),
    "a python branch on a value inside": (
        lambda x: ops.fori_loop(0, 3, lambda i, y: y + 1 if i > 1 else y, x),
        "Python asks for the value of a tensor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_what_has_no_form_is_rejected_with_the_layer(case, replay):
    call, message = REJECTED[case]

    class Odd(layers.Layer):
        def call(self, x):
            return call(x)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((3,))
    model = keras.Model(x, Odd(name="odd")(x))
    with pytest.raises(kelt.ExportError, match=message) as error:
        replay.graph(model)
    assert error.value.path == "odd"


def test_a_tensor_that_leaves_its_loop_is_rejected(replay):
    def call(x):
        kept = []
        ops.fori_loop(0, 3, lambda i, y: kept.append(y * 2) or y, x)
        return kept[0]

    with pytest.raises(kelt.ExportError, match="inside of a loop"):
        replay.graph(call, [spec(None, 3)])


def test_ids_that_only_a_body_looks_up_are_integers(replay):
    class Reader(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = layers.Embedding(7, 4)
            self.embed.build((None,))

        def call(self, ids):
            zeros = ops.zeros((ids.shape[0], 4))
            return ops.fori_loop(0, 3, lambda i, y: y + self.embed(ids[:, 0]), zeros)

    model = Reader()
    model(replay.integers(7, 2, 5))
    (function,) = replay.graph(model).functions
    assert [value.dtype for _, value in function.inputs] == ["int32"]
    assert index_bounds(function, {}) == {0: 7}


def test_a_table_bounds_the_ids_that_a_decoding_loop_writes_and_reads(replay):
    table = keras.Variable(replay.random(11, 6))

    def decode(first):
        ids = ops.slice_update(ops.zeros((first.shape[0], 5), "int32"), [0, 0], first[:, None])

        def body(i, ids, total):
            row = table[ops.squeeze(ops.slice(ids, [0, i], [first.shape[0], 1]), 1)]
            best = ops.cast(ops.argmax(row + total, axis=-1) % 11, "int32")
            return i + 1, ops.slice_update(ids, [0, i + 1], best[:, None]), total + row

        return ops.while_loop(lambda i, ids, total: i < 4, body, (0, ids, ops.zeros((first.shape[0], 6))))[1]

    function = check(
        replay, decode, [spec(None, dtype="int32")], replay.integers(11, 3), replay.integers(11, 1)
    )  # fmt: skip
    assert index_bounds(function, {}) == {0: 11}


class Meter(layers.Layer):
    """Assigns a variable inside of a form of control flow."""

    def __init__(self, form):
        super().__init__(name="meter")
        self.form = form

    def build(self, shape):
        self.total = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="total")

    def call(self, x):
        return self.form(self, x) + self.total * 10.0

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)

    def add(self, row):
        self.total.assign(self.total + row)
        return self.total.value


ASSIGNING = {
    "cond": lambda self, x: ops.cond(ops.sum(x) > 0, lambda: x + self.add(x[0]), lambda: x * 1.0),
    "switch": lambda self, x: ops.switch(
        ops.cast(ops.sum(x), "int32"), [lambda a: a + self.add(a[1]), lambda a: a + self.add(a[0])], x
    ),
    "fori_loop": lambda self, x: ops.fori_loop(0, 3, lambda i, y: y * 0.5 + self.add(y[0]), x),
    "while_loop": lambda self, x: ops.while_loop(
        lambda y: ops.max(self.total) < 3, lambda y: y * 0.5 + self.add(ops.abs(x[0]) + 0.5), x
    ),
    "scan": lambda self, x: ops.scan(lambda c, row: (c + 1, self.add(row) + c), 0.0, x)[1],
    "a loop in a loop": lambda self, x: ops.fori_loop(
        0, 2, lambda i, y: ops.fori_loop(0, 2, lambda j, z: z + self.add(z[0]), y), x
    ),
}


@pytest.mark.parametrize("form", ASSIGNING)
def test_a_variable_assigned_inside_is_a_state_that_goes_around(form, replay):
    x = keras.Input((3,))
    layer = Meter(ASSIGNING[form])
    model = keras.Model(x, layer(x))
    for given in (replay.random(4, 3), -np.abs(replay.random(2, 3))):
        layer.total.assign(np.zeros(3))
        graph = replay.graph(model)
        assert [state.name for state in graph.states] == [layer.total.path]
        (function,) = graph.functions
        values = run_function(function, [given])
        (last,) = [node.args["value"] for node in function.nodes if node.op == "write_state"]
        output, total = eager(layer, form, given)
        np.testing.assert_allclose(ops.convert_to_numpy(values[function.outputs[0][1]]), output, rtol=1e-5)
        np.testing.assert_allclose(ops.convert_to_numpy(values[last]), total, rtol=1e-5)


def eager(layer, form, x):
    """What the loops of Python would give."""
    total, y = np.zeros(3, "float32"), x
    if form == "cond":
        total = total + x[0] if x.sum() > 0 else total
        y = x + total if x.sum() > 0 else x
    elif form == "switch":
        total = total + (x[1] if int(x.sum()) <= 0 else x[0])
        y = x + total
    elif form in ("fori_loop", "a loop in a loop"):
        for _ in range(3 if form == "fori_loop" else 4):
            total = total + y[0]
            y = y * 0.5 + total if form == "fori_loop" else y + total
    elif form == "while_loop":
        while total.max() < 3:
            total = total + np.abs(x[0]) + 0.5
            y = y * 0.5 + total
    else:
        rows = []
        for i, row in enumerate(x):
            total = total + row
            rows.append(total + i)
        y = np.stack(rows)
    return y + total * 10, total


def test_a_switch_of_a_functional_model_has_its_operands(replay):
    x = keras.Input((4,))
    y = ops.switch(ops.cast(ops.sum(x) > 0.0, "int32"), [lambda v: v * 2.0, lambda v: v + 1.0], x)
    model = keras.Model(x, y)
    (function,) = replay.graph(model).functions
    for sign in (1, -1):
        given = sign * np.ones((3, 4), "float32")
        replay.compare(function, lambda given=given: model(given), [given])
