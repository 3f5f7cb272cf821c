"""A model's configuration in another precision."""

from __future__ import annotations

from typing import Any

from kelt.disk.errors import quoted
from kelt.errors import bad_argument

FLOATS = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "float64")


def checked_dtype(dtype: Any) -> Any:
    """The policy of Keras that is asked for, or its name, if a model of floats can be built in it."""
    import keras

    try:
        policy = keras.dtype_policies.get(dtype)
    except (ValueError, TypeError, KeyError, AttributeError):  # whatever it makes of what is none
        policy = None
    if policy is None or "float" not in str(policy.compute_dtype):
        raise bad_argument(
            f"dtype is a dtype of floats, such as 'float16', or a dtype policy of Keras, such as 'mixed_bfloat16', "
            f"not {quoted(dtype)}"
        )
    return dtype if isinstance(dtype, keras.DTypePolicy) else policy.name


def one_dtype(dtype: Any) -> str:
    """The name of a policy that each layer of an archive can have: no map, and none of integers."""
    name = str(getattr(dtype, "name", dtype))
    if name not in FLOATS:
        raise bad_argument(f"an archive takes one of the dtypes {', '.join(FLOATS)}, not {quoted(dtype)}")
    return name


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
