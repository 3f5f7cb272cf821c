"""A second capture that makes no record: it compares what the model does with the log of the first, as it goes.

The sizes are others, and what the first says of them must give the numbers that are met now: in arguments, in shapes
of results as Keras infers them, in states. Where anything differs, the capture is made in full, to say what.
"""

from __future__ import annotations

import math

import numpy as np
from keras import KerasTensor, tree

from kelt.tracing import patch, signature
from kelt.tracing.ops import inferred, output_spec, recording
from kelt.tracing.record import host_arrays
from kelt.tracing.record.graph import LEAVES, Node, Value, Weight, map_argument
from kelt.tracing.record.log import Call, Known, Log
from kelt.tracing.record.reads import ReadFloat, ReadSize
from kelt.tracing.record.sizes import evaluated
from kelt.tracing.symbols.keras_state import keras_state_kept
from kelt.tracing.symbols.symbol import SizeNeeded, Symbol
from kelt.tracing.tracer import NotBuilt, Tracer

PLAIN = LEAVES - {Value}


class MismatchError(BaseException):
    """Not an `Exception`: no handler of the model stops it."""


def agrees(sig, shapes, dtypes, tables, log: Log, then: dict[str, int], sizes: dict[str, int]) -> bool:
    """Whether the function of a signature, at these shapes, does what the log says of it at these sizes.

    `then` are the sizes at which the log was made.
    """
    checker = Checker(tables, sig.root, log, then, sizes)
    try:
        args, kwargs = signature.structure_of(sig, [checker.input(*each) for each in zip(shapes, dtypes)])
        with keras_state_kept(), patch.installed(checker):
            result = signature.in_order(sig.function(*args, **kwargs), sig.declared_outputs)
            outputs = [checker.as_symbol(leaf)._value for leaf in signature.output_leaves(result)]
            checker.finish(outputs)
    except (MismatchError, SizeNeeded, NotBuilt, Exception):
        return False
    return not checker.problems


