"""Control flow of `keras.ops`: nodes that hold functions, recorded by running each function on symbols of its own.

While a function is being recorded it may use any tensor from outside. `closure.close` gives those names afterwards:
what comes from outside becomes an input, weights and constants are read again inside.
"""

from __future__ import annotations

import functools

from keras import KerasTensor, tree
from keras.src import backend
from keras.src.ops.operation_utils import broadcast_shapes

from kelt.errors import failure
from kelt.tracing.ops import length_rules
from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.record.graph import Function, Node, values_in
from kelt.tracing.record.reads import plain
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol


class Body:
    """A function that was recorded: its record, and the structure that it returned (`None` stays `None`)."""

    def __init__(self, name, inputs, nodes, structure, results):
        self.name, self.inputs, self.nodes = name, inputs, nodes
        self.structure, self.results = structure, results

    def function(self, results=None) -> Function:
        results = self.results if results is None else results
        inputs = [(f"a{i}", symbol._value) for i, symbol in enumerate(self.inputs)]
        return Function(self.name, inputs, [(f"r{i}", symbol._value) for i, symbol in enumerate(results)], self.nodes)

    def cast(self, tracer, dtypes):
        """Gives the results these dtypes, by casts inside."""
        with tracer.nested(self.nodes):
            self.results = [
                symbol if dtype is None or symbol.dtype == dtype else tracer.cast(symbol, dtype)
                for symbol, dtype in zip(self.results, dtypes)
            ]


def record(tracer, name, specs, call) -> Body:
    """Runs `call(*symbols)`, with a symbol for each of `specs`, as a function of its own."""
    inputs = [tracer.input(spec.shape, spec.dtype, getattr(spec, "dims", None)) for spec in specs]
    nodes: list[Node] = []
    with tracer.nested(nodes):
        result = call(*inputs)
        flat = tree.flatten(result)
        results = [None if leaf is None else tracer.as_symbol(leaf) for leaf in flat]
    return Body(name, inputs, nodes, result, [leaf for leaf in results if leaf is not None])


def reject(tracer, op, what, remedy="", met=None):
    """The error for control flow that has no form; `met`: arguments of which lengths must be equal and are not."""
    rejection = failure("K204", f"keras.ops.{op}: {what}", tracer.path, remedy)
    if met is not None:
        rejection.node = (op, met)
    return rejection


def specs_of(symbols):
    """What symbols are, for symbols like them."""
    return [spec_of(symbol) for symbol in symbols]


def spec_of(symbol, without=None):
    """What a symbol is, for one like it; `without` one of its axes."""
    kept = [i for i in range(len(symbol._shape)) if i != without]
    spec = KerasTensor([symbol._shape[i] for i in kept], symbol.dtype)
    dims = symbol._value.dims
    spec.dims = None if dims is None else [dims[i] for i in kept]
    return spec


def lifted(tracer, structure):
    """The leaves of a structure of operands as symbols, and which of them were Python numbers."""
    flat = tree.flatten(structure)
    return [tracer.as_symbol(leaf) for leaf in flat], [isinstance(leaf, (bool, int, float)) for leaf in flat]


def packed(structure, leaves):
    """`leaves`, in the order of `tree.flatten`, in that structure, in which `None` stays."""
    given = iter(leaves)
    return tree.pack_sequence_as(structure, [None if leaf is None else next(given) for leaf in tree.flatten(structure)])


def scalar(tracer, x, dtype) -> Symbol:
    """A tensor of one element as a scalar of that dtype."""
    symbol = tracer.as_symbol(x)
    if symbol.dtype != dtype:
        symbol = tracer.cast(symbol, dtype)
    if symbol._shape:
        symbol = tracer.call(tracer.words.ops["reshape"], {"x": symbol, "newshape": ()})
    return symbol


def emit(tracer, op, args, specs, functions) -> list[Symbol]:
    """A node with functions; its outputs as a flat list."""
    return tracer.emit(op, args, list(specs), list(functions))


