"""Which inputs are integers that index something, and how large such an index may be."""

from __future__ import annotations

from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import Function, Value, given, values_in
from kelt.tracing.record.sizes import Size


def used_as_index(function: Function, candidates: list[int]) -> list[int]:
    """Those of the inputs `candidates` that index something."""
    if not candidates:
        return []
    origin = {id(function.inputs[i][1]): i for i in candidates}
    return sorted({i for i, _, _ in _uses(function.nodes, origin)})


def index_bounds(function: Function, sizes: dict[str, int]) -> dict[int, int]:
    """For each input that indexes something: how many there are to choose from, at these sizes."""
    origin = {id(value): i for i, (_, value) in enumerate(function.inputs)}
    bounds = {}
    for i, node, value in _uses(function.nodes, origin):
        length = _choices(node, value)
        if isinstance(length, Size):
            length = length.at(sizes)
        if isinstance(length, int):
            bounds[i] = min(length, bounds.get(i, length))
    return bounds


def _uses(nodes, origin):
    """Triples: an input, a node that indexes by it, the value it does so by. `origin`: inputs by the id of a value."""
    for node in nodes:
        known = definition_of(node.op)
        for param in known.indices:
            for value in values_in(node.args.get(param)):
                if id(value) in origin:
                    yield origin[id(value)], node, value
        if known.passes_indices:
            for value in values_in([argument for param, argument in node.args.items() if param not in known.indices]):
                if id(value) in origin:
                    origin.update((id(output), origin[id(value)]) for output in node.outputs)
        for function in node.functions:
            inside = zip(function.inputs, given(node))
            origin.update((id(inner), origin[id(value)]) for (_, inner), value in inside if id(value) in origin)
            yield from _uses(function.nodes, origin)


def _choices(node, value):
    for count in ("num_classes", "num_segments"):
        if count in node.args:
            return node.args[count]
    x, axis = node.args.get("x"), node.args.get("axis")
    if "key" in node.args:
        key = node.args["key"]
        items = list(key) if isinstance(key, (tuple, list)) else [key]
        axis = next((i for i, item in enumerate(items) if item is value), None)
        if axis is None or any(item is None or item is Ellipsis for item in items[:axis]):
            return None
    if isinstance(x, Value) and isinstance(axis, int):
        return x.dims[axis]
    return None
