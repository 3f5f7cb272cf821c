"""Files that do not fit into memory: run in parts, proven as far as whole ones, and what was not looked at is said."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt
from kelt import _native
from kelt.runtime import Model
from kelt.tracing.capture import capture_graph
from kelt.tracing.replay.replay import run_function
from kelt.verification import in_parts
from kelt.verification.choice_replay import Replay
from kelt.verification.discrete import is_choice
from kelt.verification.draws import drawn
from kelt.verification.sizes import first_sizes


@pytest.fixture
def little_memory(monkeypatch):
    """A machine on which nothing fits: a part has at most so many bytes."""

    def have(part):
        monkeypatch.setattr(in_parts, "available_memory", lambda: part * in_parts.PART)
        monkeypatch.setattr(in_parts, "WHOLE", 10**9)

    return have


def block(x, width):
    y = layers.LayerNormalization()(x)
    y = layers.MultiHeadAttention(2, width // 2)(y, y)
    x = x + y
    y = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
    return x + layers.Dense(width)(y)


def transformer(blocks=3, width=16, vocabulary=50):
    keras.utils.set_random_seed(3)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(vocabulary, width)(tokens)
    for _ in range(blocks):
        x = block(x, width)
    return keras.Model(tokens, layers.Dense(vocabulary, activation="softmax", name="next")(x))


def recurrent():
    keras.utils.set_random_seed(4)
    x = keras.Input((7, 3), name="x")
    return keras.Model(x, layers.Dense(4, name="y")(layers.LSTM(8)(layers.Dense(5, activation="tanh")(x))))


def convolutional():
    keras.utils.set_random_seed(5)
    image = keras.Input((16, 16, 3), name="image")
    x = image
    for width in (4, 8):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(layers.ReLU(6.0)(x))
    return keras.Model(image, {"classes": layers.Dense(3)(layers.Flatten()(x)), "features": x})


def cut_everywhere(path, signature):
    return _native.FileInParts.open(str(path), signature, 1)


MODELS = {"transformer": transformer, "recurrent": recurrent, "convolutional": convolutional}


@pytest.mark.parametrize("name", MODELS)
def test_a_file_in_parts_has_the_errors_of_the_whole(name, tmp_path, little_memory):
    model = MODELS[name]()
    whole = kelt.export(model, tmp_path / "whole.tflite", verify=True)
    assert not [note for note in whole.notes if "parts" in note]
    little_memory(2000)
    report = kelt.export(model, tmp_path / "parts.tflite", verify=True)
    assert report.errors == whole.errors
    assert report.limits == whole.limits
    [note] = [note for note in report.notes if "parts" in note]
    assert note.startswith("the file was run in ")
    assert note.endswith(" MB, since it does not fit into memory")
    assert note in str(report)


@pytest.mark.parametrize("name", MODELS)
def test_parts_give_the_bits_of_the_whole(name, tmp_path):
    path = tmp_path / "m.tflite"
    kelt.export(MODELS[name](), path)
    whole = Model(path)
    [(key, (ports, _))] = whole.signatures.items()
    rng = np.random.default_rng(1)
    shapes = {port.name: [3 if dim < 0 else dim for dim in port.shape] for port in ports}
    given = {port.name: (9 * rng.random(shapes[port.name])).astype(port.dtype) for port in ports}
    wanted = whole(given)
    for most_bytes in (1, 500, 3000, 10**6):
        found = in_parts.FileInParts(path, key, most_bytes)(given)
        assert [*found] == [*wanted]
        assert all(np.array_equal(found[output], wanted[output]) for output in wanted)


def test_a_file_is_cut_as_finely_as_it_is_asked_for(tmp_path):
    kelt.export(transformer(), tmp_path / "m.tflite")
    fine = cut_everywhere(tmp_path / "m.tflite", "serving_default").sizes
    coarse = _native.FileInParts.open(str(tmp_path / "m.tflite"), "serving_default", 5000).sizes
    assert len(fine) > 3 * len(coarse) > 6
    assert max(coarse) <= 5000
    assert len(_native.FileInParts.open(str(tmp_path / "m.tflite"), "serving_default", 10**6).sizes) == 1


def test_a_model_on_disk_is_verified_in_parts(tmp_path, little_memory):
    transformer().save(tmp_path / "m.keras")
    whole = kelt.export(tmp_path / "m.keras", tmp_path / "whole.tflite", verify=True)
    little_memory(2000)
    report = kelt.export(tmp_path / "m.keras", tmp_path / "parts.tflite", verify=True)
    assert report.errors == whole.errors
    errors = kelt.verify(tmp_path / "m.keras", tmp_path / "parts.tflite")
    assert errors == whole.errors
    assert [note for note in errors.notes if "was run in" in note]


def test_each_of_several_signatures_is_run_in_parts(tmp_path, little_memory):
    model = transformer()
    spec = keras.InputSpec(shape=(1, 5), dtype="int32")
    twice = {"one": (lambda tokens: model(tokens), [spec]), "two": (lambda tokens: 2 * model(tokens), [spec])}
    whole = kelt.export(model, tmp_path / "whole.tflite", signatures=twice, verify=True)
    little_memory(2000)
    report = kelt.export(model, tmp_path / "parts.tflite", signatures=twice, verify=True)
    assert report.errors == whole.errors
    assert [note.split(" was")[0] for note in report.notes if " was run in" in note] == [
        "the signature one of the file",
        "the signature two of the file",
    ]


def test_a_wrong_file_is_rejected_in_parts(tmp_path, little_memory):
    model = transformer()
    kelt.export(model, tmp_path / "m.tflite")
    kernel = np.ascontiguousarray(model.layers[-1].get_weights()[0].T)
    data = (tmp_path / "m.tflite").read_bytes()
    at = data.index(kernel.tobytes())
    (tmp_path / "m.tflite").write_bytes(data[: at + 3] + bytes([data[at + 3] ^ 0x80]) + data[at + 4 :])  # a sign
    little_memory(2000)
    with pytest.raises(kelt.ExportError, match="differs from the model at the output next") as raised:
        kelt.verify(model, tmp_path / "m.tflite")
    assert "were not looked at, since the file does not fit into memory" in str(raised.value)


def test_the_file_of_other_weights_is_rejected_in_parts_with_the_layer(tmp_path, little_memory):
    model = transformer()
    kelt.export(model, tmp_path / "m.tflite")
    layer = model.layers[-1]
    layer.kernel.assign(layer.kernel * 1.5)
    little_memory(2000)
    with pytest.raises(kelt.ExportError, match="next/kernel is not what was exported") as raised:
        kelt.verify(model, tmp_path / "m.tflite")
    assert raised.value.path == "next"


def test_an_output_that_is_always_the_same_is_not_proven_in_parts(tmp_path, little_memory):
    x = keras.Input((64,), name="x")
    model = keras.Model(x, ops.softmax(layers.Dense(4, name="logits")(x) * 1e-6))
    kelt.export(model, tmp_path / "m.tflite", verify=True)
    little_memory(100)
    with pytest.raises(kelt.ExportError, match=r"nothing is proven.* were not looked at, since the file does not fit"):
        kelt.verify(model, tmp_path / "m.tflite")


def test_a_file_with_states_is_run_as_a_whole(tmp_path, little_memory):
    x = keras.Input((4, 3), batch_size=2, name="x")
    model = keras.Model(x, layers.Dense(2)(layers.LSTM(4, stateful=True)(x)))
    little_memory(100)
    report = kelt.export(model, tmp_path / "m.tflite", verify=True)
    assert not [note for note in report.notes if "parts" in note]


@pytest.mark.parametrize("recipe", ["int8-dynamic", "int8-static"])
def test_a_quantized_file_is_compared_in_parts(recipe, tmp_path, little_memory, monkeypatch):
    compare, given = _native.compare_quantized, []
    monkeypatch.setattr(_native, "compare_quantized", lambda *words: given.append(words) or compare(*words))
    model = transformer(width=64)
    samples = {"tokens": np.random.default_rng(2).integers(0, 50, (8, 5)).astype("int32")}
    options = {"quantize": recipe, "calibration": samples, "verify": True}
    whole = kelt.export(model, tmp_path / "whole.tflite", **options)
    little_memory(20_000)
    report = kelt.export(model, tmp_path / "parts.tflite", **options)
    assert [20_000 in words for words in given] == [False, True]  # the bytes of weights that may be in memory
    assert str(report.comparison) == str(whole.comparison)
    assert report.errors == pytest.approx(whole.errors)
    assert [note for note in report.notes if " was run in " in note]
    assert (tmp_path / "parts.tflite").read_bytes() == (tmp_path / "whole.tflite").read_bytes()
    other = transformer(width=64)
    other.layers[-1].bias.assign(other.layers[-1].bias + 1.0)
    kelt.export(other, tmp_path / "other.tflite")
    with pytest.raises(kelt.ExportError, match="the constant next/bias is not the float file's"):
        kelt.verify(other, tmp_path / "parts.tflite", inputs={"tokens": samples["tokens"][:1]})
    assert not kelt.compare(tmp_path / "other.tflite", tmp_path / "parts.tflite", samples).ok


@pytest.mark.parametrize("name", ["transformer", "recurrent"])
def test_rounding_is_measured_without_all_weights_in_memory(name):
    [function] = capture_graph(MODELS[name]()).functions
    inputs = drawn(function, "random", first_sizes(function)[0], 0)
    nodes = [node for node in function.nodes if is_choice(node)]
    outputs = [value for _, value in function.outputs]
    whole = Replay(function, inputs, nodes).run()
    kept = Replay(function, inputs, nodes, keep=outputs).run()
    wanted, found = whole.exact_values(outputs), kept.exact_values(outputs)
    assert all(np.array_equal(found[value], wanted[value]) for value in outputs)
    values = run_function(function, inputs, keep=outputs)
    assert all(np.array_equal(ops.convert_to_numpy(values[value]), whole.values()[value]) for value in outputs)
    weights = [value for node in function.nodes if node.op == "weight" for value in node.outputs]
    assert weights
    assert not {*weights} & ({*kept.mine} | {*kept.exact} | {*values})


def test_what_is_available_is_a_part_of_the_machine():
    assert 2**20 < in_parts.available_memory() < 2**44
