"""The functions that Keras' tests of ops call: each call on arrays is exported."""

from __future__ import annotations

import functools
import inspect
import types
import zlib

import keras
import numpy as np
from keras import tree

from suites.compare import compared

MODULES = ("numpy", "nn", "math", "linalg", "image", "core", "einops")
# Not of values: they make, convert or ask, or take functions.
# Arguments that say what to do, and are arrays in some tests: they stay as they are.
SETTINGS = ("window", "num", "indices_or_sections", "repeats", "kernel_size", "start_indices", "shape", "sigma")
WINDOWS = ("bartlett", "blackman", "hamming", "hanning", "kaiser")  # of a length
LEFT_OUT = {
    *("convert_to_tensor", "convert_to_numpy", "is_tensor", "shape", "dtype", "custom_gradient", "stop_gradient"),
    *(
        "any_symbolic_tensors",
        "KerasTensor",
        "Operation",
        "compute_output_spec",
        "device_scope",
        "unstack",
        "name_scope",
    ),
    *("function", "saturate_cast", "get_arg_names", "convert_to_axis_tuple", "canonicalize_axis", "standardize_dtype"),
}


class Asking:
    """A module of ops whose functions are compared as they are called; `record` takes what is found."""

    def __init__(self, module, record, folder, seen):
        self.module, self.record, self.folder, self.seen = module, record, folder, seen

    def __getattr__(self, name):
        found = getattr(self.module, name)
        wanted = isinstance(found, types.FunctionType) and not name.startswith("_") and name not in LEFT_OUT
        return self._asking(name, found) if wanted and found.__module__ == self.module.__name__ else found

    def _asking(self, name, function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            given = tree.map_structure(
                lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, (args, kwargs)
            )
            result = function(*args, **kwargs)  # which may write to its arguments
            self._compare(name, function, *given, result)
            return result

        return call

    def _compare(self, name, function, args, kwargs, result):
        leaves = tree.flatten((args, kwargs))
        fixed = {id(leaf) for leaf in tree.flatten(_settings(function, args, kwargs))}
        places = [at for at, leaf in enumerate(leaves) if _is_array(leaf) and id(leaf) not in fixed]
        if not places or any(isinstance(leaf, keras.KerasTensor) or callable(leaf) for leaf in leaves):
            return
        results = tree.flatten(result)
        if not results or not all(_is_array(leaf) for leaf in results):
            return
        arrays = [np.asarray(keras.ops.convert_to_numpy(leaves[at])) for at in places]
        what = _told(name, leaves, places, arrays)
        if any(array.dtype.kind == "c" for array in arrays) or what in self.seen:
            return
        self.seen.add(what)

        def exported(*tensors):
            given = list(leaves)
            for at, tensor in zip(places, tensors):
                given[at] = tensor
            positional, named = tree.pack_sequence_as((args, kwargs), given)
            return tree.flatten(function(*positional, **named))

        self.record("ops", what, lambda: compared(exported, arrays, results, self.folder))


def _settings(function, args, kwargs) -> list:
    """The arguments that are settings: of a window, its length."""
    if function.__name__ in WINDOWS:
        return [args, kwargs]
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    return [given[name] for name in SETTINGS if name in given]


def _is_array(leaf) -> bool:
    return isinstance(leaf, np.ndarray) or (keras.ops.is_tensor(leaf) and hasattr(leaf, "shape"))


def _told(name, leaves, places, arrays) -> str:
    given = iter(arrays)
    parts = []
    for at, leaf in enumerate(leaves):
        if at in places:
            array = next(given)
            parts.append(f"{array.dtype.name}{list(array.shape)}#{zlib.crc32(array.tobytes()) % 10_000}")
        else:
            parts.append(repr(leaf))
    return f"{name}({', '.join(parts)})"[:300]


def ask(module_of_test, record, folder, seen) -> None:
    """Puts what asks in the place of the modules of ops that a module of tests has."""
    names = {f"keras.src.ops.{name}" for name in MODULES}
    for name, value in list(vars(module_of_test).items()):
        if isinstance(value, types.ModuleType) and value.__name__ in names:
            setattr(module_of_test, name, Asking(value, record, folder, seen))
