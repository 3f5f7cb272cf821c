"""Functions of KerasHub that can't be followed as they stand, and what is captured instead: one entry each.

Some depend on a length; some use functions of a backend, where others do for another backend.
"""

from __future__ import annotations

import functools
import operator
import sys

from kelt.tracing.layers import as_on_jax, blocks, delta_rule, images

MODELS = "keras_hub.src.models."
INSTEAD = {  # (module, function or method)
    ("gemma4.gemma4_audio_encoder", "Gemma4AudioAttention._convert_to_block"): blocks.of_steps,
    ("qwen3_5.qwen3_5_gated_delta_net", "_chunk_gated_delta_rule"): delta_rule.in_chunks,
    ("depth_anything.interpolate", "interpolate"): images.corners_aligned,
    (
        "deberta_v3.disentangled_self_attention",
        "DisentangledSelfAttention._compute_disentangled_attention",
    ): as_on_jax.run,
    ("gemma.gemma_attention", "CachedGemmaAttention._mask_sliding_window"): as_on_jax.run,
    ("gemma3.gemma3_attention", "CachedGemma3Attention._mask_sliding_window"): as_on_jax.run,
    ("gemma3n.gemma3n_attention", "Gemma3nTextAttention._mask_sliding_window"): as_on_jax.run,
    ("gemma4.gemma4_attention", "Gemma4TextAttention._mask_sliding_window"): as_on_jax.run,
    ("qwen.qwen_attention", "QwenAttention._mask_sliding_window"): as_on_jax.run,
    ("qwen3.qwen3_attention", "Qwen3Attention._mask_sliding_window"): as_on_jax.run,
    ("qwen3_5.qwen3_5_attention", "Qwen3_5Attention._mask_sliding_window"): as_on_jax.run,
    ("qwen3_moe.qwen3_moe_attention", "Qwen3MoeAttention._mask_sliding_window"): as_on_jax.run,
    ("rwkv7.rwkv7_layer", "rnn_generalized_delta_rule"): as_on_jax.run,
    ("sam3.roi_align", "_bilinear_interpolate"): as_on_jax.run,
    ("sam3.roi_align", "roi_align"): as_on_jax.run,
    ("sam3.sam3_layers", "SAM3Attention.call"): as_on_jax.run,
}


def changes() -> list[tuple]:
    """Pairs of a function and its handler, of the modules that are imported by now."""
    return [pair for entry in INSTEAD if (pair := _change(*entry, MODELS + entry[0] in sys.modules)) is not None]


@functools.cache
def _change(module, name, imported):
    try:
        return (operator.attrgetter(name)(sys.modules[MODELS + module]), INSTEAD[module, name]) if imported else None
    except AttributeError:  # of another KerasHub
        return None
