"""Inputs on which a file is compared: in the ranges that the model's first layers declare."""

from __future__ import annotations

import collections
import dataclasses
import math

import numpy as np

from kelt.tracing.record.graph import Value, values_in
from kelt.verification.sizes import shape_at

KINDS = ("random", "flat", "offset", "low")
EDGES = KINDS[1:]  # where a model may give much less than elsewhere
MOST_NUMBERS = 256  # that an input is compared with
UNBOUNDED = 16  # integers that index nothing
LARGEST_POSITION = 1000  # of what sines and cosines are taken of
OFFSET, END = 8.0, 0.2  # of normal numbers; of the length of a range
SHRUNK = 0.05  # a first factor below this is the scale of what comes in
AFFINE = {"add", "subtract", "multiply", "divide", "true_divide"}
MOVES = {"cast", "reshape", "expand_dims", "squeeze", "broadcast_to", "stop_gradient", "copy", "ravel"}
PRODUCTS = {"matmul", "einsum", "outer", "get_item", "concatenate"}
WAVES = {"sin", "cos"}
# Ops that do something else on either side of a number, with the argument that holds it.
COMPARISONS = {**dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), ("x1", "x2")), "digitize": ("bins",)}
USUAL = 3.0  # what normal numbers reach


@dataclasses.dataclass(slots=True)
class Range:
    """What an input holds: from `low` to `high`, numbers or an array of one for each channel; normal without."""

    low: np.ndarray | float | None = None
    high: np.ndarray | float | None = None


def drawn(function, kind: str, sizes, seed: int) -> list[np.ndarray]:
    """Inputs of a kind at these sizes, in the function's order.

    `flat` is the same along all axes but the batch and the channels. `offset` lies at the upper end of the range, `low`
    at the lower one: a model may do something else on either side of zero.
    """
    from kelt.tracing.ops.index_inputs import index_bounds

    rng = np.random.default_rng(seed)
    bounds = index_bounds(function, sizes)
    consumers = _consumers(function)
    return [
        _drawn(value, shape_at(value, sizes), _range_of(value, bounds.get(i), consumers), kind, rng)
        for i, (_, value) in enumerate(function.inputs)
    ]


def _drawn(value, shape, within, kind, rng):
    full = shape
    if kind == "flat" and len(shape) > 1:
        integers = not value.dtype.startswith(("float", "bfloat"))
        shape = [shape[0], *[1] * (len(shape) - 1)] if integers else [shape[0], *[1] * (len(shape) - 2), shape[-1]]
    if value.dtype == "bool":
        array = rng.random(shape) < (1.0 if kind == "flat" else 0.5)
    elif within.low is None:
        array = rng.normal(size=shape) + {"offset": OFFSET, "low": -OFFSET}.get(kind, 0.0)
    else:
        low, high = np.asarray(within.low, "float64"), np.asarray(within.high, "float64")
        integers = value.dtype.startswith(("int", "uint"))
        ends = {"offset": (high - END * (high - low), high), "low": (low, low + END * (high - low))}
        low, high = ends.get(kind, (low, high))
        if kind == "low" and integers and np.all(within.high == UNBOUNDED):
            high = low + 2  # 0 and 1: a mask of larger numbers may leave one key to each query
        array = np.floor(low + rng.random(shape) * (high - low)) if integers else low + rng.random(shape) * (high - low)
    return np.array(np.broadcast_to(array, full), _numpy_dtype(value.dtype), order="C")


def _numpy_dtype(dtype):
    if dtype != "bfloat16":
        return dtype
    import ml_dtypes

    return ml_dtypes.bfloat16


def _range_of(value, bound, consumers) -> Range:
    if value.dtype == "bool":
        return Range()
    integers = value.dtype.startswith(("int", "uint"))
    if bound is not None and integers:
        return Range(0, bound)
    if _reaches_a_wave(value, consumers):
        return Range(0, LARGEST_POSITION)
    declared = _declared(value, consumers) or _compared(value, consumers)
    if declared is not None and not (integers and np.all(declared.high - declared.low < UNBOUNDED)):
        return declared
    return Range(0, UNBOUNDED) if integers else Range()


def _consumers(function):
    found = collections.defaultdict(list)
    for node in function.nodes:
        for argument in node.args.values():
            for value in values_in(argument):
                found[value].append(node)
    return found


