"""Lengths of a function that was captured with open axes, propagated from those of its inputs.

This spares the captures at numbers to models that never look at a size, such as convolutional networks. One op that
is not in the table is enough to give up: `follow` says so, and the caller captures at numbers.
"""

from __future__ import annotations

from kelt.tracing.ops.definitions import definition_of
from kelt.tracing.ops.length_rules import RULE_ERRORS, UnknownLengthError, length_of
from kelt.tracing.record.graph import Value, map_argument, operands_of
from kelt.tracing.record.reads import holds_read
from kelt.tracing.record.sizes import PROBES, Size, difference, factors, subtract, symbol_of

CONDITION = "cond"  # the function of a loop that says whether to go on


def finish(nodes) -> None:
    """Writes the lengths that arguments stand for, once all are known."""
    for node in nodes:
        node.args = {name: map_argument(argument, length_of) for name, argument in node.args.items()}
        for function in node.functions:
            finish(function.nodes)


class Follower:
    """Follows lengths through nodes; where two symbols must be one it says which."""

    def __init__(self, equal: list[tuple[str, str]] | None = None, assumed: list[Size] | None = None):
        self.equal = [] if equal is None else equal  # pairs of symbols that meet
        self.assumed = [] if assumed is None else assumed  # lengths that must not be negative for the rules to hold

    def follow(self, nodes) -> bool:
        """Sets `dims` of every value; false if some are not known."""
        try:
            for node in nodes:
                self._node(node)
        except RULE_ERRORS:
            return False
        return True

    def at_numbers(self, node) -> None:
        """Sets `dims` of the outputs of a node that was captured at numbers: None where they are not known."""
        of_sizes = False
        for value in operands_of(node):
            if value.dims is None:
                return
            of_sizes = of_sizes or any(type(dim) is Size for dim in value.dims)
        if not of_sizes and not node.functions and not any(map(holds_read, node.args.values())):
            for value in node.outputs:
                value.dims = list(value.shape) if None not in value.shape else None
            return
        try:
            made = self._made(node)
        except RULE_ERRORS:
            return
        for value, dims in zip(node.outputs, made):
            if dims is not None and len(dims) == len(value.shape) and None not in dims:
                value.dims = dims

    def _made(self, node):
        if node.functions:
            _, made = definition_of(node.op).nested_lengths(node.args)
            results = [
                [value.dims for _, value in function.outputs]
                for function in node.functions
                if function.name != CONDITION
            ]
            for other in results[1:]:
                self.same(results[0], other)
            return made(self, results[0])
        rule = definition_of(node.op).lengths
        if rule is None:
            return []
        unknown = [Value((None,) * len(value.shape), value.dtype) for value in node.outputs]
        made = [rule(self, node, value, i) for i, value in enumerate(unknown)]
        return [dims and [length_of(dim) for dim in dims] for dims in made]  # some are arguments as they were given

    def _node(self, node):
        if node.functions:
            self._functions(node)
            return
        rule = definition_of(node.op).lengths
        for i, value in enumerate(node.outputs):
            if None not in value.shape:
                value.dims = list(value.shape)
                if rule is not None and _meets_a_number(node):
                    rule(self, node, value, i)  # what meets must be equal all the same
                continue
            if rule is None:
                raise UnknownLengthError
            value.dims = rule(self, node, value, i)
            if len(value.dims) != len(value.shape) or None in value.dims:
                raise UnknownLengthError
            if any(isinstance(dim, int) and known != dim for dim, known in zip(value.dims, value.shape)):
                raise UnknownLengthError

    def _functions(self, node):
        """What goes into a function has the lengths of what it is given, and so has what comes out."""
        given, made = definition_of(node.op).nested_lengths(node.args)
        results = None
        for function in node.functions:
            for (_, value), dims in zip(function.inputs, given):
                value.dims = list(dims)
            for inner in function.nodes:
                self._node(inner)
            found = [value.dims for _, value in function.outputs]
            if function.name != CONDITION:  # a loop's condition is no result
                results = found if results is None else self.same(results, found)
        for value, dims in zip(node.outputs, made(self, results)):
            value.dims = dims

    def same(self, first, second):
        """The lengths, where both must be the same."""
        for a, b in zip(first, second, strict=True):
            for dim, other in zip(a, b, strict=True):
                if (dim == 1) != (other == 1):
                    raise UnknownLengthError
                self.one((dim, other))
        return first

    def assume(self, length):
        """The length, which must not be negative: where it is, a rule does not hold."""
        if isinstance(length, Size):
            if any(length.at(sizes) < 0 for sizes in PROBES):
                self.assumed.append(length)
            return length
        return max(0, length)

    def one(self, dims):
        """The length of an axis on which these meet; ones broadcast."""
        found = None
        for dim in dims:
            if dim == 1 or dim == found:
                continue
            if found is None:
                found = dim
            elif difference(found, dim) == 0:
                continue
            elif (pairs := _symbols_met(found, dim)) is not None:
                self.equal += pairs
            else:
                found = self._cut(found, dim)
        return 1 if found is None else found

    def _cut(self, x, y):
        """The one of two lengths to which the other is cut: what is cut must be as long, or they don't meet."""
        for whole, cut in ((x, y), (y, x)):
            if isinstance(cut, Size) and cut.smaller_of is not None and whole in cut.smaller_of:
                a, b = cut.smaller_of
                self.assume(subtract(b if a == whole else a, whole))
                return whole
        raise UnknownLengthError


def _symbols_met(x, y) -> list[tuple[str, str]] | None:
    """Symbols that must be one where these lengths are: both are symbols, or products of some of the same places."""
    (number, lengths), (other, more) = factors(x), factors(y)
    if number != other or len(lengths) != len(more):
        return None
    pairs = [(symbol_of(a), symbol_of(b)) for a, b in zip(lengths, more)]
    if any(None in pair for pair in pairs):
        return None
    alike = all(a.partition("_")[0] == b.partition("_")[0] for a, b in pairs)
    return [(a, b) for a, b in pairs if a != b] if alike or len(pairs) == 1 else None


def _meets_a_number(node) -> bool:
    """Whether several operands meet, one of them with an unknown length."""
    operands = operands_of(node)
    return len(operands) > 1 and any(isinstance(dim, Size) for value in operands for dim in value.dims)
