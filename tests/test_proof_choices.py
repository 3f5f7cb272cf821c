"""Choices between numbers that tie within rounding: no false alarm, and no way past the proof."""

import os

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt

ROWS, FEATURES = 24, 96
SEEDS = 20 if os.environ.get("KELT_LONG") else 2


class TwoSums(layers.Layer):
    """The same sum of products in two orders: equal but for rounding."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 1), initializer="glorot_uniform", name="kernel")

    def call(self, x):
        return ops.matmul(x, self.kernel)[..., 0], ops.matmul(ops.flip(x, -1), ops.flip(self.kernel, 0))[..., 0]


class Do(layers.Layer):
    """A function of tensors in its place."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, *tensors):
        return self.function(*tensors)


def model_of(choose, seed=1):
    """What is chosen by two sums that tie, and a head on it: (n, 24, 96) → (n, 4)."""
    keras.utils.set_random_seed(seed)
    x = keras.Input((ROWS, FEATURES), name="x")
    chosen = Do(choose, name="choose")(*TwoSums(name="sums")(x))
    both = layers.Concatenate()([layers.Flatten()(chosen), layers.Dense(3)(layers.Flatten()(x))])
    return keras.Model(x, layers.Dense(4, name="head")(both))


TABLE = np.random.default_rng(3).normal(size=(2 * ROWS, 5)).astype("float32")


def queries(indices):
    """Rows of a table, and which they are."""
    return ops.take(ops.convert_to_tensor(TABLE), indices, axis=0)


def as_float(condition):
    return ops.cast(condition, "float32")


def either(a, b):
    return ops.concatenate([a, b], axis=1)


def suppressed(a, b, most=0.3):
    """Boxes in the order of their scores, those dropped that overlap one before: a loop over a choice."""
    order = ops.argsort(-either(a[0, None, :8], b[0, None, :8])[0])
    starts = ops.take(ops.convert_to_tensor(TABLE[:16, 0]), order)
    overlap = ops.maximum(0.0, 1.0 - ops.abs(starts[:, None] - starts[None, :]))
    places = ops.arange(16)

    def step(i, kept):
        before = ops.where(places < i, ops.take(overlap, i, axis=0) * kept, ops.zeros_like(kept))
        return ops.where(ops.equal(places, i), as_float(ops.max(before) <= most), kept)

    return a[:, :16] * 0.01 + ops.fori_loop(0, 16, step, ops.zeros_like(starts)) * starts


