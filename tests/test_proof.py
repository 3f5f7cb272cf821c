"""What a comparison proves: inputs that could show a fault, outputs that vary, limits with a reason."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt

RNG = np.random.default_rng(5)


def vector(length=3):
    return [keras.InputSpec(shape=(None, length), dtype="float32")]


def mobilenet(seed):
    keras.utils.set_random_seed(seed)
    image = keras.Input((32, 32, 3), name="image")
    x = keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3), include_top=False, alpha=0.35)(image)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(5, activation="softmax", name="classes")(x))


def test_the_file_of_another_random_network_is_not_proven_where_all_outputs_are_alike(tmp_path):
    one, other = mobilenet(1), mobilenet(2)
    kelt.export(one, tmp_path / "m.tflite", verify=True)
    with pytest.raises(
        kelt.ExportError, match=r"the outputs agree, but .* and \d+ more are not what was exported"
    ) as raised:
        kelt.verify(other, tmp_path / "m.tflite")
    assert raised.value.code == "K401"
    assert "export the model again" in str(raised.value)


def test_an_output_that_is_always_the_same_is_proven_by_the_tensors_before_it(tmp_path, monkeypatch):
    one, other = mobilenet(1), mobilenet(2)
    kelt.export(one, tmp_path / "m.tflite", verify=True)
    monkeypatch.setattr("kelt.verification.mismatch._changed_weights", lambda *_: set())
    assert kelt.verify(one, tmp_path / "m.tflite")["classes"] < 1e-6
    with pytest.raises(kelt.ExportError, match="a tensor before the output classes, which gives the same") as raised:
        kelt.verify(other, tmp_path / "m.tflite")
    assert "Conv1" in raised.value.path


def test_only_tensors_before_an_output_that_is_always_the_same_must_agree(tmp_path):
    x = keras.Input((64,), name="x")
    rounded = [(layers.Dense(64, use_bias=False)(x) + 1000.0) - 1000.0 for _ in range(12)]
    flat = ops.softmax(layers.Dense(4, name="logits")(x) * 1e-6)
    model = keras.Model(x, {"flat": flat, "other": x + 1e-3 * sum(rounded)})
    assert kelt.export(model, tmp_path / "m.tflite", verify=True).errors["flat"] < 1e-6


def test_weights_that_nothing_shows_are_no_proof(tmp_path):
    x = keras.Input((4,), name="x")
    hidden = layers.Dense(3, bias_initializer=keras.initializers.RandomUniform(1.0, 2.0), name="hidden")
    model = keras.Model(x, hidden(ops.tanh(x) * 1e-12))
    with pytest.raises(kelt.ExportError, match="nothing is proven: the output hidden gives the same") as raised:
        kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert "hidden/" in str(raised.value)
    assert "inputs={" in str(raised.value)
    assert "trained model" in str(raised.value)


class OnlyOn(layers.Layer):
    """Adds a number where `condition` says so, but not while it is captured."""

    def __init__(self, condition, added=1.0, **kwargs):
        super().__init__(**kwargs)
        self.condition, self.added = condition, added

    def call(self, x):
        y = x * 2.0
        return y if isinstance(x, keras.KerasTensor) else y + self.added * ops.cast(self.condition(x), x.dtype)

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        (lambda x: ops.std(x, axis=1, keepdims=True) < 1e-6, "on flat inputs"),
        (lambda x: ops.mean(x, axis=1, keepdims=True) > 4.0, "on offset inputs"),
        (lambda x: ops.mean(x, axis=1, keepdims=True) < -4.0, "on low inputs"),
        (lambda x: ops.shape(x)[1] > 3000, r"at n = 1, s = 200\d\d"),
    ],
    ids=["flat", "offset", "low", "long"],
)
def test_what_differs_only_on_some_inputs_is_found(condition, where, tmp_path):
    x = keras.Input((None, 4), name="x")
    model = keras.Model(x, layers.Dense(3)(OnlyOn(condition, name="only_on")(x)))
    with pytest.raises(kelt.ExportError, match=where) as raised:
        kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert raised.value.path == "only_on"


@pytest.mark.parametrize("size", [1, 49, 50, 51])
def test_what_differs_only_at_a_short_size_or_at_a_border_is_found(size, tmp_path):
    x = keras.Input((None, 4), name="x")
    y = OnlyOn(lambda x: ops.shape(x)[1] == size, name="only_on")(x)
    model = keras.Model(x, layers.Dense(3)(ops.mean(y[:, :50], axis=1)))
    with pytest.raises(kelt.ExportError, match=rf"at n = \d+, s = {size}:") as raised:
        kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert raised.value.path == "only_on"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_limit_is_that_of_the_coarsest_type_inside(policy, tmp_path):
    x = keras.Input((20, 16), name="x")
    with_policy = {"dtype": policy}
    y = layers.Dense(8, **with_policy)(layers.LayerNormalization(**with_policy)(x))
    model = keras.Model(x, layers.Dense(10, dtype="float32", name="y")(y))
    report = kelt.export(model, tmp_path / "m.tflite", verify=True)
    half = policy.removeprefix("mixed_")
    assert report.limits["y"][1].startswith(f"{half} inside")
    assert f"allowed ({half} inside" in str(report)
    exact = keras.Model(x, layers.Dense(10, name="y")(x))
    assert kelt.export(exact, tmp_path / "m.tflite", verify=True).limits["y"] == (1e-5, "float32")


def test_what_rounding_alone_makes_of_a_model_is_known():
    from kelt.tracing.capture import capture_graph
    from kelt.verification.choices import own_errors

    (function,) = capture_graph(lambda x: {"near": (x + 1000.0) - 1000.0, "same": x * 2.0}, vector()).functions
    own = own_errors(function, [RNG.normal(size=(5, 3)).astype("float32")])
    assert 1e-5 < own["near"] < 1e-4
    assert own["same"] == 0


@pytest.mark.parametrize("added", [0.0, 1e-3])
def test_rounding_that_is_known_from_one_draw_is_not_measured_at_others(added, tmp_path, monkeypatch):
    from kelt.verification import choices

    measured, own_errors = [], choices.own_errors
    model = lambda x: (x + 1000.0) - 1000.0  # noqa: E731
    kelt.export(model, tmp_path / "m.tflite", vector())
    monkeypatch.setattr(choices, "own_errors", lambda *each: measured.append(each) or own_errors(*each))
    monkeypatch.setattr(kelt.runtime.Model, "__call__", lambda _, inputs, *__: {"output_0": inputs["x"] + added})
    if added:
        with pytest.raises(kelt.ExportError, match=r"is 0\.000"):
            kelt.verify(model, tmp_path / "m.tflite", vector())
    else:
        errors = kelt.verify(model, tmp_path / "m.tflite", vector())
        assert errors["output_0"] > 1e-5
        assert "by rounding alone" in errors.limits["output_0"].why
        assert len(measured) == 1
        measured.clear()
        with pytest.raises(kelt.ExportError, match="above 1e-05"):
            kelt.verify(model, tmp_path / "m.tflite", vector(), tolerance=1e-5)  # a number of the user's stays it
        assert not measured


def test_of_short_lengths_none_is_left_out():
    from kelt.tracing.capture import capture_graph
    from kelt.verification.sizes import short_sizes

    spec = [keras.InputSpec(shape=(2, None), dtype="float32")]
    (function,) = capture_graph(lambda x: x[:, 3:], spec).functions
    lengths = [length for sizes in short_sizes(function) for length in sizes.values()]
    assert lengths == [*range(3, 9), 13]  # the function is another below


def test_a_large_size_has_no_limit_of_its_own(tmp_path):
    x = keras.Input((None, 4), name="x")
    model = keras.Model(x, OnlyOn(lambda x: ops.shape(x)[1] > 3000, added=2e-4, name="only_on")(x))
    with pytest.raises(kelt.ExportError, match=r"at n = 1, s = 200\d\d: .* above 1e-05"):
        kelt.export(model, tmp_path / "m.tflite", verify=True)


def test_a_channel_that_is_small_beside_others_is_judged_by_its_own_size(tmp_path, monkeypatch):
    keras.utils.set_random_seed(1)
    x = keras.Input((6,), name="x")
    h = layers.Dense(16, activation="relu")(x)
    boxes = layers.Rescaling(640.0)(layers.Dense(4, activation="sigmoid")(h))
    model = keras.Model(x, layers.Concatenate()([boxes, layers.Dense(3, activation="sigmoid", name="scores")(h)]))
    assert kelt.export(model, tmp_path / "m.tflite", verify=True)
    monkeypatch.setattr("kelt.verification.mismatch._changed_weights", lambda *_: set())
    kernel = model.get_layer("scores").kernel
    kernel.assign(np.array(kernel) * [1.0, 1.01, 1.0])
    with pytest.raises(kelt.ExportError, match="the largest difference of channel 5 is"):
        kelt.verify(model, tmp_path / "m.tflite")


def test_a_small_channel_that_is_rounded_as_far_as_the_model_rounds_it_is_right(tmp_path, monkeypatch):
    x = keras.Input((300,), name="x")
    small = ops.sum(x + 100.0, axis=-1, keepdims=True) - 30000.0
    model = keras.Model(x, ops.concatenate([10000.0 * x[:, :3], small], axis=-1))
    assert kelt.export(model, tmp_path / "m.tflite", verify=True)
    monkeypatch.setattr("kelt.verification.channels.APART", 0)
    with pytest.raises(kelt.ExportError, match="the largest difference of channel 3 is"):
        kelt.verify(model, tmp_path / "m.tflite")


def test_a_long_sum_has_the_limit_of_its_rounding(tmp_path):
    from kelt.tracing.capture import capture_graph
    from kelt.verification.limits import rounding_of_sum, terms_summed

    def terms(call):
        spec = [keras.InputSpec(shape=(1, None, None, 4), dtype="float32")]
        (function,) = capture_graph(call, spec).functions
        return terms_summed(function.outputs[0][1], dict(zip(("h", "w"), (300, 400))) | {"s": 300, "t": 400})

    assert terms(lambda x: ops.exp(x)) == 1
    assert terms(lambda x: ops.max(x, axis=(1, 2))) == 1
    assert terms(lambda x: ops.mean(x, axis=(1, 2))) == 120000
    assert terms(lambda x: ops.matmul(ops.transpose(x, (0, 1, 3, 2)), x)) == 400
    assert terms(lambda x: ops.exp(ops.cumsum(x, axis=1))) >= 300
    sums = RNG.uniform(0, 1, (50, 100_000)).astype("float32")
    naive = np.add.accumulate(sums, axis=1, dtype="float32")[:, -1]
    exact = sums.sum(axis=1, dtype="float64")
    measured = np.sort(np.abs(naive - exact) / exact)
    assert measured[45] < rounding_of_sum(100_000) < 20 * measured[25]


@pytest.mark.parametrize(("factor", "ok"), [(33.0, True), (33.1, False)])
def test_where_halves_are_nothing_but_rounding_the_file_must_be_right_in_64_bits(factor, ok, tmp_path, monkeypatch):
    x = keras.Input((20, 16), dtype="bfloat16", name="x")
    model = keras.Model(x, layers.Lambda(lambda x: x + 4 * ops.sin(33.0 * ops.relu(x - 5)), name="y")(x))
    kelt.export(model, tmp_path / "m.tflite")

    def in_float32(_, inputs, *__):
        x = inputs["x"].astype("float64")
        return {"y": (x + 4 * np.sin(factor * np.maximum(x - 5, 0))).astype("float32")}

    monkeypatch.setattr(kelt.runtime.Model, "__call__", in_float32)
    if ok:
        assert kelt.verify(model, tmp_path / "m.tflite")["y"] < 1.6e-2
    else:
        with pytest.raises(kelt.ExportError, match="on offset inputs"):
            kelt.verify(model, tmp_path / "m.tflite")


def test_a_window_longer_than_the_first_sizes_is_tried_at_longer_ones(tmp_path):
    model = keras.Sequential([keras.Input((None,), name="wav"), layers.MelSpectrogram(name="mel")])
    assert kelt.export(model, tmp_path / "m.tflite", verify=True).errors["mel"] < 1e-5


def test_an_export_takes_inputs_and_a_tolerance(tmp_path):
    def rare(x):
        return ops.relu(x - 100.0)

    given = {"x": np.full((2, 3), 120.5)}
    assert kelt.export(rare, tmp_path / "m.tflite", vector(), inputs=given).errors["output_0"] < 1e-6
    report = kelt.export(rare, tmp_path / "m.tflite", vector(), inputs=given, tolerance=0.25)
    assert report.limits == {"output_0": (0.25, "as it was given")}
    near = lambda x: ops.relu(x - 100.1)  # noqa: E731
    assert kelt.verify(near, tmp_path / "m.tflite", vector(), inputs=given, tolerance=0.25)
    with pytest.raises(kelt.ExportError, match=r"above 1e-05"):
        kelt.verify(near, tmp_path / "m.tflite", vector(), inputs=given)


@pytest.mark.parametrize("units", [1, 2, 3, 4])
def test_integer_weights_are_compared_on_the_builtin_kernels_too(units, tmp_path, monkeypatch):
    keras.utils.set_random_seed(units)
    model = keras.Sequential([keras.Input((64,), name="x"), layers.Dense(units, name="y")])
    model.quantize("int4")
    report = kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert report.limits["y"][1].startswith("integer weights")
    run = kelt.runtime.Model.__call__

    def builtin_is_wrong(file, *args):
        found = run(file, *args)
        return {name: array * 2 for name, array in found.items()} if file.kernels == "builtin" else found

    made = kelt.runtime.Model.__init__
    monkeypatch.setattr(
        kelt.runtime.Model, "__init__", lambda self, file, **k: (made(self, file, **k), vars(self).update(k))[0]
    )
    monkeypatch.setattr(kelt.runtime.Model, "__call__", builtin_is_wrong)
    with pytest.raises(kelt.ExportError, match="the output y with builtin kernels"):
        kelt.verify(model, tmp_path / "m.tflite")


class IntegerCell(layers.Layer):
    """A cell whose weights Keras quantizes."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size, self.dense = units, layers.Dense(units, name="inner")

    def build(self, shape):
        self.dense.build((shape[0], shape[-1]))

    def call(self, x, states):
        y = ops.tanh(self.dense(x) + 0.5 * states[0])
        return y, [y]


def test_integer_weights_inside_of_a_cell_are_no_wrong_capture(tmp_path):
    def build(seed):
        keras.utils.set_random_seed(seed)
        cell, x = IntegerCell(8), keras.Input((5, 8), name="x")
        model = keras.Model(x, layers.Dense(3, name="head")(layers.RNN(cell)(x)))
        cell.dense.quantize("int8")
        return model

    kelt.export(build(1), tmp_path / "m.tflite", verify=True)
    with pytest.raises(kelt.ExportError, match="the first tensor that does") as raised:
        kelt.verify(build(2), tmp_path / "m.tflite")
    assert "as it was captured" not in str(raised.value)


def test_the_scores_of_attention_count_where_a_large_size_must_fit_into_memory():
    from kelt.tracing.capture import capture_graph
    from kelt.verification.sizes import large_sizes

    x = keras.Input((None, 8), name="x")

    def largest(layer, *inputs):
        (function,) = capture_graph(keras.Model(x, layer(*inputs))).functions
        return large_sizes(function, {"n": 2, "s": 27})[0]["s"]

    assert largest(layers.Dense(8), x) > 20000
    assert 1000 < largest(layers.MultiHeadAttention(4, 8), x, x) < 4000
