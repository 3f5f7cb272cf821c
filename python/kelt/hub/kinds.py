"""The kinds of tasks of KerasHub, and what fixes the sizes of each. All take the inputs that the model declares."""

from __future__ import annotations

from typing import Any

from kelt.errors import bad_argument
from kelt.hub.config import Bound, Default, ExportConfig
from kelt.hub.declared import attribute, fixed_image_size, inputs_of, specs_of, with_shape

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
# Where the encoder hears, its mask is one of the sound.
HEARS = {"encoder_padding_mask": "audio"}


class _Declared(ExportConfig):
    """The inputs that the model declares, with the lengths and sizes that were asked for, or that the model tells."""

    def get_input_signature(self, model: Any, **parameters: Any) -> Any:
        """`keras.InputSpec`s in the structure of the model's inputs; None, its own, where it declares none."""
        names = {name for name, _ in inputs_of(model)}
        return specs_of(model, self.sizes(**parameters), HEARS if "encoder_input_values" in names else {})

    def sizes(self, **parameters: Any) -> dict[str, Any]:
        """What an input holds → its size."""
        length = parameters.get(LENGTH)
        encoder, decoder = length if isinstance(length, (tuple, list)) else (length, length)
        return {
            "text": length,
            "encoder": encoder,
            "decoder": decoder,
            "audio": parameters.get(AUDIO),
            "image": _pair(parameters.get(SIZE)),
        }

    def defaults(self, model: Any) -> dict[str, Default]:
        """As the preprocessor pads and resizes."""
        return {name: found for name in self.parameters if (found := _default(model, name)) is not None}

    def bounds(self, model: Any) -> dict[str, Bound]:
        """As many positions as were learned, and the size of the image."""
        return {name: found for name in self.parameters if (found := _bound(model, name)) is not None}


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
        return {**specs, "masks": with_shape(specs["masks"], (None, 1, *sides, 1))}


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


def _pair(size):
    if size is None or (isinstance(size, (tuple, list)) and len(size) == 2):
        return None if size is None else tuple(size)
    if isinstance(size, int):
        return size, size
    raise bad_argument(f"image_size is a number or a pair (height, width), not {size!r}")


# Where a parameter's value is looked for, the first that is set.
PLACES = {
    LENGTH: ("preprocessor.sequence_length",),
    SIZE: ("preprocessor.image_size", "preprocessor.image_converter.image_size", "backbone.image_size"),
    AUDIO: ("preprocessor.audio_converter.max_audio_length",),
}


def _default(model, parameter) -> Default | None:
    for path in PLACES[parameter]:
        value = attribute(model, path)
        if value is not None:
            return Default(tuple(value) if isinstance(value, (tuple, list)) else value, path)
    sides = [attribute(model, f"preprocessor.{side}_sequence_length") for side in ("encoder", "decoder")]
    if parameter == LENGTH and any(side is not None for side in sides):
        return Default(tuple(sides), "preprocessor.encoder_sequence_length and decoder_sequence_length")
    return None


def _bound(model, parameter) -> Bound | None:
    if parameter == SIZE:
        found = fixed_image_size(model)
        return None if found is None else Bound(found[1], f"the input {found[0]}", exact=True)
    for path in ("backbone.max_sequence_length", "max_sequence_length") if parameter == LENGTH else ():
        value = attribute(model, path)
        if isinstance(value, int):
            return Bound(value, path)
    return None
