"""A captured `Graph` becomes a `kelt._native.Module`. Weights are borrowed, not copied."""

from __future__ import annotations

import numpy as np

from kelt.disk.files import file_of
from kelt.tracing.record import host_arrays
from kelt.tracing.record.graph import Graph, State, Value, Weight
from kelt.tracing.record.names import renamed
from kelt.tracing.record.sizes import Size


class Emitter:
    """Where the record's values, weights and states stand in the module."""

    def __init__(self, native):
        self.native = native
        self.builder = native.Builder()
        self.values: dict[int, object] = {}  # ValueRef by the id of the record's value
        self.weights: dict[int, object] = {}
        self.states: dict[int, object] = {}
        self.names: dict[str, str] = {}

    def graph(self, graph: Graph):
        self.names = graph.names
        for weight in graph.weights:
            self.weights[id(weight)] = self.native.WeightRef(self._weight(weight))
        for state in graph.states:
            initial = self.weights[id(state.initial)].index
            index = self.builder.state(
                renamed(state.name, self.names), state.initial.dtype, list(state.initial.shape), initial
            )
            self.states[id(state)] = self.native.StateRef(index)
        for function in graph.functions:
            self.function(function)
        for name, sizes in graph.proven_sizes.items():
            self.builder.proven(name, sizes)
        for function in graph.functions:
            for length in function.valid:
                self.builder.valid(function.name, length.text)
        return self.builder.build()

    def _weight(self, weight: Weight) -> int:
        source, name = weight.source, renamed(weight.name, self.names)
        array = host_arrays.stored_view(source) if hasattr(source, "_value") else host_arrays.numpy_view(source)
        if file_of(array) is not None:
            stored = array.dtype.name
            bits = host_arrays.host_array(array, stored)
            return self.builder.weight(name, bits, stored, list(weight.shape), weight.dtype, in_file=True)
        return self.builder.weight(name, host_arrays.host_array(array, weight.dtype), weight.dtype, list(weight.shape))

    def function(self, function):
        builder = self.builder
        builder.begin_function(function.name)
        for name, value in function.inputs:
            self._bind(value, builder.input(name, value.dtype, _dims(value)))
        for node in function.nodes:
            self.node(node)
        for name, value in function.outputs:
            builder.output(name, self.values[id(value)].index)
        return builder.end_function()

    def node(self, node):
        nested = [self.function(function) for function in node.functions] or None
        args = [(name, self._argument(argument, name)) for name, argument in node.args.items()]
        outputs = [(value.dtype, _dims(value)) for value in node.outputs]
        path = renamed(node.path, self.names)
        for value, index in zip(node.outputs, self.builder.node(node.op, args, outputs, path, nested)):
            self._bind(value, index)

    def _bind(self, value, index):
        self.values[id(value)] = self.native.ValueRef(index)

    def _argument(self, argument, name=""):
        kind = type(argument)
        if kind is Value:
            return self.values[id(argument)]
        if kind is str:
            return self.native.DTypeName(argument) if name == "dtype" else argument
        if argument is None or kind in (bool, int, float):
            return argument
        if kind is Size:
            return self.native.DimExpr(argument.text)
        if kind in (list, tuple):
            return [self._argument(item) for item in argument]
        if kind is slice:
            return slice(*(self._argument(part) for part in (argument.start, argument.stop, argument.step)))
        if kind is Weight:
            return self.weights[id(argument)]
        if kind is State:
            return self.states[id(argument)]
        if isinstance(argument, np.generic):
            return argument.item()
        return argument


def _dims(value: Value) -> list:
    return [dim.text if isinstance(dim, Size) else dim for dim in value.dims]


def emit(graph: Graph):
    """The module of a captured graph."""
    from kelt import _native

    return Emitter(_native).graph(graph)
