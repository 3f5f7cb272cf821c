"""The kinds of tasks of KerasHub, and what fixes the sizes of each. All take the inputs that the model declares."""

from __future__ import annotations

from typing import Any

from kelt.hub.config import Bound, Default, ExportConfig
from kelt.hub.declared import attribute, axes_of, fixed_image_size, inputs_of, lengths_of, spec_of, specs_of

LENGTH = "max_sequence_length"
SIZE = "image_size"
AUDIO = "audio_length"
TOKENS = {LENGTH: "the length of the text, in tokens"}
TWO_TEXTS = {LENGTH: "the length of both texts, in tokens, or a pair: the encoder's and the decoder's"}
PIXELS = {SIZE: "height and width of the image, or one number for both"}
SAMPLES = {AUDIO: "the length of the sound, in samples or frames as the encoder takes it"}
TOKENS_OF_SOUND = {**SAMPLES, **TOKENS}
TOKENS_AND_PIXELS = {**TOKENS, **PIXELS}
EVERYTHING = {**TWO_TEXTS, **PIXELS, **SAMPLES}
FIXED_BY = {LENGTH: {"text", "encoder", "decoder"}, SIZE: {"image"}, AUDIO: {"audio"}}  # what inputs hold
HEARS = {"encoder_padding_mask": "audio"}


class _Declared(ExportConfig):
    """The inputs that the model declares, with the lengths and sizes that were asked for, or that the model tells."""

    def parameters_of(self, model: Any) -> dict[str, str]:
        """Those that fix an axis of an input."""
        held = {_held(model, name, shape) for name, shape in inputs_of(model)}
        return {name: what for name, what in self.parameters.items() if held & FIXED_BY[name]}

    def get_input_signature(self, model: Any, **parameters: Any) -> Any:
        """`keras.InputSpec`s in the structure of the model's inputs; None, its own, where it declares none."""
        texts = _texts(model)
        sizes = {
            **dict(zip(texts, lengths_of(LENGTH, parameters.get(LENGTH), *texts))),
            "audio": lengths_of(AUDIO, parameters.get(AUDIO), "audio"),
            "image": lengths_of(SIZE, parameters.get(SIZE), "height", "width"),
        }
        return specs_of(model, sizes, _roles(model))

    def defaults(self, model: Any) -> dict[str, Default]:
        """As the preprocessor pads and resizes."""
        return {name: found for name in self.parameters_of(model) if (found := _default(model, name)) is not None}

    def bounds(self, model: Any) -> dict[str, Bound]:
        """As many positions as were learned, and the size of the image."""
        return {name: found for name in self.parameters_of(model) if (found := _bound(model, name)) is not None}


class Text(_Declared):
    """`token_ids`, `padding_mask` and, where the model has them, `segment_ids` and `mask_positions`."""

    kinds = ("CausalLM", "TextClassifier", "MaskedLM", "TextEmbedder")
    parameters = TOKENS


class Seq2Seq(_Declared):
    """`encoder_token_ids`, `encoder_padding_mask`, `decoder_token_ids`, `decoder_padding_mask`."""

    kinds = ("Seq2SeqLM",)
    parameters = TWO_TEXTS


class AudioToText(_Declared):
    """What the encoder hears, `decoder_token_ids`, `decoder_padding_mask`."""

    kinds = ("MoonshineAudioToText",)
    parameters = TOKENS_OF_SOUND


class Image(_Declared):
    """One image (batch, height, width, channels), named as in Keras."""

    kinds = ("ImageClassifier", "ObjectDetector", "DepthEstimator", "ImageSegmenter")
    parameters = PIXELS


class SegmentAnything(_Declared):
    """An image, points with labels, boxes, and one mask: four times as high and wide as the embedded image."""

    kinds = ("SAMImageSegmenter", "SAMBackbone")
    parameters = PIXELS

    def get_input_signature(self, model: Any, **parameters: Any) -> Any:
        """As declared, where the mask's sizes are open: KerasHub takes none but these."""
        specs = super().get_input_signature(model, **parameters)
        backbone = getattr(model, "backbone", model)
        sides = tuple(4 * side for side in backbone.prompt_encoder.image_embedding_size)
        return {**specs, "masks": spec_of((None, 1, *sides, 1), specs["masks"].dtype)}


class Multimodal(_Declared):
    """Text and images: `token_ids`, `padding_mask`, `images`, `vision_mask`, `vision_indices`, as declared."""

    kinds = (
        *("Gemma3CausalLM", "Gemma3TextEmbedder", "Gemma3nCausalLM", "Gemma4CausalLM", "PaliGemmaCausalLM"),
        *("BLIP2CausalLM", "BLIP2Seq2SeqLM", "PARSeqCausalLM", "Qwen3_5CausalLM", "Qwen3_5MoeCausalLM"),
        *("CLIPBackbone", "MetaCLIP2Backbone", "SigLIPBackbone"),
    )
    parameters = TOKENS_AND_PIXELS


class Backbone(_Declared):
    """A backbone of any family, as it declares its inputs."""

    kinds = ("Backbone",)
    parameters = EVERYTHING


def _roles(model) -> dict[str, str]:
    """Roles that names alone do not tell: where the encoder hears, its mask is one of the sound."""
    return HEARS if any(name == "encoder_input_values" for name, _ in inputs_of(model)) else {}


def _held(model, name: str, shape: tuple) -> str | None:
    """What an input of the model holds."""
    return _roles(model).get(name, axes_of(name, shape)[0])


def _texts(model) -> tuple[str, ...]:
    """The texts that a model takes, as the roles of their inputs: one, or the encoder's and the decoder's."""
    found = {_held(model, name, shape) for name, shape in inputs_of(model)}
    return tuple(role for role in ("text", "encoder", "decoder") if role in found) or ("text",)


PADDED = {"text": "encoder"}  # as a preprocessor calls the text beside a decoder's
# Where a parameter's value is looked for, the first that is set.
PLACES = {
    LENGTH: ("preprocessor.sequence_length",),
    SIZE: ("preprocessor.image_size", "preprocessor.image_converter.image_size", "backbone.image_size"),
    AUDIO: ("preprocessor.audio_converter.max_audio_length",),
}


# As many positions as were learned: of a task, of a backbone, of Whisper.
LEARNED = ("backbone.max_sequence_length", "max_sequence_length", "max_decoder_sequence_length")


def _default(model, parameter) -> Default | None:
    for path in PLACES[parameter]:
        value = attribute(model, path)
        if value is not None:
            return Default(tuple(value) if isinstance(value, (tuple, list)) else value, path)
    paths = [f"preprocessor.{PADDED.get(role, role)}_sequence_length" for role in _texts(model)]
    sides = tuple(attribute(model, path) for path in paths) if parameter == LENGTH else ()
    return Default(sides, " and ".join(paths)) if any(side is not None for side in sides) else None


def _bound(model, parameter) -> Bound | None:
    if parameter == SIZE:
        found = fixed_image_size(model)
        return None if found is None else Bound(found[1], f"the input {found[0]}", exact=True)
    for path in LEARNED if parameter == LENGTH else ():
        value = attribute(model, path)
        if isinstance(value, int):
            return Bound(value, path)
    return None