# --- choices


def cond(tracer, pred, true_fn, false_fn):
    """`keras.ops.cond`; a choice that Python can make is made here."""
    pred = tracer.lift(pred)
    if not isinstance(pred, Symbol):
        return true_fn() if pred else false_fn()
    pred = scalar(tracer, pred, "bool")
    bodies = [record(tracer, name, [], call) for name, call in (("true_fn", true_fn), ("false_fn", false_fn))]
    return choice(tracer, "cond", {"pred": pred._value, "operands": []}, bodies)


def switch(tracer, index, branches, *operands):
    """`keras.ops.switch`; a choice that Python can make is made here."""
    index = tracer.lift(index)
    if not isinstance(index, Symbol):
        return branches[min(max(int(index), 0), len(branches) - 1)](*operands)
    index = scalar(tracer, index, "int32")
    symbols, _ = lifted(tracer, list(operands))

    def calling(branch):
        return lambda *inner: branch(*packed(list(operands), inner))

    bodies = [record(tracer, f"branch_{i}", specs_of(symbols), calling(b)) for i, b in enumerate(branches)]
    values = [symbol._value for symbol in symbols]
    return choice(tracer, "switch", {"index": index._value, "operands": values}, bodies)


def choice(tracer, op, args, bodies):
    """A node of branches: their results agree in number, shape and dtype."""
    first = bodies[0]
    for body in bodies[1:]:
        try:
            tree.assert_same_structure(first.structure, body.structure)
        except (ValueError, TypeError):
            raise reject(
                tracer, op, "the branches return different structures", "Let every branch return the same."
            ) from None
    dtypes = []
    numbers = [[leaf for leaf in tree.flatten(body.structure) if leaf is not None] for body in bodies]
    for i, together in enumerate(zip(*(body.results for body in bodies))):
        kinds = [
            type(plain(number[i])) if isinstance(number[i], (bool, int, float)) else symbol.dtype
            for number, symbol in zip(numbers, together)
        ]
        typed = {kind for kind in kinds if isinstance(kind, str)}
        if len(typed) > 1:
            raise reject(
                tracer, op, f"result {i} is {' or '.join(sorted(typed))}, as the branch is",
                "Cast it in the branches to one dtype.",
            )  # fmt: skip
        dtypes.append(kinds[0] if len(set(kinds)) == 1 and typed else backend.result_type(*kinds))
        if len({symbol._shape for symbol in together}) > 1:
            _differing(tracer, op, f"result {i}", [symbol._shape for symbol in together])
    for body in bodies:
        body.cast(tracer, dtypes)
    specs = [KerasTensor(symbol._shape, symbol.dtype) for symbol in first.results]
    outputs = emit(tracer, op, args, specs, [body.function() for body in bodies])
    return packed(first.structure, outputs)


def _differing(tracer, op, what, shapes):
    if any(None in shape for shape in shapes):
        raise SizeNeeded
    raise reject(
        tracer, op, f"{what} has the shape {' or '.join(str(tuple(shape)) for shape in shapes)}",
        "Make it one shape, for instance by keras.ops.broadcast_to.",
    )  # fmt: skip


# --- loops


def while_loop(tracer, cond, body, loop_vars, maximum_iterations=None):
    """`keras.ops.while_loop`."""
    many = isinstance(loop_vars, (tuple, list))
    loop_vars = tuple(loop_vars) if many else (loop_vars,)

    def run(variables):
        result = body(*variables)
        return tuple(result) if many else (result,)

    if maximum_iterations is not None and isinstance(tracer.lift(maximum_iterations), Symbol):
        raise reject(tracer, "while_loop", "maximum_iterations is a tensor", "Count in the loop variables.")
    if maximum_iterations is not None:
        maximum_iterations = int(maximum_iterations)
    result = loop(tracer, "while_loop", loop_vars, lambda variables: cond(*variables), run, maximum_iterations)
    return result if many else result[0]


