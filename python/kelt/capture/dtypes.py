"""Which inputs of a Subclassed model are integers: those whose first use is as an index."""

from __future__ import annotations

from kelt.capture.record import Function, Value, values_in
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
    found = set()
    for node in function.nodes:
        for param in INDEX_PARAMS.get(node.op, ()):
            argument = node.args.get(param)
            if isinstance(argument, Value) and id(argument) in origin:
                found.add(origin[id(argument)])
        if node.op in PASSING:
            for argument in node.args.values():
                for value in values_in(argument):
                    if id(value) in origin:
                        origin.update((id(output), origin[id(value)]) for output in node.outputs)
    return sorted(found)
