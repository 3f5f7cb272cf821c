"""A model's configuration in another precision."""

from __future__ import annotations

from typing import Any

FLOATS = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "float64")


def with_dtype(node: Any, dtype: str) -> Any:
    """The tree of a configuration whose floating-point policies are `dtype`; others, of quantized layers, stay."""
    if isinstance(node, list):
        return [with_dtype(item, dtype) for item in node]
    if not isinstance(node, dict):
        return node
    config = node.get("config")
    if node.get("class_name") == "DTypePolicy" and isinstance(config, dict) and str(config.get("name")) in FLOATS:
        return {**node, "config": {**config, "name": dtype}}
    return {key: with_dtype(value, dtype) for key, value in node.items()}
