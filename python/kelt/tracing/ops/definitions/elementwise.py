"""Ops that compute number by number, and choices between two tensors."""

from __future__ import annotations

from kelt.tracing.ops import handlers
from kelt.tracing.ops import length_rules as lengths
from kelt.tracing.ops import spec_rules as specs
from kelt.tracing.ops.definition import ARITHMETIC, BOOL, FLOAT, PROMOTE, op

OPS = (
    op("abs", unrecorded=True, lengths=lengths.broadcast),
    op("absolute negative sign round isnan isinf isfinite", lengths=lengths.broadcast),
    op(
        """
        fabs signbit erfc trunc rad2deg real imag isreal isneginf isposinf nan_to_num ldexp bitwise_not
        bitwise_invert
        """,
        lengths=lengths.broadcast,
    ),
    op("square", casts_to_output=True, lengths=lengths.broadcast),
    op(
        """
        sqrt rsqrt cbrt exp exp2 expm1 log log10 log1p log2 sin cos tan arcsin arccos arctan sinh cosh tanh
        arcsinh arccosh arctanh sinc i0 erf erfinv floor ceil deg2rad angle divide divide_no_nan hypot heaviside
        nextafter
        """,
        dtypes=FLOAT,
        lengths=lengths.broadcast,
    ),
    op("arctan2 logaddexp logaddexp2", dtypes=FLOAT, asks=True, lengths=lengths.broadcast),
    op("reciprocal", dtypes=FLOAT, result_dtype=specs.dtype_of_x, lengths=lengths.broadcast),
    op("conj", unrecorded=True),
    op("conjugate", handler=handlers.conj),
    op("polar", handler=handlers.polar),
    op("clip", asks=True, lengths=lengths.broadcast, passes_indices=True),
    op(
        "add subtract multiply bitwise_and bitwise_or bitwise_xor",
        dtypes=PROMOTE,
        wide_on_torch=True,
        lengths=lengths.broadcast,
    ),
    op("power", dtypes=PROMOTE, asks=True, wide_on_torch=True, lengths=lengths.broadcast),
    op("true_divide", alias_of="divide"),
    op(
        """
        maximum minimum fmax fmin equal not_equal less less_equal greater greater_equal
        """,
        dtypes=PROMOTE,
        lengths=lengths.broadcast,
    ),
    op(
        "floor_divide bitwise_left_shift bitwise_right_shift left_shift right_shift",
        dtypes=PROMOTE,
        asks=True,
        lengths=lengths.broadcast,
    ),
    op("mod fmod", dtypes=ARITHMETIC, wide_on_torch=True, lengths=lengths.broadcast),
    op("gcd lcm", dtypes=PROMOTE, lengths=lengths.broadcast),
    op("allclose", dtypes=PROMOTE, lengths=lengths.scalar),
    op("isclose", numbers="atol rtol", dtypes=PROMOTE, lengths=lengths.broadcast),
    op("logical_and logical_or logical_xor logical_not", dtypes=BOOL, lengths=lengths.broadcast),
    op(
        "where",
        handler=handlers.by_values("Give keras.ops.where both values to choose from."),
        dtypes=PROMOTE,
        wide_on_torch=True,
        lengths=lengths.broadcast,
    ),
    op("select", tensors="default", dtypes=PROMOTE, lengths=lengths.broadcast),
)
