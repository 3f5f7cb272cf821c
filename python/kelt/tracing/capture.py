"""From a live model to a `Graph`: captures each signature as often as its sizes need."""

from __future__ import annotations

import contextlib

from keras.src import backend

from kelt.errors import ExportError
from kelt.tracing import checker, guesses, patch
from kelt.tracing.control_flow.associative_scan import OpenLengths
from kelt.tracing.dims import propagation
from kelt.tracing.dims.axes import Axes
from kelt.tracing.dims.borders import corners_of
from kelt.tracing.dims.static import static
from kelt.tracing.in_training import again, held_weights
from kelt.tracing.leaves import flatten
from kelt.tracing.ops import index_inputs
from kelt.tracing.record import host_arrays, port_types
from kelt.tracing.record import states as states_module
from kelt.tracing.record.graph import Graph
from kelt.tracing.record.rejections import all_rejections, of_dtypes
from kelt.tracing.record.sizes import symbol
from kelt.tracing.run import run
from kelt.tracing.sampled import Sampled
from kelt.tracing.signature import Signature, checked_output_names, signatures_of, unique
from kelt.tracing.symbols.symbol import SizeNeeded
from kelt.tracing.tables import Tables


def capture_graph(model, input_signature=None, signatures=None, states="variables", output_names=None) -> Graph:
    """The record of a model: one function for each signature. Its states stay, or become `"ports"` of the functions."""
    states_module.check(states)
    with patch.held():
        return again(lambda: _graph(model, input_signature, signatures, states, output_names))


def _graph(model, input_signature, signatures, states, output_names):
    tables = Tables()
    graph, problems = _captured(model, input_signature, signatures, tables)
    if tables.states and len(graph.functions) > 1:
        # What one signature assigns is a state to all: those captured before it was known took it for a weight.
        graph, problems = _captured(model, input_signature, signatures, tables)
    if problems:
        _collect(graph)
        raise all_rejections(graph, problems)
    tables.names.meet_others(part for name in tables.variable_paths() for part in name.split("/"))
    graph.names = tables.names.counted()
    if output_names is not None:
        found = {function.name: [name for name, _ in function.outputs] for function in graph.functions}
        names = checked_output_names(output_names, found)
        for function in graph.functions:
            values = [value for _, value in function.outputs]
            function.outputs = list(zip(names.get(function.name, found[function.name]), values))
    if states == "ports":
        graph.state_ports = states_module.to_ports(graph.functions, graph.names)
    port_types.make_portable(graph)
    _collect(graph)
    if problems := of_dtypes(graph):
        raise all_rejections(graph, problems)
    return graph


def _captured(model, input_signature, signatures, tables):
    graph = Graph([], [], [])
    problems = []
    for sig in signatures_of(model, input_signature, signatures):
        tables.held.update(held_weights(sig.root))
        function, sizes, found = _capture(sig, tables)
        graph.functions.append(function)
        problems += found
        for name, proven in sizes.items():
            graph.proven_sizes[name] = sorted({*graph.proven_sizes.get(name, ()), *proven})
    return graph, problems


def _collect(graph):
    """The weights and states that live nodes use, in order of use, each name once."""
    weights, states = {}, {}

    def visit(nodes):
        for node in nodes:
            if node.op == "weight" and host_arrays.is_literal(node.args["table"]):
                node.op, node.args = "constant", {"value": host_arrays.numpy_view(node.args["table"].source).tolist()}
            elif node.op == "weight":
                weights.setdefault(id(node.args["table"]), node.args["table"])
            elif node.op == "quantized_weight":
                parts = (node.args[name] for name in ("table", "scale", "zero"))
                weights.update((id(part), part) for part in parts if part is not None)
            elif node.op in ("read_state", "write_state"):
                state = node.args["state"]
                states.setdefault(id(state), state)
                weights.setdefault(id(state.initial), state.initial)
            for function in node.functions:
                visit(function.nodes)

    for function in graph.functions:
        visit(function.nodes)
    for table in (weights, states):
        for entry, name in zip(table.values(), unique(entry.name for entry in table.values())):
            entry.name = name
    graph.weights, graph.states = list(weights.values()), list(states.values())


