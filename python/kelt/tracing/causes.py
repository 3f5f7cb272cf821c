"""Why the code of a layer or a function can't be followed, where that is, and what to do: in the user's words."""

from __future__ import annotations

import re

from kelt import packages
from kelt.errors import ExportError, failure, first_line
from kelt.tracing.symbols.caller import is_users

NOT_FOLLOWED = "Write the layer with keras.ops: it is run on tensors that have a shape and a dtype, but no values."
TRANSFORMED = (
    "Write the derivative with keras.ops, or compute it outside of the model; keras.ops.vectorized_map, scan, "
    "while_loop and cond stand for what jax and torch call vmap, scan, while_loop and cond."
)


def not_followed(error: Exception, path: str, layer=None, function: str = "") -> ExportError:
    """The rejection for an error that the user's code, or what it calls, has raised while it was captured."""
    what, remedy = _words(error, layer)
    subject = f"{function}: the function" if function else "the code"
    what = f"{subject} can't be followed: {what}"
    rejection = failure("K204", what, path, remedy, type(layer).__name__ if layer is not None else "")
    rejection.line = line_of(error)
    rejection.__cause__ = error
    return rejection


def line_of(error: BaseException) -> str:
    """File and line of the innermost code of the user's that an error has passed through; empty if there is none."""
    found, frame = "", error.__traceback__
    while frame is not None:
        filename = frame.tb_frame.f_code.co_filename
        if is_users(filename):
            found = f"{filename}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


def _words(error, layer) -> tuple[str, str]:
    from keras import layers

    text = f"{first_line(error)}" if layer is not None else f"{type(error).__name__}: {first_line(error)}"
    install = packages.remedy(error)
    if install:
        return text, install
    if isinstance(error, ImportError):
        return text, ""
    if isinstance(error, NameError) and isinstance(layer, layers.Lambda):
        lost = "a Lambda that was loaded from a file has lost what stood around its code"
        return f"{text}: {lost}", f"Import {error.name} inside of it, or make it a class of its own."
    if isinstance(error, NameError):
        return text, f"The code runs as it stands: {error.name} must be known where it is defined."
    if re.search(r"not a valid JAX type|TracerArrayConversion|does not require grad", str(error)):
        what = "a transformation of the backend (grad, vjp, vmap, jit, …) is applied to the model's tensors"
        return f"{what}, which have no values here: {type(error).__name__}", TRANSFORMED
    if isinstance(error, TypeError) and re.search(r"missing .*argument", str(error)):
        return text, "The signature has a spec for each argument of the call: give one for this as well."
    return text, NOT_FOLLOWED
