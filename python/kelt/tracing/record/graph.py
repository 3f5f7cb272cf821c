"""The capture's own record of a model: functions of nodes over values, before any of it becomes a kelt module.

A node is a function of `keras.ops` by name with all its parameters, so that `keras.ops.<op>(**args)` repeats it.
Beside those there are `weight`, `constant`, `read_state`, `write_state` and `rnn`. Control flow and `rnn` hold
functions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from kelt.tracing.record.op_facts import given_params
from kelt.tracing.record.sizes import Size


class Value:
    """A tensor of a function: what it is (dtype, shape) and the node that made it (`None`: an input)."""

    __slots__ = ("dims", "dtype", "node", "shape")

    def __init__(self, shape, dtype, node=None):
        self.shape = shape
        self.dtype = dtype
        self.node = node
        self.dims = None  # texts and numbers, once the sizes are solved

    def __repr__(self):
        return f"<{self.dtype}{list(self.shape)}>"


class Length:
    """An argument of a capture with open axes: the length of a value's axis, whatever it is."""

    __slots__ = ("axis", "value")

    def __init__(self, value: Value, axis: int):
        self.value = value
        self.axis = axis

    def __repr__(self):
        return f"length({self.value}, {self.axis})"


LEAVES = frozenset((Value, str, int, float, bool, type(None)))  # types that hold nothing else


class Node:
    """One operation. `args` holds `Value`s, numbers, strings, `None`, slices, and lists, tuples or dicts of them."""

    __slots__ = ("args", "functions", "op", "outputs", "path")

    def __init__(self, op, args, path, functions=()):
        self.op = op
        self.args = args
        self.path = path
        self.functions = functions
        self.outputs = []

    def __repr__(self):
        return f"{self.outputs} = {self.op}({self.args})  # {self.path}"


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Weight:
    """A variable or a large constant, by reference: `source` is the Keras variable or the array."""

    name: str
    source: Any
    shape: tuple
    dtype: str

    def __repr__(self):
        return f"@{self.name}"


@dataclasses.dataclass(slots=True, eq=False)
class State:
    """A variable that the model assigns."""

    name: str
    initial: Weight


@dataclasses.dataclass(slots=True)
class Function:
    """One signature: named inputs, nodes in order of execution, named outputs."""

    name: str
    inputs: list[tuple[str, Value]]
    outputs: list[tuple[str, Value]]
    nodes: list[Node]
    multiple: int = 1  # of which open lengths must be multiples
    notes: list[str] = dataclasses.field(default_factory=list)  # what was chosen for the user, to be said
    reads: Any = dataclasses.field(
        default=None, repr=False
    )  # what Python did with sizes while this was captured (`record/reads.py`)
    log: Any = dataclasses.field(default=None, repr=False)  # all that was done (`record/log.py`)
    port_dtypes: dict[str, str] = dataclasses.field(default_factory=dict)  # the model's, where the file has another
    valid: list[Size] = dataclasses.field(default_factory=list)  # lengths that must not be negative
    corners: list[Size] = dataclasses.field(default_factory=list)  # lengths with whose sign its form may change
    borders: dict[str, list[int]] = dataclasses.field(default_factory=dict)  # by symbol: sizes around which it changes


@dataclasses.dataclass(slots=True)
class Graph:
    """All signatures of a model over one table of weights and one of states."""

    functions: list[Function]
    weights: list[Weight]
    states: list[State]
    proven_sizes: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    state_ports: dict[str, Weight] = dataclasses.field(default_factory=dict)  # states that are inputs and outputs
    names: dict[str, str] = dataclasses.field(default_factory=dict)  # parts of paths → what they are in the module


def values_in(argument):
    """Yields every `Value` inside an argument."""
    if isinstance(argument, Value):
        yield argument
    elif isinstance(argument, Length):
        yield argument.value
    elif isinstance(argument, (list, tuple)):
        for item in argument:
            yield from values_in(item)
    elif isinstance(argument, dict):
        for item in argument.values():
            yield from values_in(item)
    elif isinstance(argument, slice):
        yield from values_in((argument.start, argument.stop, argument.step))


def operands_of(node) -> list[Value]:
    """Every `Value` among the arguments of a node."""
    found = []
    for argument in node.args.values():
        kind = type(argument)
        if kind is Value:
            found.append(argument)
        elif kind not in LEAVES:
            found += values_in(argument)
    return found


def all_nodes(function: Function) -> Iterator[Node]:
    """Every node, with those of the functions inside."""
    for node in function.nodes:
        yield node
        for inner in node.functions:
            yield from all_nodes(inner)


def given(node) -> list[Value]:
    """What the functions of a node are called on (of `xs` and `inputs` one step), in the order of their inputs."""
    return [value for param in given_params(node.op) for value in node.args[param]]


def map_argument(argument, change):
    """A copy of an argument in which `change` has been applied to every leaf."""
    kind = type(argument)
    if kind is list:
        return [map_argument(item, change) for item in argument]
    if isinstance(argument, tuple):
        items = [map_argument(item, change) for item in argument]
        return kind(*items) if hasattr(argument, "_fields") else tuple(items)
    if isinstance(argument, list):
        return [map_argument(item, change) for item in argument]
    if isinstance(argument, dict):
        return {key: map_argument(item, change) for key, item in argument.items()}
    if kind is slice:
        return slice(*(map_argument(item, change) for item in (argument.start, argument.stop, argument.step)))
    return change(argument)


def copied(function: Function, change=None) -> Function:
    """The function with nodes and values of its own; `change` makes anew what else is in arguments, and lengths."""
    values: dict[int, Value] = {}
    lengths: dict[int, list] = {}  # by the list that they are made from

    def copy(value):
        own = values.get(id(value))
        if own is None:
            own = values[id(value)] = Value(value.shape, value.dtype)
            own.dims = value.dims if change is None or value.dims is None else changed(value.dims)
        return own

    def changed(dims):
        if id(dims) not in lengths:
            lengths[id(dims)] = [change(dim) for dim in dims]
        return lengths[id(dims)]

    def leaf(argument):
        if isinstance(argument, Value):
            return copy(argument)
        if isinstance(argument, Length):
            return Length(copy(argument.value), argument.axis)
        return argument if change is None else change(argument)

    def body(function):
        inputs = [(name, copy(value)) for name, value in function.inputs]
        nodes = []
        for node in function.nodes:
            args = {name: map_argument(argument, leaf) for name, argument in node.args.items()}
            own = Node(node.op, args, node.path, [body(nested) for nested in node.functions])
            own.outputs = [copy(value) for value in node.outputs]
            for value in own.outputs:
                value.node = own
            nodes.append(own)
        outputs = [(name, copy(value)) for name, value in function.outputs]
        return dataclasses.replace(function, inputs=inputs, outputs=outputs, nodes=nodes)

    return body(function)


def drop_dead_nodes(nodes, live):
    """The nodes that `live` values or a write to a state need, in their order."""
    wanted = {id(value) for value in live}

    def want(node):
        wanted.update(map(id, operands_of(node)))
        for function in node.functions:
            outputs = [value for _, value in function.outputs]
            function.nodes = drop_dead_nodes(function.nodes, outputs)
            wanted.update(map(id, outputs))  # a function that is not closed yet may use what is outside
            for inner in function.nodes:
                want(inner)

    kept = []
    for node in reversed(nodes):
        if node.op == "write_state" or any(id(value) in wanted for value in node.outputs):
            kept.append(node)
            want(node)
    kept.reverse()
    return kept
