"""Arrays of numpy and of any backend, looked at where they are."""

from __future__ import annotations

import contextlib
import functools

import numpy as np

from kelt.disk.files import FileArray
from kelt.errors import WeightsAwayError
from kelt.tracing.symbols import default_float
from kelt.tracing.symbols.caller import active

LITERAL_SIZE = 16  # elements of a constant that stands in the graph itself; larger ones join the weights


def numpy_view(array) -> np.ndarray:
    """The elements as a numpy array, without a copy where the backend's memory is the host's."""
    if isinstance(array, np.ndarray):
        return array
    module = type(array).__module__
    if module.startswith("torch"):
        import torch

        array = array.detach()
        if array.device.type != "cpu":
            array = array.cpu()
        if array.dtype == torch.bfloat16:
            import ml_dtypes

            return array.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
        return array.resolve_conj().resolve_neg().numpy()
    if module.startswith("tensorflow") and hasattr(array, "_numpy"):
        return array._numpy()  # `numpy()` copies
    return np.asarray(array)


def is_frozen(array) -> bool:
    """Whether nobody can write to the array's memory: through numpy, or as tensors of torch and variables are."""
    if not isinstance(array, np.ndarray):
        return not type(array).__module__.startswith("torch") and not hasattr(array, "assign")
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True


def same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape and dtype hold the same bits: NaN is itself, and -0 is not 0."""

    def as_bytes(array):
        return np.ascontiguousarray(array).reshape(-1).view(np.uint8)

    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(as_bytes(a), as_bytes(b))


def is_literal(weight) -> bool:
    """Whether a weight is an array so small that it stands in the graph itself."""
    if hasattr(weight.source, "assign") or weight.dtype not in ("bool", "int32", "int64", "float32", "float64"):
        return False
    return int(np.prod(weight.shape)) <= LITERAL_SIZE


def variable_view(variable) -> np.ndarray:
    """The value of a Keras variable. Not `variable.value`, which would cast it."""
    stored, dtype = stored_view(variable), str(variable._dtype)
    return stored.astype(numpy_dtype(dtype)) if isinstance(stored, FileArray) and stored.dtype.name != dtype else stored


def stored_view(variable) -> np.ndarray:
    """The same as it lies in memory, or in a file: floats of a file may have another precision than the variable."""
    value = variable._value
    if hasattr(value, "read_value"):  # a variable of TensorFlow
        value = value.read_value()
    if value is None:
        raise WeightsAwayError(variable.path)
    try:
        return numpy_view(value)
    except RuntimeError as error:  # jax has given its memory away
        raise WeightsAwayError(variable.path) from error


def keras_dtype(array) -> str:
    """The dtype that Keras' backend gives to an array."""
    from keras.src import backend

    dtype = backend.standardize_dtype(array.dtype)
    return _converted(dtype) if isinstance(array, np.ndarray) else dtype


def backend_dtype(dtype: str) -> str:
    """What Keras' backend makes of a dtype: jax has no 64 bits by itself."""
    return _converted(dtype) if dtype in ("int64", "uint64", "float64") else dtype


def _converted(dtype):
    with _uncaptured():
        return _of_array(dtype, default_float.rule())


@functools.cache
def _of_array(dtype, _rule):
    """What the backend makes of an array under that rule: of integers floats, if Keras' default is bfloat16."""
    return _dtype_of(np.zeros(0, dtype))


def _dtype_of(thing):
    from keras.src import backend

    with _uncaptured():
        return backend.standardize_dtype(backend.convert_to_tensor(thing).dtype)


@contextlib.contextmanager
def _uncaptured():
    """Inside, functions of Keras and the backend are their own, whatever is being captured."""
    tracer, active.tracer = active.tracer, None
    try:
        yield
    finally:
        active.tracer = tracer


def python_dtype(value) -> str:
    """The dtype of a Python number by itself."""
    from keras import config

    kind = next((kind for kind in (bool, int, float) if isinstance(value, kind)), complex)
    if config.floatx() == "float32":
        return {bool: "bool", int: "int32", float: "float32", complex: "complex64"}[kind]
    return _of_python(kind, False, config.floatx())


def list_dtype(flat) -> str:
    """The dtype that Keras gives to a list of Python numbers."""
    from keras import config

    kind = float if any(isinstance(item, float) for item in flat) or not flat else int
    if flat and all(isinstance(item, bool) for item in flat):
        kind = bool
    if config.floatx() == "float32":
        return {bool: "bool", int: "int32", float: "float32"}[kind]
    return _of_python(kind, True, config.floatx())


@functools.cache
def _of_python(kind, listed, floatx):
    """What the backend makes of a number of this kind, or of a list of some, where Keras' default is `floatx`."""
    return _dtype_of([kind(0)] if listed else kind(0))


def as_array(nest, dtype) -> np.ndarray:
    """A list of numbers as an array that numpy can hold."""
    if dtype == "bfloat16":
        import ml_dtypes

        return np.asarray(nest, ml_dtypes.bfloat16)
    return np.asarray(nest, dtype)


def numpy_dtype(dtype: str) -> np.dtype:
    """The dtype of Keras as numpy has it, with those that numpy has only by extension."""
    import ml_dtypes

    return np.dtype(getattr(ml_dtypes, dtype) if hasattr(ml_dtypes, dtype) else dtype)


def host_array(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array as memory that can be borrowed: dtypes that Python's buffers don't know as bits."""
    if array.dtype.kind == "f" and array.dtype.name != dtype and dtype in ("float16", "float32", "float64"):
        array = array.astype(dtype)  # float64 of numpy, where Keras' backend makes it float32
    elif array.dtype.kind in "iu" and array.dtype.name != dtype and dtype.startswith(("int", "uint")):
        array = array.astype(dtype)
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        array = np.ascontiguousarray(array)
    if array.dtype.kind not in "biufc":  # ml_dtypes
        array = array.view(f"uint{8 * array.dtype.itemsize}")
    return array
