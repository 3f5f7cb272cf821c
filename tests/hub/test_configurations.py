"""The signature of a model of KerasHub is found without being asked for, and said in the report."""

import re

import hub_zoo
import keras
import keras_hub
import pytest
from families import CASES
from families.tiny import LENGTH

import kelt
from kelt.hub.registry import configured


class Preprocessor(keras.layers.Layer):
    """What a task asks its preprocessor for."""

    def __init__(self, **attributes):
        super().__init__()
        vars(self).update(attributes)


def bert(cls="BertTextClassifier", **attributes):
    preprocessor = Preprocessor(**attributes) if attributes else None
    backbone = hub_zoo.build("BertBackbone")
    return getattr(keras_hub.models, cls)(backbone=backbone, num_classes=3, preprocessor=preprocessor)


def shapes(report):
    """What the inputs are, a dynamic size as `?`."""
    return {
        name: re.sub(r"(?<=[\[ ])[a-z_]\w*(?=[,\]])", "?", kind)
        for name, kind in report.signatures["serving_default"]["inputs"]
    }


def exported(model, folder, **configuration):
    return kelt.export(model, folder / "m.tflite", **configuration)


def test_without_a_preprocessor_the_length_is_open(tmp_path):
    report = exported(bert(), tmp_path)
    assert shapes(report)["token_ids"] == "i32[?, ?]"
    assert report.notes == ["exported as Text: every length and size as declared"]


def test_the_preprocessor_gives_the_length(tmp_path):
    report = exported(bert(sequence_length=12), tmp_path)
    assert set(shapes(report).values()) == {"i32[?, 12]"}
    assert report.notes == ["exported as Text: max_sequence_length=12 (preprocessor.sequence_length)"]


def test_what_is_asked_for_comes_before_the_preprocessor(tmp_path):
    report = exported(bert(sequence_length=12), tmp_path, max_sequence_length=8)
    assert set(shapes(report).values()) == {"i32[?, 8]"}
    assert report.notes == ["exported as Text: max_sequence_length=8"]


def test_the_file_at_a_length_is_what_keras_computes(tmp_path):
    model = bert()
    exported(model, tmp_path, max_sequence_length=8, verify=True)
    kelt.verify(model, tmp_path / "m.tflite", max_sequence_length=8)


def test_a_longer_text_than_the_model_has_positions_for_is_rejected(tmp_path):
    words = rf"max_sequence_length=100: the model was built for at most {LENGTH} \(backbone.max_sequence_length\)"
    with pytest.raises(ValueError, match=words):
        exported(bert(), tmp_path, max_sequence_length=100)


def test_an_unknown_argument_is_rejected_by_name(tmp_path):
    words = "there is no argument image_size for BertTextClassifier; what there is: max_sequence_length: the length of"
    with pytest.raises(ValueError, match=words):
        exported(bert(), tmp_path, image_size=32)
    words = (
        "there is no argument max_sequence_length for ResNetBackbone; what there is: image_size: height and width of"
    )
    with pytest.raises(ValueError, match=words):
        exported(open_images(), tmp_path, max_sequence_length=8)
    with pytest.raises(ValueError, match=r"there is no argument max_sequence_length$"):
        exported(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), tmp_path, max_sequence_length=8)


