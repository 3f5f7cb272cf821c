"""Floats of 8 bits, which LiteRT lacks: a cast to one and back is a rounding, and nothing else can be done with one."""

from __future__ import annotations

import ml_dtypes
from keras import KerasTensor, ops

from kelt.errors import failure
from kelt.tracing.symbols.caller import paused
from kelt.tracing.symbols.symbol import Symbol

FORMATS = {"float8_e4m3fn": "e4m3fn", "float8_e5m2": "e5m2"}
REMEDY = "Cast to float8 and back at once, as keras.quantizers.quantize_and_dequantize does, or compute in float32."


def cast(tracer, x, dtype: str):
    """A cast of a symbol, which may be what a cast to float8 gave."""
    if x.dtype not in FORMATS:
        return tracer.cast(x, dtype)
    node = x._value.node
    if node is None or node.op != "cast":
        raise failure("K204", f"computes with {x.dtype}, which LiteRT lacks", tracer.path, REMEDY)
    wide = Symbol(node.args["x"], tracer)
    if wide.dtype != "float32":
        wide = tracer.cast(wide, "float32")
    if _saturates(tracer, x.dtype):
        largest = float(ml_dtypes.finfo(x.dtype).max)
        wide = ops.clip(wide, -largest, largest)
    args = {"x": wide._value, "format": FORMATS[x.dtype]}
    rounded = tracer.emit("round_to_float8", args, KerasTensor(x._shape, "float32"))
    return rounded if dtype == "float32" else tracer.cast(rounded, dtype)


def _saturates(tracer, dtype) -> bool:
    """Whether the backend gives the largest number for what is beyond it, as torch does, and not NaN or infinity."""
    with paused(tracer):
        return bool(ops.isfinite(ops.cast(ops.cast(ops.array(1e6), dtype), "float32")))


def round_to_float8(args):
    """What the node computes, in the dtype of its operand."""
    (dtype,) = (dtype for dtype, name in FORMATS.items() if name == args["format"])
    return ops.cast(ops.cast(args["x"], dtype), args["x"].dtype)
