"""Closes functions: what they use from outside becomes inputs, and weights and constants are read again inside."""

from __future__ import annotations

from kelt.errors import failure
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import Function, Length, Node, Value, map_argument, operands_of
from kelt.tracing.record.op_facts import given_params


def close(nodes: list[Node], inputs, outputs) -> list[Node]:
    """Closes the functions of `nodes`. A value that none of the nodes makes is rejected."""
    known = {id(value) for value in inputs}

    def check(values, path):
        if any(id(value) not in known for value in values):
            raise failure(
                "K204", "a tensor that was made inside of a loop or a branch is used outside of it", path,
                "Return it from the function that makes it.",
            )  # fmt: skip

    for node in nodes:
        if node.functions:
            _close_node(node)
        check(operands_of(node), node.path)
        known.update(id(value) for value in node.outputs)
    check(outputs, "")
    return nodes


def _close_node(node):
    free: dict[int, Value] = {}
    for function in node.functions:
        for inner in function.nodes:
            if inner.functions:
                _close_node(inner)
        for value in free_values(function):
            if not _repeatable(value):
                free.setdefault(id(value), value)
    captures = list(free.values())
    param = given_params(node.op)[-1]
    node.args[param] = [*node.args.get(param, ()), *captures]
    for function in node.functions:
        _substitute(function, captures)


def free_values(function: Function):
    """What a function uses and does not make, in order of use."""
    made = {id(value) for _, value in function.inputs}
    free: dict[int, Value] = {}

    def use(value):
        if id(value) not in made:
            free.setdefault(id(value), value)

    for node in function.nodes:
        for value in operands_of(node):
            use(value)
        for inner in node.functions:
            for value in free_values(inner):
                use(value)
        made.update(id(value) for value in node.outputs)
    for _, value in function.outputs:
        use(value)
    return list(free.values())


def _repeatable(value) -> bool:
    node = value.node
    return (
        node is not None
        and definition_of(node.op).repeatable
        and all(_repeatable(needed) for needed in operands_of(node))
    )


def _substitute(function, captures):
    """Inputs for the captured values, and nodes for those that are made again."""
    inside: dict[int, Value] = {}
    for value in captures:
        inside[id(value)] = own = Value(value.shape, value.dtype)
        function.inputs.append((f"a{len(function.inputs)}", own))
    repeated: list[Node] = []

    def repeat(value):
        if id(value) not in inside:
            node = value.node
            args = {name: map_argument(argument, renamed) for name, argument in node.args.items()}
            copy = Node(node.op, args, node.path)
            inside[id(value)] = own = Value(value.shape, value.dtype, copy)
            copy.outputs.append(own)
            repeated.append(copy)
        return inside[id(value)]

    def renamed(leaf):
        if isinstance(leaf, Length):
            return Length(renamed(leaf.value), leaf.axis)
        if not isinstance(leaf, Value):
            return leaf
        return repeat(leaf) if id(leaf) in free else inside.get(id(leaf), leaf)

    free = {id(value) for value in free_values(function)} - inside.keys()
    free |= {id(needed) for value in free_values(function) if id(value) in free for needed in _ancestors(value)}
    for node in function.nodes:
        node.args = {name: map_argument(argument, renamed) for name, argument in node.args.items()}
    function.outputs = [(name, renamed(value)) for name, value in function.outputs]
    function.nodes = repeated + function.nodes


def _ancestors(value):
    for needed in operands_of(value.node):
        yield needed
        yield from _ancestors(needed)
