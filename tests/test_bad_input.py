"""Bad input to kelt.export: a clear error, no partial file, the old file untouched. Commands: in their own tests."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import kelt


@pytest.fixture
def place(tmp_path):
    """A path at which an older file stands, which must be there afterwards as it was."""
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    yield path
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["model.tflite"]


def model():
    return keras.Sequential([keras.Input((4,), name="x"), layers.Dense(3, name="y")])


def test_a_model_that_is_not_built(place):
    with pytest.raises(ValueError, match=r"^K101 .*not built.*Call it once"):
        kelt.export(keras.Sequential([layers.Dense(3)]), place)


def test_a_wrong_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"^K101 a LiteRT file ends in \.tflite: .*model\.lite$"):
        kelt.export(model(), tmp_path / "model.lite")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calibration": [1]}, "^K101 calibration is for a recipe, and without quantize .*there is none"),
        ({"threads": -3}, "^K101 threads is a number from 0 on; 0 is as many as help, not -3"),
        ({"threads": "all"}, "^K101 threads is a number from 0 on.*, not 'all'"),
    ],
)
def test_an_argument_that_can_have_no_effect(options, message, place):
    with pytest.raises(ValueError, match=message):
        kelt.export(model(), place, **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kelt.export(model(), None), "filepath is the path of a file, not None"),
        (lambda: kelt.quantize("a.tflite", "fp16", 3), "filepath is the path of a file, not int"),
        (lambda: kelt.compare(np.zeros(3), "a.tflite"), "floats is the path of a file, not ndarray"),
        (lambda: kelt.compare("a.tflite", None), "quantized is the path of a file, not None"),
        (lambda: kelt.calibrate(np.zeros(3), "a.tflite"), "path is the path of a file, not ndarray"),
        (lambda: kelt.delegation(None), "path is the path of a file, not None"),
        (lambda: kelt.runtime.Model(None), "file is the path of a file, not None"),
        (lambda: kelt.runtime.Model("a.tflite", threads=0), "threads is a number from 1 on, not 0"),
        (lambda: kelt.calibrate("a.tflite", [], threads=-1), "threads is a number from 1 on, not -1"),
        (lambda: kelt.compare("a.tflite", "a.tflite", threads=-1), "threads is a number from 1 on, not -1"),
    ],
)
def test_what_is_no_path_or_no_number_is_named(call, message):
    with pytest.raises(ValueError, match=f"^K101 {message}"):
        call()


def test_an_unknown_argument(place):
    with pytest.raises(ValueError, match="K101 there is no argument quantise"):
        kelt.export(model(), place, quantise=True)


@pytest.mark.parametrize(
    "signature",
    [
        [keras.InputSpec(shape=(None, 5), dtype="float32")],
        [keras.InputSpec(shape=(None, 4)), keras.InputSpec(shape=(None, 4))],
        [keras.InputSpec(shape=(None, 4, 1), dtype="float32")],
    ],
    ids=["a length", "the count", "the rank"],
)
def test_a_signature_that_does_not_fit(signature, place):
    with pytest.raises(ValueError, match=r"^K101 the signature does not fit: .*None, 4"):
        kelt.export(model(), place, signature)


def test_a_layer_that_fails_with_more_than_can_be_read(place):
    class Wordy(layers.Layer):
        def call(self, x):
            raise TypeError("not this: " + "many words " * 1000)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    with pytest.raises(kelt.ExportError, match=r"the code can't be followed: not this: many words .* …") as caught:
        kelt.export(keras.Sequential([keras.Input((4,)), Wordy(name="wordy")]), place)
    assert len(str(caught.value)) < 1000
    assert caught.value.path == "wordy"


class Branches(layers.Layer):
    """Asks in Python for a value."""

    def call(self, x):
        return x * 2.0 if float(ops.sum(x)) > 0 else x

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class Decode(layers.Layer):
    """An op that has no form."""

    def call(self, x):
        return ops.real(ops.eig(x)[1])


def test_everything_without_a_form_is_listed_at_once(place):
    x = keras.Input((4, 4), name="x")
    y = Branches(name="chooser")(x)
    y = Decode(name="decode")(y)
    rejected = keras.Model(x, layers.Dense(2)(Decode(name="again")(y)))
    with pytest.raises(kelt.ExportError) as error:
        kelt.export(rejected, place)
    text = str(error.value)
    lines = text.splitlines()
    assert lines[0].startswith("error[K204]: this model can't be exported as it is; 3 of its ")
    assert lines[0].endswith("operations have no LiteRT form")
    for path in ("chooser", "decode", "again"):
        (line,) = [i for i, line in enumerate(lines) if line.startswith(f"  {path} ")]
        assert lines[line + 1].startswith("    "), "a remedy"
    assert "keras.ops.eig" in text
    assert lines[-1] == "Nothing was written. `kelt explain K204` tells more."
    assert [part.path for part in error.value.parts] == ["chooser", "decode", "again"]
    assert all(part.remedy for part in error.value.parts)


def test_one_operation_without_a_form_is_a_list_of_one(place):
    with pytest.raises(kelt.ExportError, match=r"1 of its \d+ operations has no LiteRT form") as error:
        kelt.export(keras.Sequential([keras.Input((3, 3)), Decode(name="decode")]), place)
    assert (error.value.code, error.value.path) == ("K204", "decode")


@pytest.fixture(params=["of a live model", "verified", "of a model on disk"])
def export(request, tmp_path_factory):
    """Exports to a path. All but the first write a file beside it."""
    if request.param == "of a model on disk":
        source = tmp_path_factory.mktemp("source") / "model.keras"
        model().save(source)
        return lambda path: kelt.export(source, path)
    return lambda path: kelt.export(model(), path, verify=request.param == "verified")


def test_a_directory_that_does_not_exist(export, tmp_path):
    words = r"K102: can't write .*none/model\.tflite: there is no folder .*none\. .*its directory must exist"
    with pytest.raises(ValueError, match=words):
        export(tmp_path / "none" / "model.tflite")
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cant_be_written(export):
    with pytest.raises(OSError, match=r"K103: can't write /sys/model\.tflite: .*Choose a path that you may write to"):
        export("/sys/model.tflite")


def test_a_directory_in_the_place_of_the_file(export, tmp_path):
    (tmp_path / "model.tflite").mkdir()
    with pytest.raises(OSError, match=r"K103: can't write .*/model\.tflite: Is a directory"):
        export(tmp_path / "model.tflite")
