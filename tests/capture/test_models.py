"""Models of every kind, replayed from their record alone."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.ops import exp as imported_exp
from keras.src.ops.numpy import Add

import kelt


def encoder(vocabulary=50, width=16, length=None, batch=None, mask_zero=False):
    """A transformer encoder of two blocks with learnt positions."""
    ids = keras.Input((length,), batch_size=batch, dtype="int32", name="ids")

    class Positions(layers.Layer):
        supports_masking = True

        def build(self, _):
            self.table = self.add_weight(shape=(512, width), name="table")

        def call(self, x):
            return x + self.table[: ops.shape(x)[1]]

        def compute_output_spec(self, x, mask=None):
            return keras.KerasTensor(x.shape, x.dtype)

    x = layers.Embedding(vocabulary, width, mask_zero=mask_zero)(ids)
    x = Positions(name="positions")(x)
    for i in range(2):
        attended = layers.MultiHeadAttention(2, 8, name=f"attention_{i}")(x, x)
        x = layers.LayerNormalization()(x + attended)
        hidden = layers.Dense(width)(layers.Dense(32, activation="gelu")(x))
        x = layers.LayerNormalization()(x + hidden)
    return keras.Model(ids, layers.Dense(5, name="tags")(x))


@pytest.mark.parametrize("mask_zero", [False, True])
def test_a_transformer_encoder_at_any_batch_and_length(mask_zero, replay):
    given = [replay.integers(50, 2, 7), replay.integers(50, 1, 30)]
    given[0][0, 4:] = 0
    function = replay(encoder(mask_zero=mask_zero), *given)
    assert [str(dim) for dim in function.outputs[0][1].dims] == ["n", "s", "5"]
    assert "attention_1" in {node.path for node in function.nodes}


@pytest.mark.parametrize(("batch", "length"), [(1, None), (None, 16), (2, 8)])
def test_a_transformer_encoder_with_fixed_axes(batch, length, replay):
    replay(encoder(length=length, batch=batch), replay.integers(50, batch or 3, length or 11))


def test_a_subclassed_model_of_ids(replay):
    class Tagger(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = layers.Embedding(20, 8)
            self.out = layers.Dense(4)

        def call(self, ids, training=True):
            x = self.embed(ids)
            x = x * 2 if training else x
            return {"tags": self.out(x), "count": ops.sum(ids, axis=-1), "ids": ids}

    model = Tagger()
    model(replay.integers(20, 2, 6))
    function = replay(model, replay.integers(20, 3, 6))
    assert [(name, value.dtype) for name, value in function.inputs] == [("ids", "int32")]
    assert [name for name, _ in function.outputs] == ["tags", "count", "ids"]
    wide = keras.InputSpec(shape=(None, None), dtype="int32", name="tokens")
    wide = replay(model, replay.integers(20, 3, 9), input_signature=wide)
    assert [name for name, _ in wide.inputs] == ["tokens"]


def test_a_model_that_is_not_built_is_a_wrong_argument():
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = layers.Dense(4)

        def call(self, x):
            return self.out(x)

    with pytest.raises(ValueError, match=r"K101 .*not built"):
        kelt.capture(Model())
    model = Model()
    with pytest.raises(ValueError, match=r"K101 .*not built"):
        kelt.capture(lambda x: model(x), [keras.InputSpec(shape=(None, 3), dtype="float32")])
    assert not model.out.built
    assert not model.weights


def test_models_inside_models_and_shared_layers(replay):
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, activation="relu"), layers.Dense(8)], name="inner")
    shared = layers.Dense(8, name="shared")
    x = keras.Input((8,), name="x")
    y = keras.Input((8,), name="y")
    outputs = [inner(shared(x)), layers.Add()([inner(y), shared(y)])]
    model = keras.Model([x, y], outputs)
    function = replay(model, [replay.random(2, 8), replay.random(2, 8)])
    paths = {node.path for node in function.nodes}
    assert {"shared", *(f"inner/{layer.name}" for layer in inner.layers)} <= paths
    graph = replay.graph(model)
    assert len(graph.weights) == 6


def test_layers_that_hold_keras_ops_in_every_way(replay):
    scale = keras.Variable(np.float32(3.0), name="scale")
    exp = ops.exp

    class Everything(layers.Layer):
        def __init__(self, act=ops.tanh):
            super().__init__()
            self.act = act
            self.later = lambda x: ops.sqrt(ops.abs(x))

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1],), name="kernel", initializer="random_normal")

        def call(self, x):
            y = imported_exp(-x) + exp(x * 0.1) + self.act(x) + self.later(x)
            y = 2 * y - y / 3 + self.kernel * x + x @ ops.diag(self.kernel) + (1 - self.kernel) + scale
            y = Add()(y, x) + keras.activations.gelu(x) + ops.maximum(x, 0) ** 2
            return y * np.float32(2.0) + x * np.ones((1, 3), "float32") + (-y) // 2 + y % 3

    x = keras.Input((3,))
    replay(keras.Model(x, Everything()(x)), replay.random(4, 3))


@pytest.mark.skipif(keras.backend.backend() in ("numpy", "tensorflow"), reason="Keras itself does not promote there")
def test_integers_and_floats_meet_with_casts_between(replay):
    class Mixed(layers.Layer):
        def call(self, ids, x):
            positions = ops.arange(4)
            y = ids * x + ids / 2 + ops.where(ids > 2, x, 0) + ops.sqrt(ids) + positions
            return {"y": y, "any": ops.any(ids > 3, axis=-1), "sum": ops.sum(ids > 1), "mean": ops.mean(ids, axis=1)}

    ids, x = keras.Input((4,), dtype="int32"), keras.Input((4,))
    model = keras.Model([ids, x], Mixed()(ids, x))
    function = replay(model, [replay.integers(9, 2, 4), replay.random(2, 4)])
    for node in function.nodes:
        if node.op in ("add", "multiply", "divide"):
            assert node.args["x1"].dtype == node.args["x2"].dtype


def test_mixed_precision_casts_the_weights(replay):
    with keras.DTypePolicy("mixed_bfloat16") and keras.device("cpu"):
        model = keras.Sequential([keras.Input((8,)), layers.Dense(4, dtype="mixed_bfloat16"), layers.Dense(3)])
    function = replay(model, replay.random(2, 8))
    casts = [node for node in function.nodes if node.op == "cast"]
    assert {node.args["dtype"] for node in casts} >= {"bfloat16", "float32"}


def test_dropout_and_batch_statistics_are_those_of_inference(replay):
    noisy = [layers.Dropout(0.5), layers.BatchNormalization(), layers.GaussianNoise(1.0)]
    model = keras.Sequential([keras.Input((8,)), *noisy])
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(np.abs(replay.random(*weight.shape)) + 0.5)
    function = replay(model, replay.random(5, 8))
    assert [node.op for node in function.nodes if node.op not in ("weight", "constant")] == ["batch_normalization"]


def test_what_a_model_assigns_is_a_state_and_the_model_keeps_its_value(replay):
    class Counter(layers.Layer):
        def build(self, _):
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

        def call(self, x):
            self.count.assign_add(1.0)
            return x + self.count

    x = keras.Input((3,))
    counter = Counter(name="counter")
    model = keras.Model(x, counter(x))
    graph = replay.graph(model)
    before = float(counter.count.value)
    assert [state.name for state in graph.states] == [counter.count.path]
    assert [node.op for node in graph.functions[0].nodes if "state" in node.op] == ["read_state", "write_state"]
    assert float(counter.count.value) == before


def test_a_layer_that_calls_the_backend_is_rejected_by_path():
    class Direct(layers.Layer):
        def call(self, x):
            return ops.convert_to_numpy(x).clip(0)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape)

    x = keras.Input((3,))
    model = keras.Model(x, Direct(name="direct")(x))
    with pytest.raises(kelt.ExportError, match=r"K204(?s:.*)\n  direct  "):
        kelt.capture(model)


def test_a_run_repeated_gives_the_same_record(replay):
    model = encoder()
    first, second = replay.graph(model), replay.graph(model)
    assert repr(first.functions) == repr(second.functions)
    assert [weight.name for weight in first.weights] == [weight.name for weight in second.weights]
