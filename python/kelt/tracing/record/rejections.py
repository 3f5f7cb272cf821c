"""All that is wrong with a model as one error: what the capture met, and what the lowering would reject besides."""

from __future__ import annotations

from kelt.errors import ExportError, combined, failure
from kelt.tracing.record.names import renamed
from kelt.tracing.record.op_facts import is_source

LOWERING = (204, 205)  # the codes of its rejections
PLACEHOLDER = "unsupported"  # the op of a node that stands for what could not be captured
MISSING = ("complex128", "float8_e4m3fn", "float8_e5m2", "string")  # dtypes of Keras that a graph lacks


def all_rejections(graph, problems: list[ExportError] = ()) -> ExportError:
    """The error of a graph whose capture met `problems`, or which has what the lowering rejects."""
    parts = [part for problem in problems for part in (problem.parts or [problem])]
    met = {(part.path, part.what) for part in parts}
    parts += [part for part in _of_lowering(graph) if (part.path, part.what) not in met]
    return combined(parts, _operations(graph))


def of_dtypes(graph) -> list[ExportError]:
    """What computes with dtypes that a graph lacks, or takes them."""

    def missing(values, path, op):
        for dtype in dict.fromkeys(value.dtype for value in values if value.dtype in MISSING):
            what = f"computes with {dtype}, which LiteRT lacks"
            yield failure("K204", what, path, "Compute with float32, and cast what the model is given before it.", op)

    def inside(function):
        yield from missing([value for _, value in function.inputs], "", "an input")
        for node in function.nodes:
            yield from missing(node.outputs, node.path, f"keras.ops.{node.op}")
            for inner in node.functions:
                yield from inside(inner)

    return [rejection for function in graph.functions for rejection in inside(function)]


def rejected_by_lowering(graph, error) -> ExportError | None:
    """The native error of a graph with its parts; None where it is no rejection of the lowering."""
    parts = _of_lowering(graph) if error.code in LOWERING else []
    return combined(parts, _operations(graph)) if parts else None


def _operations(graph) -> int:
    return sum(not is_source(node.op) for function in graph.functions for node in function.nodes)


def _of_lowering(graph) -> list[ExportError]:
    """What has no form among the ops that were captured; nothing where the graph is too broken to tell."""
    from kelt import _native
    from kelt.tracing.record.emit import emit

    as_in_keras = {counted: name for name, counted in graph.names.items()}
    try:
        rejections = _native.find_rejections(emit(graph))
    except Exception:  # the graph is incomplete: only what the capture found is listed
        return []
    found = [
        ExportError(what, f"K{code}", renamed(path, as_in_keras), op=op, remedy=remedy)
        for code, what, path, op, remedy in rejections
    ]
    return [rejection for rejection in found if rejection.op != f"keras.ops.{PLACEHOLDER}"]
