"""Where the calls of the control flow functions of `keras.ops` arrive."""

from __future__ import annotations

from kelt.errors import failure
from kelt.tracing.control_flow import assigned, control
from kelt.tracing.control_flow.associative_scan import associative_scan
from kelt.tracing.symbols.default_float import as_configured


def call(tracer, op, bound: dict):
    """A control flow function of `keras.ops`, with its arguments by parameter."""
    bound = dict(bound)
    star = bound.pop(op.var_positional, ()) if op.var_positional else ()
    leading = [bound.pop(param) for param in op.params if param in bound]
    with as_configured(tracer):
        if op.name == "associative_scan":
            return associative_scan(tracer, *leading)
        return assigned.recorded(tracer, op.name, control.HANDLERS, [*leading, *star])


def vectorize(tracer, original, pyfunc, *, excluded=None, signature=None):
    """`keras.ops.vectorize`: a function that is recorded where it is called."""
    if excluded is not None or signature is not None:
        raise failure(
            "K204", "keras.ops.vectorize with `excluded` or a `signature` is not recorded", tracer.path,
            "Write it with keras.ops.vectorized_map.",
        )  # fmt: skip
    return lambda *arrays: control.vectorize(tracer, pyfunc, arrays)
