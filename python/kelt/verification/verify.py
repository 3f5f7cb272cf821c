"""Runs a file and compares what it computes with what the model computes, tensor by tensor."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from kelt.capturing import Signatures
from kelt.comparing import Comparison
from kelt.errors import ExportError, failure, mapped
from kelt.packages import import_keras
from kelt.trial import followed, put, trial_beside
from kelt.verification.choices import said
from kelt.verification.depth import look_before
from kelt.verification.limits import Limit
from kelt.verification.mismatch import other_weights
from kelt.verification.proof import DRAWS, Proof
from kelt.verification.quantized import compared, float_file, limits_of


class Errors(dict[str, float]):
    """The error of each output by its name; `limits` says what it may be, and why; `ties` what rounding alone chose.

    `notes` say how a file was run that does not fit into memory. Of a quantized file, `comparison` says what each layer
    cost.
    """

    def __init__(self) -> None:
        super().__init__()
        self.limits: dict[str, Limit] = {}
        self.ties: list[str] = []
        self.notes: list[str] = []
        self.comparison: Comparison | None = None


def verify(
    model: Any,
    path: str | os.PathLike[str],
    input_signature: Any = None,
    *,
    signatures: Signatures | Callable[[Any], Signatures] | None = None,
    states: Literal["variables", "ports"] = "variables",
    output_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    inputs: Mapping[str, Any] | None = None,
    seed: int = 0,
    tolerance: float | None = None,
    weights: str | os.PathLike[str] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    dtype: Any = None,
    task: str | None = None,
    **configuration: Any,
) -> dict[str, float]:
    """Compares the file with the model, on random inputs or on yours.

    The reference is the live model, called as you call it, with `training=False`.

    Args:
        model: What was exported; or the model on disk, as it was given to `kelt.export`.
        path: The file.
        input_signature: As it was given to `kelt.export`.
        signatures: As they were given to `kelt.export`.
        states: As they were given to `kelt.export`. A model with states is called twice, from the values that they have
            now.
        output_names: As they were given to `kelt.export`.
        inputs: Arrays by the names of the inputs, instead of random ones; of several signatures,
            `{signature: {name: array}}`.
        seed: Of the random inputs.
        tolerance: The largest error of floats, instead of what their precision and the rounding of the model allow.
        weights: Of a model on disk: as it was given to `kelt.export`.
        custom_objects: Likewise.
        safe_mode: Likewise.
        dtype: Likewise.
        task: Likewise.
        **configuration: As it was given to `kelt.export`: `max_sequence_length`, `image_size` and their like.

    Returns:
        The error of each output by its name: the largest difference over the largest value. Its `limits` say what the
        error may be at most, and why; its `ties` which choices (`top_k`, `argmax`, comparisons, `round`) lay between
        numbers that rounding alone orders, so that what follows was compared on the file's own choice.

    Raises:
        kelt.ExportError: The file differs from the model; names the first tensor that does, and its layer. Of a
            quantized file: what of it is not the model in fewer bits.

    A file that `kelt.quantize` made, or `kelt.export(quantize=)`, is verified in two steps: the float file of the model
    as any other, and the quantized file beside it (`kelt.compare`), on `inputs` if they are given. Its errors are those
    beside the float file, and `comparison` is the whole of it.

    Example:
        >>> kelt.verify(model, "model.tflite")
        {'predictions': 3.1e-07}
    """
    import_keras()
    from kelt.disk.source import Options, opened
    from kelt.hub.registry import configured
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.signature import signatures_of

    how = Options(weights, custom_objects, safe_mode, dtype, task)
    with mapped(), opened(model, how) as source:
        choice = configured(source.model, input_signature, signatures, configuration)
        model, asked = choice.model, (choice.input_signature, choice.signatures)
        sigs = signatures_of(model, *asked)
        emitted = Emitted(capture_graph(model, *asked, states, output_names), sigs)
        write = functools.partial(_write_floats, emitted)
        with float_file(pathlib.Path(path), write) as floats:
            if floats is not None:
                return _verified_in_fewer_bits(emitted, floats, pathlib.Path(path), seed, inputs, tolerance, inputs)
        return _verified(emitted, pathlib.Path(path), seed, inputs, tolerance)


def _write_floats(emitted: Emitted, path: pathlib.Path) -> None:
    from kelt import _native
    from kelt.runtime import library_path

    _native.export_module(emitted.module, str(path), library=library_path())


def _verified_in_fewer_bits(emitted, floats, path, seed, inputs, tolerance, data) -> Errors:
    """The float file beside the model, within its limits; then the quantized file beside the float file."""
    errors = _verified(emitted, floats, seed, inputs, tolerance)
    errors.comparison = compared(floats, path, data)
    errors.update(errors.comparison.errors)
    errors.limits.update(limits_of(errors.comparison))
    return errors


def export_verified(
    model, path, asked, write_file, inputs=None, tolerance=None, write_floats=None, calibration=None, check=lambda: None
):
    """Exports beside `path`, compares, and only then puts the file in its place. `asked` goes to `capture_graph`.

    `write_floats`: of a file that is quantized, how its float file is written; it is compared with that one, on
    `inputs` or on the data of the calibration. `check()` has the last word before the file takes its place.
    """
    from kelt.tracing.capture import capture_graph
    from kelt.tracing.signature import signatures_of

    input_signature, signatures, *_ = asked
    sigs = signatures_of(model, input_signature, signatures)
    emitted = Emitted(capture_graph(model, *asked), sigs)
    with trial_beside(followed(path)) as trial:
        made = write_file(emitted.graph, emitted.module, trial)
        if write_floats is None:
            errors = _verified(emitted, trial, 0, inputs, tolerance)
        else:
            with trial_beside(followed(path)) as floats:
                write_floats(emitted.graph, emitted.module, floats)
                data = calibration if inputs is None else inputs
                errors = _verified_in_fewer_bits(emitted, floats, trial, 0, inputs, tolerance, data)
        check()
        put(trial, followed(path))
    return emitted.graph, made, errors


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


def _verified(emitted, path, seed=0, given=None, tolerance=None) -> Errors:
    """The error of each output over all draws; raises where one differs, or where nothing is proven."""
    errors, proofs = Errors(), []
    several = len(emitted.graph.functions) > 1
    for index, function in enumerate(emitted.graph.functions):
        mine = given.get(function.name) if given is not None and several else given
        proof = Proof(emitted, path, index, tolerance)
        if mine is None:
            proof.draw(seed)
        else:
            proof.given(mine)
        proof.compare()
        for (name, _), error, limit in zip(function.outputs, proof.errors, proof.applied):
            errors[proof.prefix + name], errors.limits[proof.prefix + name] = error, limit
        silent = [function.outputs[i][0] for i in proof.silent()]
        if silent:
            raise _silence(sorted(silent), mine is not None)
        proofs.append(proof)
    # Outputs may agree whatever the weights are: a network that was not trained gives much the same everywhere.
    unlike = other_weights(emitted, path)
    if unlike is not None:
        raise unlike
    for proof in proofs:
        flat = proof.flat()
        if flat:
            look_before(proof, flat)
    errors.ties = said(proofs)
    errors.notes = [note for proof in proofs for note in proof.notes()]
    return errors


def _silence(names, theirs) -> ExportError:
    on = "these inputs" if theirs else f"{DRAWS} draws of random inputs"
    what = f"nothing is proven: on {on} the model gives nothing but zeros (or NaN) at {', '.join(names)}"
    return failure("K401", what, remedy="Give inputs on which it is not zero: kelt.verify(model, path, inputs={…}).")
