"""Nodes that choose: an index, a comparison, a whole number, which jump where a number moves by its rounding."""

from __future__ import annotations

from kelt.tracing.record.graph import values_in

WHOLE = ("ceil", "floor", "floor_divide", "heaviside", "round", "sign", "trunc")  # floats that are no measure
JUMPING = (
    "fmod",
    "hard_shrink",
    "mod",
    "round_to_float8",
    "threshold",
)  # floats that jump at a border, and move elsewhere
ORDERS = ("argsort", "top_k")  # equal numbers stand in any order, but on jax, which keeps theirs
NEAREST = ("image.affine_transform", "image.map_coordinates", "image.perspective_transform")


def is_choice(node) -> bool:
    """Whether an output may jump where an operand of floats moves by as little as rounding moves it."""
    if not any(is_float(value) for value in operands(node)):
        return False
    if node.functions:
        return node.op == "while_loop" or any(is_choice(inner) for inside in node.functions for inner in inside.nodes)
    if node.op in NEAREST:
        return "nearest" in node.args.values() or node.args.get("order") == 0
    return node.op in WHOLE or node.op in JUMPING or any(is_whole(value) for value in node.outputs)


def is_float(value) -> bool:
    """Whether a value is a number that rounding moves."""
    return "float" in value.dtype


def is_whole(value) -> bool:
    """Whether it is an integer or a condition."""
    return value.dtype.startswith(("int", "uint", "bool"))


def operands(node):
    """The values that a node is computed from."""
    return [value for argument in node.args.values() for value in values_in(argument)]
