"""A capture call by call, for another capture of the same function to be compared with as it goes (`checker.py`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from kelt.tracing.record.graph import Node, Value


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Known:
    """What is known of a call, and so of all that are like it: in sizes and lengths of operands, and in all else."""

    settled: dict[str, Any]  # arguments of the first of them, on which the results depend
    asked: list[str] | None  # the dtypes of the results, where the backend was asked for them
    specs: Any = None  # shapes and dtypes of the results
    lengths: list | None = None  # of the results


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Call:
    """A function of `keras.ops`, and the nodes that it made: casts and constants for its operands, last its own."""

    op: Any
    path: str
    given: dict[str, Any]  # its arguments, variables and arrays among them as symbols
    start: int  # of its nodes, and their end
    end: int = 0
    known: Known | None = None  # `None` if its results depend on more than its arguments
    made: Any = None  # its results


@dataclasses.dataclass(slots=True, eq=False, repr=False)
class Log:
    """All nodes, also dead ones, in the order in which they were made; and the calls that made them."""

    inputs: list[Value] = dataclasses.field(default_factory=list)
    nodes: list[Node] = dataclasses.field(default_factory=list)
    calls: list[Call] = dataclasses.field(default_factory=list)
    written: list[tuple] = dataclasses.field(default_factory=list)  # variables, their last values, paths
    outputs: list[Value] = dataclasses.field(default_factory=list)
    _lengths: dict[tuple, list] = dataclasses.field(default_factory=dict)
    _known: dict[tuple, Known] = dataclasses.field(default_factory=dict)

    def begin(self, op, path: str, bound: dict) -> Call:
        """A call with its arguments as they are given."""
        call = Call(op, path, dict(bound), len(self.nodes))
        self.calls.append(call)
        return call

    def end(self, call: Call, made) -> None:
        """What came of it."""
        call.end, call.made = len(self.nodes), made

    def keep(self, value: Value) -> None:
        """Gives values of the same lengths one list of those."""
        if value.dims is not None:
            key = tuple([dim if type(dim) is int else dim.text for dim in value.dims])
            value.dims = self._lengths.setdefault(key, value.dims)

    def known(self, key: tuple | None, settled: dict, asked: list[str] | None) -> Known:
        """What is known of calls that are alike (`ops/alike.py`); without a key, of this one."""
        found = self._known.get(key)
        if found is None:
            found = Known(dict(settled), asked)
            if key is not None:
                self._known[key] = found
        return found

    def values(self) -> Iterator[Value]:
        """All values, each once."""
        yield from self.inputs
        for node in self.nodes:
            yield from node.outputs

    def lengths(self) -> Iterable[list]:
        """Of the same lengths of values one list."""
        return self._lengths.values()

    def tells_all(self) -> bool:
        """Whether every length is told by the ops' rules, and no node holds functions."""
        return not any(node.functions or any(value.dims is None for value in node.outputs) for node in self.nodes)
