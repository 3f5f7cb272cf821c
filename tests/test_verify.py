"""kelt.verify: names the layer at fault, and takes nothing for a proof that is none."""

import concurrent.futures

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt.tracing.capture import capture_graph
from kelt.verification.limits import record_values

RNG = np.random.default_rng(5)


class Shift(layers.Layer):
    """A layer of a user: `x * scale + table`, of the length that x has."""

    def build(self, shape):
        self.scale = self.add_weight(shape=shape[-1:], name="scale")
        self.table = self.add_weight(shape=(64, shape[-1]), name="table")

    def call(self, x):
        return x * self.scale + self.table[: ops.shape(x)[1]]

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def network():
    """Layers of every kind that the file makes one operator of several, or several of one."""
    image = keras.Input((12, 12, 3), name="image")
    x = layers.BatchNormalization(name="pixels")(image)
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem")(x)
    x = layers.Activation("relu", name="stem_relu")(layers.BatchNormalization(name="stem_norm")(x))
    x = layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = layers.ReLU(6.0, name="depthwise_relu")(layers.BatchNormalization(scale=False, name="depthwise_norm")(x))
    x = layers.SeparableConv2D(8, 3, name="separable")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="prelu")(layers.GroupNormalization(2, name="groups")(x))
    x = layers.Conv2DTranspose(4, 3, strides=2, name="up")(x)
    x = layers.Conv2D(4, 3, dilation_rate=2, padding="same", name="dilated")(x)
    x = layers.BatchNormalization(name="dilated_norm")(x)
    x = layers.LayerNormalization(name="layer_norm")(x)
    x = layers.Dense(16, activation="gelu", name="project")(layers.GlobalAveragePooling2D()(x))
    ids = keras.Input((None,), dtype="int32", name="ids")
    t = layers.Embedding(20, 16, name="tokens")(ids)
    t = Shift(name="shift")(t)
    t = layers.Conv1D(16, 3, padding="causal", name="causal")(t)
    t = layers.EinsumDense("abc,cd->abd", (None, 16), bias_axes="d", name="einsum")(t)
    t = t + layers.MultiHeadAttention(2, 8, name="attention")(t, t)
    t = layers.RMSNormalization(name="rms")(t)
    x = layers.Concatenate()([x, layers.GlobalMaxPooling1D()(t)])
    x = layers.Dense(12, name="hidden")(layers.BatchNormalization(name="joined_norm")(x))
    return keras.Model([image, ids], layers.Dense(5, name="head")(x))


LAYERS = [
    "pixels", "stem", "stem_norm", "depthwise", "depthwise_norm", "separable", "prelu", "groups", "up", "dilated",
    "dilated_norm", "layer_norm", "project", "tokens", "shift", "causal", "einsum", "attention/query", "attention/key",
    "attention/value", "attention/attention_output", "rms", "joined_norm", "hidden", "head",
]  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    keras.utils.set_random_seed(5)
    model = network()
    for variable in model.variables:
        if "variance" in variable.path:
            variable.assign(RNG.uniform(0.5, 2, variable.shape))
        elif "seed" not in variable.path:
            variable.assign(np.array(variable) + RNG.normal(0, 0.1, variable.shape))
    path = tmp_path_factory.mktemp("verify") / "model.tflite"
    kelt.export(model, path, verify=True)
    return model, path


