"""Runs a file and compares what it computes with what the model computes, tensor by tensor."""

from __future__ import annotations

import os
import pathlib

import numpy as np

from kelt.errors import ExportError, failure, mapped

SIZES = (24, 37, 67, 131, 259)  # of axes that are not the batch, until the model takes them


def verify(model, path, input_signature=None, *, signatures=None, states="variables", seed=0):
    """Compares the file with the model, on random inputs.

    The reference is the captured model, run on the live backend op by op.

    Args:
        model: What was exported.
        path: The file.
        input_signature: As it was given to `kelt.export`.
        signatures: As they were given to `kelt.export`.
        states: As they were given to `kelt.export`. The model's states are compared in a first run, from the values
            that they have now.
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
        graph = capture_graph(model, input_signature, signatures, states)
        return _verified(Emitted(graph), pathlib.Path(path), seed)


def export_verified(model, path, input_signature, signatures, states, options):
    """Exports beside `path`, compares, and only then puts the file in its place."""
    from kelt import _native
    from kelt.capture.capture import capture_graph

    emitted = Emitted(capture_graph(model, input_signature, signatures, states))
    trial = path.with_name(f".{path.stem}.{os.getpid()}.tflite")
    try:
        made = _native.export_module(emitted.module, str(trial), **options)
        errors = _verified(emitted, trial, 0)
        os.replace(trial, path)
    finally:
        trial.unlink(missing_ok=True)
    return emitted.graph, made, errors


class Emitted:
    """A captured graph, its module, and which value of the one is which of the other."""

    def __init__(self, graph):
        from kelt import _native
        from kelt.capture.emit import Emitter

        self.graph = graph
        emitter = Emitter(_native)
        self.module = emitter.graph(graph)
        # By the index of the function and of the value in it: a record's value.
        self.values = [
            {emitter.values[id(value)].index: value for value in _values(function)} for function in graph.functions
        ]


def _values(function):
    return [value for _, value in function.inputs] + [value for node in function.nodes for value in node.outputs]


def _verified(emitted, path, seed):
    from kelt import _native
    from kelt.runtime import Model

    model = Model(path)
    errors = {}
    functions = emitted.graph.functions
    for index, function in enumerate(functions):
        inputs, reference = reference_values(function, seed)
        named = {name: given for (name, _), given in zip(function.inputs, inputs)}
        if emitted.graph.states and index:
            model = Model(path)  # a signature starts from the initial states
        got = model(named, function.name)
        prefix = f"{function.name}/" if len(functions) > 1 else ""
        for name, value in function.outputs:
            found = _native.compare(as_given(got[name]), as_given(reference[id(value)]))
            errors[prefix + name] = found.error
            if not found.ok:
                raise _departure(emitted, path, index, named, reference, f"the output {prefix}{name}: {found.why}")
    return errors


def _departure(emitted, path, index, inputs, reference, what):
    """The error that names the first tensor that departs, and its layer."""
    from kelt import _native
    from kelt.runtime import runtime

    function = emitted.graph.functions[index]

    def ask(of_function, value):
        record = emitted.values[of_function].get(value) if of_function == index else None
        array = reference.get(id(record)) if record is not None else None
        return None if array is None else as_given(array)

    given = {name: as_given(array) for name, array in inputs.items()}
    search = _native.find_departure(runtime(), str(path), function.name, given, ask)
    first = search.first
    if first is None:
        return failure("K401", f"the file departs from the model at {what}; every tensor before it agrees")
    record = emitted.values[index][first.value]
    node = record.node
    op, layer = (node.op, node.path) if node is not None else ("an input", "")
    first_why = f"the first tensor that does is {first.tensor} ({first.op}, of keras.ops.{op}): {first.comparison.why}"
    return failure("K401", f"the file departs from the model at {what}; {first_why}", layer)


def as_given(array: np.ndarray):
    """An array as the core takes it: its dtype, shape and bytes."""
    array = np.ascontiguousarray(array)
    return array.dtype.name, list(array.shape), array.reshape(-1).view(np.uint8)


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
    if dtype == "bfloat16":
        import ml_dtypes

        return rng.normal(size=shape).astype(ml_dtypes.bfloat16)
    return rng.normal(size=shape).astype(dtype)