def fori_loop(tracer, lower, upper, body_fun, init_val):
    """`keras.ops.fori_loop` as a `while_loop` that counts first."""
    lower, upper = tracer.lift(lower), tracer.lift(upper)
    dtype = next((x.dtype for x in (upper, lower) if isinstance(x, Symbol)), "int32")
    first = scalar(tracer, lower, dtype)
    last = scalar(tracer, upper, dtype) if isinstance(upper, Symbol) else upper
    result = loop(
        tracer,
        "fori_loop",
        (first, init_val),
        lambda variables: variables[0] < last,
        lambda variables: (variables[0] + 1, body_fun(*variables)),
        None,
    )
    return result[1]


def loop(tracer, op, variables, cond, body, maximum_iterations):
    """A `while_loop` node over a tuple of variables."""
    symbols, numbers = lifted(tracer, variables)

    def recorded():
        return record(
            tracer, "body", specs_of(symbols), lambda *inner: body(packed(variables, inner))
        )  # fmt: skip

    made = recorded()
    same_structure(tracer, op, variables, made.structure)
    changed = settled(tracer, op, symbols, numbers, made.results)
    if changed:
        made = recorded()
    keep_types(tracer, op, symbols, made)
    test = record(
        tracer, "cond", specs_of(symbols), lambda *inner: scalar(tracer, cond(packed(variables, inner)), "bool")
    )  # fmt: skip
    values = [symbol._value for symbol in symbols]
    args = {"loop_vars": values, "captures": [], "maximum_iterations": maximum_iterations}
    outputs = emit(tracer, "while_loop", args, specs_of(symbols), [test.function(), made.function()])
    return packed(variables, outputs)


def same_structure(tracer, op, given, made):
    """Rejects a body that returns something else than the variables it was given."""
    try:
        tree.assert_same_structure(given, made)
    except (ValueError, TypeError):
        raise reject(
            tracer, op, "the body returns another structure than that of the loop's variables",
            "Return as many variables as the loop has, in their order.",
        ) from None  # fmt: skip


def settled(tracer, op, symbols, numbers, results) -> bool:
    """Variables that start as Python numbers take the dtype that the body gives them."""
    changed = False
    for i, (symbol, number, result) in enumerate(zip(symbols, numbers, results)):
        if number and symbol.dtype != result.dtype:
            symbols[i] = tracer.cast(symbol, result.dtype)
            changed = True
    return changed


def keep_types(tracer, op, symbols, body):
    """Every variable leaves the body as it entered: in shape, and in dtype, or there is no such loop."""
    for i, (symbol, result) in enumerate(zip(symbols, body.results)):
        if symbol._shape != result._shape:
            _differing(tracer, op, f"loop variable {i}", [symbol._shape, result._shape])
        if symbol.dtype != result.dtype:
            raise reject(
                tracer, op, f"loop variable {i} is {symbol.dtype} and the body makes it {result.dtype}",
                f"Cast it before the loop, or in the body: keras.ops.cast(…, {symbol.dtype!r}).",
            )  # fmt: skip


