"""What Python decides by a size: the record holds on both sides, or it says up to where, or it is rejected."""

import math

import keras
import numpy as np
import pytest
from capture.test_sizes import at, check, model_of
from keras import layers, ops

import kelt

LIMIT = 18000


class Limited(layers.Layer):
    limit = 16000

    def __init__(self):
        super().__init__()
        self.own = 19000

    def call(self, x):
        return x * 2.0 if int(x.shape[1]) > self.own else x


EXACT = {
    "the smaller of two": (lambda x: x[:, : min(x.shape[1], 17000)] * float(min(17000, x.shape[1])), 17000),
    "the larger of two": (lambda x: ops.pad(x, ((0, 0), (0, max(15000 - x.shape[1], 0)), (0, 0))), 15000),
    "the smaller, by numpy": (lambda x: x * float(np.minimum(x.shape[1], 17000)), 17000),
    "a limit that a global says": (lambda x: x * float(min(x.shape[1], LIMIT)), LIMIT),
    "a division rounded up": (lambda x: x * float(math.ceil(x.shape[1] / 7)), 7000),
    "what a comparison says": (lambda x: x * ops.where(x.shape[1] + 1 > 17001, 2.0, 5.0), 17000),
    "whether a size is no number": (lambda x: ops.where(x.shape[1] != 12345, x, x + 1), 12345),
    "one of two comparisons": (lambda x: ops.where(x.shape[1] <= 14, x if x.shape[1] < 10**6 else None, -x), 14),
    "a check": (lambda x: x * 3.0 if x.shape[1] < 10**7 else None, 20000),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_number_made_of_a_size_is_right_on_both_sides_of_its_border(name, replay):
    call, border = EXACT[name]
    function = check(replay, model_of(call, (None, 1)), *at(replay, *((1, border + d) for d in (-1, 0, 1)), features=1))
    assert not function.valid or name == "a check"


BOUNDED = {
    "a branch": (lambda x: x * 2.0 if x.shape[1] > 20000 else x - 1.0, 20000),
    "a branch on a product": (lambda x: x * 2.0 if x.shape[1] * 2 > 20001 else x - 1.0, 10000),
    "a number chosen": (lambda x: x * (2.0 if x.shape[1] >= 30000 else 5.0), 29999),
    "one size of its own": (lambda x: x * 2.0 if x.shape[1] == 12345 else x - 1.0, 12344),
    "a branch on a plain number": (lambda x: x * 2.0 if int(x.shape[1]) > 20000 else x - 1.0, 20000),
    "a branch on a limit of the layer": (lambda x: Limited()(x), 19000),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_a_branch_beyond_the_usual_sizes_bounds_the_record(name, replay):
    call, last = BOUNDED[name]
    function = check(replay, model_of(call, (None, 1)), *at(replay, (1, last), (1, 9), features=1))
    inside = [all(length.at({"n": 2, "s": size}) >= 0 for length in function.valid) for size in (last, last + 1)]
    assert inside == [True, False]
    assert {last, last + 1} <= set(function.borders["s"])


def test_a_rejection_names_the_axis_and_the_line_of_the_users_code(replay):
    def call(x):
        return x * 2.0 if x.shape[1] > 64 else x - 1.0

    line = call.__code__.co_firstlineno + 1
    with pytest.raises(kelt.ExportError) as raised:
        replay.graph(model_of(call, (None, 4)))
    said = str(raised.value)
    assert raised.value.code == "K205"
    assert f"{__file__}:{line} asks whether s > 64 (s is axis 1 of 'x0')" in said
    assert "give axis 1 of 'x0' a fixed size in `input_signature`" in said


def test_a_comparison_that_is_made_only_where_another_holds_counts_as_well(replay):
    def call(x):
        height, width = (x.shape[1] + 3) // 4, (x.shape[2] + 3) // 4
        return x * 2.0 if height % 4 == 0 and width % 4 == 0 else x - 1.0

    with pytest.raises(
        kelt.ExportError, match=r"mod\(floordiv\(w \+ 3, 4\), 4\) == 0 \(h is axis 1 of 'x0', w is axis 2"
    ):
        replay.graph(model_of(call, (None, None, 3)))


@pytest.mark.parametrize("flag", [lambda size: size > 64, lambda size: float(size) / 2 > 32.5])
def test_a_comparison_that_is_a_parameter_is_rejected(replay, flag):
    with pytest.raises(kelt.ExportError, match="isclose: a parameter is True or False"):
        replay.graph(model_of(lambda x: ops.isclose(x, x, equal_nan=flag(x.shape[1])), (None, 4)))


def reshaped(x):
    batch, length, width = x.shape
    return ops.reshape(x, (batch, length * width)) / length


def in_blocks(x):
    batch, length, width = x.shape
    blocks = ops.reshape(ops.pad(x, ((0, 0), (0, -length % 64), (0, 0))), (batch, -1, 64, width))
    sums = ops.reshape(ops.cumsum(blocks, axis=2), (batch, length + -length % 64, width))
    # What was padded is cut off again: the rows are as many as those of the input.
    rows = ops.reshape(sums[:, :length], (-1, 2))
    again = ops.reshape(rows, (batch, length, -1))
    return again * int(again.shape[2])


def in_a_loop(x):
    return ops.fori_loop(0, x.shape[1], lambda i, total: total + x, x)


def shifted(x, gates):
    shifted = ops.pad(x, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    return ops.reshape(shifted * gates, (x.shape[0], -1))


def cut(x, gates):
    gated = x * gates[:, : x.shape[1]]
    return gated * int(ops.reshape(gated, (x.shape[0], x.shape[1], -1)).shape[2])


@pytest.mark.parametrize("call", [reshaped, in_blocks, in_a_loop, shifted, cut])
def test_a_model_that_reads_sizes_is_run_few_times(call):
    runs = []

    def counted(*inputs):
        runs.append(inputs)
        return call(*inputs)

    spec = keras.InputSpec(shape=(None, None, 4), dtype="float32")
    kelt.capture(counted, [spec] * call.__code__.co_argcount)
    assert len(runs) <= 3


def test_what_is_cut_to_the_length_of_another_must_be_as_long(replay):
    function = check(replay, model_of(cut, (None, 4), (None, 4)), at(replay, (2, 5), (2, 9)))
    (assumed,) = function.valid
    assert [assumed.at({"n": 2, "s": 5, "s_1": size}) >= 0 for size in (4, 5, 9)] == [False, True, True]


def _windows(x):
    """Halves of a sequence as rows of a batch, and back: the layer asks how wide a half is."""
    halves = ops.reshape(x, (-1, 6, x.shape[2]))
    whole = ops.reshape(halves, (halves.shape[0] // 2, 2, 6, -1))
    return whole * 2.0 if max(whole.shape[2], 3) == 6 else whole


TOLD = {
    "a part of a product": (_windows, ((None, 12, 4),), [(2, 12, 4)], [(5, 12, 4)]),
    "a size times whole numbers": (lambda x: ops.arange(ops.shape(x)[1]) * ops.shape(x)[1], ((None, None),), [(2, 7)]),
    "what the batch of another input leaves": (
        lambda x, y: ops.sum(ops.reshape(y, (ops.shape(x)[0], -1, 2)), axis=1) + y[:, 0],
        ((None, 3), (None, 3, 2)),
        [(2, 3), (2, 3, 2)],
        [(5, 3), (5, 3, 2)],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_follows_from_a_size_that_was_read_is_told_in_few_runs(name, replay):
    call, shapes, *given = TOLD[name]
    model, runs = model_of(lambda *xs: runs.append(1) or call(*xs), *(shape[1:] for shape in shapes)), []
    check(replay, model, *([replay.random(*shape) for shape in each] for each in given))
    assert len(runs) - 1 - len(given) <= 3  # beside that of the model itself


def test_a_number_of_elements_that_is_compared_is_a_branch(replay):
    model = model_of(lambda x: x if ops.size(x) < 4000 else -x, (None, 4))
    with pytest.raises(kelt.ExportError, match=r"K205.: Python code branches on a size.*asks whether n\*s\*4 < 4000"):
        replay.graph(model)


def test_a_size_that_is_rounded_to_tens_is_another_number(replay):
    check(replay, model_of(lambda x: x * float(round(x.shape[1], -1)), (None, 4)), *at(replay, (2, 7), (3, 52)))
