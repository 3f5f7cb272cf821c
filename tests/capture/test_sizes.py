"""Models whose code looks at sizes: right at sizes that no capture saw, or rejected with the layer's path."""

import math

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt


def model_of(call, *shapes, dtype="float32", name="reader"):
    """A Functional model of one layer with this `call`."""
    body = call

    class Reader(layers.Layer):
        def call(self, *args):
            return body(*args)

        def compute_output_spec(self, *args):
            return keras.KerasTensor((None,) * 3)

    inputs = [keras.Input(shape, dtype=dtype, name=f"x{i}") for i, shape in enumerate(shapes)]
    outputs = Reader(name=name)(*inputs)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs)


def check(replay, model, *inputs, specs=None):
    (function,) = replay.graph(model, specs).functions
    for given in inputs:
        given = given if isinstance(given, list) else [given]
        replay.compare(function, lambda given=given: model(given if len(given) > 1 else given[0]), given)
    return function


def at(replay, *sizes, features=4):
    return [replay.random(batch, length, features) for batch, length in sizes]


UNSEEN = ((1, 9), (3, 20), (2, 71))


def test_heads_are_split_at_any_length(replay):
    def call(x):
        batch, length, width = x.shape
        return ops.reshape(x, (batch, length, 2, width // 2))

    function = check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))
    assert [str(dim) for dim in function.outputs[0][1].dims] == ["n", "s", "2", "2"]


def test_a_float_made_from_a_size_becomes_operations(replay):
    check(replay, model_of(lambda x: x / float(ops.shape(x)[1]), (None, 4)), *at(replay, *UNSEEN))
    check(replay, model_of(lambda x: x * ops.shape(x)[1] ** -0.5, (None, 4)), *at(replay, *UNSEEN))
    check(replay, model_of(lambda x: x * (3.0 / x.shape[1]), (None, 4)), *at(replay, *UNSEEN))


@pytest.mark.parametrize("limit", [8, 64, 500])
def test_a_branch_on_a_size_is_rejected(limit, replay):
    model = model_of(lambda x: x * 2.0 if x.shape[1] > limit else x - 1.0, (None, 4), name="chooser")
    with pytest.raises(kelt.ExportError, match=r"K205.: Python code branches on a size.*\n  in chooser"):
        replay.graph(model)


def test_a_number_chosen_by_a_size_is_rejected(replay):
    model = model_of(lambda x: x * (2.0 if x.shape[1] > 64 else 5.0), (None, 4), name="chooser")
    with pytest.raises(kelt.ExportError, match=r"K205(?s:.*)\n  in chooser"):
        replay.graph(model)


@pytest.mark.parametrize("limit", [50, 600, 1000])
def test_a_number_chosen_by_a_size_is_rejected_though_a_floor_of_few_sizes_has_its_values(limit, replay):
    model = model_of(lambda x: x * (2.0 if x.shape[1] < limit else -1.0), (None, 4), name="chooser")
    with pytest.raises(kelt.ExportError, match=r"K205(?s:.*)\n  in chooser"):
        replay.graph(model, keras.InputSpec(shape=(2, None, 4), dtype="float32"))


def test_np_arange_of_a_size_follows_the_size(replay):
    def call(x):
        positions = np.arange(x.shape[1], dtype="float32")
        return x + positions[:, None]

    def direct(x):
        return ops.cumsum(x, axis=1) * np.arange(x.shape[1], dtype="float32").reshape(-1)[0] + np.ones(
            x.shape[1:], "float32"
        )

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))
    check(replay, model_of(direct, (None, 4)), *at(replay, *UNSEEN))
    ranks = model_of(lambda x: x[..., 0] * ops.convert_to_tensor(np.arange(x.shape[1], dtype="float32")), (None, 4))
    function = check(replay, ranks, *at(replay, *UNSEEN))
    assert "arange" in [node.op for node in function.nodes]


def test_a_causal_mask_of_numpy_follows_the_size(replay):
    def call(x):
        length = x.shape[1]
        scores = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
        return ops.where(np.tril(np.ones((length, length), "bool")), scores, -1e9)

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


