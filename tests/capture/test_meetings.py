"""Which open lengths are one, and what a model that wants long inputs is captured at."""

import keras
from keras import layers, ops


def test_the_mask_of_an_attention_has_the_lengths_of_its_scores(replay):
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = keras.Input((None,), dtype="bool", name="mask")

    class Attention(layers.Layer):
        def call(self, x, mask):
            batch, length, _ = x.shape  # a size that is read: captured at numbers
            heads = ops.reshape(x, (batch, length, 2, 4))
            return ops.dot_product_attention(heads, heads, heads, mask=mask[:, None, None, :])

        def compute_output_spec(self, x, mask):
            return keras.KerasTensor((*x.shape[:2], 2, 4))

    model = keras.Model({"ids": ids, "mask": mask}, Attention()(layers.Embedding(10, 8)(ids), mask))
    given = [{"ids": replay.integers(10, n, s), "mask": replay.random(n, s) > 0.3} for n, s in ((2, 5), (3, 17))]
    function = replay(model, *given)
    assert [[str(dim) for dim in value.dims] for _, value in function.inputs] == [["n", "s"], ["n", "s"]]


def test_the_length_of_a_kernel_is_no_length_of_an_input(replay):
    """Of a kernel of 109: at the second sizes the signal is 103 long, too short for it, and there are 109 ids."""
    kernel, table = replay.random(109, 1, 2), replay.random(10, 3)

    def call(signal, ids):
        return ops.conv(signal, kernel) / float(signal.shape[1]), ops.take(table, ids, axis=0)

    specs = [keras.InputSpec(shape=(None, None, 1)), keras.InputSpec(shape=(None, None), dtype="int32")]
    (function,) = replay.graph(call, specs).functions
    assert [str(dim) for _, value in function.inputs for dim in value.dims] == ["n", "s", "1", "n_1", "s_1"]


def test_windows_that_want_a_long_input_are_counted_at_long_ones(replay):
    """At the usual sizes two are long enough, and as many windows as there are fit other divisions as well."""
    kernel = replay.random(700, 1, 2)

    def call(x):
        y = ops.conv(x, kernel, strides=64)
        return y / float(y.shape[1])

    (function,) = replay.graph(call, [keras.InputSpec(shape=(None, None, 1))]).functions
    for length in (763, 764, 1300, 5000, 20000):
        given = replay.random(2, length, 1)
        replay.compare(function, lambda given=given: call(ops.convert_to_tensor(given)), [given])


def test_a_sequence_and_its_mask_meet_behind_a_token_for_the_whole(replay):
    """As a class token is put before both: what meets is s + 1."""
    token, table = replay.random(1, 1, 4), replay.random(10, 4)

    def call(ids, mask, other):
        batch = ids.shape[0]
        tokens = ops.concatenate([ops.broadcast_to(token, (batch, 1, 4)), ops.take(table, ids, axis=0)], axis=1)
        seen = ops.concatenate([ops.ones((batch, 1)), mask], axis=1)
        return ops.sum(tokens * seen[:, :, None], axis=1) / float(ids.shape[1]), other * 2

    specs = [
        keras.InputSpec(shape=(None, None), dtype="int32"),
        keras.InputSpec(shape=(None, None)),
        keras.InputSpec(shape=(None, None)),
    ]
    (function,) = replay.graph(call, specs).functions
    dims = [[str(dim) for dim in value.dims] for _, value in function.inputs]
    assert dims == [["n", "s"], ["n", "s"], ["n_1", "s_1"]]
    given = [replay.integers(10, 2, 5), replay.random(2, 5), replay.random(3, 4)]
    replay.compare(function, lambda: call(*map(ops.convert_to_tensor, given)), given)


def test_lengths_that_meet_before_one_that_no_rule_knows(replay):
    """What was captured before they were one has other names for them, and tells less."""

    def call(x, y):
        return ops.view(ops.nextafter(x, y), "int32") * x.shape[1]

    specs = [keras.InputSpec(shape=(None, None), dtype="float32")] * 2
    (function,) = replay.graph(call, specs).functions
    assert [[str(dim) for dim in value.dims] for _, value in function.inputs] == [["n", "s"], ["n", "s"]]
