"""kelt.calibrate: what a file's tensors hold over data in any of the forms that people have it in."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

import kelt
from kelt.calibration_data import samples_of

SPLIT = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "runtime" / "split.tflite"  # x [?, 4]
TWO = SPLIT.parent / "two_signatures.tflite"
SAMPLES = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A model of two inputs, with a batch of 3 and with any."""
    folder = tmp_path_factory.mktemp("calibration")
    x, ids = keras.Input((4,), name="x"), keras.Input((2,), dtype="int32", name="ids")
    embedded = keras.layers.Flatten()(keras.layers.Embedding(7, 2)(ids))
    model = keras.Model([x, ids], keras.layers.Dense(3, activation="relu")(keras.ops.concatenate([x, embedded], -1)))
    kelt.export(model, folder / "any.tflite")
    signature = [keras.InputSpec(shape=(3, 4), dtype="float32"), keras.InputSpec(shape=(3, 2), dtype="int32")]
    kelt.export(model, folder / "three.tflite", signature)
    return folder


def bounds(statistics):
    """Of the only input in float, which is the first tensor of a file."""
    return statistics.tensors[0]["min"], statistics.tensors[0]["max"]


def input_of(statistics):
    return next(found for found in statistics.tensors if found["subgraph"] == 0 and found["values"] == SAMPLES.size)


def generator():
    for sample in SAMPLES:
        yield [sample[None]]


class Loader:
    """As those of datasets: iterable again and again."""

    def __iter__(self):
        return iter(SAMPLES)


class TensorOfAnotherFramework:
    def __array__(self, dtype=None, copy=None):
        return SAMPLES


FORMS = {
    "a generator": lambda: generator(),
    "a function that makes one": lambda: generator,
    "an array": lambda: SAMPLES,
    "an array with an axis of samples": lambda: SAMPLES[:, None],
    "a tensor": TensorOfAnotherFramework,
    "a list of arrays": lambda: list(SAMPLES),
    "a list of batches of one": lambda: [sample[None] for sample in SAMPLES],
    "a list of numbers": lambda: [[sample.tolist()] for sample in SAMPLES],
    "lists of numbers": lambda: [sample.tolist() for sample in SAMPLES],
    "dicts": lambda: [{"x": sample} for sample in SAMPLES],
    "a dict of arrays": lambda: {"x": SAMPLES},
    "a tuple of arrays": lambda: (SAMPLES,),
    "a dict by signature": lambda: {"serving_default": SAMPLES},
    "a loader": Loader,
    "in float64": lambda: SAMPLES.astype("float64"),
}


@pytest.mark.parametrize("form", FORMS)
def test_data_may_have_many_forms(form):
    statistics = kelt.calibrate(SPLIT, FORMS[form]())
    assert statistics.samples == 6
    found = input_of(statistics)
    assert (found["min"], found["max"]) == (SAMPLES.min(), SAMPLES.max())
    assert found["mean"] == pytest.approx(SAMPLES.mean(dtype="float64"), abs=1e-6)


def test_a_file_of_arrays_and_a_folder_of_files_are_data(tmp_path):
    np.savez(tmp_path / "b.npz", x=SAMPLES[4:])
    np.savez_compressed(tmp_path / "a.npz", x=SAMPLES[:4])
    whole = kelt.calibrate(SPLIT, SAMPLES)
    assert kelt.calibrate(SPLIT, tmp_path) == whole
    assert kelt.calibrate(SPLIT, str(tmp_path / "b.npz")) == kelt.calibrate(SPLIT, SAMPLES[4:])


def test_statistics_of_parts_merge_into_those_of_all_and_go_through_a_file(tmp_path):
    whole = kelt.calibrate(SPLIT, SAMPLES)
    whole.save(tmp_path / "statistics.json")
    assert kelt.Statistics.load(tmp_path / "statistics.json") == whole
    parts = [kelt.calibrate(SPLIT, part) for part in np.split(SAMPLES, 3)]
    merged = kelt.merge_statistics(*parts)
    assert merged.samples == 6
    exact = ("name", "min", "max", "values", "zeros", "samples")
    assert [[found[key] for key in exact] for found in merged.tensors] == [
        [found[key] for key in exact] for found in whole.tensors
    ]
    assert repr(merged) == f"kelt.Statistics({len(whole.tensors)} tensors over 6 samples)"


def test_statistics_of_another_model_are_not_merged(files):
    other = kelt.calibrate(files / "any.tflite", {"x": SAMPLES, "ids": np.zeros((6, 2), "int32")})
    with pytest.raises(ValueError, match="K206: the statistics are of different models"):
        kelt.calibrate(SPLIT, SAMPLES).merge(other)


