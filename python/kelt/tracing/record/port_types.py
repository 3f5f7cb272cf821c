"""Types that every host has: at inputs and outputs float32 for bfloat16, and float32 for float64 everywhere.

The APIs of Java, Swift and the web have no such types, and LiteRT computes nothing in float64.
"""

from __future__ import annotations

import numpy as np

from kelt.tracing.record.graph import Function, Graph, Node, Value, map_argument

PORTABLE = {"bfloat16": "float32", "float64": "float32"}


def as_port(array: np.ndarray) -> np.ndarray:
    """A copy of an array as a host gives it."""
    return array.astype(PORTABLE.get(array.dtype.name, array.dtype))


def make_portable(graph: Graph) -> None:
    """Changes the graph's functions in place; what the host sees differently is in their notes."""
    for function in graph.functions:
        theirs = {name: value.dtype for name, value in function.inputs if value.dtype in PORTABLE}
        made = {name: value.dtype for name, value in function.outputs if value.dtype in PORTABLE}
        function.port_dtypes = theirs
        for what, ports in (("takes", theirs), ("gives", made)):
            for name, dtype in ports.items():
                function.notes.append(
                    f"{function.name}: {name!r} is float32 in the file, as hosts have it; the model {what} {dtype}"
                )
        _narrow(function)
        function.inputs = [(name, _taken(function, value)) for name, value in function.inputs]
        function.outputs = [(name, _given(function, value)) for name, value in function.outputs]


def _taken(function: Function, value: Value) -> Value:
    """What a host gives for an input."""
    if value.dtype not in PORTABLE:
        return value
    port = Value(value.shape, PORTABLE[value.dtype])
    value.node = Node("cast", {"x": port, "dtype": value.dtype}, "")
    _bind(value.node, value, port)
    function.nodes.insert(0, value.node)
    return port


def _given(function: Function, value: Value) -> Value:
    """What a host gets for an output."""
    if value.dtype not in PORTABLE:
        return value
    dtype = PORTABLE[value.dtype]
    node = Node("cast", {"x": value, "dtype": dtype}, value.node.path if value.node else "")
    port = Value(value.shape, dtype, node)
    _bind(node, port, value)
    function.nodes.append(node)
    return port


def _bind(node, output, other):
    """Makes a value the output of a node; the lengths of two are the same."""
    node.outputs.append(output)
    known = output.dims if output.dims is not None else other.dims
    output.dims, other.dims = list(known), list(known)


def _narrow(function: Function):
    """Everything in float64 is float32."""

    def narrowed(leaf):
        if isinstance(leaf, str) and leaf == "float64":
            return "float32"
        if getattr(leaf, "dtype", None) == "float64" and hasattr(leaf, "source"):
            leaf.dtype = "float32"
        return leaf

    def value_narrowed(value):
        if value.dtype == "float64":
            value.dtype = "float32"

    for _, value in (*function.inputs, *function.outputs):
        value_narrowed(value)
    for node in function.nodes:
        node.args = {name: map_argument(argument, narrowed) for name, argument in node.args.items()}
        for value in node.outputs:
            value_narrowed(value)
        for inner in node.functions:
            _narrow(inner)
