"""Every op of keras.ops that takes one or two tensors: recorded, replayed, and its dtype and shape rightly said."""

import keras
import numpy as np
import pytest
from keras import ops

from kelt.tracing.ops.vocabulary import vocabulary

WORDS = vocabulary()
# Where Keras' own rule for symbols is wrong about what its backend computes, and no lowering asks.
WRONG_RULES = {
    *("bincount", "corrcoef", "eig", "hard_tanh", "kron", "lu_factor", "pinv", "qr", "relu", "relu6", "svd"),
    *("view_as_real", "rfft"),
}
# Singular matrices among the examples: every run gives other numbers.
ILL_POSED = {"cholesky_inverse", "det", "eigh", "inv", "slogdet"}
DATA_DEPENDENT = {"nonzero", "unique", "ndim", "size"}
RANDOM = np.random.default_rng(3)


def needs(op):
    return [param for param in op.params if param not in op.defaults and param != op.var_positional]


def named(*params):
    return [
        name
        for name, op in sorted(WORDS.ops.items())
        if needs(op) == list(params)
        and op.operation is not None
        and name not in WRONG_RULES | ILL_POSED | DATA_DEPENDENT
        and not name.startswith("random.")
    ]


def examples():
    fractions = RANDOM.uniform(0.1, 0.9, (2, 3, 3)).astype("float32")
    return {"float": fractions, "matrix": fractions[0], "int": RANDOM.integers(1, 4, (3, 3)).astype("int32")}


def record_and_replay(replay, function, *arrays):
    """Skips what Keras itself rejects."""
    try:
        function(*[ops.convert_to_tensor(array) for array in arrays])
    except Exception:
        return
    graph = replay.graph(function, [keras.KerasTensor(array.shape, array.dtype.name) for array in arrays])
    call = [ops.convert_to_tensor(array) for array in arrays]
    replay.compare(graph.functions[0], lambda: function(*call), list(arrays))


@pytest.mark.parametrize("name", named("x"))
def test_an_op_of_one_tensor(name, replay):
    function = WORDS.ops[name].function
    for array in examples().values():
        record_and_replay(replay, lambda x: function(x), array)
    if "axis" in WORDS.ops[name].params:
        record_and_replay(replay, lambda x: function(x, axis=-1), examples()["float"])


@pytest.mark.parametrize("name", named("x1", "x2"))
def test_an_op_of_two_tensors_and_of_numbers(name, replay):
    function, given = WORDS.ops[name].function, examples()
    record_and_replay(replay, lambda x, y: function(x, y), given["matrix"], given["matrix"])
    record_and_replay(replay, lambda x, y: function(x, y), given["float"], given["matrix"])
    record_and_replay(replay, lambda x, y: function(x, y), given["int"], given["matrix"])
    for number in (2, 2.5):
        record_and_replay(replay, lambda x, number=number: function(x, number), given["matrix"])
        record_and_replay(replay, lambda x, number=number: function(number, x), given["int"])


def floats(*shape):
    return RANDOM.uniform(0.1, 0.9, shape).astype("float32")


def indices(*shape):
    return RANDOM.integers(1, 4, shape).astype("int32")