def test_a_file_that_holds_no_statistics_says_so(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ValueError, match=r'K206: these are no statistics of kelt calibrate: there is no "format"'):
        kelt.Statistics.load(tmp_path / "x.json")


def test_inputs_go_by_name_or_by_their_order(files):
    ids = np.arange(12).reshape(6, 2) % 7
    by_name = kelt.calibrate(files / "any.tflite", {"ids": ids, "x": SAMPLES})
    in_order = kelt.calibrate(files / "any.tflite", lambda: zip(SAMPLES, ids, strict=True))
    assert by_name == in_order
    assert by_name == kelt.calibrate(files / "any.tflite", (SAMPLES, ids))
    assert by_name == kelt.calibrate(
        files / "any.tflite", [{"ids": i, "x": x} for x, i in zip(SAMPLES, ids, strict=True)]
    )


def test_a_sample_without_its_batch_is_repeated_to_it_and_the_notes_say_so(files):
    ids = np.ones(2, "int32")
    statistics = kelt.calibrate(files / "three.tflite", [(SAMPLES[0], ids)])
    assert (SAMPLES[0].min(), SAMPLES[0].max()) == bounds(statistics)
    done = "was given without the file's batch: a sample is repeated to a batch of 3"
    assert statistics.notes == tuple(f"input '{name}' of signature 'serving_default' {done}" for name in ("x", "ids"))


def test_arrays_are_cut_into_batches_of_the_file_and_the_last_is_filled_up(files):
    ids = np.zeros((4, 2), "int32")
    statistics = kelt.calibrate(files / "three.tflite", {"x": SAMPLES[:4], "ids": ids})
    assert statistics.samples == 2
    assert bounds(statistics) == (SAMPLES[:4].min(), SAMPLES[:4].max())
    assert not statistics.notes


class Choice(keras.layers.Layer):
    def call(self, x, given):
        return keras.ops.cond(keras.ops.sum(given) > 0, lambda: x * 3.0, lambda: x - 4.0)


def test_what_is_inside_of_loops_and_branches_is_measured(tmp_path):
    x = keras.Input((5, 3))
    h = keras.layers.LSTM(2)(x)
    kelt.export(keras.Model(x, Choice()(h, x)), tmp_path / "model.tflite")
    data = np.abs(np.random.default_rng(0).normal(size=(8, 5, 3))).astype("float32")
    data[::2] *= -1
    statistics = kelt.calibrate(tmp_path / "model.tflite", data)
    assert statistics.unreadable == ()
    inside = [found for found in statistics.tensors if found["subgraph"] > 0]
    assert len({found["subgraph"] for found in inside}) == 3  # the body and both branches
    assert all(found["samples"] and found["min"] <= found["max"] for found in inside)
    gates = [found for found in inside if found["min"] >= 0 and found["max"] <= 1 and found["max"] != found["min"]]
    assert gates  # what sigmoid gives


def test_a_constant_activation_has_a_range(files):
    statistics = kelt.calibrate(files / "any.tflite", [(np.zeros(4), [1, 1])])
    assert bounds(statistics) == (0, 0)


def test_each_signature_has_samples_of_its_own():
    count = {"i": np.arange(6).reshape(2, 3), "mask": np.ones((2, 3), bool)}
    keys = {"count": [{"i": np.array([5, 3]), "mask": np.array([True, False])}]}
    assert kelt.calibrate(TWO, keys).samples == 1
    assert kelt.calibrate(TWO, keys["count"], signature="count").samples == 1
    assert kelt.calibrate(TWO, count, signature="count").samples == 2


def no_samples():
    yield from ()


def used_up():
    given = generator()
    list(given)
    return given


def raises():
    yield SAMPLES[0]
    raise KeyError("lost")