def scan(tracer, f, init, xs=None, length=None, reverse=False, unroll=1):
    """`keras.ops.scan`. How far to unroll is the lowering's choice."""
    carries, numbers = lifted(tracer, init)
    items = [tracer.as_symbol(leaf) for leaf in tree.flatten(xs) if leaf is not None]
    length = _length(tracer, "scan", items, length)
    specs = [spec_of(item, without=0) for item in items]

    def recorded():
        def call(*inner):
            result = f(packed(init, inner[: len(carries)]), packed(xs, inner[len(carries) :]))
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise reject(tracer, "scan", "the function returns no pair", "Return (carry, output).")
            return tuple(result)

        return record(tracer, "f", [*specs_of(carries), *specs], call)

    body = recorded()
    same_structure(tracer, "scan", init, body.structure[0])
    if settled(tracer, "scan", carries, numbers, body.results):
        body = recorded()
    keep_types(tracer, "scan", carries, body)
    known = plain(length) if isinstance(length, int) else None
    stacked = [KerasTensor((known, *y._shape), y.dtype) for y in body.results[len(carries) :]]
    args = {
        "init": [carry._value for carry in carries],
        "xs": [item._value for item in items],
        "captures": [],
        "length": length,
        "reverse": bool(reverse),
    }
    outputs = emit(tracer, "scan", args, [*specs_of(carries), *stacked], [body.function()])
    return packed(init, outputs[: len(carries)]), packed(body.structure[1], outputs[len(carries) :])


def _length(tracer, op, items, length):
    lengths = {item._shape[0] for item in items if item._shape}
    if any(not item._shape for item in items):
        raise reject(tracer, op, "a scalar has no axis to go along")
    if length is not None:
        lengths.add(int(length))
    if lengths == {None}:
        return tracer.length(items[0], 0)
    if None in lengths:
        raise SizeNeeded
    if len(lengths) != 1:
        raise reject(tracer, op, f"the lengths differ: {sorted(lengths)}" if lengths else "it has no length")
    return tracer.length(items[0], 0) if items else lengths.pop()


def map_(tracer, f, xs):
    """`keras.ops.map` as a `scan` that carries nothing, or as `f` of all where it can't tell the elements apart."""
    if _by_element(tracer, f, xs):
        return f(xs)
    _, ys = scan(tracer, lambda carry, x: (carry, f(x)), (), xs)
    return ys


def _by_element(tracer, f, xs) -> bool:
    """Whether `f` only computes number by number, on tensors that are all shaped like an element."""
    items = [tracer.as_symbol(leaf) for leaf in tree.flatten(xs) if leaf is not None]
    shape = items[0]._shape[1:] if items else ()
    if any(item._shape[1:] != shape or None in shape for item in items):
        return False
    specs = [KerasTensor(item._shape[1:], item.dtype) for item in items]
    body = record(tracer, "f", specs, lambda *inner: f(packed(xs, inner)))
    mapped = {id(symbol._value) for symbol in body.inputs}
    for node in body.nodes:
        reads = [value for argument in node.args.values() for value in values_in(argument)]
        if not any(id(value) in mapped for value in reads):
            continue
        elementwise = definition_of(node.op).lengths is length_rules.broadcast and "axis" not in node.args
        if not elementwise or node.functions or any(value.shape != shape for value in node.outputs):
            return False
        if any(id(value) not in mapped and len(value.shape) > len(shape) for value in reads):
            return False
        mapped.update(id(value) for value in node.outputs)
    return bool(items) and all(id(symbol._value) in mapped for symbol in body.results)


def vectorized_map(tracer, function, elements):
    """`keras.ops.vectorized_map`: the same loop."""
    return map_(tracer, function, elements)


def vectorize(tracer, function, arrays):
    """What `keras.ops.vectorize` returns, called: the function of every number of the arrays."""
    from keras import ops

    symbols = [tracer.as_symbol(array) for array in arrays]
    shape = functools.reduce(broadcast_shapes, (symbol._shape for symbol in symbols))
    flat = [ops.reshape(ops.broadcast_to(symbol, shape), (-1,)) for symbol in symbols]
    if _by_element(tracer, lambda numbers: function(*numbers), flat):
        return function(*symbols)
    results = map_(tracer, lambda numbers: function(*numbers), flat)
    return tree.map_structure(lambda made: ops.reshape(made, (*shape, *made.shape[1:])), results)


# By the name of the function of keras.ops.
HANDLERS = {
    handler.__name__.strip("_"): handler
    for handler in (cond, fori_loop, map_, scan, switch, vectorized_map, while_loop)
}
