"""Encoders and decoders: translation, speech to text."""

from __future__ import annotations

from families.tiny import DECODER, ENCODER, HIDDEN, LENGTH, VOCABULARY, WIDTH, Builder, task


def bart(hub):
    return hub.models.BartBackbone(**ENCODER, max_sequence_length=LENGTH)


def edrec(hub):
    return hub.models.EdRecBackbone(
        vocab_size=VOCABULARY,
        num_layers_enc=1,
        num_layers_dec=2,
        num_heads=2,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
    )


def moonshine(hub):
    return hub.models.MoonshineBackbone(
        vocabulary_size=VOCABULARY,
        filter_dim=WIDTH,
        encoder_num_layers=1,
        decoder_num_layers=1,
        hidden_dim=WIDTH,
        intermediate_dim=HIDDEN,
        encoder_num_heads=2,
        decoder_num_heads=2,
        feedforward_expansion_factor=1,
        max_position_embeddings=LENGTH,
        pad_head_dim_to_multiple_of=6,
    )


def t5(hub):
    return hub.models.T5Backbone(**ENCODER)


def t5gemma_sizes():
    """An encoder and a decoder alike: a window in the first layer only."""
    side = {
        "hidden_dim": WIDTH,
        "intermediate_dim": HIDDEN,
        "num_layers": 2,
        "num_attention_heads": DECODER["num_query_heads"],
        "num_key_value_heads": DECODER["num_key_value_heads"],
        "head_dim": 8,
        "layer_types": ["sliding_attention", "full_attention"],
    }
    sides = {f"{name}_{key}": value for name in ("encoder", "decoder") for key, value in side.items()}
    return {
        **sides,
        "vocabulary_size": VOCABULARY,
        "sliding_window": 4,
        "query_pre_attn_scalar": 8.0,
        "cross_attention_hidden_size": WIDTH,
        "attn_logit_softcapping": 5.0,
        "final_logit_softcapping": 3.0,
    }


def t5gemma(hub):
    return hub.models.T5GemmaBackbone(**t5gemma_sizes())


def t5gemma2(hub):
    return hub.models.T5Gemma2Backbone(**t5gemma_sizes(), global_rope_scaling_factor=2.0)


def whisper(hub):
    return hub.models.WhisperBackbone(
        **ENCODER, num_mels=8, max_encoder_sequence_length=2 * LENGTH, max_decoder_sequence_length=LENGTH
    )


CASES: dict[str, Builder] = {
    "BartBackbone": bart,
    "BartSeq2SeqLM": task("BartSeq2SeqLM", bart),
    "EdRecBackbone": edrec,
    "EdRecSeq2SeqLM": task("EdRecSeq2SeqLM", edrec),
    "MoonshineBackbone": moonshine,
    "MoonshineAudioToText": task("MoonshineAudioToText", moonshine),
    "T5Backbone": t5,
    "T5Seq2SeqLM": task("T5Seq2SeqLM", t5),
    "T5GemmaBackbone": t5gemma,
    "T5GemmaSeq2SeqLM": task("T5GemmaSeq2SeqLM", t5gemma),
    "T5Gemma2Backbone": t5gemma2,
    "T5Gemma2Seq2SeqLM": task("T5Gemma2Seq2SeqLM", t5gemma2),
    "WhisperBackbone": whisper,
}