X = SAMPLES[0]
TAKES_X = "The inputs: x float32[?, 4]"
FAULTS = {
    "used up": (
        used_up,
        "K104: the generator gives no sample: it was used up before, or makes none. Give the function",
    ),
    "an empty function": (
        lambda: no_samples,
        "K104: the generator gives no sample: it was used up before, or makes none",
    ),
    "an empty list": (list, "K104: the calibration data holds no sample. Give at least one"),
    "an empty array": (
        lambda: SAMPLES[:0],
        "K104: there is no sample for the signature 'serving_default'. Give at least one",
    ),
    "no data": (lambda: 3, "K104: calibration data can't be a int. Give a function that makes a generator"),
    "another name": (
        lambda: [{"x": X}, {"y": X}],
        f"K104: sample 1 has an input 'y', which the signature 'serving_default' has not. {TAKES_X}",
    ),
    "too few": (lambda: [{}], f"K104: sample 0 lacks the input 'x' of the signature 'serving_default'. {TAKES_X}"),
    "too many": (
        lambda: [(X, X)],
        "K104: sample 0 holds 2 arrays, the signature takes 1. Give arrays in the order of the inputs, or a dict by "
        f"their names. {TAKES_X}",
    ),
    "a key": (lambda: [{3: X}], f"K104: sample 0 has the key 3, which is no name of an input. {TAKES_X}"),
    "another shape": (
        lambda: [X, X[:3]],
        "K104: sample 1: the input 'x' takes [?, 4], not [3]. Give an array of that shape, or of one example of it",
    ),
    "nan": (lambda: [X, X * np.nan], "K104: sample 1: the input 'x' holds NaN (element 0). Leave the sample out"),
    "infinity": (lambda: [X / 0], "K104: sample 0: the input 'x' holds infinity (element 0)"),
    "texts": (lambda: [np.array(["a"])], "K104: sample 0: the input 'x' holds str32, which are no numbers"),
    "ragged": (lambda: [{"x": [[1], [2, 3]]}], "K104: sample 0: what is given for the input 'x' is no array: "),
    "complex": (lambda: [X + 1j], "K104: sample 0: the input 'x' holds complex64, which are no numbers"),
    "bools": (
        lambda: [X > 0],
        "K104: sample 0: the input 'x' takes float32, not bool. Give float32, as the model gets",
    ),
    "no file": (lambda: "no/such.npz", "K104: there is no file or folder no/such.npz. Give the path of an .npz file"),
    "no signature": (lambda: {"serving_default": SAMPLES, "z": X}, "sample 0 has an input 'serving_default', which"),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_data_is_said_in_a_sentence_with_a_remedy(fault):
    data, message = FAULTS[fault]
    with pytest.raises(ValueError) as caught:
        kelt.calibrate(SPLIT, data())
    assert message in str(caught.value)


def test_numbers_for_an_integer_input_must_be_integers_that_fit(files):
    with pytest.raises(
        ValueError, match=r"sample 0: the input 'ids' takes int32, not float32\. Give int32, as the model"
    ):
        kelt.calibrate(files / "any.tflite", [(X, np.zeros(2, "float32"))])
    with pytest.raises(ValueError, match="the input 'ids' takes int32, and holds numbers that are too large for it"):
        kelt.calibrate(files / "any.tflite", [(X, np.array([1, 2**40]))])


def test_a_sample_with_which_the_model_does_not_run_is_named(files):
    good = (X[None], np.ones((1, 2), int))
    remedy = r"Its inputs must have sizes that fit together, and indices must be in range"
    with pytest.raises(ValueError, match=rf"K104: sample 1 can't be run\. {remedy}(?s:.)*gather index out of bounds"):
        kelt.calibrate(files / "any.tflite", [good, (X[None], np.full((1, 2), 99))])
    with pytest.raises(ValueError, match=rf"K104: sample 0 can't be run\. {remedy}"):
        kelt.calibrate(files / "any.tflite", [(SAMPLES[:2], np.ones((3, 2), int))])


def test_arrays_of_different_lengths_are_an_error(files):
    with pytest.raises(ValueError, match="K104: the arrays hold different numbers of samples: 5 of 'ids', 6 of 'x'"):
        kelt.calibrate(files / "any.tflite", (SAMPLES, np.zeros((5, 2), "int32")))


def test_a_signature_that_is_not_there_or_not_named_is_an_error():
    with pytest.raises(ValueError, match=r"K104: the model has no signature 'other'\. Its signatures: serving_default"):
        kelt.calibrate(SPLIT, SAMPLES, signature="other")
    with pytest.raises(
        ValueError, match=r"K104: the model has several signatures: .* Give a dict of data by signature"
    ):
        kelt.calibrate(TWO, [1])


def test_what_the_data_raises_comes_out_as_it_is():
    with pytest.raises(KeyError, match="lost"):
        kelt.calibrate(SPLIT, raises)


def test_a_file_or_folder_without_arrays_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"K104: the folder .* holds no \.npz file"):
        kelt.calibrate(SPLIT, tmp_path)
    (tmp_path / "a.npz").write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"K104: .*a\.npz is no \.npz file of numbers: "):
        kelt.calibrate(SPLIT, tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", x=np.array([{}], object))
    with pytest.raises(ValueError, match=r"K104: .*a\.npz is no \.npz file of numbers: "):
        kelt.calibrate(SPLIT, tmp_path / "a.npz")


def test_samples_are_made_one_at_a_time():
    made = []

    def endless():
        while True:
            made.append(len(made))
            yield X

    samples = samples_of(endless, [("x", "float32", [-1, 4])])
    for _ in range(3):
        next(samples)
    assert len(made) == 3


def test_importing_calibrate_loads_no_backend():
    code = "import sys, kelt; assert kelt.calibrate and not {'jax', 'torch', 'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