FORMS = {
    "concatenate": (lambda a, b: ops.concatenate([a, b], axis=1), floats(2, 3), indices(2, 2)),
    "split": (lambda a: ops.split(a, [1, 3], axis=1), floats(2, 4)),
    "top_k": (lambda a: ops.top_k(a, 2), floats(2, 4)),
    "take": (lambda a, i: ops.take(a, i, axis=1), floats(2, 5, 3), indices(2, 2)),
    "one_hot": (lambda i: ops.one_hot(i, 5), indices(2, 3)),
    "einsum": (lambda a, b: ops.einsum("BIJ,JK->BIK", a, b), floats(2, 3, 4), floats(4, 5)),
    "einsum with dots": (lambda a, b: ops.einsum("...j,jk->...k", a, b), floats(2, 3, 4), floats(4, 5)),
    "get_item": (
        lambda a: [a[0], a[:, 1:], a[None], a[..., 0], a[:, ::2], a[-1], a[:, None, 1], a[:-1]],
        floats(3, 4),
    ),
    "get_item of a tensor": (lambda a, i: [a[i], a[:, i]], floats(5, 5), indices(3)),
    "grouped conv": (lambda a, k: ops.conv(a, k, 1, "valid"), floats(2, 8, 8, 4), floats(3, 3, 2, 6)),
    "conv1d": (lambda a, k: ops.conv(a, k, 2, "SAME"), floats(2, 8, 4), floats(3, 4, 6)),
    "conv_transpose": (lambda a, k: ops.conv_transpose(a, k, 2, "same"), floats(2, 4, 4, 3), floats(3, 3, 5, 3)),
    "max_pool": (lambda a: ops.max_pool(a, 2), floats(2, 8, 8, 3)),
    "dot_product_attention": (ops.dot_product_attention, floats(2, 5, 2, 4), floats(2, 6, 2, 4), floats(2, 6, 2, 4)),
    "resize": (lambda a: ops.image.resize(a, (6, 7)), floats(2, 3, 4, 3)),
    "where": (lambda a: ops.where(a > 0.5, a, 0), floats(2, 3)),
    "meshgrid": (lambda a, b: ops.meshgrid(a, b, indexing="ij"), floats(3), floats(4)),
    "slice_update": (lambda a, b: ops.slice_update(a, (0, 1), b), floats(3, 4), floats(2, 2)),
    "rearrange": (lambda a: ops.rearrange(a, "b (h w) -> b h w", h=2), floats(2, 6)),
    "numbers alone": (lambda a: a * ops.sqrt(4.0) + ops.log(10000) + ops.maximum(1, 2), floats(3)),
    "lists of tensors": (lambda a: ops.stack([a[0], 1.0, 2]) + ops.convert_to_tensor([a[0], a[1], 3.0]), floats(3)),
    "lists of numbers": (
        lambda a: [
            ops.take(a, [0, 2], axis=1),
            ops.matmul(a, [[1.0], [2.0], [3.0]]),
            ops.concatenate([a[0], [1.0, 2.0]]),
            ops.einsum("ij,j->i", a, [1.0, 2.0, 3.0]),
        ],
        floats(2, 3),
    ),
    "get_item of tensors": (
        lambda a, i: [
            a[i],
            a[:, i],
            a[i, i],
            a[i[:, None], i],
            a[i, 0],
            a[..., i],
            a[i, None],
            a[i, :, i],
            a[0, :, i],
            a[:, i, i],
            a[1, i],
            a[i[0]],
        ],
        floats(5, 5, 5),
        indices(3),
    ),
    "indices of numpy": (
        lambda a: [
            a[np.array([0, 1])],
            a[:, np.array([0, 2])],
            a[np.array([True, False])],
            a[:, np.array([True, False, True])],
        ],
        floats(2, 3),
    ),
    "creation": (lambda a: ops.linspace(0, 1, 5) * a + ops.arange(5) + ops.full((5,), 2.0) + ops.eye(5)[0], floats(5)),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_op_with_parameters(form, replay):
    function, *arrays = FORMS[form]
    record_and_replay(replay, function, *arrays)


def test_every_parameter_is_in_the_record_and_has_one_form(replay):
    graph = replay.graph(lambda x, k: ops.conv(x, k, 2), [((1, 8, 8, 3), "float32"), ((3, 3, 3, 4), "float32")])
    (node,) = graph.functions[0].nodes
    assert {name: node.args[name] for name in list(node.args)[2:]} == {
        "strides": (2, 2),
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": (1, 1),
    }
    graph = replay.graph(lambda x: ops.amax(x, 1) + ops.swish(x)[:, 0] + abs(x[:, 0]), [((2, 3), "float32")])
    assert [node.op for node in graph.functions[0].nodes if node.op not in ("add", "get_item")] == [
        "max",
        "silu",
        "absolute",
    ]
