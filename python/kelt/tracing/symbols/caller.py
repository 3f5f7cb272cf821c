"""Who is calling while a capture runs: the user's code, Keras, or a part of Keras that copes with unknown dims.

One rule: the caller is the first frame outward that is no part of the machinery by which kelt answers calls, and the
file of its code tells. `paused` is the other half: what is called inside runs as it is, whoever calls it.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import os
import pathlib
import re
import sys
import threading
import types


class Caller(enum.Enum):
    """Whose code a call comes from."""

    USER = enum.auto()  # also of a library
    KERAS = enum.auto()  # or kelt: it expects Keras' own names and types
    SHAPE_AWARE = enum.auto()  # Keras where it looks at a shape and knows what to do with an unknown dim


# Parts of Keras, from its `src` on, that are aware of unknown dims: reading one there is no request for its size.
SHAPE_AWARE = (
    "layers/input_spec.py",
    "layers/layer.py",
    "layers/reshaping/flatten.py",
    "layers/reshaping/reshape.py",
    "layers/activations/softmax.py",
    "layers/merging/base_merge.py",
    "layers/merging/concatenate.py",
    "layers/core/",
    "layers/convolutional/",
    "layers/rnn/",
    "layers/pooling/",
    "layers/normalization/batch_normalization.py",
    "models/functional.py",
    "backend/common/keras_tensor.py",
    "backend/common/variables.py",
)
# Modules of kelt that stand between a call and its answer.
_TRACING = pathlib.Path(__file__).parent.parent
MACHINERY = frozenset(
    str(_TRACING.joinpath(*name.split("/")))
    for name in (
        "patch.py",
        "symbols/caller.py",
        "symbols/symbol.py",
        "foreign/attributes.py",
        "foreign/call.py",
        "foreign/jax_calls.py",
        "foreign/shapes.py",
        "foreign/tensorflow_calls.py",
        "foreign/torch_calls.py",
    )
)
_ROOT = str(_TRACING.parent) + os.sep
STUB = "kelt_dispatch"  # a local variable of the code that `patch` puts in place of a function's own


def caller() -> Caller:
    """Whose code has called what asks this."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in MACHINERY or STUB in frame.f_code.co_varnames:
        frame = frame.f_back
    return _owner(frame.f_code.co_filename)


def caller_of_kelt() -> Caller:
    """The same, whatever of kelt stands between."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_ROOT) or STUB in frame.f_code.co_varnames:
        frame = frame.f_back
    return _owner(frame.f_code.co_filename)


@functools.cache
def _owner(filename: str) -> Caller:
    import keras

    source = os.path.join(os.path.dirname(keras.__file__), "src", "")
    if not filename.startswith(source):
        return Caller.KERAS if filename.startswith(str(_TRACING.parent) + os.sep) else Caller.USER
    part = filename[len(source) :].replace("\\", "/")
    return Caller.SHAPE_AWARE if part.startswith(SHAPE_AWARE) else Caller.KERAS


# Packages whose code no user wrote.
_LIBRARIES = re.compile(
    r"[/\\](site|dist)-packages[/\\](jax|jaxlib|torch|tensorflow|numpy|optree|ml_dtypes)[/\\]|^<frozen"
)


def is_users(filename: str) -> bool:
    """Whether code is the user's own, or a library's that stands where the user's would."""
    return _owner(filename) is Caller.USER and not _LIBRARIES.search(filename)


_OWN = frozenset((*(str(_TRACING / name) for name in ("record/reads.py", "symbols/symbol.py", "tracer.py")), __file__))
LARGEST = 1 << 22  # constant that a size may be compared with
MOST = 64  # items of a collection that are looked at
QUIET = frozenset(("range", "np", "numpy", "len", "enumerate", "bisect", "str", "index", "Fraction", "numerator"))


def _asking():
    """The frame that asks something of a size; None if that is kelt itself, or Keras where it takes any size."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in _OWN:
        frame = frame.f_back
    name = frame.f_code.co_filename
    return None if name.startswith(_ROOT) or _owner(name) is Caller.SHAPE_AWARE else frame


def place() -> str | None:
    """File and line of the user's code that asks something of a size, itself or through Keras; None if it is kelt."""
    asking = frame = _asking()
    while frame is not None and _owner(frame.f_code.co_filename) is not Caller.USER:
        frame = frame.f_back
    frame = frame or asking
    return None if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def asking_code():
    """The code that asks something of a size; None if that is kelt itself, or Keras where it takes any size."""
    frame = _asking()
    return None if frame is None else frame.f_code


def constants() -> set[int]:
    """Integers that the code holds which asks something of a size: in itself, and in what it can name."""
    frame = _asking()
    if frame is None:
        return set()
    code, variables = frame.f_code, frame.f_locals
    named = [frame.f_globals[name] for name in code.co_names if name in frame.f_globals]
    attributes = [
        value for name, value in getattr(variables.get("self"), "__dict__", {}).items() if name in code.co_names
    ]
    found = _numbers([*code.co_consts, *variables.values(), *named, *attributes])
    return {int(x) for x in found if 2 < x <= LARGEST and x == int(x)}


def _numbers(things, depth=3):
    """Numbers among these, in small collections of them, and in the code of functions."""
    for thing in things:
        if type(thing) in (int, float):
            yield thing
        elif not depth:
            continue
        elif type(thing) in (tuple, list, set, frozenset, dict) and len(thing) <= MOST:
            yield from _numbers(thing.values() if isinstance(thing, dict) else thing, depth - 1)
        elif isinstance(thing, types.CodeType):
            yield from _numbers(thing.co_consts, depth - 1)
        elif isinstance(thing, types.FunctionType) and _owner(thing.__code__.co_filename) is Caller.USER:
            cells = [cell.cell_contents for cell in thing.__closure__ or () if cell != types.CellType()]
            named = [thing.__globals__[name] for name in thing.__code__.co_names if name in thing.__globals__]
            yield from _numbers([thing.__code__, *cells, *named], depth - 1)


def unsure(code) -> bool:
    """Whether code may do with a size what nothing tells of: count up to it, or hand it to numpy."""
    return bool(QUIET & {*code.co_names, *code.co_freevars})


@contextlib.contextmanager
def paused(tracer):
    """Inside, Keras and the backend work for themselves: nothing is recorded."""
    tracer.paused += 1
    try:
        yield
    finally:
        tracer.paused -= 1


class _Active(threading.local):
    tracer = None  # of the capture that runs in this thread


active = _Active()
