"""Brings attributes to one form, so that a lowering meets no second spelling of the same thing."""

from __future__ import annotations

from keras import config

from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import map_argument
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol

# Parameters that a file must know: a tensor among them has to be one that no input reaches, such as a product of sizes.
NUMBERS = (
    *("newshape", "shape", "size", "repeats", "pad_width", "axis", "num", "N", "M", "k", "num_classes"),
    *("num_segments", "indices_or_sections"),
)
# Parameters whose None stands for a setting of Keras.
CONFIGURED = {"data_format": config.image_data_format, "epsilon": config.epsilon}
SIZES = ("newshape", "shape", "size", "repeats")  # parameters whose lengths may come from a shape


def canonicalize(name: str, bound: dict) -> bool:
    """Resolves what depends on Keras' configuration or has more than one spelling, in place.

    True where the value of a tensor was asked for.
    """
    known, asked = definition_of(name), False
    for param, argument in bound.items():
        if isinstance(argument, (Symbol, list, tuple)) and (param in NUMBERS or param in known.static):
            if isinstance(argument, Symbol):
                bound[param], asked = argument.__array__().tolist(), True
            elif _holds_symbol(argument):
                bound[param] = map_argument(argument, lambda leaf: int(leaf) if isinstance(leaf, Symbol) else leaf)
                asked = True
    for param, configured in CONFIGURED.items():
        if bound.get(param, "") is None:
            bound[param] = configured()
    dtype = bound.get("dtype")
    if dtype is not None and not isinstance(dtype, str):
        from keras.src.backend import standardize_dtype

        bound["dtype"] = standardize_dtype(dtype)
    padding = bound.get("padding")
    if isinstance(padding, str):
        bound["padding"] = padding.lower()
    for param in SIZES:
        sizes = bound.get(param)
        if isinstance(sizes, (tuple, list)) and None in sizes:
            if param != "newshape" or sum(size in (None, -1) for size in sizes) > 1:
                raise SizeNeeded
            bound[param] = tuple(-1 if size is None else size for size in sizes)
    if known.per_axis:
        rank = len(bound["inputs"].shape) - 2
        if "pool_size" in bound and bound["strides"] is None:
            bound["strides"] = bound["pool_size"]
        for param in known.per_axis:
            value = bound[param]
            bound[param] = (
                (value,) * rank if isinstance(value, int) else tuple(value) * (rank if len(value) == 1 else 1)
            )
    return asked


def _holds_symbol(items) -> bool:
    return any(isinstance(item, Symbol) or (isinstance(item, (list, tuple)) and _holds_symbol(item)) for item in items)
