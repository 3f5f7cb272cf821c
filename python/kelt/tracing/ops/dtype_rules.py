"""Settles types: after this an op's operands have the dtype in which it computes, and no Python number is an operand.

One table says for every op how Keras chooses that dtype. An op that the table does not name computes in the dtypes that
it is given; Python numbers among its operands get Keras' default dtype for them.
"""

from __future__ import annotations

import dataclasses

from kelt.tracing.ops.vocabulary import names

# How the dtype follows from those of the operands that a rule names.
PROMOTE = "promote"  # Keras' result type of all of them
FLOAT = "float"  # the same, with Python's float: integers become floats
ARITHMETIC = "arithmetic"  # PROMOTE, and bool counts as int32
BOOL = "bool"  # anything becomes bool


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """How an op's operands get their dtype."""

    kind: str
    operands: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()  # operands with a dtype of their own


def _table():
    table = {}

    def add(kind, operands, ops, others=()):
        for name in ops.split():
            table[name] = Rule(kind, tuple(operands.split()), others)

    pair = "x1 x2"
    add(
        PROMOTE,
        pair,
        "add subtract multiply maximum minimum fmax fmin power floor_divide append cross dot gcd inner kron",
    )
    add(PROMOTE, pair, "lcm matmul outer tensordot vdot isclose allclose array_equal")
    add(PROMOTE, pair, "equal not_equal greater greater_equal less less_equal")
    add(ARITHMETIC, pair, "mod fmod remainder")
    add(
        PROMOTE,
        "x y",
        "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift",
    )
    add(FLOAT, pair, "divide divide_no_nan arctan2 heaviside hypot logaddexp logaddexp2 nextafter")
    add(BOOL, pair, "logical_and logical_or logical_xor")
    add(BOOL, "x", "logical_not any all")
    add(PROMOTE, "xs", "concatenate hstack vstack dstack")
    add(PROMOTE, "x", "stack")
    add(PROMOTE, "operands", "einsum")
    add(PROMOTE, pair, "where", (("condition", "bool"),))
    add(PROMOTE, "choicelist default", "select", (("condlist", "bool"),))
    add(
        FLOAT,
        "x",
        "angle arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh deg2rad erf erfinv exp exp2 expm1",
    )
    add(
        FLOAT,
        "x",
        "floor i0 log log10 log1p log2 logdet mean median reciprocal rsqrt sin sinc sinh sqrt std tan tanh var",
    )
    add(FLOAT, "x", "nanmean nanmedian nanstd nanvar quantile percentile")
    add(FLOAT, "x", "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu leaky_relu relu6 log_sigmoid")
    add(
        FLOAT,
        "x",
        "log_softmax selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax",
    )
    add(FLOAT, "x", "squareplus tanh_shrink normalize logsumexp")
    add(FLOAT, "x", "cholesky cholesky_inverse det eigh inv lu_factor moments pinv qr rfft slogdet stft svd")
    add(FLOAT, "a b", "lstsq solve solve_triangular")
    add(FLOAT, "target output", "binary_crossentropy")
    add(FLOAT, "inputs", "average_pool adaptive_average_pool")
    add(ARITHMETIC, "x", "hard_tanh relu")
    add(PROMOTE, "inputs kernel", "conv depthwise_conv conv_transpose")
    add(PROMOTE, "inputs depthwise_kernel pointwise_kernel", "separable_conv")
    add(FLOAT, "x mean variance offset scale", "batch_normalization")
    add(PROMOTE, "x gamma beta", "layer_normalization")
    add(PROMOTE, "x scale", "rms_normalization")
    add(PROMOTE, "query key value bias", "dot_product_attention", (("mask", "bool"),))
    add(PROMOTE, "x updates", "slice_update scatter_update")
    add(PROMOTE, "inputs updates", "slice_update scatter_update")
    return table


RULES = _table()
# What torch leaves in 64 bits if all operands have them, though Keras' rule there says int32 as for everything else.
WIDE_ON_TORCH = names("""
add append bitwise_and bitwise_or bitwise_xor concatenate fmod mod multiply outer power stack subtract sum where
""")
# Reductions and the like whose operand Keras converts to the dtype of their output.
AS_OUTPUT = names("square sum prod cumsum cumprod nansum nanprod trace")


def python_dtype(value) -> str:
    """The dtype of a Python number by itself."""
    from keras import config

    if isinstance(value, bool):
        return "bool"
    return "int32" if isinstance(value, int) else config.floatx() if isinstance(value, float) else "complex64"


def settle(tracer, name: str, bound: dict) -> None:
    """Inserts casts and constants for the operands of an op, in place. `bound` holds symbols and Python values."""
    rule = RULES.get(name)
    if rule is None:
        return
    operands = [bound.get(operand) for operand in rule.operands]
    if rule.kind == BOOL:
        dtype = "bool"
    else:
        kinds = _kinds(operands)
        if not kinds:
            return
        dtype = _result(name, rule.kind, kinds)
    for operand in rule.operands:
        if bound.get(operand) is not None:
            bound[operand] = _convert(tracer, bound[operand], dtype)
    for operand, own in rule.others:
        if bound.get(operand) is not None:
            bound[operand] = _convert(tracer, bound[operand], own)


def _result(name, kind, kinds):
    from keras.src.backend import backend, result_type

    first = kinds[0]
    if kind != FLOAT and isinstance(first, str) and all(other == first for other in kinds):
        if first == "int64" and backend() == "torch":
            return first if name in WIDE_ON_TORCH else result_type(first)
        if kind == PROMOTE:
            return first  # also for dtypes that Keras does not promote (float8)
    dtype = result_type(*kinds, float) if kind == FLOAT else result_type(*kinds)
    return "int32" if kind == ARITHMETIC and dtype == "bool" else dtype


def stays_wide(name: str, bound: dict) -> bool:
    """Whether the op has 64 bits on torch, of settled operands."""
    from keras.src.backend import backend

    if name not in WIDE_ON_TORCH or backend() != "torch":
        return False
    operands = RULES[name].operands if name in RULES else ("x",)
    return all(kind == "int64" for kind in _kinds([bound.get(operand) for operand in operands]))


def _kinds(operands, found=None):
    """The dtypes of symbols and the types of Python numbers, in a nest of lists."""
    found = [] if found is None else found
    for operand in operands:
        if isinstance(operand, (list, tuple)):
            _kinds(operand, found)
        elif isinstance(operand, (bool, int, float, complex)):
            found.append(type(operand))
        elif operand is not None:
            found.append(operand.dtype)
    return found


def _convert(tracer, operand, dtype):
    if isinstance(operand, (list, tuple)):
        return [_convert(tracer, item, dtype) for item in operand]
    if operand is None:
        return None
    if isinstance(operand, (bool, int, float, complex)):
        return tracer.literal(operand, dtype)
    return operand if operand.dtype == dtype else tracer.cast(operand, dtype)