class Checker(Tracer):
    """The comparison of one run."""

    def __init__(self, tables, root, log: Log, then: dict[str, int], sizes: dict[str, int]):
        super().__init__(tables, root)
        self._first, self._then, self._sizes = log, then, sizes
        self._inputs = self._nodes = self._calls = 0  # how many there were so far
        self._theirs: dict[Value, Value] = {}  # that of the first capture, by that of this one
        self._mine: dict[Value, Symbol] = {}
        self._shapes: dict[int, tuple] = {}  # then and now, by the list of lengths, which the log keeps
        self._compared: set[Known] = set()  # of calls that are alike one was compared

    def input(self, shape, dtype, dims=None) -> Symbol:
        """The input of the function that comes next."""
        self._expect(self._inputs < len(self._first.inputs))
        self._inputs += 1
        symbol = self._stands_for(self._first.inputs[self._inputs - 1])
        self._expect((symbol._shape, symbol._dtype) == (tuple(shape), dtype))
        return symbol

    def record(self, op, bound: dict):
        """The next call: its operands are settled as those of the first were, for their dtypes are the same."""
        recording.lift(self, op, bound)
        self._expect(self._calls < len(self._first.calls))
        call = self._first.calls[self._calls]
        self._calls += 1
        alike = call.op is op and call.start == self._nodes and call.path == self.path
        self._expect(alike and self._all_same(bound, call.given))
        if call.known is None or call.made is None:
            return recording.made(self, op, bound)
        return self._made(call)

    def _made(self, call: Call):
        """The results of a call whose arguments are the same, of the shapes that Keras infers from them."""
        nodes = self._first.nodes[call.start : call.end]
        for node in nodes:
            for value in node.outputs:
                self._stands_for(value)
            if node is not nodes[-1] and type(operand := node.args.get("x")) is Value:  # converted to another dtype
                self._expect(self._mine[node.outputs[0]]._shape == self._mine[operand]._shape)
        known = call.known
        if known not in self._compared:
            settled = {param: self._own(argument) for param, argument in known.settled.items()}
            self._compare(inferred.with_dtypes(output_spec.output_spec(self, call.op, settled), known.asked), nodes[-1])
            self._compared.add(known)
        self._nodes = self.recorded = call.end
        return self._own(call.made)

    def emit(self, op: str, args: dict, specs, functions=(), known: Known | None = None):
        """The next node, which must be the same."""
        node = self._next_node()
        self._expect(node.op == op and self._all_same(args, node.args) and not functions)
        made = iter([self._stands_for(value) for value in node.outputs])
        self._compare(specs, node)
        return next(made) if isinstance(specs, KerasTensor) else tree.map_structure(lambda _: next(made), specs)

    def _first_read(self, variable):
        """The next node, if it is that of the variable."""
        if variable._value is None and variable not in self.tables.held:
            return super()._first_read(variable)
        node = self._next_node()
        self._expect(node.op in ("weight", "read_state"))
        table = node.args["table"] if node.op == "weight" else node.args["state"].initial
        self._expect(table is self.tables.weight(variable))
        return self._stands_for(node.outputs[0])

    def _next_node(self) -> Node:
        """That of the first, in the layer that runs now."""
        self._expect(self._nodes < len(self._first.nodes))
        node = self._first.nodes[self._nodes]
        self._nodes = self.recorded = self._nodes + 1
        self._expect(node.path == self.path)
        return node

    def finish(self, outputs: list[Value]) -> None:
        """At the end: there is nothing more, and states and outputs are the same."""
        first = self._first
        self._expect(
            (self._inputs, self._nodes, self._calls) == (len(first.inputs), len(first.nodes), len(first.calls))
        )
        written = list(self._written.values())
        self._expect(len(written) == len(first.written) and len(outputs) == len(first.outputs))
        for (variable, last, path), (other, value, where) in zip(written, first.written):
            self._expect(variable is other and path == where and self._same(last, value))
        self._expect(all(map(self._same, outputs, first.outputs)))

    def concrete(self, symbol: Symbol):
        """There are no nodes from which to compute a value."""
        raise MismatchError

    def _expect(self, same: bool) -> None:
        if not same:
            raise MismatchError

    def _stands_for(self, value: Value) -> Symbol:
        """A symbol of this capture for a value of the first."""
        shapes = self._shapes.get(id(value.dims))
        if shapes is None:
            self._expect(value.dims is not None)
            shapes = tuple(tuple([evaluated(dim, at) for dim in value.dims]) for at in (self._then, self._sizes))
            self._shapes[id(value.dims)] = shapes
        then, shape = shapes
        if value.shape != then:
            raise MismatchError
        own = Value(shape, value.dtype)
        self._theirs[own] = value
        symbol = self._mine[value] = Symbol(own, self)
        return symbol

    def _own(self, argument):
        """An argument of the first as it must be now."""
        kind = type(argument)
        if kind is Symbol:
            return self._mine[argument._value]
        if kind is ReadSize or kind is ReadFloat:
            self._expect(argument.size is not None)
            return argument.size.at(self._sizes)
        return map_argument(argument, self._own) if kind in (list, tuple, dict, slice) else argument

    def _compare(self, specs, node: Node) -> None:
        """Whether results have the shapes and dtypes that the first says."""
        leaves = [specs] if isinstance(specs, KerasTensor) else tree.flatten(specs)
        self._expect(len(leaves) == len(node.outputs))
        for leaf, value in zip(leaves, node.outputs):
            own = self._mine[value]
            if own._shape != tuple(leaf.shape) or own._dtype != leaf.dtype:
                raise MismatchError

    def _all_same(self, mine: dict, theirs: dict) -> bool:
        """The same of all arguments."""
        if mine.keys() != theirs.keys():
            return False
        for param, other in theirs.items():
            own = mine[param]
            if type(other) is Symbol:
                if type(own) is not Symbol or self._theirs.get(own._value) is not other._value:
                    return False
            elif not (own is other and type(other) in PLAIN) and not self._same(own, other):
                return False
        return True

    def _same(self, mine, theirs) -> bool:
        """Whether an argument is the same as in the first, or what that says of it at these sizes."""
        kind = type(theirs)
        if kind is Symbol:
            return type(mine) is Symbol and self._theirs.get(mine._value) is theirs._value
        if kind is Value:
            return type(mine) is Value and self._theirs.get(mine) is theirs
        if kind is ReadSize:
            return type(mine) is int and theirs.size is not None and theirs.size.at(self._sizes) == mine
        if kind is ReadFloat:
            known = theirs.size
            known_now = math.nan if known is None else known.at(self._sizes)
            return type(mine) is float and math.isclose(known_now, mine, rel_tol=1e-9, abs_tol=1e-12)
        if kind is not type(mine):
            return False
        if kind is float or issubclass(kind, np.generic):
            return repr(mine) == repr(theirs)  # NaN is one, the two zeros are not
        if kind is list or kind is tuple:
            return len(mine) == len(theirs) and all(map(self._same, mine, theirs))
        if kind is dict:
            return self._all_same(mine, theirs)
        if kind is slice:
            return all(self._same(getattr(mine, part), getattr(theirs, part)) for part in ("start", "stop", "step"))
        if kind is Weight:
            return mine is theirs or _same_array(mine.source, theirs.source)
        return mine is theirs or (kind in (int, str) and mine == theirs)


def _same_array(mine, theirs) -> bool:
    """Whether two constants hold the same; variables are the same or not."""
    if hasattr(mine, "assign") or hasattr(theirs, "assign"):
        return False
    a, b = host_arrays.numpy_view(mine), host_arrays.numpy_view(theirs)
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
