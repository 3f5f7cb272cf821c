"""Which inputs are integers that index something, and how large such an index may be."""

from __future__ import annotations

from kelt.capture.record import Function, Value, given, values_in
from kelt.capture.vocabulary import names

INDEX_PARAMS = {
    "take": ("indices",),
    "take_along_axis": ("indices",),
    "one_hot": ("x",),
    "multi_hot": ("inputs", "x"),
    "scatter": ("indices",),
    "scatter_update": ("indices",),
}
# What an index may go through before it is used.
PASSING = names("cast clip expand_dims get_item reshape squeeze transpose")


def used_as_index(function: Function, candidates: list[int]) -> list[int]:
    """Those of the inputs `candidates` that index something."""
    if not candidates:
        return []
    origin = {id(function.inputs[i][1]): i for i in candidates}
    return sorted({i for i, _ in _uses(function.nodes, origin)})


def index_bounds(function: Function) -> dict[int, int]:
    """For each input that indexes something: how many there are to choose from."""
    origin = {id(value): i for i, (_, value) in enumerate(function.inputs)}
    bounds = {}
    for i, node in _uses(function.nodes, origin):
        length = _choices(node)
        if isinstance(length, int):
            bounds[i] = min(length, bounds.get(i, length))
    return bounds


def _uses(nodes, origin):
    """Pairs of an input and a node that indexes by it. `origin`: the input that a value is, by the value's id."""
    for node in nodes:
        for param in INDEX_PARAMS.get(node.op, ()):
            argument = node.args.get(param)
            if isinstance(argument, Value) and id(argument) in origin:
                yield origin[id(argument)], node
        if node.op in PASSING:
            for argument in node.args.values():
                for value in values_in(argument):
                    if id(value) in origin:
                        origin.update((id(output), origin[id(value)]) for output in node.outputs)
        for function in node.functions:
            inside = zip(function.inputs, given(node))
            origin.update((id(inner), origin[id(value)]) for (_, inner), value in inside if id(value) in origin)
            yield from _uses(function.nodes, origin)


def _choices(node):
    if "num_classes" in node.args:
        return node.args["num_classes"]
    x, axis = node.args.get("x"), node.args.get("axis")
    if isinstance(x, Value) and isinstance(axis, int):
        return x.dims[axis]
    return None
