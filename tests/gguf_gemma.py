"""Gemma 3 out of a GGUF file, as a task of KerasHub: weights, configuration, tokenizer (scripts/setup large_models)."""

from __future__ import annotations

import pathlib

import keras_hub
import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2

NORMS = {  # GGUF has 1 + the scale
    "attn_norm": "pre_attention_norm",
    "attn_q_norm": "attention.query_norm",
    "attn_k_norm": "attention.key_norm",
    "post_attention_norm": "post_attention_norm",
    "ffn_norm": "pre_ffw_norm",
    "post_ffw_norm": "post_ffw_norm",
}
DENSE = {
    "attn_q": "attention.query_dense",
    "attn_k": "attention.key_dense",
    "attn_v": "attention.value_dense",
    "attn_output": "attention.output_dense",
    "ffn_gate": "gating_ffw",
    "ffn_up": "gating_ffw_2",
    "ffn_down": "ffw_linear",
}


def causal_lm(path: pathlib.Path):
    """The task, and the tokenizer beside it: KerasHub's preprocessor of Gemma 3 needs TensorFlow."""
    reader = GGUFReader(path)
    config = _config(reader)
    backbone = keras_hub.models.Gemma3Backbone(
        vocabulary_size=len(config["tokenizer.ggml.tokens"]),
        image_size=None,
        num_layers=config["block_count"],
        num_query_heads=config["attention.head_count"],
        num_key_value_heads=config["attention.head_count_kv"],
        hidden_dim=config["embedding_length"],
        intermediate_dim=config["feed_forward_length"],
        head_dim=config["attention.key_length"],
        use_query_key_norm=True,
        use_post_ffw_norm=True,
        use_post_attention_norm=True,
        use_sliding_window_attention=True,
        sliding_window_size=config["attention.sliding_window"],
        layer_norm_epsilon=config["attention.layer_norm_rms_epsilon"],
    )
    for tensor in reader.tensors:
        _assign(backbone, tensor.name, dequantize(tensor.data, tensor.tensor_type))
    return keras_hub.models.Gemma3CausalLM(backbone=backbone, preprocessor=None), _tokenizer(config)


def tokenizer(path: pathlib.Path) -> SentencePieceProcessor:
    return _tokenizer(_config(GGUFReader(path)))


def _config(reader: GGUFReader) -> dict:
    return {name.removeprefix("gemma3."): field.contents() for name, field in reader.fields.items()}


def _tokenizer(config: dict) -> SentencePieceProcessor:
    return SentencePieceProcessor(model_proto=_sentencepiece(config), add_bos=True)


def _assign(backbone, name: str, weight: np.ndarray) -> None:
    if name == "token_embd.weight":
        backbone.token_embedding.embeddings.assign(weight)
    elif name == "output_norm.weight":
        backbone.get_layer("final_normalization").scale.assign(weight - 1)
    else:
        _, block, part, _ = name.split(".")
        layer = backbone.get_layer(f"decoder_block_{block}")
        for attribute in (NORMS.get(part) or DENSE[part]).split("."):
            layer = getattr(layer, attribute)
        if part in NORMS:
            layer.scale.assign(weight - 1)
        elif part in ("attn_q", "attn_k", "attn_v"):  # (heads, width, of a head)
            heads, width, size = layer.kernel.shape
            layer.kernel.assign(weight.reshape(heads, size, width).transpose(0, 2, 1))
        else:
            layer.kernel.assign(weight.T.reshape(layer.kernel.shape))


def _sentencepiece(config) -> bytes:
    """The tokenizer as the library reads it that KerasHub uses."""
    model = sentencepiece_model_pb2.ModelProto()
    fields = (config[f"tokenizer.ggml.{name}"] for name in ("tokens", "scores", "token_type"))
    for piece, score, kind in zip(*fields):
        model.pieces.add(piece=piece, score=score, type=int(kind))
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type, trainer.byte_fallback, trainer.vocab_size = trainer.BPE, True, len(model.pieces)
    special = (("pad", "padding"), ("eos", "eos"), ("bos", "bos"), ("unk", "unknown"))
    for name, of_gguf in special:
        at = config[f"tokenizer.ggml.{of_gguf}_token_id"]
        setattr(trainer, f"{name}_id", at)
        setattr(trainer, f"{name}_piece", model.pieces[at].piece)
    normalizer.name = "identity"
    normalizer.add_dummy_prefix = config["tokenizer.ggml.add_space_prefix"]
    normalizer.remove_extra_whitespaces = False
    return model.SerializeToString()
