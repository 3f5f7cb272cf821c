"""`kelt.export`: from a live model to a LiteRT file."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kelt.arguments import checked_path, checked_threads
from kelt.calibration import core_options
from kelt.capturing import Signatures
from kelt.comparing import Comparison
from kelt.errors import bad_argument, mapped
from kelt.packages import import_keras
from kelt.progress import progress_sink, show_report
from kelt.quantization import Quantization, as_quantization
from kelt.trial import followed, put, trial_beside

if TYPE_CHECKING:
    from kelt._native import Module
    from kelt.disk.source import Opened


QUANTIZING = ("recipe", "calibration", "runtime")  # what the core is told of a quantization


@dataclasses.dataclass(slots=True)
class Report:
    """What an export wrote.

    Attributes:
        path: The file.
        file_bytes: Its size; `constant_bytes` of it are weights.
        signatures: `{name: {"inputs": [(name, type)], "outputs": [(name, type)]}}`.
        operators: `{LiteRT op: how many}`.
        errors: Of each output, when verified: the largest difference over the largest value.
        notes: What was chosen, since the model left it open: lengths and dtypes of inputs, and how to choose otherwise.
            When verified: how a file was run that does not fit into memory.
        limits: What each of them may be at most, and why: `(1e-05, "float32")`.
        ties: Choices between numbers that rounding alone orders: "2 of 300 elements of top_k in decoder". What follows
            was compared on the file's own choice.
        sizes: Where the file is not the model at every size: what must be so of the sizes.
        quantization: With `quantize=`: the form of each operator, and why.
        comparison: With `quantize=`, when verified: what each layer cost beside the float file, which was compared with
            the model.
        states: With `states="ports"`: the array that each starts from, by the name of its input and output.
        source: Of a model on disk, what was found: "Keras archive: Functional, 3.5 M parameters, float32".
    """

    path: pathlib.Path
    file_bytes: int
    constant_bytes: int
    signatures: dict[str, dict[str, list[tuple[str, str]]]]
    operators: dict[str, int]
    errors: dict[str, float] | None = None
    notes: list[str] = dataclasses.field(default_factory=list)
    limits: dict[str, tuple[float, str]] | None = None
    sizes: list[str] = dataclasses.field(default_factory=list)
    ties: list[str] = dataclasses.field(default_factory=list)
    states: dict[str, np.ndarray] | None = None
    quantization: Quantization | None = None
    comparison: Comparison | None = None
    source: str = ""

    def __str__(self) -> str:
        count = sum(self.operators.values())
        lines = [f"{self.path}: {self.file_bytes / 1e6:.2f} MB, {count} operations"]
        lines += [f"  from a {self.source}"] if self.source else []
        for name, ports in self.signatures.items():
            inputs = ", ".join(f"{port}: {kind}" for port, kind in ports["inputs"])
            outputs = ", ".join(f"{port}: {kind}" for port, kind in ports["outputs"])
            lines.append(f"  {name}({inputs}) -> {outputs}")
        lines += [f"  note: {note}" for note in self.notes]
        lines += [f"  sizes: {words}" for words in self.sizes]
        if self.comparison is not None:
            lines += str(self.comparison).splitlines()
        elif self.errors is not None:
            limits = self.limits or {}
            for output, error in self.errors.items():
                limit, why = limits.get(output, (0.0, ""))
                lines.append(f"  {output}: error {error:.1e} of the largest value, of {limit:.1e} allowed ({why})")
        lines += [f"  tied within rounding: {tie}" for tie in self.ties]
        if self.quantization is not None:
            lines += str(self.quantization).splitlines()[1:]
        return "\n".join(lines)


def export(
    model: Any,
    filepath: str | os.PathLike[str],
    input_signature: Any = None,
    *,
    verbose: bool | None = None,
    verify: bool = False,
    inputs: Mapping[str, Any] | None = None,
    tolerance: float | None = None,
    signatures: Signatures | Callable[[Any], Signatures] | None = None,
    states: Literal["variables", "ports"] = "variables",
    optimize: bool = True,
    threads: int = 0,
    constants: Literal["inside", "outside"] = "inside",
    output_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    quantize: str | Mapping[str, Any] | None = None,
    calibration: Any = None,
    weights: str | os.PathLike[str] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    dtype: Any = None,
    task: str | None = None,
    **configuration: Any,
) -> Report:
    """Writes `model` as a LiteRT file.

    Args:
        model: A built `keras.Model`, a layer, or any callable of one. Or a model on disk, whose weights are never in
            memory: the path of a `.keras` archive; the directory of a preset of KerasHub, or its handle, such as
            `"bert_tiny_en_uncased"`; the directory of a Hugging Face checkpoint that KerasHub converts. Of a preset it
            is the task that it holds, else the backbone (`docs/large_models.md`).
        filepath: Path that ends in `.tflite`. Written whole or not at all.
        input_signature: Structure of `keras.InputSpec` like the model's inputs. `None` dims stay dynamic (-1 in the
            file); a `name` is the input's name in the file. Defaults to the model's own inputs.
        verbose: True prints the report at the end. A terminal shows the progress, unless this is False; nothing else
            is ever printed.
        verify: Also run the file and compare it with the model: float32 within 1e-5 of the largest output. With
            `quantize`, that is done with its float file, and the quantized one is compared with it, layer by layer.
        inputs: To compare on, as for `kelt.verify`. Gives `verify=True` by itself, and so does `tolerance`.
        tolerance: The largest error of floats, instead of what their precision and the rounding of the model allow.
        signatures: Instead of `input_signature`, several functions over one table of weights:
            `{name: (callable, specs)}`; or a function that gives these for the model, such as one on disk.
        states: What becomes of variables that the model assigns, such as those of a recurrent layer with
            `stateful=True`. `"variables"`: the file keeps them from run to run, as the model does, and starts from the
            values that they have now. `"ports"`: each is an input and an output of every signature that uses it, both
            named by the variable's path (`"lstm/rnn_state"`), and the caller hands the output of one run to the next.
        optimize: Fold, fuse and drop what can be. Off, the file has an operation for each of the model's.
        threads: That write the file; 0 for as many as help.
        constants: Where they lie in the file: `"inside"` the flatbuffer, as every runtime and tool expects, unless the
            file has 2 GiB or more; or `"outside"`, behind it, which runtimes read from 2.14 on.
        output_names: Names for the outputs, in their order, instead of Keras' own; of several signatures,
            `{signature: names}`.
        quantize: A recipe, as `kelt.quantize` takes it: the file is written in fewer bits.
        calibration: For a recipe with integer activations, as `kelt.quantize` takes it.
        weights: A `.weights.h5`, or the `.weights.json` of its shards: the file gets these. `model` is then a built
            model, or a function without parameters that builds one, which does not take the memory of its weights.
        custom_objects: Classes by their names, for a model on disk whose classes are not registered.
        safe_mode: Whether an archive with a `Lambda` layer is rejected: what its body does would be executed.
        dtype: In which a model on disk is built, such as `"float16"`, instead of the precision that it was saved in
            (an archive) or Keras' default (a preset).
        task: Of a preset or checkpoint: `"backbone"`, or a class of `keras_hub.models`, such as `"CausalLM"`.
        **configuration: Of a model of KerasHub, where no signature is given: `max_sequence_length` (an int, or a pair
            for an encoder and a decoder), `image_size` (an int, or height and width), `audio_length`, each as far as
            the model has it; of a class that `kelt.hub.register` knows, what its configuration takes.

    Returns:
        `kelt.Report`: signatures, sizes, operations, and the errors if verified.

    Raises:
        kelt.ExportError: The model can't be expressed; lists every operation at fault with its layer.
        ValueError: A wrong path, or a signature that does not fit.

    Example:
        >>> kelt.export(model, "model.tflite", verify=True)
    """
    import_keras()
    from kelt.disk.source import Options, opened
    from kelt.hub.registry import configured

    path = checked_path(filepath)
    checked_threads(threads)
    if constants not in ("inside", "outside"):
        raise bad_argument(f"constants is 'inside' or 'outside', not {constants!r}")
    if quantize is None and calibration is not None:
        raise bad_argument("calibration is for a recipe, and without quantize (kelt export: --quantize) there is none")
    with contextlib.ExitStack() as stack:
        stack.enter_context(mapped(writes=True))
        progress = stack.enter_context(progress_sink(verbose))
        options = {"optimize": optimize, "threads": threads, "library": _library(), "progress": progress}
        options["constants_outside"] = constants == "outside"
        if quantize is not None:
            options |= core_options(quantize, calibration)
        how = Options(weights, custom_objects, safe_mode, dtype, task)
        source = stack.enter_context(opened(model, how, path.parent))
        choice = configured(source.model, input_signature, signatures, configuration)
        asked = choice.input_signature, choice.signatures, states, output_names
        job = _Job(choice.model, path, asked, options, source)
        if not verify and inputs is None and tolerance is None:
            graph, made, errors = job.written()
        else:
            graph, made, errors = job.verified(inputs, tolerance, calibration, quantize is not None)
        report = _report(path, graph, made, errors)
        report.source = source.words
        report.notes = [*source.notes(graph), *choice.notes, *report.notes]
        if quantize is not None:
            report.quantization = as_quantization(path, made["quantization"], made["file_bytes"])
    if verbose:
        show_report(str(report))
    return report


@dataclasses.dataclass(frozen=True, slots=True)
class _Job:
    """What is written where, and how."""

    model: Any
    path: pathlib.Path
    asked: tuple[Any, ...]  # of `capture_graph`
    options: dict[str, Any]  # of `write_file`
    source: Opened

    def written(self) -> tuple[Any, dict[str, Any], None]:
        """The graph, and what the core says of the file."""
        from kelt.tracing.capture import capture_graph
        from kelt.tracing.in_training import again
        from kelt.tracing.record.emit import emit

        def captured() -> tuple[Any, Module]:
            graph = capture_graph(self.model, *self.asked)
            return graph, emit(graph)

        graph, module = again(captured)
        if self.source.reader is None:
            return graph, write_file(graph, module, self.path, self.options), None
        with trial_beside(followed(self.path)) as trial:
            made = write_file(graph, module, trial, self.options)
            self.source.check()
            put(trial, followed(self.path))
        return graph, made, None

    def verified(self, inputs: Any, tolerance: float | None, calibration: Any, quantized: bool) -> tuple[Any, ...]:
        """The same, and the errors of the outputs."""
        from kelt.verification.verify import export_verified

        write = functools.partial(write_file, options=self.options)
        floats = None
        if quantized:
            in_floats = {name: value for name, value in self.options.items() if name not in QUANTIZING}
            floats = functools.partial(write_file, options=in_floats)
        check = self.source.check
        return export_verified(self.model, self.path, self.asked, write, inputs, tolerance, floats, calibration, check)


def _report(path: pathlib.Path, graph: Any, made: dict[str, Any], errors: Any) -> Report:
    from kelt import _native
    from kelt.tracing.record.host_arrays import variable_view
    from kelt.tracing.record.port_types import as_port

    report = Report(path, made["file_bytes"], made["constant_bytes"], made["signatures"], made["operators"], errors)
    if any(function.valid for function in graph.functions):
        report.sizes = _native.size_check_of_file(str(path)).words()
    report.notes = [note for function in graph.functions for note in function.notes]
    if errors is not None:
        report.limits = {name: (limit.value, limit.why) for name, limit in errors.limits.items()}
        report.ties = errors.ties
        report.notes += errors.notes
        report.comparison = errors.comparison
    ports = {name: as_port(variable_view(weight.source)) for name, weight in graph.state_ports.items()}
    report.states = ports or None
    return report


def write_file(graph: Any, module: Module, path: pathlib.Path, options: dict[str, Any]) -> dict[str, Any]:
    """`_native.export_module`; what the lowering rejects comes as one error, with its parts."""
    from kelt import _native
    from kelt.tracing.record.rejections import rejected_by_lowering

    try:
        return _native.export_module(module, str(path), **options)
    except _native.Error as error:
        rejection = rejected_by_lowering(graph, error)
        if rejection is None:
            raise
        raise rejection from None


def _library() -> str:
    """The runtime that computes constants. Without one they stay operations of the file."""
    from kelt.runtime import library_path

    try:
        return library_path()
    except RuntimeError:
        return ""
