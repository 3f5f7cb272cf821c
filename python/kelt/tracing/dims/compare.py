"""Several captures of one function, at different sizes, become one function over symbols.

Every leaf of the record is compared. What differs is written as an expression of the symbols, or it is an error:
nothing that depends on a size is kept as the number that it happened to be.
"""

from __future__ import annotations

from kelt.errors import ExportError, failure
from kelt.tracing.dims import derived_constants, propagation
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.handlers import STATIC
from kelt.tracing.ops.length_rules import RULE_ERRORS
from kelt.tracing.record import host_arrays, reads
from kelt.tracing.record.graph import LEAVES, Function, Value, Weight, map_argument
from kelt.tracing.record.reads import Guard, ReadFloat, ReadSize
from kelt.tracing.record.sizes import FloatSize, Size
from kelt.tracing.record.solver import Solver

REMEDY = "Compute it with keras.ops from keras.ops.shape, or give that input a fixed size in `input_signature`."
LOOP = (
    "Write a choice by keras.ops.where, min or max, and a loop over a length by keras.ops.scan or keras.ops.fori_loop, "
    "or give that input a fixed size in `input_signature`."
)


NO_FORMULA = "depends on a size in a way for which no formula is known"


class UnsolvedError(Exception):
    """A leaf that depends on the sizes in no way that is known."""


def merge(functions: list[Function], solver: Solver) -> Function:
    """The function that all of them are. The first is changed in place and returned."""
    first = functions[0]
    same_nodes(functions)
    places = [_places(function) for function in functions]
    for name_and_values in zip(*(function.inputs for function in functions)):
        try:
            _merge_values([value for _, value in name_and_values], solver, ())
        except UnsolvedError as error:
            raise _unsolved(f"an input: {error}", "") from None
    nodes = []
    for together in zip(*(function.nodes for function in functions)):
        _merge_node(together, places, solver, nodes)
    first.nodes = nodes
    for i, ports in enumerate(zip(*(function.outputs for function in functions))):
        if len({place[id(value)] for (_, value), place in zip(ports, places)}) > 1:
            raise _unsolved(f"which tensor is output {i} depends on a size", "")
    return first


def same_nodes(functions):
    """Rejects functions that do not do the same operations in the same layers."""
    for together in zip(*(function.nodes for function in functions)):
        if len({node.op for node in together}) > 1 or len({node.path for node in together}) > 1:
            raise _unsolved("Python code branches on a size: other sizes do other operations", together[0].path, LOOP)
    if len({len(function.nodes) for function in functions}) > 1:
        shortest = min(functions, key=lambda function: len(function.nodes))
        path = shortest.nodes[-1].path if shortest.nodes else ""
        raise _unsolved("Python code branches on a size: other sizes do more operations", path, LOOP)
    if len({len(function.outputs) for function in functions}) > 1:
        raise _unsolved("the number of outputs depends on a size", "")


def _unsolved(what, path, remedy=REMEDY) -> ExportError:
    return failure("K205", what, path, remedy)


def _places(function):
    """Values by where they are made: the same in every capture."""
    places = {id(value): ("input", i) for i, (_, value) in enumerate(function.inputs)}
    for i, node in enumerate(function.nodes):
        places.update({id(value): (i, j) for j, value in enumerate(node.outputs)})
    return places


def _merge_node(together, places, solver, nodes):
    node = together[0]
    atoms = _atoms(node) if solver.searching else ()
    try:
        if any(other.args.keys() != node.args.keys() for other in together[1:]):
            raise UnsolvedError("the arguments depend on a size")
        if any(len(other.outputs) != len(node.outputs) for other in together[1:]):
            raise UnsolvedError("the number of results depends on a size")
        if node.op == "weight":
            replacement = _merge_weights(together, solver)
            if replacement is not None:
                nodes += replacement
                return
        else:
            for name, first in node.args.items():
                arguments = [other.args[name] for other in together]
                if not _is_one(first, arguments, places):
                    node.args[name] = _merge_argument(arguments, places, solver, atoms)
        for i in range(len(node.outputs)):
            values = [other.outputs[i] for other in together]
            if not _as_told(values, solver) and not _merge_by_rule(node, i, values, solver):
                _merge_values(values, solver, atoms)
        for nested in zip(*(other.functions for other in together)):
            _tell_inputs(node, nested[0])
            merge(list(nested), solver)
    except UnsolvedError as error:
        what, *remedy = error.args
        raise _unsolved(f"keras.ops.{node.op}: {what}", node.path, *remedy) from None
    nodes += _written(node, solver)


