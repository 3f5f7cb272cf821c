"""Bad input to kelt.export: a clear error, no partial file, the old file untouched. Commands: in their own tests."""

import keras
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


def test_a_directory_that_does_not_exist(tmp_path):
    with pytest.raises(ValueError, match=r"K102: can't write .*none/model\.tflite.*its directory must exist"):
        kelt.export(model(), tmp_path / "none" / "model.tflite")
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cant_be_written():
    with pytest.raises(OSError, match=r"K103: can't write /sys/model\.tflite: .*Choose a path that you may write to"):
        kelt.export(model(), "/sys/model.tflite")


def test_a_directory_in_the_place_of_the_file(tmp_path):
    (tmp_path / "model.tflite").mkdir()
    with pytest.raises(OSError, match=r"K103: can't write .*Is a directory"):
        kelt.export(model(), tmp_path / "model.tflite")
