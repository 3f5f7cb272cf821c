"""Runs a file and compares what it computes with what the model computes, tensor by tensor."""

from __future__ import annotations

import os
import pathlib

import numpy as np

from kelt.errors import ExportError, failure, mapped

# The largest difference over the largest value, by the dtype of an output; integers and booleans are exact.
LIMITS = {"float32": 1e-5, "float64": 1e-5, "float16": 2e-3, "bfloat16": 1.6e-2}
SIZES = (24, 37, 67, 131, 259)  # of axes that are not the batch, until the model takes them


def verify(model, path, input_signature=None, *, signatures=None, seed=0):
    """Compares the file with the model, on random inputs.

    The reference is the captured model, run on the live backend op by op.

    Args:
        model: What was exported.
        path: The file.
        input_signature: As it was given to `kelt.export`.
        signatures: As they were given to `kelt.export`.
        seed: Of the random inputs.

    Returns:
        The error of each output by its name: the largest difference over the largest value.

    Raises:
        kelt.ExportError: The file departs from the model; names the first tensor that does, and its layer.

    Example:
        >>> kelt.verify(model, "model.tflite")
        {'predictions': 3.1e-07}
    """
    from kelt.capture.capture import capture_graph

    with mapped():
        return _verified(capture_graph(model, input_signature, signatures), pathlib.Path(path), seed)


def export_verified(model, path, input_signature, signatures, options):
    """Exports beside `path`, compares, and only then puts the file in its place."""
    from kelt import _native
    from kelt.capture.capture import capture_graph
    from kelt.capture.emit import emit

    graph = capture_graph(model, input_signature, signatures)
    trial = path.with_name(f".{path.stem}.{os.getpid()}.tflite")
    try:
        made = _native.export_module(emit(graph), str(trial), **options)
        errors = _verified(graph, trial, 0)
        os.replace(trial, path)
    finally:
        trial.unlink(missing_ok=True)
    return made, errors


def _verified(graph, path, seed):
    errors = {}
    for function in graph.functions:
        inputs, reference = reference_values(function, seed)
        got = run_file(path, function, inputs)
        prefix = f"{function.name}/" if len(graph.functions) > 1 else ""
        for name, value in function.outputs:
            wanted = reference[id(value)]
            errors[prefix + name] = error = difference(got[name], wanted)
            if not error <= LIMITS.get(value.dtype, 0.0):
                path_of = value.node.path if value.node is not None else ""
                raise failure("K401", f"the output {name} departs from the model: error {error:.2e}", path_of)
    return errors


def difference(got: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference over the largest value; infinite where shapes, NaNs or infinities differ."""
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        return float("inf")
    if wanted.dtype.kind in "biu":
        return 0.0 if np.array_equal(got, wanted) else float("inf")
    got, wanted = got.astype("float64"), wanted.astype("float64")
    finite = np.isfinite(wanted)
    if not np.array_equal(finite, np.isfinite(got)) or not np.array_equal(
        got[~finite], wanted[~finite], equal_nan=True
    ):
        return float("inf")
    largest = np.abs(wanted[finite]).max(initial=0.0)
    if not largest:
        return float("inf") if finite.any() else 0.0
    return float(np.abs(got[finite] - wanted[finite]).max() / largest)


# --- the reference


def reference_values(function, seed):
    """Random inputs that the model takes, and what it makes of them: arrays by the id of the record's value."""
    from keras import ops

    from kelt.replay import run_function

    error = None
    for size in SIZES:
        rng = np.random.default_rng(seed)
        inputs = random_inputs(function, size, rng)
        try:
            values = run_function(function, inputs)
        except ExportError:
            raise
        except Exception as refused:  # too small or too large for the model
            error = refused
            continue
        return inputs, {key: np.asarray(ops.convert_to_numpy(value)) for key, value in values.items()}
    raise error


def random_inputs(function, size, rng) -> list[np.ndarray]:
    """Inputs of the function, with `size` for open axes that are not the batch."""
    from kelt.capture.dtypes import index_bounds

    bounds = index_bounds(function)
    symbols = {}
    inputs = []
    for i, (_, value) in enumerate(function.inputs):
        shape = []
        for dim in value.dims:
            if not isinstance(dim, int):
                first = 2 if dim.text.startswith("n") else size + 3 * len(symbols)
                dim = symbols.setdefault(dim.text, first)
            shape.append(dim)
        inputs.append(_random(value.dtype, shape, bounds.get(i, 16), rng))
    return inputs


def _random(dtype, shape, bound, rng):
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype.startswith(("int", "uint")):
        return rng.integers(0, bound, shape).astype(dtype)
    return rng.normal(size=shape).astype(dtype if dtype != "bfloat16" else "float32")


# --- the file


def run_file(path, function, inputs) -> dict[str, np.ndarray]:
    """The outputs of a signature of the file, by name."""
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(path)).get_signature_runner(function.name)
    return runner(**{name: given for (name, _), given in zip(function.inputs, inputs)})