def _reaches_a_wave(value, consumers, most=40) -> bool:
    """Whether sines or cosines are taken of it, times constants: a position, or a step in time."""
    todo, seen = [value], set()
    while len(value.shape) <= 2 and todo and len(seen) < most:
        for node in consumers[todo.pop()]:
            if node.op in WAVES:
                return True
            if (
                id(node) not in seen
                and node.op in AFFINE | MOVES | PRODUCTS
                and not any(map(_is_learned, _all_values(node)))
            ):
                seen.add(id(node))
                todo += node.outputs
    return False


def _all_values(node):
    return [value for argument in node.args.values() for value in values_in(argument)]


def _is_learned(value) -> bool:
    return value.node is not None and value.node.op == "weight" and hasattr(value.node.args["table"].source, "assign")


def _declared(value, consumers) -> Range | None:
    """What the factor and the offset with which a model begins say: they bring the input to [-1, 1] or [0, 1]."""
    channels = value.shape[-1] if value.shape else None
    factor, offset = np.float64(1), np.float64(0)
    while len(consumers[value]) == 1:
        (node,) = consumers[value]
        if node.op in ("cast", "copy", "stop_gradient"):
            (value,) = node.outputs
            continue
        known = _constant_operand(node, value, channels) if node.op in AFFINE else None
        if known is None:
            break
        factor, offset = _through(node, value, known, factor, offset)
        (value,) = node.outputs
    if np.any(factor == 0) or not np.all(np.isfinite(factor)) or not np.all(np.isfinite(offset)):
        return None
    if np.all(np.abs(factor) >= SHRUNK) and (np.all(offset == 0) or np.all(factor == 1)):
        return None
    lowest = 0.0 if np.all(offset == 0) else -1.0
    ends = (lowest - offset) / factor, (1.0 - offset) / factor
    return Range(np.minimum(*ends), np.maximum(*ends))


def _compared(value, consumers) -> Range | None:
    """On both sides of the numbers that it is compared with, where normal numbers don't reach those."""
    numbers = []
    for node in consumers[value]:
        for name in COMPARISONS.get(node.op, ()):
            other = node.args.get(name)
            found = None if other is value else _number(other, MOST_NUMBERS)
            numbers += [] if found is None else found[np.isfinite(found)].reshape(-1).tolist()
    if not numbers or max(map(abs, numbers)) <= USUAL:
        return None
    margin = max(np.ptp(numbers) / 2, USUAL)
    return Range(np.float64(min(numbers) - margin), np.float64(max(numbers) + margin))


def _through(node, value, known, factor, offset):
    first = _operands(node)[0] is value
    if node.op == "multiply":
        return factor * known, offset * known
    if node.op in ("divide", "true_divide"):
        return (factor / known, offset / known) if first else (np.float64(np.nan), offset)
    if node.op == "add":
        return factor, offset + known
    return (factor, offset - known) if first else (-factor, known - offset)


def _operands(node):
    return [argument for name, argument in node.args.items() if name in ("x1", "x2")]


def _constant_operand(node, value, channels) -> np.ndarray | None:
    """The other operand, if it is a number or one for each channel."""
    others = [operand for operand in _operands(node) if operand is not value]
    if len(others) != 1 or len(_operands(node)) != 2:
        return None
    (other,) = others
    if isinstance(other, Value) and not _is_small(other, channels):
        return None
    array = _number(other)
    return array if array is None or array.size > 1 else array[0]


def _number(operand, most=None) -> np.ndarray | None:
    """The numbers of a constant operand in a row, at most as many."""
    from kelt.tracing.replay.replay import evaluate

    if isinstance(operand, (int, float)):
        return np.asarray([operand], "float64")
    if not isinstance(operand, Value) or (
        most is not None and (None in operand.shape or math.prod(operand.shape) > most)
    ):
        return None
    found = evaluate(operand, {})
    if found is None:
        return None
    from keras import ops

    return np.asarray(ops.convert_to_numpy(found)).astype("float64").reshape(-1)


def _is_small(value, channels) -> bool:
    shape = [dim for dim in value.shape if dim != 1]
    return not shape or (shape == [channels] and value.shape[-1] == channels)
