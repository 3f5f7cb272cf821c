"""Runs a file and compares what it computes with what the model computes, tensor by tensor."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from kelt.errors import ExportError, failure, mapped
from kelt.packages import import_keras
from kelt.tracing.record.graph import values_in
from kelt.verification.departure import departure, other_weights
from kelt.verification.reference import as_given, of_one_type, reference_values

DRAWS = 4  # of random inputs, before a model that only gives zeros is given up


def verify(
    model: Any,
    path: str | os.PathLike[str],
    input_signature: Any = None,
    *,
    signatures: Mapping[str, tuple[Callable[..., Any], Any]] | None = None,
    states: Literal["variables", "ports"] = "variables",
    output_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    inputs: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """Compares the file with the model, on random inputs or on yours.

    The reference is the live model, called as you call it, with `training=False`.

    Args:
        model: What was exported.
        path: The file.
        input_signature: As it was given to `kelt.export`.
        signatures: As they were given to `kelt.export`.
        states: As they were given to `kelt.export`. A model with states is called twice, from the values that they have
            now.
        output_names: As they were given to `kelt.export`.
        inputs: Arrays by the names of the inputs, instead of random ones; of several signatures,
            `{signature: {name: array}}`.
        seed: Of the random inputs.

    Returns:
        The error of each output by its name: the largest difference over the largest value.

    Raises:
        kelt.ExportError: The file departs from the model; names the first tensor that does, and its layer.

    Example:
        >>> kelt.verify(model, "model.tflite")
        {'predictions': 3.1e-07}
    """
    import_keras()
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.signature import signatures_of

    with mapped():
        sigs = signatures_of(model, input_signature, signatures)
        emitted = Emitted(capture_graph(model, input_signature, signatures, states, output_names), sigs)
        return _verified(emitted, pathlib.Path(path), seed, inputs)


def export_verified(model, path, asked, write_file):
    """Exports beside `path`, compares, and only then puts the file in its place. `asked` goes to `capture_graph`."""
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.signature import signatures_of

    input_signature, signatures, *_ = asked
    sigs = signatures_of(model, input_signature, signatures)
    emitted = Emitted(capture_graph(model, *asked), sigs)
    with _trial_beside(_followed(path)) as trial:
        made = write_file(emitted.graph, emitted.module, trial)
        errors = _verified(emitted, trial)
        _put(trial, _followed(path))
    return emitted.graph, made, errors


TRIAL = "kelt-trial"  # marks what is kelt's to remove


@contextlib.contextmanager
def _trial_beside(place: pathlib.Path):
    """The path of a file in the folder of `place`, which no other call has; it is gone afterwards."""
    _remove_leftovers(place)
    trial = place.with_name(f".{place.stem}.{TRIAL}-{os.getpid()}-{secrets.token_hex(4)}.tflite")
    try:
        yield trial
    finally:
        trial.unlink(missing_ok=True)


def _followed(path: pathlib.Path) -> pathlib.Path:
    """What a symbolic link points to, which is what a write replaces."""
    return path.resolve() if path.is_symlink() else path


def _put(trial: pathlib.Path, place: pathlib.Path):
    """Renames the file to its place, with the mode of what it replaces."""
    with contextlib.suppress(FileNotFoundError):
        trial.chmod(place.stat().st_mode & 0o7777)
    trial.replace(place)


def _remove_leftovers(place: pathlib.Path):
    """Trials of processes that were killed, and nothing else."""
    made = re.compile(rf"\.{re.escape(place.stem)}\.{TRIAL}-(\d+)-[0-9a-f]{{8}}\.tflite")
    for trial in place.parent.iterdir() if place.parent.is_dir() else ():
        found = made.fullmatch(trial.name)
        if found and not pathlib.Path("/proc", found[1]).exists():
            trial.unlink(missing_ok=True)


class Emitted:
    """A captured graph, its signatures and its module, and which value of the one is which of the other."""

    def __init__(self, graph, sigs):
        from kelt import _native
        from kelt.tracing.record.emit import Emitter

        self.graph, self.sigs = graph, sigs
        emitter = Emitter(_native)
        self.module = emitter.graph(graph)
        # By the index of the function and of the value in it: a record's value.
        self.values = [
            {emitter.values[id(value)].index: value for value in _values(function)} for function in graph.functions
        ]


def _values(function):
    return [value for _, value in function.inputs] + [value for node in function.nodes for value in node.outputs]


def _verified(emitted, path, seed=0, given=None):
    """The error of each output, over as many draws of inputs as it takes until none is zero everywhere."""
    from kelt.runtime import Model

    model = Model(path)
    errors = {}
    several = len(emitted.graph.functions) > 1
    for index, function in enumerate(emitted.graph.functions):
        mine = given.get(function.name) if given is not None and several else given
        silent = {name for name, _ in function.outputs}
        for draw in range(1 if mine is not None else DRAWS):
            inputs, calls = reference_values(emitted.sigs[index], emitted.graph, function, seed + draw, mine)
            if emitted.graph.states and (index or draw):
                model = Model(path)  # a run starts from the initial states
            for call, live in enumerate(calls):
                found = _compared(emitted, path, model, index, inputs, live, call)
                for name, comparison in found.items():
                    key = f"{function.name}/{name}" if several else name
                    errors[key] = max(errors.get(key, 0.0), comparison.error)
                silent -= {name for name, comparison in found.items() if not comparison.zero}
                silent -= {
                    name
                    for (name, value), array in zip(function.outputs, live)
                    if array.size == 0 or not _depends_on_an_input(value)
                }
            if not silent:
                break
        if silent:
            raise _silence(sorted(silent), mine is not None)
    # Outputs may agree whatever the weights are: a network that was not trained gives much the same everywhere.
    unlike = other_weights(emitted, path)
    if unlike is not None:
        raise unlike
    return errors


def _compared(emitted, path, model, index, inputs, live, call):
    """Each output's comparison; raises where one departs."""
    from kelt import _native

    function = emitted.graph.functions[index]
    named = {name: array for (name, _), array in zip(function.inputs, inputs)}
    got = model(named, function.name)
    prefix = f"{function.name}/" if len(emitted.graph.functions) > 1 else ""
    comparisons = {}
    rounded = any(node.op == "quantized_weight" for node in function.nodes)
    for (name, _), wanted in zip(function.outputs, live):
        found = _native.compare(*map(as_given, of_one_type(got[name], wanted)), rounded)
        if not found.ok:
            where = f"the output {prefix}{name}" + (" of a second run" if call else "")
            raise departure(emitted, path, index, inputs, f"{where}: {found.why}")
        comparisons[name] = found
    return comparisons


def _depends_on_an_input(value) -> bool:
    seen, todo = set(), [value]
    while todo:
        value = todo.pop()
        if value.node is None:
            return True
        if id(value.node) not in seen:
            seen.add(id(value.node))
            todo += [needed for argument in value.node.args.values() for needed in values_in(argument)]
            if value.node.op == "read_state" or value.node.functions:
                return True
    return False


def _silence(names, theirs) -> ExportError:
    on = "these inputs" if theirs else f"{DRAWS} draws of random inputs"
    what = f"nothing is proven: on {on} the model gives nothing but zeros (or NaN) at {', '.join(names)}"
    return failure("K401", what, remedy="Give inputs on which it is not zero: kelt.verify(model, path, inputs={…}).")
