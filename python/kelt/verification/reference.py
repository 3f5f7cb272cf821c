"""Random inputs that a model takes, and what it computes of them."""

from __future__ import annotations

import numpy as np

from kelt.errors import ExportError, bad_argument
from kelt.tracing.record.port_types import PORTABLE
from kelt.verification.live import LeakedError, live_outputs

SIZES = (24, 37, 67, 131, 259, 1031, 4099)  # of axes that are not the batch, until the model takes them
RUNS = 2  # of a model with states: the second starts from what the first has assigned
MOST_ELEMENTS = 1 << 20  # of the inputs at sizes after the first: a long signal, not a huge image


def as_given(array: np.ndarray):
    """An array as the core takes it: its dtype, shape and bytes."""
    array = np.ascontiguousarray(array)
    return array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)


def of_one_type(found: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a file gives and what is wanted, where the file has float32 for a type that hosts don't have."""
    if found.dtype == "float32" and wanted.dtype.name in PORTABLE:
        return (found.astype(wanted.dtype), wanted) if wanted.dtype.itemsize < 4 else (found, wanted.astype("float32"))
    return found, wanted


def reference_values(sig, graph, function, seed, given=None):
    """Inputs that the model takes, and what it makes of them in one call after the other."""
    error, runs = None, RUNS if graph.states else 1
    for size in SIZES:
        rng = np.random.default_rng(seed)
        inputs = random_inputs(function, size, rng) if given is None else _in_order(function, given)
        if error is not None and sum(array.size for array in inputs) > MOST_ELEMENTS:
            break
        try:
            return inputs, live_outputs(sig, graph, function, inputs, runs)
        except LeakedError:
            return inputs, [_of_record(function, inputs)]
        except ExportError:
            raise
        except Exception as refused:  # too small or too large for the model
            error = refused
    raise error


def _of_record(function, inputs):
    """What the record gives, where the backend can't run the model as it is written."""
    from keras import ops

    from kelt.tracing.replay.replay import run_function

    values = run_function(function, inputs)
    return [np.asarray(ops.convert_to_numpy(values[value])) for _, value in function.outputs]


def _in_order(function, given):
    names = [name for name, _ in function.inputs]
    if set(given) != set(names):
        raise bad_argument(f"inputs are given for {sorted(given)}; the signature {function.name} has {names}")
    return [np.asarray(given[name]).astype(value.dtype) for name, value in function.inputs]


def random_inputs(function, size, rng) -> list[np.ndarray]:
    """Inputs of the function, with `size` for open axes that are not the batch."""
    from kelt.tracing.ops.index_inputs import index_bounds

    symbols, shapes = {}, []
    for _, value in function.inputs:
        shape = []
        for dim in value.dims:
            if not isinstance(dim, int):
                dim = symbols.setdefault(dim.text, 2 if dim.text.startswith("n") else _length(function, size, symbols))
            shape.append(dim)
        shapes.append(shape)
    bounds = index_bounds(function, symbols)
    return [
        _random(value.dtype, shape, bounds.get(i, 16), rng)
        for i, ((_, value), shape) in enumerate(zip(function.inputs, shapes))
    ]


def _length(function, size, symbols):
    """Another one for each symbol."""
    if function.multiple == 1:
        return size + 3 * len(symbols)
    return (-(-size // function.multiple) + len(symbols)) * function.multiple


def _random(dtype, shape, bound, rng):
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype.startswith(("int", "uint")):
        return rng.integers(0, bound, shape).astype(dtype)
    if dtype == "bfloat16":
        import ml_dtypes

        return rng.normal(size=shape).astype(ml_dtypes.bfloat16)
    return rng.normal(size=shape).astype(dtype)
