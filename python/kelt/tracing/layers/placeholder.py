"""What a layer that can't be captured would give, so that the capture goes on and finds what else is wrong."""

from __future__ import annotations

from keras import KerasTensor, tree

from kelt.tracing.record.rejections import PLACEHOLDER
from kelt.tracing.symbols.caller import paused
from kelt.tracing.symbols.symbol import Symbol


def stand_in(tracer, layer, args, kwargs, problem):
    """Notes the problem and gives tensors like the layer's outputs; raises it where those are not known."""
    specs = None if layer is tracer.root else _output_specs(tracer, layer, args, kwargs)
    if specs is None:
        raise problem
    problem.tentative = True
    tracer.problems.append(problem)
    # Its inputs are arguments, or what makes them would be taken for dead.
    inputs = [leaf._value for leaf in tree.flatten((args, kwargs)) if isinstance(leaf, Symbol)]
    return tracer.emit(PLACEHOLDER, {"inputs": inputs}, specs)


def _output_specs(tracer, layer, args, kwargs):
    with paused(tracer):
        try:
            return layer.compute_output_spec(*args, **kwargs)
        except Exception:  # its own call is what can't be run
            return _recorded_specs(layer, args)


def _recorded_specs(layer, args):
    """What the layer gave when a Functional model was made of it, with open lengths as they are now."""
    nodes = layer._inbound_nodes
    first = next((leaf for leaf in tree.flatten(args) if isinstance(leaf, Symbol)), None)
    if len(nodes) != 1 or first is None:
        return None
    lengths = dict(enumerate(first._value.shape))

    def spec(tensor):
        shape = tuple(lengths.get(axis) if dim is None else dim for axis, dim in enumerate(tuple(tensor.shape)))
        return KerasTensor(shape, tensor.dtype)

    return tree.map_structure(spec, layer.output)