ARRAYS = {
    "a fill": lambda s: np.full((s, 4), 3.5, "float32"),
    "a fill by size": lambda s: np.full((s, 4), s, "float32"),
    "a fill by a root": lambda s: np.full((s, 1), s**-0.5, "float32"),
    "numbers in fours": lambda s: np.arange(s * 4, dtype="float32").reshape(s, 4),
    "half steps from three": lambda s: (3 + 0.5 * np.arange(s, dtype="float32"))[:, None],
    "backwards": lambda s: np.arange(s, 0, -1, dtype="float32")[:, None],
    "a ramp from 0 to 1": lambda s: np.linspace(0, 1, s, dtype="float32")[:, None],
    "a ramp from -1 to 1": lambda s: np.linspace(-1, 1, s, dtype="float32")[:, None],
    "distances": lambda s: (np.arange(s)[:, None] - np.arange(4)[None, :]).astype("float32"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_numpy_that_has_a_formula(name, replay):
    sizes = ((1, 9), (3, 20), (2, 2))
    check(replay, model_of(lambda x: x + ARRAYS[name](x.shape[1]), (None, 4)), *at(replay, *sizes))


SQUARES = {
    "causal": lambda s: np.tril(np.ones((s, s), "float32")),
    "causal, to be added": lambda s: np.triu(np.full((s, s), -1e9, "float32"), k=1)[None],
    "a band below": lambda s: np.tril(np.ones((s, s), "float32"), k=-2),
    "one": lambda s: np.eye(s, dtype="float32"),
    "distances": lambda s: (np.arange(s)[:, None] - np.arange(s)[None, :]).astype("float32"),
    "a choice": lambda s: np.where(np.arange(s)[:, None] >= np.arange(s), np.float32(1), np.float32(-2)),
}


@pytest.mark.parametrize("name", SQUARES)
def test_a_square_of_numpy_that_has_a_formula(name, replay):
    def call(x):
        return ops.matmul(x, ops.transpose(x, (0, 2, 1))) + SQUARES[name](x.shape[1])

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


def test_numbers_made_from_a_size_by_mathematics(replay):
    for call in (
        lambda x: x * math.log(x.shape[1]),
        lambda x: x * (2.0 / x.shape[1] + 1.0),
        lambda x: x * (1.0 / math.sqrt(x.shape[1] * x.shape[0])),
        lambda x: x + (0.5 * x.shape[1] - 3.0),
    ):
        check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


def test_a_handler_that_catches_all_does_not_hide_that_a_size_is_read(replay):
    def rows(x):
        try:
            return ops.reshape(x, (x.shape[0] * x.shape[1], 1, 4))
        except BaseException:
            return x

    check(replay, model_of(rows, (None, 4)), *at(replay, (2, 5), (3, 7)))


def test_a_loop_of_python_over_a_size_is_rejected_at_once(replay):
    def call(x):
        total = x[:, 0]
        for t in range(x.shape[1]):
            total = total + x[:, t] * t
        return total

    with pytest.raises(kelt.ExportError, match=r"K205.: Python code branches on a size.*\n  in walker") as error:
        replay.graph(model_of(call, (None, 4), name="walker"))
    assert "keras.ops.fori_loop" in str(error.value)


def test_a_slice_of_a_position_table(replay):
    table = keras.Variable(replay.random(128, 4), name="table")

    def call(x):
        length = ops.shape(x)[1]
        return x + table[:length] + ops.take(table, ops.arange(length), axis=0)

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


def test_a_reshape_with_products_of_sizes(replay):
    def call(x):
        batch, height, width, channels = x.shape
        rows = ops.reshape(x, (batch * height, width, channels))
        columns = ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (batch * width, height, channels))
        flat = ops.reshape(x, (batch, height * width * channels))
        return ops.sum(rows, axis=1), ops.sum(columns, axis=1), flat

    given = [replay.random(n, h, w, 2) for n, h, w in ((1, 3, 5), (3, 7, 2))]
    check(replay, call, *given, specs=[keras.InputSpec(shape=(None, None, None, 2), dtype="float32")])


def test_a_sliding_window(replay):
    def call(x):
        length = ops.shape(x)[1]
        return ops.stack([x[:, i : length - 2 + i] for i in range(3)], axis=2)

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


def test_padding_to_a_multiple(replay):
    def call(x):
        batch, length, width = x.shape
        x = ops.pad(x, ((0, 0), (0, -length % 8), (0, 0)))
        return ops.mean(ops.reshape(x, (batch, x.shape[1] // 8, 8, width)), axis=2)

    check(replay, model_of(call, (None, 4)), *at(replay, (1, 16), (2, 17), (3, 70)))


def test_a_limit_on_the_length(replay):
    check(replay, model_of(lambda x: x[:, : min(x.shape[1], 40)], (None, 4)), *at(replay, (1, 9), (2, 40), (2, 71)))


def test_two_sequences_of_different_lengths(replay):
    def call(a, b):
        return ops.matmul(a, ops.transpose(b, (0, 2, 1)))

    function = check(
        replay,
        model_of(call, (None, 4), (None, 4)),
        [replay.random(2, 5, 4), replay.random(2, 9, 4)],
        [replay.random(3, 30, 4), replay.random(3, 2, 4)],
    )
    assert [str(dim) for dim in function.outputs[0][1].dims] == ["n", "s", "s_1"]


def test_ids_and_mask_share_one_length(replay):
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = keras.Input((None,), name="mask")

    class Pool(layers.Layer):
        def call(self, x, mask_values):
            batch, length, _ = x.shape
            weights = ops.reshape(mask_values, (batch, length, 1))
            return ops.sum(x * weights, axis=1) / float(length)

        def compute_output_spec(self, x, mask_values):
            return keras.KerasTensor((x.shape[0], x.shape[2]))

    model = keras.Model({"ids": ids, "mask": mask}, Pool(name="pool")(layers.Embedding(10, 4)(ids), mask))
    given = [{"ids": replay.integers(10, n, s), "mask": replay.random(n, s)} for n, s in ((2, 5), (3, 17))]
    function = replay(model, *given)
    assert [[str(dim) for dim in value.dims] for _, value in function.inputs] == [["n", "s"], ["n", "s"]]


def test_an_image_and_a_text(replay):
    image = keras.Input((None, None, 3), name="image")
    text = keras.Input((None,), dtype="int32", name="text")

    class Tokens(layers.Layer):
        def call(self, x):
            batch, height, width, channels = x.shape
            return ops.reshape(x, (batch, height * width, channels))

        def compute_output_spec(self, x):
            return keras.KerasTensor((x.shape[0], None, x.shape[3]))

    tokens = Tokens(name="tokens")(layers.Conv2D(4, 3, strides=2, padding="same")(image))
    joined = layers.Concatenate(axis=1)([tokens, layers.Embedding(10, 4)(text)])
    model = keras.Model([image, text], layers.Dense(3)(joined))
    given = [[replay.random(n, h, w, 3), replay.integers(10, n, s)] for n, h, w, s in ((1, 9, 12, 5), (2, 31, 8, 70))]
    replay(model, *given)


def test_an_array_that_no_formula_is_known_for_is_rejected(replay):
    def call(x):
        return x * np.sin(np.arange(x.shape[1], dtype="float32"))[:, None]

    with pytest.raises(kelt.ExportError, match=r"K205.: .*an array is computed from a size") as error:
        replay.graph(model_of(call, (None, 4), name="wave"))
    assert error.value.code == "K205"
    assert error.value.path == "wave"


def test_sizes_stay_open_through_a_convolutional_network(replay):
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(image)
    x = layers.MaxPooling2D(3, 2)(x)
    x = layers.Conv2D(4, 3)(layers.ZeroPadding2D(2)(x))
    x = layers.UpSampling2D(2)(x)
    model = keras.Model(image, [x, layers.GlobalAveragePooling2D()(x)])
    replay(model, replay.random(1, 33, 47, 3), replay.random(2, 40, 21, 3))


def test_attention_is_followed_without_captures_at_numbers(replay):
    query, key, mask = keras.Input((None, 6)), keras.Input((None, 6)), keras.Input((None, None), dtype="bool")
    attended = layers.MultiHeadAttention(2, 8)(query, key, attention_mask=mask)
    model = keras.Model([query, key, mask], attended)
    assert not replay.graph(model).proven_sizes
    given = [
        [replay.random(n, q, 6), replay.random(n, k, 6), replay.random(n, q, k) > 0]
        for n, q, k in ((1, 5, 9), (3, 7, 2))
    ]
    replay(model, *given)


def test_sizes_multiplied_by_keras_ops(replay):
    def call(x):
        flat = ops.reshape(x, (x.shape[0], ops.prod(ops.shape(x)[1:])))
        return flat + ops.cast(ops.arange(ops.prod(x.shape[1:])), "float32")

    check(replay, model_of(call, (None, 4)), *at(replay, *UNSEEN))


def test_a_remainder_is_of_its_own_length(replay):
    """Sizes that are odd and even together could not tell whose it is."""

    def call(x):
        return ops.pad(x, [(0, 0), (0, -x.shape[1] % 2), (0, -x.shape[2] % 4)])

    (function,) = replay.graph(call, [keras.InputSpec(shape=(None, None, None))]).functions
    for shape in ((2, 9, 12), (1, 8, 6), (3, 7, 8), (2, 4, 5)):
        given = replay.random(*shape)
        replay.compare(function, lambda given=given: call(ops.convert_to_tensor(given)), [given])


def test_a_number_is_made_of_lengths_of_what_was_computed(replay):
    """As a Gram matrix is divided by the size of its features."""

    def call(x):
        small = ops.average_pool(x, 2, 2, padding="same")
        height, width = small.shape[1:3]
        return (
            ops.sum(small, axis=(1, 2)) / (height * width),
            ops.full((height * width,), 1.0),
            small * (height - width),
        )

    specs = [keras.InputSpec(shape=(None, None, None, 2))]
    (function,) = replay.graph(call, specs).functions
    for shape in ((2, 9, 12, 2), (1, 15, 6, 2), (3, 7, 8, 2)):
        given = replay.random(*shape)
        replay.compare(function, lambda given=given: call(ops.convert_to_tensor(given)), [given])


def test_a_length_that_only_the_values_know_is_rejected_with_what_to_do(replay):
    what_to_do = {
        "keras.ops.where": (lambda x: x[x > 0], lambda x: ops.nonzero(x)[0]),
        "keras.ops.unique the largest number": (lambda x: ops.unique(x),),
    }
    for remedy, calls in what_to_do.items():
        for call in calls:
            with pytest.raises(kelt.ExportError, match="reader") as error:
                replay.graph(model_of(call, (None, 4)))
            assert remedy in str(error.value)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_what_is_halved_and_doubled_meets_again_at_multiples(depth, replay):
    """A U-Net: its input must be a multiple of 2 ** depth, which few of the usual sizes are."""
    x = inputs = keras.Input((None, None, 2))
    skips = []
    for _ in range(depth):
        skips.append(x)
        x = layers.MaxPooling2D()(layers.Conv2D(2, 3, padding="same")(x))
    for skip in reversed(skips):
        x = layers.Concatenate()([layers.Conv2DTranspose(2, 2, strides=2)(x), skip])
    part = 2**depth
    model = keras.Model(inputs, x)
    function = check(replay, model, *(replay.random(n, h * part, w * part, 2) for n, h, w in ((1, 1, 2), (2, 3, 1))))
    assert [str(dim) for dim in function.outputs[0][1].dims[:3]] == ["n", "h", "w"]


def test_a_size_is_rounded_beside_what_wants_multiples(replay):
    """The least multiple is taken: at multiples of 64 a rounding to 8 could not be told from none."""

    def call(x):
        half = x[:, : x.shape[1] // 2]
        up = ops.concatenate([ops.repeat(half, 2, axis=1), x], axis=-1)
        return up * ops.cast((x.shape[1] + 7) // 8, "float32")

    check(replay, model_of(call, (None, 4)), *at(replay, (1, 10), (3, 20), (2, 16)))


def test_places_of_several_levels_are_joined(replay):
    """As a detector does with the boxes of its pyramid."""
    x = keras.Input((None, None, 3), name="x")
    levels = [x]
    for _ in range(3):
        levels.append(layers.Conv2D(4, 3, 2, "same", activation="relu")(levels[-1]))
    boxes = [layers.Reshape((-1, 2))(layers.Conv2D(6, 1)(level)) for level in levels[1:]]
    model = keras.Model(x, layers.Concatenate(axis=1)(boxes))
    inputs = [replay.random(1, 17, 23, 3), replay.random(2, 40, 33, 3), replay.random(3, 8, 64, 3)]
    function = check(replay, model, *inputs)
    length = function.outputs[0][1].dims[1]
    assert length.at({"n": 1, "h": 17, "w": 23}) == 3 * (9 * 12 + 5 * 6 + 3 * 3)