def _written(node, solver):
    """What a node is in a module: none of its arguments is a float of a size, or a comparison."""
    if node.op == "constant" and isinstance(node.args["value"], FloatSize):
        return derived_constants.float_nodes(node, solver)
    if node.op == "constant" and isinstance(node.args["value"], Guard):
        return derived_constants.comparison_nodes(node, solver)
    if any(_holds(FloatSize, argument) for argument in node.args.values()):
        raise _unsolved(f"keras.ops.{node.op}: a parameter is a float that depends on a size", node.path)
    if any(_holds(Guard, argument) for argument in node.args.values()):
        raise _unsolved(f"keras.ops.{node.op}: a parameter is True or False", node.path)
    return [node]


def told(function: Function, rename, solver: Solver) -> Function:
    """The function of one capture that other sizes bear out, changed in place: what was read are lengths in it."""

    def known(leaf):
        if not isinstance(leaf, (ReadSize, ReadFloat)):
            return leaf
        length = rename(reads.of(leaf))
        if not solver.holds(length, [reads.plain(leaf)]):
            raise UnsolvedError
        return length

    nodes = []
    for node in function.nodes:
        read = [name for name, argument in node.args.items() if reads.holds_read(argument)]
        for name in read:
            node.args[name] = map_argument(node.args[name], known)
        nodes += _written(node, solver) if read else [node]
    function.nodes = nodes
    return function


def _as_told(values, solver) -> bool:
    """Whether the first capture told the lengths by the op's rule, assuming nothing, and all captures saw those."""
    first = values[0]
    if not solver.told or first.dims is None:
        return False
    shapes = solver.shapes(first.dims)
    return all(value.shape == shape and value.dtype == first.dtype for value, shape in zip(values, shapes))


def _merge_by_rule(node, i, values, solver) -> bool:
    """Whether the op tells the lengths of its output from those of its operands, and the captures saw those."""
    rule = definition_of(node.op).lengths
    shapes = [value.shape for value in values]
    if rule is None or len({len(shape) for shape in shapes}) > 1 or len({value.dtype for value in values}) > 1:
        return False
    together = list(zip(*shapes))
    follower = propagation.Follower()
    open_value = Value([lengths[0] if len(set(lengths)) == 1 else None for lengths in together], values[0].dtype)
    try:
        dims = rule(follower, node, open_value, i)
    except RULE_ERRORS:
        return False
    if follower.equal or len(dims) != len(together):
        return False
    if not solver.accepts(together, dims, follower.assumed):
        return False
    values[0].dims = dims
    solver.saw(dims)
    return True


def _tell_inputs(node, function):
    """What goes into a function has the lengths of what it is given."""
    try:
        given, _ = definition_of(node.op).nested_lengths(node.args)
    except RULE_ERRORS:
        return
    for (_, value), dims in zip(function.inputs, given):
        value.dims = list(dims)


def _holds(cls, argument) -> bool:
    kind = type(argument)
    return kind is cls or (kind in (list, tuple) and any(_holds(cls, item) for item in argument))


def _atoms(node):
    """Lengths that are known where the node stands: those of what it reads."""
    found = []

    def visit(argument):
        if isinstance(argument, Value):
            found.extend(dim for dim in argument.dims or () if isinstance(dim, Size))
        elif isinstance(argument, (list, tuple)):
            for item in argument:
                visit(item)

    for argument in node.args.values():
        visit(argument)
    return tuple(found)