def _capture(sig: Signature, tables: Tables):
    leaves = [leaf for argument in (*sig.args, *sig.kwargs.values()) for leaf in flatten(argument)]
    # Of what was taken from a call: with any length where it is one, and with the call's batch where no other works.
    try:
        captured, attempt = _at(leaves, sig, tables)
        other = guesses.of_the_call(leaves) if captured[-1] else guesses.with_any_length(leaves, attempt.dtypes)
    except ExportError as error:
        captured, other, rejection = None, guesses.of_the_call(leaves), error
    if other is not None:
        with contextlib.suppress(ExportError):
            found = _at(other, sig, tables)
            if captured is None or not found[0][-1]:
                captured, attempt = found
    if captured is None:
        raise rejection
    function = captured[0]
    function.notes += [*attempt.notes, *guesses.notes(sig, leaves, attempt.axes.shapes, attempt.dtypes)]
    return captured


def _at(leaves, sig, tables):
    """The function at the shapes of these leaves, the sizes it is proven for, its problems; and how it was found."""
    attempt = _Attempt(sig, leaves, Axes([leaf.shape for leaf in leaves]), tables)
    while attempt.axes:
        captured = attempt.open() or Sampled(attempt).function()
        if captured is not None:
            return captured, attempt
    return static(*attempt.run({})), attempt


class _Attempt:
    """The captures of one signature."""

    def __init__(self, sig, leaves, axes, tables):
        self.sig, self.axes, self.tables = sig, axes, tables
        tables.open_lengths, tables.open = OpenLengths(), bool(axes)
        self.notes = []
        self.undecided = [i for i, leaf in enumerate(leaves) if leaf.dtype is None]
        default = getattr(sig.root, "input_dtype", None) or backend.floatx()
        self.dtypes = [leaf.dtype or default for leaf in leaves]

    def run(self, sizes, open_axes=False, reading=False):
        """One capture. Inputs without a dtype become int32 where their first use is as an index.

        With `reading`, it is noted what Python does with sizes.
        """
        shapes = self.axes.shapes if open_axes else self.axes.shapes_at(sizes)
        dims = self.input_dims() if reading else None
        function, problems = run(self.sig, shapes, self.dtypes, self.tables, dims)
        indices = index_inputs.used_as_index(function, self.undecided)
        self.undecided = []
        if indices:
            for i in indices:
                self.dtypes[i] = "int32"
            function, problems = run(self.sig, shapes, self.dtypes, self.tables, dims)
        return function, problems

    def agrees(self, log, then, now, sizes) -> bool:
        """Whether the model does at these sizes what a log says of it; its symbols had sizes `then`, and have `now`."""
        return checker.agrees(self.sig, self.axes.shapes_at(sizes), self.dtypes, self.tables, log, then, now)

    def input_dims(self) -> list[list]:
        """The lengths of each input."""
        dims = map(self.axes.input_dims, range(len(self.axes.shapes)))
        return [[symbol(dim) if isinstance(dim, str) else dim for dim in each] for each in dims]

    def open(self):
        """A capture with open axes; `None` if the model reads a size, or a length is not known from the inputs."""
        undecided = self.undecided
        try:
            function, problems = self.run({}, open_axes=True)
        except SizeNeeded:
            self.undecided = undecided
            return None
        except ExportError:
            # Perhaps only because a length was unknown: the capture at numbers has the last word.
            self.undecided = undecided
            return None
        if any(problem.tentative for problem in problems):
            self.undecided = undecided
            return None
        while True:
            for (_, value), dims in zip(function.inputs, self.input_dims()):
                value.dims = dims
            follower = propagation.Follower()
            if not follower.follow(function.nodes):
                return None
            if not self.axes.merge(follower.equal):
                propagation.finish(function.nodes)
                function.valid = list(dict.fromkeys(follower.assumed))
                function.corners = [*function.valid, *corners_of(function)]
                return function, {}, problems

    def fix(self, name, number):
        """Makes a symbol a number, and notes it."""
        for i, axis in self.axes.fix(name, number):
            what = f"axis {axis} of {self.sig.input_names[i]!r} is {number}: the model takes no other length there"
            self.notes.append(what)
        self.tables.open_lengths, self.tables.open = OpenLengths(), bool(self.axes)

    def words(self) -> dict[str, str]:
        """What to call each symbol: the first axis that it is the length of."""
        axes = {}
        for i, name in enumerate(self.sig.input_names):
            for axis, dim in enumerate(self.axes.input_dims(i)):
                if isinstance(dim, str):
                    axes.setdefault(dim, f"axis {axis} of {name!r}")
        return axes