def test_a_signature_of_the_users_own_stands_alone(tmp_path):
    specs = {
        name: keras.InputSpec(shape=(None, 6), dtype="int32") for name in ("token_ids", "padding_mask", "segment_ids")
    }
    assert set(shapes(exported(bert(sequence_length=12), tmp_path, input_signature=specs)).values()) == {"i32[?, 6]"}
    with pytest.raises(ValueError, match="give either a signature or max_sequence_length, not both"):
        exported(bert(), tmp_path, input_signature=specs, max_sequence_length=8)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("12", "max_sequence_length is a positive number, not '12'"),
        ((7, 5), r"max_sequence_length is a positive number, not \(7, 5\)"),
        (0, "max_sequence_length is a positive number, not 0"),
        (True, "max_sequence_length is a positive number, not True"),
    ],
)
def test_a_length_that_is_none_is_rejected(value, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        exported(bert(), tmp_path, max_sequence_length=value)


def test_a_pair_of_lengths_has_two(tmp_path):
    model = hub_zoo.build("T5Backbone")
    words = r"max_sequence_length is a positive number or a pair \(encoder, decoder\), not \(7, 5, 3\)"
    with pytest.raises(ValueError, match=words):
        exported(model, tmp_path, max_sequence_length=(7, 5, 3))


def test_the_preprocessor_of_two_texts_gives_the_length_of_each(tmp_path):
    backbone = hub_zoo.build("BartBackbone")
    preprocessor = Preprocessor(encoder_sequence_length=9, decoder_sequence_length=6)
    report = exported(keras_hub.models.BartSeq2SeqLM(backbone=backbone, preprocessor=preprocessor), tmp_path)
    assert [shapes(report)[f"{side}_token_ids"] for side in ("encoder", "decoder")] == ["i32[?, 9]", "i32[?, 6]"]
    where = "preprocessor.encoder_sequence_length and preprocessor.decoder_sequence_length"
    assert report.notes[0] == f"exported as Seq2Seq: max_sequence_length=(9, 6) ({where})"


def test_a_sound_and_the_text_of_it_have_a_length_each(tmp_path):
    model = hub_zoo.build("MoonshineBackbone")
    found = shapes(exported(model, tmp_path, audio_length=4000, max_sequence_length=5))
    assert {found["encoder_padding_mask"], found["decoder_token_ids"]} == {"bool[?, 4000]", "i32[?, 5]"}


def test_an_encoder_and_a_decoder_have_a_length_each(tmp_path):
    model = hub_zoo.build("T5Backbone")
    found = shapes(exported(model, tmp_path, max_sequence_length=(7, 5)))
    assert found["encoder_token_ids"] == found["encoder_padding_mask"] == "i32[?, 7]"
    assert found["decoder_token_ids"] == found["decoder_padding_mask"] == "i32[?, 5]"


@pytest.mark.parametrize(
    ("name", "beside"),
    [("Gemma3CausalLM", {"vision_mask"}), ("Gemma4Backbone audio", {"position_ids", "audio_mask"})],
)
def test_the_length_is_that_of_all_that_has_a_number_for_each_token(name, beside):
    model = CASES[name](keras_hub)
    specs = configured(model, None, None, {"max_sequence_length": 8}).input_signature
    assert {name for name, spec in specs.items() if spec.shape[1:] == (8,)} == {"token_ids", "padding_mask", *beside}


def test_an_image_has_the_size_that_is_asked_for(tmp_path):
    model = hub_zoo.build("SwinTransformerBackbone")
    found = shapes(exported(model, tmp_path))
    assert list(found.values()) == ["f32[?, 32, 32, 3]"]
    with pytest.raises(ValueError, match=r"image_size=64: the model was built for 32 × 32 \(the input "):
        exported(model, tmp_path, image_size=64)
    with pytest.raises(ValueError, match=r"image_size is a positive number or a pair \(height, width\), not 'big'"):
        exported(open_images(), tmp_path, image_size="big")
    assert list(shapes(exported(open_images(), tmp_path, image_size=(40, 48))).values()) == ["f32[?, 40, 48, 3]"]


def open_images():
    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64],
        stackwise_num_blocks=[1],
        stackwise_num_strides=[1],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )


def test_the_same_by_the_models_own_export(tmp_path):
    kelt.enable()
    try:
        bert().export(str(tmp_path / "m.tflite"), format="litert", max_sequence_length=8, verbose=False)
        with pytest.raises(ValueError, match="there is no argument frobnicate for BertTextClassifier"):
            bert().export(str(tmp_path / "m.tflite"), format="litert", frobnicate=True)
    finally:
        kelt.disable()
    assert kelt.runtime.Model(tmp_path / "m.tflite")


PARAMETERS = {"window": "how many samples"}


class Window(kelt.hub.ExportConfig):
    """Of a user's own class of models."""

    parameters = PARAMETERS

    def get_input_signature(self, model, window=None):
        return keras.InputSpec(shape=(None, window, 6), dtype="float32")


def test_a_configuration_of_ones_own(tmp_path):
    class Sensor(keras.Sequential):
        pass

    class OfSensors(Window):
        kinds = (Sensor,)

    model = Sensor([keras.Input((None, 6)), keras.layers.Conv1D(4, 3)])
    config = OfSensors()
    kelt.hub.register(config)
    try:
        report = exported(model, tmp_path, window=20)
        assert list(shapes(report).values()) == ["f32[?, 20, 6]"]
        assert report.notes == ["exported as OfSensors: window=20"]
    finally:
        kelt.hub.unregister(config)
    with pytest.raises(ValueError, match="there is no argument window"):
        exported(model, tmp_path, window=20)
    with pytest.raises(ValueError, match=r"register takes an instance of kelt.hub.ExportConfig that has `kinds`"):
        kelt.hub.register(Window())
