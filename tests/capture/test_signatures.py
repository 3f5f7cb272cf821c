"""Names, order, structure and dtypes of what goes in and out."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.signature import unique


def names(function):
    return [name for name, _ in function.inputs], [name for name, _ in function.outputs]


def double(name=None):
    return layers.Dense(2, name=name)


# --- five cases of names that collide


def test_two_outputs_of_one_layer(replay):
    x = keras.Input((3,), name="x")
    shared = double("d")
    model = keras.Model(x, [double("a")(x), shared(x), shared(x * 2)])
    assert names(replay(model, replay.random(2, 3))) == (["x"], ["a", "d", "d_1"])


def test_a_layer_that_has_the_name_of_the_duplicate(replay):
    x = keras.Input((3,), name="x")
    shared = double("d")
    model = keras.Model(x, [shared(x), shared(x * 2), double("d_1")(x)])
    assert names(replay(model, replay.random(2, 3)))[1] == ["d", "d_2", "d_1"]


def test_an_output_that_has_the_name_of_an_input_and_one_that_is_the_input(replay):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, [double("y")(x), x, x])
    assert names(replay(model, replay.random(2, 3))) == (["x"], ["y", "x", "x_1"])


def test_keys_of_dicts_win_and_keep_their_order(replay):
    a, b = keras.Input((3,), name="first"), keras.Input((3,), name="second")
    model = keras.Model({"z": a, "b": b}, {"sum": a + b, "a": double("other")(a)})
    given = {"z": replay.random(2, 3), "b": replay.random(2, 3)}
    assert names(replay(model, given)) == (["z", "b"], ["sum", "a"])


def test_nested_keys_that_hold_the_separator(replay):
    a, b, c, d = (keras.Input((3,)) for _ in range(4))
    inputs = {"a": {"b": a, "c/d": b}, "a/b": c, "a~1b": d}
    model = keras.Model(inputs, a + 2 * b + 3 * c + 4 * d)
    given = {
        "a": {"b": replay.random(2, 3), "c/d": replay.random(2, 3)},
        "a/b": replay.random(2, 3),
        "a~1b": replay.random(2, 3),
    }
    function = replay.graph(model).functions[0]
    found = names(function)[0]
    assert sorted(found) == sorted(["a/b", "a/c~1d", "a~1b", "a~01b"])
    order = {"a/b": given["a"]["b"], "a/c~1d": given["a"]["c/d"], "a~1b": given["a/b"], "a~01b": given["a~1b"]}
    replay.compare(function, lambda: model(given), [order[name] for name in found])


def test_a_name_that_was_given_stays_with_its_owner():
    assert unique(["d", "d", "d_1", "d"]) == ["d", "d_2", "d_1", "d_3"]


# --- what may be given as a signature


@pytest.mark.parametrize(
    "signature",
    [
        keras.InputSpec(shape=(1, None, 4), dtype="float32"),
        [keras.InputSpec(shape=(1, None, 4), dtype="float32")],
        [[keras.InputSpec(shape=(1, None, 4), dtype="float32")]],
        (1, None, 4),
        [(1, None, 4)],
        ((1, None, 4), "float32"),
        keras.KerasTensor((1, None, 4)),
    ],
)
def test_the_forms_of_a_signature(signature, replay):
    x = keras.Input((None, 4), name="x")
    model = keras.Model(x, double("y")(x))
    function = replay(model, replay.random(1, 6, 4), input_signature=signature)
    assert [str(dim) for dim in function.inputs[0][1].dims] == ["1", "s", "4"]


def test_an_array_is_an_example_of_any_batch(replay):
    x = keras.Input((None, 4), name="x")
    model = keras.Model(x, double("y")(x))
    function = replay(model, replay.random(5, 6, 4), input_signature=replay.random(2, 6, 4))
    assert [str(dim) for dim in function.inputs[0][1].dims] == ["n", "6", "4"]


@pytest.mark.parametrize("signature", [(None, 4), (None, 4, 5), [(None, 3), (None, 3)], {"y": (None, 3)}, "float32", 3])
def test_a_signature_that_does_not_fit_is_a_wrong_argument(signature):
    x = keras.Input((3,), name="x")
    with pytest.raises(ValueError, match="signature"):
        kelt.capture(keras.Model(x, double()(x)), signature)


def test_what_is_no_model_is_a_wrong_argument():
    with pytest.raises(kelt.ExportError, match=r"there is no model\.keras"):
        kelt.capture("model.keras")
    with pytest.raises(ValueError, match="a Keras model, a layer or a callable is exported, not int"):
        kelt.capture(3)


def test_an_unused_input_stays_and_an_output_may_be_a_constant(replay):
    class Fixed(layers.Layer):
        def call(self, x):
            return [x * 1.0, ops.ones((2, 2)), 3.0]

        def compute_output_spec(self, x):
            return [keras.KerasTensor(x.shape), keras.KerasTensor((2, 2)), keras.KerasTensor(())]

    x, unused = keras.Input((3,), name="x"), keras.Input((7,), name="unused")
    model = keras.Model([x, unused], [*Fixed(name="f")(x)])
    graph = replay.graph(model)
    assert names(graph.functions[0])[0] == ["x", "unused"]
    assert len(graph.functions[0].outputs) == 3


def test_two_signatures_hold_one_weight(replay):
    embed, out = layers.Embedding(20, 8), layers.Dense(4)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed, self.out = embed, out

        def call(self, ids):
            return self.out(self.embed(ids))

        def encode(self, ids):
            return ops.mean(self.embed(ids), axis=1)

        def score(self, query, *, table):
            return {"scores": ops.matmul(query, ops.transpose(table)), "best": ops.argmax(query, axis=-1)}

    model = Net()
    model(replay.integers(20, 2, 5))
    ids = keras.InputSpec(shape=(None, None), dtype="int32")
    graph = replay.graph(
        model,
        signatures={
            "serve": (model, [ids]),
            "encode": (model.encode, [ids]),
            "score": (model.score, {"query": ((None, 8), "float32"), "table": ((None, 8), "float32")}),
        },
    )
    assert [function.name for function in graph.functions] == ["serve", "encode", "score"]
    assert len(graph.weights) == 3
    given = replay.integers(20, 3, 4)
    serve, encode, score = graph.functions
    replay.compare(serve, lambda: model(given), [given])
    replay.compare(encode, lambda: model.encode(given), [given])
    query, table = replay.random(2, 8), replay.random(5, 8)
    replay.compare(score, lambda: model.score(query, table=table), [query, table])
    assert names(score) == (["query", "table"], ["scores", "best"])
    assert [str(dim) for dim in score.outputs[0][1].dims] == ["n", "n_1"]


@pytest.mark.skipif(keras.backend.backend() == "numpy", reason="there the variable is the array")
def test_a_weight_is_lent_and_not_copied(replay):
    from kelt.tracing.record import host_arrays

    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    view = host_arrays.variable_view(model.layers[0].kernel)
    assert not view.flags.owndata
    assert np.array_equal(view, np.array(model.layers[0].kernel))
