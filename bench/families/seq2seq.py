"""Encoders and decoders: translation, speech to text."""

from __future__ import annotations

from families.tiny import ENCODER, LENGTH


def t5(hub):
    return hub.models.T5Backbone(**ENCODER)


def whisper(hub):
    return hub.models.WhisperBackbone(
        **ENCODER, num_mels=8, max_encoder_sequence_length=2 * LENGTH, max_decoder_sequence_length=LENGTH
    )


CASES = {
    "T5Backbone": t5,
    "WhisperBackbone": whisper,
}
