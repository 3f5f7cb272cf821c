"""On which inputs a file is compared: their sizes, and what they hold."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt

RNG = np.random.default_rng(5)


def sizes_of(call, *specs):
    """The first sizes at which a model is tried, and all others."""
    from kelt.tracing.capture import capture_graph
    from kelt.verification.sizes import first_sizes, size_draws

    (function,) = capture_graph(call, [keras.InputSpec(shape=shape, dtype="float32") for shape in specs]).functions
    first = first_sizes(function)[0]
    return first, size_draws(function, first)


def test_a_model_that_changes_with_no_size_is_tried_at_a_short_and_at_a_large_one():
    first, ((large, *_), short) = sizes_of(lambda x: x * 2.0, (None, None, 4))
    assert (first, large, short) == ({"n": 16, "s": 19}, {"n": 1, "s": 20011}, [])
    assert sizes_of(lambda x: x * 2.0, (None, 4)) == ({"n": 16}, [[{"n": 1}]])
    assert sizes_of(lambda x: x * 2.0, (None, 96, 96, 3))[0] == {"n": 2}
    assert sizes_of(lambda x: x * 2.0, (3, 4)) == ({}, [])


def test_integers_that_index_nothing_are_also_drawn_as_a_mask():
    """Of larger numbers, a mask that is added to logits leaves one key to each query, and hides what else is wrong."""
    from kelt.tracing.capture import capture_graph
    from kelt.verification.draws import drawn

    specs = [keras.InputSpec(shape=(None, 40), dtype="int32"), keras.InputSpec(shape=(None, 40, 4), dtype="float32")]
    call = lambda mask, x: ops.softmax(x - 1e9 * ops.cast(1 - mask, "float32")[:, :, None])  # noqa: E731
    (function,) = capture_graph(call, specs).functions
    assert set(drawn(function, "low", {"n": 4, "n_1": 4}, 0)[0].ravel()) == {0, 1}
    assert set(drawn(function, "random", {"n": 4, "n_1": 4}, 0)[0].ravel()) == set(range(16))


def test_borders_are_tried_on_both_sides_as_long_as_that_is_cheap():
    def windows(x):
        return ops.mean(x[:, :50], axis=1) + ops.mean(x[:, -300:], axis=1)

    def long(x):
        for _ in range(100):
            x = ops.tanh(x)
        return windows(x)

    def sizes(call):
        _, (_, _, *borders) = sizes_of(call, (None, None, 4))
        return [sizes["s"] for (sizes,) in borders]

    assert sorted(sizes(windows)) == [49, 50, 51, 299, 300, 301]
    assert sizes(long) == [49]


def test_a_set_that_is_full_when_its_list_is_long_is_drawn_short_as_well(tmp_path, monkeypatch):
    tags = keras.Input((None,), dtype="int32", name="tags")
    model = keras.Model(tags, layers.Dense(1, name="risk")(layers.CategoryEncoding(9, output_mode="multi_hot")(tags)))
    kernel = model.get_layer("risk").kernel
    kernel.assign(RNG.normal(size=kernel.shape))
    kelt.export(model, tmp_path / "m.tflite", verify=True)
    monkeypatch.setattr("kelt.verification.mismatch._changed_weights", lambda *_: set())
    kernel.assign(np.array(kernel)[::-1])  # the sum of all is the same
    with pytest.raises(kelt.ExportError, match="the output risk"):
        kelt.verify(model, tmp_path / "m.tflite")


def ranges(model):
    """The least and the largest number of each input on random draws."""
    from kelt.tracing.capture import capture_graph
    from kelt.verification.draws import drawn

    (function,) = capture_graph(model).functions
    return [(array.min(), array.max()) for array in drawn(function, "random", {"n": 50, "s": 50}, 0)]


def test_inputs_lie_in_the_range_that_the_first_layers_declare():
    image = keras.Input((8, 8, 3), name="image")
    assert np.allclose(ranges(keras.Model(image, layers.Rescaling(1 / 127.5, -1.0)(image))), [(0, 255)], atol=2)
    assert np.allclose(ranges(keras.Model(image, layers.Rescaling(1 / 255)(image))), [(0, 255)], atol=2)
    both = layers.Normalization(mean=[0.5, 0.4, 0.3], variance=[0.01, 0.04, 0.01])(layers.Rescaling(1 / 255)(image))
    assert np.allclose(ranges(keras.Model(image, both)), [(51, 153)], atol=3)
    age = keras.Input((1,), name="age")
    (binned,) = ranges(keras.Model(age, layers.Discretization([20.0, 40.0, 60.0])(age)))
    assert binned[0] < 20 < 60 < binned[1]
    ids = keras.Input((None,), dtype="int32", name="ids")
    assert ranges(keras.Model(ids, layers.Embedding(300, 4)(ids))) == [(0, 299)]
    assert ranges(keras.Model(image, layers.Conv2D(2, 3)(image)))[0][0] < -2

    def embedded(t):
        frequencies = ops.exp(ops.arange(0, 4, dtype="float32") * -2.0)
        return ops.sin(ops.cast(t, "float32")[:, None] * frequencies)

    for dtype in ("int32", "float32"):
        step = keras.Input((), dtype=dtype, name="step")
        assert ranges(keras.Model(step, layers.Lambda(embedded)(step)))[0][1] > 900


def scaled_in_a_loop(x):
    return x * ops.fori_loop(0, 2, lambda _, total: total + x.shape[1], 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x * x.shape[1],
        lambda x: x + ops.mean(ops.arange(x.shape[1], dtype="float32")),
        lambda x: ops.where(x > x.shape[1] - 20, x, 0.0),
        scaled_in_a_loop,
    ],
    ids=["a factor", "an offset that is computed", "a comparison", "in a loop"],
)
def test_a_number_that_depends_on_a_size_tells_no_range(call, tmp_path):
    kelt.export(call, tmp_path / "f.tflite", keras.InputSpec(shape=(2, None), dtype="float32"), verify=True)


class Positions(layers.Layer):
    """A table, and no length beyond it."""

    def __init__(self, longest):
        super().__init__()
        self.table = self.add_weight(shape=(longest, 4), initializer="normal")

    def call(self, x):
        return x + ops.slice(ops.convert_to_tensor(self.table), (0, 0), (ops.shape(x)[1], 4))

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.parametrize("longest", [16, 10, 3])
def test_lengths_that_a_table_of_positions_has_are_found(longest, path):
    x = keras.Input((None, 4), name="x")
    assert kelt.export(keras.Model(x, Positions(longest)(x)), path, verify=True).errors


def test_lengths_that_are_multiples_are_found(path):
    x = keras.Input((None, 12), name="x")
    assert kelt.export(keras.Model(x, layers.Reshape((-1, 6, 8))(x)), path, verify=True).errors


class Never(layers.Layer):
    """A model that takes no numbers."""

    def call(self, x):
        if type(x).__name__ == "ArrayImpl":  # of jax, and no symbol
            raise ValueError("not today")
        return x + 1


@pytest.mark.parametrize("shape", [(None, 3), (4,)])
def test_a_model_that_rejects_all_that_is_drawn_is_not_proven(shape, path):
    x = keras.Input(shape, name="x")
    with pytest.raises(
        kelt.ExportError, match="nothing is proven: the model takes no inputs that were tried; to those of"
    ):
        kelt.export(keras.Model(x, Never()(x)), path, verify=True)
    assert not path.exists()