def _merge_values(values, solver, atoms):
    shapes = [value.shape for value in values]
    if len({len(shape) for shape in shapes}) > 1 or len({value.dtype for value in values}) > 1:
        raise UnsolvedError("the rank or dtype of the result depends on a size")
    dims = values[0].dims
    if dims is not None and len(dims) == len(shapes[0]) and all(map(solver.holds, dims, zip(*shapes))):
        solver.saw(dims)
        return
    dims = []
    for lengths in zip(*shapes):
        if None in lengths:
            raise UnsolvedError("the length of the result depends on the values of the input", STATIC)
        dim = solver.solve_length(lengths, atoms)
        if dim is None:
            raise UnsolvedError(f"the length of the result {NO_FORMULA}")
        dims.append(dim)
    values[0].dims = dims
    solver.saw(dims)


def _is_one(first, arguments, places) -> bool:
    """Whether the captures do not differ in an argument that holds nothing else."""
    kind = type(first)
    if kind is Value:
        at = places[0][id(first)]
        return all(type(other) is Value and place[id(other)] == at for other, place in zip(arguments, places))
    return kind in LEAVES and kind is not float and all(type(other) is kind and other == first for other in arguments)


def _merge_argument(arguments, places, solver, atoms):
    first = arguments[0]
    kind = type(first)
    if any(isinstance(other, (ReadSize, ReadFloat)) for other in arguments):
        known, arguments = reads.of(first), [reads.plain(other) for other in arguments]
        if isinstance(known, (Size, FloatSize)) and solver.holds(known, arguments):
            return known
        first, kind = arguments[0], type(arguments[0])
    if any(type(other) is not kind for other in arguments):
        if all(isinstance(other, (int, float)) and not isinstance(other, bool) for other in arguments):
            arguments, kind = [float(other) for other in arguments], float
        else:
            raise UnsolvedError(
                f"a parameter is {arguments[0]!r} or {next(o for o in arguments if type(o) is not kind)!r}"
            )
    if kind is Value:
        if len({place[id(value)] for value, place in zip(arguments, places)}) > 1:
            raise UnsolvedError("which tensor it reads depends on a size")
        return first
    if kind is int:
        return _solved(solver.solve(arguments, atoms))
    if kind is float:
        if len({repr(other) for other in arguments}) == 1:
            return first
        return _solved(solver.solve_float(arguments, atoms))
    if kind is bool and len(set(arguments)) > 1 and (found := solver.comparison(arguments)) is not None:
        return found
    if kind in (list, tuple):
        if len({len(other) for other in arguments}) > 1:
            raise UnsolvedError("the number of items of a parameter depends on a size")
        return kind(_merge_argument(list(items), places, solver, atoms) for items in zip(*arguments))
    if kind is slice:
        parts = ([getattr(other, part) for other in arguments] for part in ("start", "stop", "step"))
        return slice(*(_merge_argument(part, places, solver, atoms) for part in parts))
    if kind is dict:
        return {key: _merge_argument([o[key] for o in arguments], places, solver, atoms) for key in first}
    if any(other != first for other in arguments) and not hasattr(first, "initial"):
        raise UnsolvedError(f"a parameter is {first!r} or {next(o for o in arguments if o != first)!r}")
    return first


def _solved(found):
    if found is None:
        raise UnsolvedError(f"a number {NO_FORMULA}")
    return found


def _merge_weights(together, solver):
    """`None` if it is one weight; else the nodes that make it at any size."""
    weights = [node.args["table"] for node in together]
    first = weights[0]
    if all(weight is first for weight in weights):
        return None
    if any(not isinstance(weight, Weight) or hasattr(weight.source, "assign") for weight in weights):
        raise UnsolvedError("which variable it reads depends on a size")
    arrays = [host_arrays.numpy_view(weight.source) for weight in weights]
    if all(array.shape == arrays[0].shape and array.dtype == arrays[0].dtype for array in arrays) and all(
        array.tobytes() == arrays[0].tobytes() for array in arrays[1:]
    ):
        return None
    nodes = derived_constants.array_nodes(arrays, together[0], solver)
    if nodes is None:
        raise UnsolvedError("an array is computed from a size outside of keras.ops")
    return nodes
