"""Runs a record again from itself alone: every node as `keras.ops.<op>(**args)` on the live backend."""

from __future__ import annotations

import functools

import numpy as np

from kelt.tracing.control_flow.closure import free_values
from kelt.tracing.ops import float8, hashing
from kelt.tracing.record.graph import Value, map_argument, operands_of, values_in
from kelt.tracing.record.host_arrays import variable_view
from kelt.tracing.record.sizes import Size
from kelt.tracing.replay import control_flow


def run_node(node, values: dict, sizes: dict | None = None, precise: bool = False, change=None):
    """The outputs of a node, given those of the nodes before it. `values` is by the record's value.

    With `precise`, floats are of 64 bits whatever the record says. `change(node, args)` gives other arguments.
    """
    if node.op in SOURCES:
        made = SOURCES[node.op](node, sizes)
        return [_tensor(made, widest(node.outputs[0].dtype)) if precise else made]
    from kelt.tracing.ops.vocabulary import vocabulary

    args = {
        name: map_argument(_tuples(argument), lambda leaf: _live(leaf, values, sizes))
        for name, argument in node.args.items()
    }
    if precise and isinstance(args.get("dtype"), str):
        args["dtype"] = widest(args["dtype"])
    if precise and isinstance(args.get("start_indices"), (list, tuple)):
        # Where integers of Python have 64 bits, jax takes them for another type than those of the record.
        args["start_indices"] = [_tensor(index, "int32") for index in args["start_indices"]]
    if change is not None:
        args = change(node, args)
    if node.functions:
        return control_flow.run(node, args, values, sizes, functools.partial(run_node, precise=precise, change=change))
    if node.op in OWN:
        return [_tensor(OWN[node.op](args))]
    op = vocabulary().ops[node.op]
    from keras import tree

    results = tree.flatten(op.run(args, op.function))
    return list(map(_counted, node.outputs, results)) if precise else results


def _counted(value, result):
    """An integer with the dtype of the record: where backends compute in 64 bits, some make longer ones of others."""
    from keras import ops
    from keras.src import backend

    made = backend.standardize_dtype(result.dtype)
    return ops.cast(result, value.dtype) if made != value.dtype and "int" in made and "int" in value.dtype else result


def widest(dtype: str) -> str:
    """The dtype of the same kind in which a number is exact."""
    return "float64" if dtype in ("float16", "bfloat16", "float32") else dtype


def _live(leaf, values, sizes):
    if isinstance(leaf, Size):
        return leaf.at(sizes)
    return values[leaf] if isinstance(leaf, Value) else leaf


def _tuples(argument):
    """Lists of numbers as tuples: some backends take only those for axes and shapes."""
    if isinstance(argument, list) and not any(True for _ in values_in(argument)):
        return tuple(_tuples(item) for item in argument)
    return argument


def _tensor(source, dtype=None):
    from keras.src import backend

    return backend.convert_to_tensor(source, dtype=dtype)


def _of_weight(weight):
    from keras.src import backend

    source = weight.source
    return _tensor(_current_value(source) if isinstance(source, backend.Variable) else source, weight.dtype)


def _current_value(variable):
    """Of a model on disk an array of numpy, which may have another precision than the variable."""
    return variable_view(variable) if isinstance(variable._value, np.ndarray) else variable._value


def _weight(node, sizes):
    return _of_weight(node.args["table"])


def _read_state(node, sizes):
    return _of_weight(node.args["state"].initial)


def _constant(node, sizes):
    value = map_argument(node.args["value"], lambda leaf: _live(leaf, {}, sizes))
    return _tensor(value, node.outputs[0].dtype)


def _quantized_weight(node, sizes):
    from kelt.tracing.layers.quantized import dequantized

    return _tensor(dequantized(node))


# Nodes that keras.ops has not, by their op: those without operands, and those that compute.
SOURCES = {source.__name__[1:]: source for source in (_weight, _read_state, _constant, _quantized_weight)}
OWN = {own.__name__: own for own in (hashing.hash_bucket, hashing.hash_cross, float8.round_to_float8)}


def run_function(function, inputs, precise: bool = False, change=None, states=None, keep=None) -> dict:
    """Every value of a function: tensors by the record's `Value`. `inputs` are in the function's order.

    `precise` and `change`: as for `run_node`. `states`: what a run before has `assigned`; else they are initial.
    `keep`: the values that are needed; the others are let go of as soon as nothing reads them any longer.
    """
    from keras.src import backend

    ended = last_reads(function, keep)
    values = {
        value: backend.convert_to_tensor(given, dtype=widest(value.dtype) if precise else value.dtype)
        for (_, value), given in zip(function.inputs, inputs)
    }
    sizes = sizes_of(function, inputs)
    for node in function.nodes:
        if node.op == "write_state":
            continue
        read = state_read(node, states)
        results = run_node(node, values, sizes, precise, change) if read is None else [read]
        values.update(zip(node.outputs, results))
        del results
        for value in ended.get(id(node), ()):
            values.pop(value, None)
    return values


def last_reads(function, keep) -> dict[int, list[Value]]:
    """The values that nothing reads behind a node, by the node's id, but for those of `keep` and of states.

    Without `keep` all are kept.
    """
    if keep is None:
        return {}
    last = {}
    for node in function.nodes:
        last.update(dict.fromkeys((*node.outputs, *operands_of(node)), node))
    kept = {*keep, *(value for node in function.nodes if node.op == "write_state" for value in operands_of(node))}
    ended: dict[int, list[Value]] = {}
    for value, node in last.items():
        if value not in kept:
            ended.setdefault(id(node), []).append(value)
    return ended


def assigned(function, values, states=None) -> dict:
    """The states after a run that gave these values, by the id of each: those that it doesn't assign are as before."""
    writes = [node.args for node in function.nodes if node.op == "write_state"]
    written = {id(args["state"]): values[args["value"]] for args in writes if args["value"] in values}
    return {**(states or {}), **written}


def state_read(node, states):
    """What a node reads of `states`; `None` if it reads none of them."""
    return states.get(id(node.args["state"])) if states and node.op == "read_state" else None


def sizes_of(function, inputs) -> dict[str, int]:
    """The number that each symbol of a function is for these inputs."""
    sizes = {}
    for (_, value), given in zip(function.inputs, inputs):
        for dim, length in zip(value.dims, given.shape):
            if isinstance(dim, Size):
                sizes.setdefault(dim.text, int(length))
    return sizes


class _NeedsSizeError(Exception):
    """A size is one of an input."""


class _NoSizes(dict):
    def __missing__(self, name):
        raise _NeedsSizeError


def evaluate(value: Value, values: dict):
    """One value that depends on no input, nor on its sizes; `None` if it does. `values` keeps what was computed."""
    if value in values:
        return values[value]
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
    try:
        results = run_node(node, values, _NoSizes())
    except _NeedsSizeError:
        return None
    values.update(zip(node.outputs, results))
    return values[value]