def weight_of(model, layer):
    """One of the layer's: a kernel here, a bias or a variance there."""
    mine = [variable for variable in model.variables if variable.path.rsplit("/", 1)[0].endswith(layer)]
    # A bias of the keys moves every score of a row alike, which softmax takes away.
    mine = [variable for variable in mine if not variable.path.endswith("key/bias")]
    return mine[len(layer) % len(mine)]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_layer_whose_weight_has_changed_is_named(exported, layer):
    model, path = exported
    variable = weight_of(model, layer)
    kept = np.array(variable)
    changed = kept.copy()
    changed.reshape(-1)[:: max(1, kept.size // 16)] += 0.3
    variable.assign(changed)
    try:
        with pytest.raises(kelt.ExportError) as raised:
            kelt.verify(model, path)
    finally:
        variable.assign(kept)
    assert raised.value.code == "K401"
    assert raised.value.path == layer, (variable.path, str(raised.value))
    assert f"{variable.path} is not what was exported" in str(raised.value)


def test_the_layers_are_twenty_or_more_and_agree_when_nothing_has_changed(exported):
    model, path = exported
    assert len(LAYERS) >= 20
    assert kelt.verify(model, path)


def damaged(path, to, operator, place):
    """The file with a constant of an operator changed: `operator` is the count of it, among all."""
    from ai_edge_litert.interpreter import Interpreter

    reader = Interpreter(model_path=str(path), experimental_preserve_all_tensors=True)
    ops_ = [details for details in reader._get_ops_details() if details["op_name"] == operator[0]]
    constant = reader.get_tensor(int(ops_[operator[1]]["inputs"][place]))
    data = path.read_bytes()
    at = data.find(constant.tobytes())
    assert at > 0
    changed = (constant + 0.2).astype(constant.dtype).tobytes()
    to.write_bytes(data[:at] + changed + data[at + len(changed) :])
    return to


@pytest.mark.parametrize(
    ("operator", "place", "names"),
    [
        (("CONV_2D", 0), 1, ["stem", "stem_norm"]),
        (("DEPTHWISE_CONV_2D", 0), 1, ["depthwise", "depthwise_norm"]),
        (("GATHER", 0), 0, ["tokens"]),
        (("FULLY_CONNECTED", -1), 1, ["head"]),
    ],
)
def test_a_damaged_file_names_the_layers_that_its_operator_computes(exported, tmp_path, operator, place, names):
    model, path = exported
    with pytest.raises(kelt.ExportError) as raised:
        kelt.verify(model, damaged(path, tmp_path / "damaged.tflite", operator, place))
    assert raised.value.code == "K401"
    assert raised.value.path.split("/")[0] in [*names, f"{names[0]}_relu"], str(raised.value)
    assert all(name in str(raised.value) for name in names), str(raised.value)
    assert "not what was exported" not in str(raised.value)


def vector(length=3):
    return [keras.InputSpec(shape=(None, length), dtype="float32")]


def export(function, specs, tmp_path):
    path = tmp_path / "function.tflite"
    kelt.export(function, path, specs)
    return path


def test_zeros_everywhere_prove_nothing(tmp_path):
    def silent(x):
        return ops.relu(-ops.abs(x) - 1.0)

    path = export(silent, vector(), tmp_path)
    with pytest.raises(kelt.ExportError, match="nothing is proven") as raised:
        kelt.verify(silent, path, vector())
    assert raised.value.code == "K401"
    assert "inputs={" in str(raised.value)
    with pytest.raises(kelt.ExportError, match="nothing is proven"):
        kelt.export(silent, tmp_path / "other.tflite", vector(), verify=True)
    assert not (tmp_path / "other.tflite").exists()


def test_inputs_of_the_users_own_make_a_silent_model_speak(tmp_path):
    def rare(x):
        return ops.relu(x - 100.0)

    path = export(rare, vector(), tmp_path)
    with pytest.raises(kelt.ExportError, match="nothing is proven"):
        kelt.verify(rare, path, vector())
    assert max(kelt.verify(rare, path, vector(), inputs={"x": np.full((2, 3), 120.5)}).values()) < 1e-6
    with pytest.raises(kelt.ExportError, match="on these inputs"):
        kelt.verify(rare, path, vector(), inputs={"x": np.zeros((1, 3))})
    with pytest.raises(ValueError, match="K101 inputs are given for"):
        kelt.verify(rare, path, vector(), inputs={"y": np.zeros((1, 3))})


def test_another_draw_is_made_where_the_first_is_silent(tmp_path):
    def choosy(x):
        return ops.relu(ops.sum(x) - 3.0)

    path = export(choosy, vector(), tmp_path)
    silent = [s for s in range(40) if np.random.default_rng(s).normal(size=(16, 3)).sum() < 2.9]
    loud = [
        s for s in silent if any(np.random.default_rng(s + d).normal(size=(16, 3)).sum() > 3.1 for d in range(1, 4))
    ]
    assert loud
    assert kelt.verify(choosy, path, vector(), seed=loud[0])


def test_a_constant_may_be_zero(tmp_path):
    def constant(x):
        return {"y": x * 2.0, "nothing": ops.zeros((3,))}

    assert kelt.verify(constant, export(constant, vector(), tmp_path), vector())["nothing"] == 0


def test_nan_and_infinities_must_stand_at_the_same_places(tmp_path):
    def both(x):
        return ops.log(x) * 2.0

    def other(x):
        return ops.log(ops.abs(x)) * 2.0

    assert kelt.verify(both, export(both, vector(), tmp_path), vector())
    with pytest.raises(kelt.ExportError, match="NaN or infinite on one side only"):
        kelt.verify(other, tmp_path / "function.tflite", vector())


def test_a_file_without_an_output_of_the_model_is_the_file_of_another(tmp_path):
    path = export(lambda x: {"y": x * 2.0}, vector(), tmp_path)
    with pytest.raises(
        kelt.ExportError, match="the file has no output z; the outputs of serving_default are y"
    ) as raised:
        kelt.verify(lambda x: {"z": x * 2.0}, path, vector())
    assert raised.value.code == "K401"


def test_integers_are_exact(tmp_path):
    spec = [keras.InputSpec(shape=(None, 5), dtype="int32")]
    path = export(lambda x: x * 3 + 1, spec, tmp_path)
    assert set(kelt.verify(lambda x: x * 3 + 1, path, spec).values()) == {0.0}
    with pytest.raises(kelt.ExportError, match="80 of 80 elements differ"):
        kelt.verify(lambda x: x * 3 + 2, path, spec)


def doubled(x):
    return x * 2.0


def test_a_verified_export_touches_no_file_but_its_own(tmp_path):
    theirs = [tmp_path / name for name in (".m.2024.tflite", ".m.kelt-trial.tflite", "m.2024.tflite")]
    for path in theirs:
        path.write_bytes(b"theirs")
    dead = tmp_path / ".m.kelt-trial-4194305-0123abcd.tflite"  # beyond the largest number of a process
    dead.write_bytes(b"left behind")
    kelt.export(doubled, tmp_path / "m.tflite", vector(), verify=True)
    assert sorted(tmp_path.iterdir()) == sorted([*theirs, tmp_path / "m.tflite"])
    assert all(path.read_bytes() == b"theirs" for path in theirs)


def test_a_verified_export_keeps_a_link_and_the_mode_of_what_it_points_to(tmp_path):
    (tmp_path / "models").mkdir()
    target, link = tmp_path / "models" / "real.tflite", tmp_path / "m.tflite"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    kelt.export(doubled, link, vector(), verify=True)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.stat().st_size > 100
    assert list((tmp_path / "models").iterdir()) == [target]


def test_verified_exports_of_ten_threads_to_one_path_all_succeed(tmp_path):
    path = tmp_path / "m.tflite"
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(kelt.export, doubled, path, vector(), verify=True) for _ in range(10)]
        assert all(future.result().errors for future in futures)
    assert list(tmp_path.iterdir()) == [path]


class Minded(layers.Layer):
    """A layer that does something else while it is captured."""

    def call(self, x):
        return x * (2.0 if isinstance(x, keras.KerasTensor) else 3.0)


def test_a_capture_that_is_wrong_does_not_prove_itself(tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(3, name="head")(Minded(name="minded")(layers.Dense(5)(x))))
    with pytest.raises(kelt.ExportError, match="so does the model as it was captured") as raised:
        kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert (raised.value.code, raised.value.path) == ("K401", "minded")
    assert "follows its code on tensors without values" in str(raised.value)


class Count(layers.Layer):
    """Counts its calls, by `step` while it is captured."""

    def __init__(self, step, **kwargs):
        super().__init__(**kwargs)
        self.step = step

    def build(self, shape):
        self.count = self.add_weight(shape=(), initializer="ones", trainable=False, name="count")

    def call(self, x):
        y = x * self.count
        self.count.assign(self.count + (self.step if isinstance(x, keras.KerasTensor) else 1.0))
        return y


@pytest.mark.parametrize("states", ["variables", "ports"])
def test_what_a_model_assigns_is_compared(states, tmp_path):
    def counting(step):
        x = keras.Input((4,))
        return keras.Model(x, Count(step)(x))

    right = counting(1.0)
    assert kelt.export(right, tmp_path / "m.tflite", states=states, verify=True).errors
    assert float(right.layers[-1].count.value) == 1.0, "the model is what it was"
    message = "of a second run" if states == "variables" else r"the output count\w*/count"
    with pytest.raises(kelt.ExportError, match=message):
        kelt.export(counting(2.0), tmp_path / "m.tflite", states=states, verify=True)


def test_a_loop_that_writes_slices_can_be_computed_in_64_bits():
    """At [0, t, 0]: numbers of Python beside an integer of the loop, which jax takes for two types there."""

    def call(x):
        def step(t, out):
            return ops.slice_update(out, [0, t, 0], ops.expand_dims(x[:, t], 1) / 3)

        return ops.fori_loop(0, x.shape[1], step, ops.zeros_like(x))

    (function,) = capture_graph(call, [keras.InputSpec(shape=(2, None, 4), dtype="float32")]).functions
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    values = record_values(function, [x], precise=True)
    np.testing.assert_allclose(values[function.outputs[0][1]], x.astype("float64") / 3, rtol=1e-15)