CHOICES = {
    "top_k": lambda a, b: queries(ops.top_k(either(a, b), 12)[1]),
    "argsort": lambda a, b: queries(ops.argsort(either(a, b), axis=1)),
    "argmax": lambda a, b: as_float(ops.argmax(ops.stack([a, b], -1), axis=-1)),
    "argmin": lambda a, b: ops.one_hot(ops.argmin(ops.stack([a, b], -1), axis=-1), 2),
    "greater": lambda a, b: as_float(ops.greater(a, b)),
    "less_equal": lambda a, b: ops.where(a - b <= 0, a, 3.0),
    "equal": lambda a, b: as_float(ops.equal(a, b)),
    "sign": lambda a, b: ops.sign(a - b),
    "round": lambda a, b: ops.round(0.5 + (a - b)),
    "floor": lambda a, b: ops.floor(1.0 + (a - b)),
    "cast": lambda a, b: as_float(ops.cast(2.0 + (a - b), "int32")),
    "round_to_float8": lambda a, b: as_float(ops.cast(1.0625 + (a - b), "float8_e4m3fn")),
    "mod": lambda a, b: ops.mod(1.0 + (a - b), 1.0),
    "digitize": lambda a, b: as_float(ops.digitize(a - b, [-1.0, 0.0, 1.0])),
    "searchsorted": lambda a, b: as_float(ops.searchsorted(ops.sort(a[0]), b[0])) + 0.1 * a,
    "suppressed": suppressed,
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_choice_that_rounding_makes_is_no_mismatch(choice, tmp_path):
    report = kelt.export(model_of(CHOICES[choice]), tmp_path / "m.tflite", verify=True)
    assert report.errors["head"] < 1e-5
    op = {"suppressed": "argsort", "digitize": "digitize"}.get(choice, choice)
    assert any(f"elements of {op} in choose" in words for words in report.ties), report.ties
    assert f"tied within rounding: {report.ties[0]}" in str(report)


def detector():
    """Two stages: the best of candidates that tie pairwise become the queries of a decoder."""
    keras.utils.set_random_seed(2)
    x = keras.Input((ROWS, 16), name="x")
    features = layers.Dense(32, activation="relu")(x)
    memory = Do(lambda x: ops.concatenate([x, x * (1 + 1e-7)], axis=1), name="twins")(features)
    classes, boxes = layers.Dense(7, name="classes")(memory), layers.Dense(4, name="boxes")(memory)
    places = layers.Embedding(2 * ROWS, 32, name="places", embeddings_initializer="glorot_normal")

    def select(memory, classes, boxes):
        best = ops.top_k(ops.max(classes, axis=-1), 12)[1][..., None]
        queries = ops.take_along_axis(memory + places(ops.arange(2 * ROWS)), best, axis=1)
        return queries, ops.take_along_axis(boxes, best, axis=1)

    queries, boxes = Do(select, name="select")(memory, classes, boxes)
    y = queries + layers.MultiHeadAttention(2, 8)(queries, queries)
    y = layers.LayerNormalization()(y + layers.MultiHeadAttention(2, 8)(y, memory))
    return keras.Model(
        x, {"logits": layers.Dense(7)(y), "boxes": ops.sigmoid(layers.Dense(4)(y) + boxes), "memory": memory}
    )


def test_a_detector_whose_scores_tie_raises_no_alarm(tmp_path):
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.signature import signatures_of
    from kelt.verification.verify import Emitted, _verified

    model = detector()
    kelt.export(model, tmp_path / "m.tflite")
    emitted = Emitted(capture_graph(model), signatures_of(model))
    tied = [_verified(emitted, tmp_path / "m.tflite", seed).ties for seed in range(SEEDS)]
    assert any("top_k in select" in words for ties in tied for words in ties)
    boxes = model.get_layer("boxes").bias
    boxes.assign(np.array(boxes) + 1e-3)  # on the same choices
    emitted = Emitted(capture_graph(model), signatures_of(model))
    with pytest.raises(kelt.ExportError, match="differs from the model") as raised:
        _verified(emitted, tmp_path / "m.tflite")
    assert raised.value.path == "boxes"


def test_the_model_and_its_record_may_choose_differently_too(tmp_path):
    """Keras multiplies integers, the record what they stand for."""

    def build(offset):
        keras.utils.set_random_seed(2)
        x = keras.Input((ROWS, 16), name="x")
        twins = Do(lambda x: ops.concatenate([x, x * (1 + 1e-7)], axis=1), name="twins")(x)
        select = Do(lambda scores: queries(ops.top_k(scores[..., 0], 12)[1]) + offset, name="select")
        model = keras.Model(x, select(layers.Dense(1, name="scores")(twins)))
        model.quantize("int8")
        return model

    report = kelt.export(build(0.0), tmp_path / "m.tflite", verify=True)
    assert any("top_k in select" in words for words in report.ties)
    with pytest.raises(kelt.ExportError, match="differs from the model"):
        kelt.verify(build(0.2), tmp_path / "m.tflite")


class InTurn(layers.Layer):
    """Chooses between what ties from the second run on: in the first, between numbers far apart."""

    def __init__(self, choose, **kwargs):
        super().__init__(**kwargs)
        self.choose = choose

    def build(self, *shapes):
        self.runs = self.add_weight(shape=(), initializer="zeros", trainable=False, name="runs")

    def call(self, a, b):
        first, apart = ops.equal(self.runs, 0.0), ops.arange(ROWS, dtype="float32")
        self.runs.assign(self.runs + 1.0)
        return self.choose(ops.where(first, apart, a), ops.where(first, apart + 0.5, b))


class Last(layers.Layer):
    """Gives what was chosen in the run before."""

    def __init__(self, choose, **kwargs):
        super().__init__(**kwargs)
        self.choose = choose

    def build(self, *shapes):
        self.kept = self.add_weight(shape=(2, 12, 5), initializer="ones", trainable=False, name="kept")

    def call(self, a, b):
        before = ops.convert_to_tensor(self.kept) * 1.0
        self.kept.assign(self.choose(a, b))
        return before


def stateful_model(layer, choose):
    """As `model_of`, with a batch of 2 and states."""
    keras.utils.set_random_seed(1)
    x = keras.Input((ROWS, FEATURES), batch_size=2, name="x")
    chosen = layer(choose, name="choose")(*TwoSums(name="sums")(x))
    both = layers.Concatenate()([layers.Flatten()(chosen), layers.Dense(3)(layers.Flatten()(x))])
    return keras.Model(x, layers.Dense(4, name="head")(both))


@pytest.mark.parametrize("layer", [InTurn, Last])
def test_a_choice_in_a_second_run_may_tie_as_in_the_first(layer, tmp_path):
    right = stateful_model(layer, CHOICES["top_k"])
    report = kelt.export(right, tmp_path / "m.tflite", verify=True)
    assert any("elements of top_k in choose" in words for words in report.ties), report.ties
    kelt.export(stateful_model(layer, WRONG["a key that is shifted"][1]), tmp_path / "m.tflite")
    with pytest.raises(kelt.ExportError, match="the output head of a second run"):
        kelt.verify(right, tmp_path / "m.tflite")


def test_an_error_that_no_tie_explains_is_no_tie(tmp_path):
    """Twice the limit is not allowed because there are ties elsewhere."""

    def build(factor):
        x = keras.Input((ROWS, FEATURES), name="x")
        keras.utils.set_random_seed(1)
        tied = Do(CHOICES["top_k"], name="choose")(*TwoSums(name="sums")(x))
        return keras.Model(x, {"tied": tied, "untied": layers.Dense(4, name="untied")(x) * factor})

    kelt.export(build(1.0), tmp_path / "m.tflite", verify=True)
    with pytest.raises(kelt.ExportError, match="the output untied"):
        kelt.verify(build(1.000015), tmp_path / "m.tflite")


def test_choices_tie_before_an_output_that_is_always_the_same(tmp_path):
    logits = model_of(CHOICES["top_k"])
    flat = keras.Model(logits.inputs, ops.softmax(logits.outputs[0] * 1e-6))
    report = kelt.export(flat, tmp_path / "m.tflite", verify=True)
    assert any("elements of top_k in choose" in words for words in report.ties)
    wrong = model_of(WRONG["the next"][1])
    kelt.export(keras.Model(wrong.inputs, ops.softmax(wrong.outputs[0] * 1e-6)), tmp_path / "m.tflite")
    with pytest.raises(kelt.ExportError, match="a tensor before the output"):
        kelt.verify(flat, tmp_path / "m.tflite")


def test_no_choice_is_tied_where_none_is_near(tmp_path):
    report = kelt.export(model_of(lambda a, b: as_float(a > b + 0.37)), tmp_path / "m.tflite", verify=True)
    assert report.ties == []
    assert "tied within" not in str(report)


WRONG = {
    "a smaller k": (
        lambda a, b: ops.sum(queries(ops.top_k(either(a, b), 12)[1]), 1),
        lambda a, b: ops.sum(queries(ops.top_k(either(a, b), 11)[1]), 1),
    ),
    "the smallest": (CHOICES["top_k"], lambda a, b: queries(ops.top_k(-either(a, b), 12)[1])),
    "the next": (CHOICES["top_k"], lambda a, b: queries(ops.top_k(either(a, b), 13)[1][:, 1:])),
    "another order": (CHOICES["top_k"], lambda a, b: queries(ops.flip(ops.top_k(either(a, b), 12)[1], 1))),
    "a key that is shifted": (
        CHOICES["top_k"],
        lambda a, b: queries(ops.top_k(either(a, b + 2e-3), 12)[1]),
    ),
    "another axis": (
        lambda a, b: queries(ops.argsort(a[:, :, None] * b[:, None, :], axis=1)),
        lambda a, b: queries(ops.argsort(a[:, :, None] * b[:, None, :], axis=2)),
    ),
    "the largest for the smallest": (
        CHOICES["argmin"],
        lambda a, b: ops.one_hot(ops.argmax(ops.stack([a, b], -1), axis=-1), 2),
    ),
    "a comparison turned round": (CHOICES["greater"], lambda a, b: as_float(ops.less(a, b))),
    "a comparison that takes equals": (CHOICES["greater"], lambda a, b: as_float(ops.greater_equal(a, b))),
    "a comparison of what is exactly equal": (
        lambda a, b: as_float(ops.relu(a) > 0.0) + as_float(a > b),
        lambda a, b: as_float(ops.relu(a) >= 0.0) + as_float(a > b),
    ),
    "another threshold": (CHOICES["less_equal"], lambda a, b: ops.where(a - b <= 2e-3, a, 3.0)),
    "floor for round": (CHOICES["round"], lambda a, b: ops.floor(0.5 + (a - b))),
    "ceil for floor": (CHOICES["floor"], lambda a, b: ops.ceil(1.0 + (a - b))),
    "a rounding less": (CHOICES["round"], lambda a, b: 0.5 + (a - b)),
    "a bin more": (CHOICES["digitize"], lambda a, b: as_float(ops.digitize(a - b, [-1.0, -0.5, 0.0, 1.0]))),
    "another overlap": (suppressed, lambda a, b: suppressed(a, b, 0.9)),
    "what follows": (CHOICES["top_k"], lambda a, b: 1.0001 * queries(ops.top_k(either(a, b), 12)[1])),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_file_with_ties_is_still_wrong(fault, tmp_path):
    right, wrong = map(model_of, WRONG[fault])
    kelt.export(wrong, tmp_path / "m.tflite")
    with pytest.raises(kelt.ExportError, match="differs from the model"):
        kelt.verify(right, tmp_path / "m.tflite")


def test_a_choice_that_is_another_in_64_bits_is_no_rounding():
    """Else the limit of an output would be what a swapped query makes of it."""
    from kelt.tracing.capture import capture_graph
    from kelt.verification.choices import own_errors

    (function,) = capture_graph(model_of(lambda a, b: 1e-4 * CHOICES["top_k"](a, b))).functions
    own = own_errors(function, [np.random.default_rng(1).normal(size=(2, ROWS, FEATURES)).astype("float32")])
    assert own["head"] < 5e-6


def test_wrong_weights_before_a_choice_are_not_excused_by_it(tmp_path, monkeypatch):
    right, wrong = model_of(CHOICES["top_k"]), model_of(CHOICES["top_k"])
    kernel = wrong.get_layer("sums").kernel
    kernel.assign(np.array(kernel) * (1 + 1e-4 * np.random.default_rng(1).normal(size=kernel.shape)))
    kelt.export(wrong, tmp_path / "m.tflite")
    monkeypatch.setattr("kelt.verification.mismatch._changed_weights", lambda *_: set())
    with pytest.raises(kelt.ExportError, match="differs from the model"):
        kelt.verify(right, tmp_path / "m.tflite")


def test_a_mask_is_no_measure_of_what_it_masks():
    from kelt.verification.choice_replay import scale_of, within

    scores = np.array([0.5, -2.0, 0.1, -1e9, -1e9 + 64, -np.inf, np.nan, 0.0], "float32")
    assert scale_of(scores) == 2.0
    assert scale_of(np.full(3, -1e9)) == 1e9
    assert scale_of(np.zeros(3)) == 0
    near, far = scores + np.float32(1e-5), scores + np.float32(1e-3)
    assert within(near, scores, 1e-5, scale_of(scores))
    assert not within(far, scores, 1e-5, scale_of(scores))
    assert not within(np.nan_to_num(scores), scores, 1e-5, scale_of(scores))


def test_only_the_values_that_are_asked_for_become_arrays():
    from kelt.tracing.capture import capture_graph
    from kelt.verification.choices import exact_values
    from kelt.verification.limits import record_values

    (function,) = capture_graph(
        lambda x: ops.round(x * 3.0) + 1.0, [keras.InputSpec(shape=(None, 3), dtype="float32")]
    ).functions
    x, wanted = np.float32([[0.2, 1.0, -2.0]]), function.outputs[0][1]
    for found in (record_values(function, [x], of=[wanted]), exact_values(function, [x], [wanted])):
        assert [*found] == [wanted]
        assert found[wanted].tolist() == [[2.0, 4.0, -5.0]]
