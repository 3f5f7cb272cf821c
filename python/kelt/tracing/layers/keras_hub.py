"""Functions of KerasHub that can't be followed at open lengths, and what is captured instead: one entry each."""

from __future__ import annotations

import functools
import sys

from kelt.tracing.layers import delta_rule

MODELS = "keras_hub.src.models."
INSTEAD = {
    ("qwen3_5.qwen3_5_gated_delta_net", "_chunk_gated_delta_rule"): delta_rule.in_chunks,
}


def changes() -> list[tuple]:
    """Pairs of a function and its handler, of the modules that are imported by now."""
    return [pair for entry in INSTEAD if (pair := _change(*entry, MODELS + entry[0] in sys.modules)) is not None]


@functools.cache
def _change(module, name, imported):
    function = getattr(sys.modules[MODELS + module], name, None) if imported else None
    return None if function is None else (function, INSTEAD[module, name])
