"""One capture: a signature's function run on symbols of given shapes."""

from __future__ import annotations

from kelt.errors import ExportError
from kelt.tracing import causes, patch, signature
from kelt.tracing.control_flow import closure
from kelt.tracing.record.graph import Function, drop_dead_nodes
from kelt.tracing.signature import Signature
from kelt.tracing.symbols.keras_state import keras_state_kept
from kelt.tracing.symbols.symbol import SizeNeeded
from kelt.tracing.tables import Tables
from kelt.tracing.tracer import NotBuilt, Tracer


def run(
    sig: Signature, shapes: list[tuple], dtypes: list[str], tables: Tables, dims: list | None = None
) -> tuple[Function, list]:
    """The function of a signature, recorded at `shapes` (in which None is an open length), and what it rejects.

    With `dims`, the lengths of the inputs as symbols, the function notes what Python does with sizes.
    """
    tracer = Tracer(tables, sig.root, reading=dims is not None)
    symbols = [
        tracer.input(shape, dtype, known) for shape, dtype, known in zip(shapes, dtypes, dims or [None] * len(shapes))
    ]
    args, kwargs = signature.structure_of(sig, symbols)
    try:
        with keras_state_kept(), patch.installed(tracer):
            result = signature.in_order(sig.function(*args, **kwargs), sig.declared_outputs)
            outputs = [tracer.as_symbol(leaf)._value for leaf in signature.output_leaves(result)]
            tracer.finish_states()
        if tracer.in_vain:
            raise SizeNeeded
    except NotBuilt as error:
        raise error.args[0] from None
    except ExportError as error:
        error.reached = error.reached or tracer.recorded
        error.line = error.line or causes.line_of(error)
        error.earlier = tracer.problems
        raise
    except Exception as error:
        rejection = causes.not_followed(error, tracer.path, function=sig.name)
        rejection.reached, rejection.earlier = tracer.recorded, tracer.problems
        raise rejection from error
    except SizeNeeded:
        # The length of what stands in for a rejected layer's result, which has none: the rejection is what counts.
        if tracer.problems:
            raise tracer.problems[0] from None
        raise
    inputs = [(name, symbol._value) for name, symbol in zip(sig.input_names, symbols)]
    nodes = closure.close(drop_dead_nodes(tracer.nodes, outputs), [value for _, value in inputs], outputs)
    if any(node.functions for node in nodes):
        nodes = drop_dead_nodes(nodes, outputs)
    function = Function(sig.name, inputs, list(zip(sig.output_names(result), outputs)), nodes)
    function.reads, function.log = tracer.reads, tracer.log
    if tracer.log is not None:
        tracer.log.outputs = outputs
    return function, tracer.problems
