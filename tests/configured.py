"""Keras' configuration, changed for the length of a `with`, and what depends on it; dtypes of records and of Keras."""

from __future__ import annotations

import contextlib
import inspect

import jax
import keras
import numpy as np
from harness import SIZES
from ops_page import in_dtype

import kelt
from kelt.tracing.capture import capture_graph


@contextlib.contextmanager
def configured(floatx="float32", epsilon=None, data_format="channels_last", policy=None):
    """Keras' defaults. The policy of layers is `floatx`, as in a process that starts with it, if none is given."""
    config = keras.config
    before = config.floatx(), config.epsilon(), config.image_data_format(), config.dtype_policy()
    config.set_floatx(floatx)
    config.set_epsilon(before[1] if epsilon is None else epsilon)
    config.set_image_data_format(data_format)
    config.set_dtype_policy(policy or floatx)
    try:
        yield
    finally:
        config.set_floatx(before[0])
        config.set_epsilon(before[1])
        config.set_image_data_format(before[2])
        config.set_dtype_policy(before[3])


def functions_with(param: str) -> set[str]:
    """Names of the functions of keras.ops whose `param` is a setting of Keras, if it is not given."""
    found = {}
    for space, prefix in ((keras.ops, ""), (keras.ops.image, "image."), (keras.ops.linalg, "linalg.")):
        for name, function in vars(space).items():
            if inspect.isfunction(function):
                default = inspect.signature(function).parameters.get(param, inspect.Parameter)
                if default is not inspect.Parameter and default.default is None:
                    found.setdefault(function, prefix + name)
    return set(found.values())


def layers_with(param: str) -> set[str]:
    """Names of the classes of keras.layers that take `param`."""
    found = {}
    for cls in vars(keras.layers).values():
        bases = cls.__mro__[:-1] if inspect.isclass(cls) else ()
        if any(param in inspect.signature(base.__init__).parameters for base in bases):
            found.setdefault(cls, cls.__name__)
    return set(found.values())


def dtypes_of_keras(function, specs):
    """Of the results, from Keras itself."""
    shapes = [jax.ShapeDtypeStruct([SIZES[0].get(dim, dim) for dim in spec.dims], spec.dtype) for spec in specs]
    try:
        found = jax.eval_shape(lambda *x: keras.tree.flatten(function(*x)), *shapes)
    except Exception:  # it looks at values
        rng = np.random.default_rng(0)
        # With the dtype: Keras makes floats of NumPy's integers where its default is bfloat16.
        drawn = [keras.ops.convert_to_tensor(spec.draw(rng, SIZES[0]), spec.dtype) for spec in specs]
        found = keras.tree.flatten(function(*drawn))
    return [portable(str(each.dtype)) for each in found]


def portable(dtype):
    """What a file has at its outputs."""
    return "float32" if dtype in ("bfloat16", "float64") else dtype


def differing(cases, dtype=None):
    """Cases whose record has other dtypes than Keras: by name, both."""
    found = {}
    for name, (function, *specs) in cases.items():
        specs = specs if dtype is None else in_dtype(specs, dtype)
        try:
            wanted = dtypes_of_keras(function, specs)
        except Exception:  # Keras takes no such input
            continue
        try:
            outputs = capture_graph(function, [spec.spec() for spec in specs]).functions[0].outputs
        except kelt.ExportError:
            continue
        if (made := [value.dtype for _, value in outputs]) != wanted:
            found[name] = (made, wanted)
    return found
