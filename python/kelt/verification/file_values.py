"""The values of a file from which its choices are made: of their operands, or of what these are computed from."""

from __future__ import annotations

import numpy as np

from kelt.verification.arrays import as_given
from kelt.verification.discrete import ORDERS, is_float, operands

READINGS = 3  # of the file, where the runtime can't give a value that was to be read


class FileValues:
    """The values of a file that its choices are made of: those of their operands, or what these are computed from."""

    def __init__(self, emitted, path, index, inputs, kernels, choices):
        from kelt import _native
        from kelt.runtime import runtime, to_numpy

        function, by_index = emitted.graph.functions[index], emitted.values[index]
        given = {name: as_given(array) for (name, _), array in zip(function.inputs, inputs)}

        def read(wants):
            found = _native.read_values(runtime(), str(path), function.name, given, wants, kernels)
            return {by_index[at]: to_numpy(*parts[:2], np.frombuffer(parts[2], np.uint8)) for (_, at), parts in found}

        readable = set()

        def list_it(of_function, at):
            if of_function == index and at in by_index:
                readable.add(by_index[at])
            return False

        def wants(of_function, at):
            return of_function == index and by_index.get(at) in self.wanted

        read(list_it)
        for _ in range(READINGS):
            self.wanted, self.computed = _frontier(choices, readable)
            self.values = read(wants)
            if len(self.values) == len(self.wanted):
                break
            readable -= self.wanted - set(self.values)

    def fitted(self, value, like: np.ndarray) -> np.ndarray | None:
        """A value as the record has it, where the file computes with other types or has lengths of 1 more."""
        array = self.values.get(value)
        if array is None or array.dtype.kind in "iub" or array.size != like.size:
            return None
        if [length for length in array.shape if length != 1] != [length for length in like.shape if length != 1]:
            return None
        return array.reshape(like.shape).astype(like.dtype)


def _frontier(choices, readable):
    """The values to read, and the ids of the nodes between them and the choices."""
    wanted = {value for node in choices if node.op in ORDERS for value in node.outputs if value in readable}
    computed, seen, todo = set(), set(), [value for node in choices for value in operands(node)]
    while todo:
        value = todo.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in readable and is_float(value):
            wanted.add(value)
        elif value.node is not None and id(value.node) not in computed:
            computed.add(id(value.node))
            todo += operands(value.node)
    return wanted, computed
