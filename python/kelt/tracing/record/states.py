"""States as named inputs and outputs: for callers who would rather carry them than have the file keep them."""

from __future__ import annotations

from collections.abc import Mapping

from kelt.tracing.record.graph import Function, Value
from kelt.tracing.record.names import renamed

CHOICES = ("variables", "ports")


def check(states: str) -> None:
    """Rejects a word that is none of the choices."""
    if states not in CHOICES:
        raise ValueError(f"K101 states= is one of {', '.join(map(repr, CHOICES))}, not {states!r}")


def to_ports(functions: list[Function], names: Mapping[str, str]) -> dict[str, object]:
    """Makes the states of `functions` inputs and outputs by name; returns the weights they start from, by that name."""
    taken = {name for function in functions for name, _ in (*function.inputs, *function.outputs)}
    ports: dict[int, str] = {}
    initial = {}

    def name_of(state):
        if id(state) not in ports:
            path = name = renamed(state.name, names)
            i = 0
            while name in taken:
                i += 1
                name = f"{path}_{i}"
            taken.add(name)
            ports[id(state)] = name
            initial[name] = state.initial
        return ports[id(state)]

    for function in functions:
        nodes = []
        for node in function.nodes:
            if node.op == "read_state":
                (value,) = node.outputs
                value.node = None
                function.inputs.append((name_of(node.args["state"]), value))
            elif node.op == "write_state":
                value: Value = node.args["value"]
                function.outputs.append((name_of(node.args["state"]), value))
            else:
                nodes.append(node)
        function.nodes = nodes
    return initial
