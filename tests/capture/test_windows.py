"""What is cut out of an axis of unknown length: slices and windows, on both sides of their borders."""

import sys

import keras
import pytest
from capture.test_sizes import at, check, model_of
from keras import ops


def test_a_mean_over_what_a_slice_leaves(replay):
    """The border lies far beyond the sizes of the captures."""

    def call(x):
        x = x[:, :3000]
        return ops.sum(x, axis=1) / ops.cast(ops.shape(x)[1], "float32")

    check(replay, model_of(call, (None, 4)), *at(replay, (1, 7), (1, 2999), (1, 3000), (1, 3001), (1, 5000)))


SLICES = {
    "from": (slice(5, None), (6, 9, 70)),
    "to": (slice(None, 50), (3, 49, 50, 51)),
    "from and to": (slice(10, 50), (11, 49, 50, 51)),
    "from the end": (slice(-40, None), (3, 39, 40, 41)),
    "without the end": (slice(None, -5), (6, 9, 70)),
    "from the end, without the end": (slice(-40, -5), (7, 39, 40, 45, 70)),
    "every third": (slice(None, None, 3), (1, 2, 3, 4, 70)),
    "every third of some": (slice(2, 50, 3), (4, 49, 50, 51, 53)),
    "backwards": (slice(None, None, -1), (1, 2, 70)),
    "beyond any": (slice(None, sys.maxsize), (1, 70)),
    "nothing": (slice(7, 3), (1, 5, 70)),
}


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_has_the_length_that_python_gives_it(name, replay):
    part, lengths = SLICES[name]

    def call(x):
        x = x[:, part]
        return x * float(ops.shape(x)[1])

    check(replay, model_of(call, (None, 4)), *at(replay, *((1, length) for length in lengths)))


@pytest.mark.parametrize(("length", "stride"), [(512, 128), (2048, 512), (400, 160), (16, 8)])
def test_sequences_are_as_many_as_fit(length, stride, replay):
    def call(x):
        frames = ops.extract_sequences(x, length, stride)
        return ops.sum(frames, axis=1) / ops.cast(ops.shape(frames)[1], "float32")

    given = [replay.random(2, length + more) for more in (0, 1, stride - 1, stride, 5 * stride + 3)]
    check(replay, call, *given, specs=[keras.InputSpec(shape=(None, None), dtype="float32")])
    check(
        replay, lambda x: ops.extract_sequences(x, length, stride), *given, specs=[keras.InputSpec(shape=(None, None))]
    )
