"""Decoders of text: causal language models."""

from __future__ import annotations

from families.tiny import DECODER, ENCODER, LENGTH, SHALLOW


def bloom(hub):
    return hub.models.BloomBackbone(**SHALLOW)


def gemma(hub):
    return hub.models.GemmaBackbone(**DECODER, head_dim=8)


def gpt2(hub):
    return hub.models.GPT2Backbone(**ENCODER, max_sequence_length=LENGTH)


def llama(hub):
    return hub.models.LlamaBackbone(**DECODER)


def mixtral(hub):
    return hub.models.MixtralBackbone(**DECODER, num_experts=4, top_k=2, sliding_window=8)


CASES = {
    "BloomBackbone": bloom,
    "GemmaBackbone": gemma,
    "GPT2Backbone": gpt2,
    "LlamaBackbone": llama,
    "MixtralBackbone": mixtral,
}
