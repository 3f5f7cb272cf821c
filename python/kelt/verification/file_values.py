"""The values from which choices are made: of their operands, or of what these are computed from."""

from __future__ import annotations

from typing import Any

import numpy as np

from kelt.tracing.record.op_facts import is_source
from kelt.verification.arrays import as_given
from kelt.verification.discrete import ORDERS, is_float, operands
from kelt.verification.live import live_outputs

READINGS = 3  # of the file, where the runtime can't give a value that was to be read


class Values:
    """`values` by the record's value, and `computed`: the ids of the nodes between those and the choices."""

    def __init__(self):
        self.values: dict[Any, np.ndarray] = {}
        self.computed: set[int] = set()

    def fitted(self, value, like: np.ndarray) -> np.ndarray | None:
        """A value as the record has it, where a file computes with other types or has lengths of 1 more."""
        array = self.values.get(value)
        if array is None or array.dtype.kind in "iub" or array.size != like.size:
            return None
        if [length for length in array.shape if length != 1] != [length for length in like.shape if length != 1]:
            return None
        return array.reshape(like.shape).astype(like.dtype)


class FileValues(Values):
    """Those of a file in the last of its runs."""

    def __init__(self, emitted, path, index, inputs, kernels, choices, runs):
        from kelt import _native
        from kelt.runtime import runtime, to_numpy

        super().__init__()
        function, by_index = emitted.graph.functions[index], emitted.values[index]
        given = {name: as_given(array) for (name, _), array in zip(function.inputs, inputs)}

        def read(wants):
            found = _native.read_values(runtime(), str(path), function.name, given, wants, kernels, runs)
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
            self.wanted, self.computed = _frontier(function, choices, readable)
            self.values = read(wants)
            if len(self.values) == len(self.wanted):
                break
            readable -= self.wanted - set(self.values)


class LiveValues(Values):
    """Those that the layers of the live model give in the last of its runs, where each is called once."""

    def __init__(self, emitted, index, inputs, choices, runs):
        from keras import ops, tree
        from keras.src import backend

        super().__init__()
        function, seen = emitted.graph.functions[index], {}

        def on_layer(path, outputs):
            leaves = [leaf for leaf in tree.flatten(outputs) if backend.is_tensor(leaf)]
            seen[path] = np.array(ops.convert_to_numpy(leaves[0])) if len(leaves) == 1 and path not in seen else None

        live_outputs(emitted.sigs[index], emitted.graph, function, inputs, runs, on_layer=on_layer)
        last = {}  # what the last node of a layer gives, by the layer's path
        for node in function.nodes:
            parts = node.path.split("/") if node.path and not is_source(node.op) else []
            for end in range(1, len(parts) + 1):
                last["/".join(parts[:end])] = node.outputs[0]
        self.values = {last[path]: array for path, array in seen.items() if array is not None and path in last}
        _, self.computed = _frontier(function, choices, set(self.values))


def _frontier(function, choices, readable):
    """The values to read, and the ids of the nodes between them and the choices, or the states of the next run."""
    ends = [*choices, *(node for node in function.nodes if node.op == "write_state")]
    wanted = {value for node in choices if node.op in ORDERS for value in node.outputs if value in readable}
    computed, seen, todo = set(), set(), [value for node in ends for value in operands(node)]
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
