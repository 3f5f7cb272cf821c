"""Functions of KerasHub that can't be followed at open lengths, and what is captured instead: one entry each."""

from __future__ import annotations

import functools
import operator
import sys

from kelt.tracing.layers import blocks, delta_rule

MODELS = "keras_hub.src.models."
INSTEAD = {  # (module, function or method)
    ("gemma4.gemma4_audio_encoder", "Gemma4AudioAttention._convert_to_block"): blocks.of_steps,
    ("qwen3_5.qwen3_5_gated_delta_net", "_chunk_gated_delta_rule"): delta_rule.in_chunks,
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
