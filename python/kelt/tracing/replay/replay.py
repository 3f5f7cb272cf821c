"""Runs a record again from itself alone: every node as `keras.ops.<op>(**args)` on the live backend."""

from __future__ import annotations

from kelt.tracing.record.closure import free_values
from kelt.tracing.record.graph import Value, map_argument, values_in
from kelt.tracing.record.sizes import Size
from kelt.tracing.replay import control_flow


def run_node(node, values: dict, sizes: dict | None = None):
    """The outputs of a node, given those of the nodes before it. `values` is by the id of the record's value."""
    if node.op in ("weight", "read_state"):
        return [_weight(node)]
    if node.op == "constant":
        return [_constant(node, sizes)]
    if node.op == "quantized_weight":
        return [_dequantized(node)]
    from kelt.tracing.ops.vocabulary import vocabulary

    args = {
        name: map_argument(_tuples(argument), lambda leaf: _live(leaf, values, sizes))
        for name, argument in node.args.items()
    }
    if node.functions:
        return control_flow.run(node, args, values, sizes, run_node)
    if node.op in ("hash_bucket", "hash_cross"):
        return [_hashed(node, args)]
    op = vocabulary().ops[node.op]
    from keras import tree

    return tree.flatten(op.run(args, op.function))


def _live(leaf, values, sizes):
    if isinstance(leaf, Size):
        return leaf.at(sizes)
    return values[id(leaf)] if isinstance(leaf, Value) else leaf


def _tuples(argument):
    """Lists of numbers as tuples: some backends take only those for axes and shapes."""
    if isinstance(argument, list) and not any(True for _ in values_in(argument)):
        return tuple(_tuples(item) for item in argument)
    return argument


def _weight(node):
    from keras.src import backend

    weight = node.args["table"] if node.op == "weight" else node.args["state"].initial
    source = weight.source
    if isinstance(source, backend.Variable):
        return backend.convert_to_tensor(source._value)
    return backend.convert_to_tensor(source, dtype=weight.dtype)


def _dequantized(node):
    from keras.src import backend

    from kelt.tracing.layers.quantized import dequantized

    return backend.convert_to_tensor(dequantized(node))


def _hashed(node, args):
    from keras.src import backend

    from kelt.tracing.ops import hashing

    return backend.convert_to_tensor(hashing.run(node.op, args), dtype="int32")


def _constant(node, sizes):
    from keras.src import backend

    value = map_argument(node.args["value"], lambda leaf: _live(leaf, {}, sizes))
    return backend.convert_to_tensor(value, dtype=node.outputs[0].dtype)


def run_function(function, inputs) -> dict:
    """Every value of a function: tensors by the id of the record's `Value`. `inputs` are in the function's order."""
    from keras.src import backend

    values = {
        id(value): backend.convert_to_tensor(given, dtype=value.dtype)
        for (_, value), given in zip(function.inputs, inputs)
    }
    sizes = sizes_of(function, inputs)
    for node in function.nodes:
        if node.op == "write_state":
            continue
        for value, result in zip(node.outputs, run_node(node, values, sizes)):
            values[id(value)] = result
    return values


def sizes_of(function, inputs) -> dict[str, int]:
    """The number that each symbol of a function is for these inputs."""
    sizes = {}
    for (_, value), given in zip(function.inputs, inputs):
        for dim, length in zip(value.dims, given.shape):
            if isinstance(dim, Size):
                sizes.setdefault(dim.text, int(length))
    return sizes


def evaluate(value: Value, values: dict):
    """One value that depends on no input; `None` if it does. `values` keeps what was computed."""
    if id(value) in values:
        return values[id(value)]
    node = value.node
    if node is None:
        return None
    for argument in node.args.values():
        for needed in values_in(argument):
            if evaluate(needed, values) is None:
                return None
    for function in node.functions:
        if any(evaluate(needed, values) is None for needed in free_values(function)):
            return None
    for output, result in zip(node.outputs, run_node(node, values)):
        values[id(output)] = result
    return values[id(value)]
