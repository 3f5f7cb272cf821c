"""Which lengths of the inputs a model wants to be equal, and which it wants to be a number."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.capture import capture_graph


def spec(*shape, dtype="float32"):
    return keras.InputSpec(shape=shape, dtype=dtype)


def dims(function):
    return [[str(dim) for dim in value.dims] for _, value in function.inputs]


def captured(replay, call, *specs):
    (function,) = replay.graph(call, list(specs)).functions
    return function


def doubled(a, b):
    return ops.concatenate([a, a], axis=0) + ops.concatenate([b, b], axis=0)


def scanned(a, b):
    return ops.associative_scan(lambda p, q: (p[0] + q[0], p[1] * q[1]), (a, b))


@pytest.mark.parametrize("call", [ops.add, doubled, scanned], ids=["added", "doubled", "scanned"])
def test_two_lengths_that_must_be_equal_are_one(call, replay):
    function = captured(replay, call, spec(None, 3), spec(None, 3))
    assert dims(function) == [["n", "3"], ["n", "3"]]
    given = [replay.random(5, 3), replay.random(5, 3)]
    replay.compare(function, lambda: call(*map(ops.convert_to_tensor, given)), given)


def test_both_axes_of_what_is_flattened_are_one(replay):
    def call(a, b):
        return ops.reshape(a, (a.shape[0] * a.shape[1], 3)) + ops.reshape(b, (b.shape[0] * b.shape[1], 3))

    function = captured(replay, call, spec(None, None, 3), spec(None, None, 3))
    assert dims(function) == [["n", "s", "3"], ["n", "s", "3"]]


def test_places_to_gather_are_as_many_as_they_like(replay):
    """Only the batch of the two must be one: the op fails as well where the lengths are equal."""

    def call(x, places):
        return ops.take_along_axis(x * float(x.shape[1]), places[..., None], axis=1)

    function = captured(replay, call, spec(None, None, 3), spec(None, None, dtype="int32"))
    assert dims(function) == [["n", "s", "3"], ["n", "s_1"]]
    given = [replay.random(2, 9, 3), replay.integers(9, 2, 4)]
    replay.compare(function, lambda: call(*map(ops.convert_to_tensor, given)), given)


def test_a_length_that_may_be_smaller_than_another_is_not_made_equal(replay):
    """The model rejects the larger one only: at sizes that grow from input to input they seem to be one."""

    def call(a, b):
        if b.shape[0] > a.shape[0]:
            raise ValueError(f"{b.shape} is longer than {a.shape}")
        return a[: b.shape[0]] * b

    with pytest.raises(kelt.ExportError, match="K205") as caught:
        captured(replay, call, spec(None, 3), spec(None, 3))
    assert "(n_1, 3) is longer than (n, 3) (n is axis 0 of 'a', n_1 is axis 0 of 'b')" in caught.value.what


def test_lengths_that_differ_by_a_number_are_not_one(replay):
    """At 101 and 103 one row on each side looks like the other symbol."""

    def call(a, b):
        return ops.pad(a, ((1, 1), (0, 0))) * float(a.shape[0]) + b

    function = captured(replay, call, spec(None, 3), spec(None, 3))
    assert dims(function) == [["n", "3"], ["n_1", "3"]]


def test_a_length_that_only_an_inner_layer_knows_is_taken_from_it(tmp_path):
    class Patches(layers.Layer):
        def build(self, shape):
            self.dense = layers.Dense(4)
            self.dense.build((None, None, 48))

        def call(self, x):
            return self.dense(x)

        def compute_output_shape(self, shape):
            return (*shape[:-1], 4)

    x = keras.Input((None, None), name="strips")
    report = kelt.export(keras.Model(x, Patches()(x)), tmp_path / "m.tflite", verify=True)
    assert report.signatures["serving_default"]["inputs"] == [("strips", "f32[n, s, 48]")]
    assert report.notes == ["axis 2 of 'strips' is 48: the model takes no other length there"]
    assert f"note: {report.notes[0]}" in str(report)


class Embed(layers.Layer):
    def build(self, shape):
        self.table, self.places = layers.Embedding(9, 4), self.add_weight(shape=(1, 64, 4))
        self.table.build()

    def call(self, x):
        return ops.add(self.table(x), self.places)

    def compute_output_shape(self, shape):
        return (*shape, 4)


class Pairs(layers.Layer):
    def call(self, x):
        batch, length, _ = ops.shape(x)
        return ops.reshape(x, (batch, length * 2, 2))

    def compute_output_shape(self, shape):
        return (shape[0], None, 2)


@pytest.mark.parametrize("reads_a_size", [False, True])
def test_a_length_that_learned_positions_fix_is_taken_from_them(reads_a_size, replay):
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedded = Embed()(ids)
    function = replay(keras.Model(ids, Pairs()(embedded) if reads_a_size else embedded), replay.integers(9, 2, 64))
    assert dims(function) == [["n", "64"]]


def test_a_length_meets_a_number_behind_what_is_done_to_it(replay):
    places = replay.random(1, 48, 3)
    joined = captured(replay, lambda x: ops.concatenate([x, x], axis=1) + places, spec(None, None, 3))
    padded = captured(replay, lambda x: ops.pad(x, ((0, 0), (0, 1), (0, 0))) + places, spec(None, None, 3))
    assert [dims(joined), dims(padded)] == [[["n", "24", "3"]], [["n", "47", "3"]]]


def test_a_product_of_known_shape_tells_the_length_that_is_summed(replay):
    kernel = replay.random(48, 3)
    assert dims(captured(replay, lambda x: ops.matmul(x, kernel), spec(2, None))) == [["2", "48"]]


def test_a_length_that_wants_to_be_even_is_no_number(replay):
    def call(x):
        return ops.reshape(x, (x.shape[0] // 2, 2, 3)) * float(x.shape[0])

    assert dims(captured(replay, call, spec(None, 3))) == [["n", "3"]]


def test_a_length_that_nothing_fits_is_named_with_its_axis(replay):
    class Bounded(layers.Layer):
        def call(self, x):
            return ops.add(x, ops.ones((5, 3))[: x.shape[1]])

        def compute_output_shape(self, shape):
            return shape

    ids = keras.Input((None, 3), name="ids")
    with pytest.raises(kelt.ExportError) as caught:
        replay.graph(keras.Model(ids, Bounded(name="bounded")(ids)))
    (part,) = caught.value.parts
    assert (part.code, part.path, part.op) == ("K205", "bounded", "keras.ops.add")
    assert "n is axis 0 of 'ids', s is axis 1 of 'ids'" in part.what
    assert "101" not in part.what and "1009" not in part.what
    assert part.remedy == "Give axis 1 of 'ids' a number in `input_signature` that the layer takes."


def choices(replay, axis):
    table, weights = replay.random(9, 4), replay.random(4, 1)

    def call(ids, mask):
        count, length = ids.shape[1], ids.shape[2]
        words = ops.take(table, ops.reshape(ids, (-1, length)), axis=0)
        seen = ops.cast(ops.reshape(mask, (-1, length)), "float32")[..., None]
        return ops.reshape(ops.matmul(ops.sum(words * seen, axis=1), weights), (-1, count))

    specs = [spec(None, axis, None, dtype="int32")] * 2
    return call, captured(replay, call, *specs)


@pytest.mark.parametrize("count", [4, None])
def test_choices_that_are_folded_into_the_batch_and_out_of_it_are_followed(count, replay):
    """The mask is reshaped to the length of the ids: that its choices are as many as that would do as well."""
    call, function = choices(replay, count)
    assert dims(function) == [["n", str(count or "s"), "d"]] * 2
    given = [replay.integers(9, 3, 4, 5), replay.integers(2, 3, 4, 5)]
    replay.compare(function, lambda: call(*map(ops.convert_to_tensor, given)), given)


def test_the_axes_of_a_square_mask_are_the_length_of_the_ids(replay):
    table = replay.random(9, 4)

    def call(ids, mask):
        return ops.matmul(mask, ops.take(table, ids, axis=0)) * float(ids.shape[1]) + ops.sum(mask, axis=1)[..., None]

    function = captured(replay, call, spec(None, None, dtype="int32"), spec(None, None, None))
    assert dims(function) == [["n", "s"], ["n", "s", "s"]]


def test_a_length_that_a_product_wants_is_its_number():
    weights = np.ones((6, 3), "float32")

    def call(x):
        return ops.matmul(ops.reshape(x, (-1, x.shape[1])), weights) * float(x.shape[0])

    (function,) = capture_graph(call, [spec(None, None)]).functions
    assert dims(function) == [["n", "6"]]


PAIRS = {
    "two lengths": lambda a, b: a + b if a.shape[0] == b.shape[0] else a[:1] + b[:1],
    "two shapes": lambda a, b: a + b if a.shape == b.shape else a[:1] + b[:1],
    "a difference": lambda a, b: a + b if not a.shape[0] - b.shape[0] else a[:1] + b[:1],
    "plain numbers": lambda a, b: a + b if int(a.shape[0]) == int(b.shape[0]) else a[:1] + b[:1],
    "arrays of numpy": lambda a, b: a + b if np.array_equal(a.shape, b.shape) else a[:1] + b[:1],
    "the smaller": lambda a, b: a[: min(a.shape[0], b.shape[0])] + b[: min(a.shape[0], b.shape[0])],
}


@pytest.mark.parametrize("name", PAIRS)
def test_lengths_that_python_compares_are_not_one_for_being_equal_in_a_capture(name, replay):
    """Where they are equal an op wants them to be: the other branch takes them as they are."""
    call = PAIRS[name]
    try:
        function = captured(replay, call, spec(None, 3), spec(None, 3))
    except kelt.ExportError as rejection:
        assert rejection.code == "K205"
        return
    assert dims(function) == [["n", "3"], ["n_1", "3"]]
    for rows in ((5, 5), (2, 7), (7, 2)):
        given = [replay.random(size, 3) for size in rows]
        replay.compare(function, lambda given=given: call(*map(ops.convert_to_tensor, given)), given)


def test_lengths_that_python_compares_unseen_are_one_at_most(replay):
    """Of a range nothing tells that it is of a size: the record is right where the lengths are equal, and for those."""

    def call(a, b):
        return a + b if range(a.shape[0]) == range(b.shape[0]) else a[:1] + b[:1]

    function = captured(replay, call, spec(None, 3), spec(None, 3))
    assert dims(function) == [["n", "3"], ["n", "3"]]
    given = [replay.random(5, 3), replay.random(5, 3)]
    replay.compare(function, lambda: call(*map(ops.convert_to_tensor, given)), given)


class Checks(layers.Layer):
    def call(self, x, y):
        if x.shape[2] != y.shape[2]:
            raise ValueError(f"The lengths differ. Received: x.shape[2]={x.shape[2]} and y.shape[2]={y.shape[2]}")
        return ops.sum(x, axis=1) + ops.sum(y, axis=(1, 3))


def test_lengths_that_a_layer_of_the_users_wants_to_be_equal_are_one(replay):
    function = captured(replay, lambda x, y: Checks()(x, y), spec(None, 2, None), spec(None, 2, None, 3))
    assert dims(function) == [["n", "2", "d"], ["n", "2", "d", "3"]]


def test_what_is_folded_into_the_batch_as_another_input_is_has_its_axes(replay):
    def call(x, mask):
        folded, batch = ops.reshape(x, (x.shape[0] * x.shape[1], x.shape[2], 3)), x.shape[0] * x.shape[1]
        return folded * ops.reshape(mask, (batch, x.shape[2]))[..., None]

    function = captured(replay, call, spec(None, None, None, 3), spec(None, None, None))
    assert dims(function) == [["n", "h", "w", "3"], ["n", "h", "w"]]


def test_a_number_is_found_among_many_open_axes():
    """The message of the inner model says which axis must be which number; those of its name are none."""
    inner = keras.Input((None, None, 7))
    dense = keras.Model(inner, layers.Dense(2)(inner), name="of_90_80_70_60")
    outer = [keras.Input((None, None, None), name=name) for name in "abcdefgh"]
    model = keras.Model(outer, [dense(outer[7]), *(x + 1.0 for x in outer[:7])])
    (function,) = capture_graph(model).functions
    assert [dims(function)[i][3] for i in (0, 6, 7)] == ["c", "c_6", "7"]
