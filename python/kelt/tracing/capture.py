"""From a live model to a `Graph`: captures each signature as often as its sizes need."""

from __future__ import annotations

import contextlib

from keras.src import backend

from kelt.errors import ExportError, failure
from kelt.tracing import guesses
from kelt.tracing.control_flow.associative_scan import OpenLengths
from kelt.tracing.dims import axes as axes_module
from kelt.tracing.dims import compare, propagation, wording
from kelt.tracing.dims.axes import Axes
from kelt.tracing.dims.demands import Demands
from kelt.tracing.leaves import flatten
from kelt.tracing.ops import index_inputs
from kelt.tracing.ops.handlers import STATIC
from kelt.tracing.record import host_arrays
from kelt.tracing.record import states as states_module
from kelt.tracing.record.graph import Function, Graph
from kelt.tracing.record.refusals import all_refusals
from kelt.tracing.record.sizes import Size, Solver, symbol
from kelt.tracing.run import run
from kelt.tracing.signature import Signature, signatures_of, unique
from kelt.tracing.symbols.symbol import SizeNeeded
from kelt.tracing.tables import Tables


def capture_graph(model, input_signature=None, signatures=None, states="variables") -> Graph:
    """The record of a model: one function for each signature. Its states stay, or become `"ports"` of the functions."""
    states_module.check(states)
    tables = Tables()
    graph, problems = _captured(model, input_signature, signatures, tables)
    if tables.states and len(graph.functions) > 1:
        # What one signature assigns is a state to all: those captured before it was known took it for a weight.
        graph, problems = _captured(model, input_signature, signatures, tables)
    if problems:
        _collect(graph)
        raise all_refusals(graph, problems)
    if states == "ports":
        graph.state_ports = states_module.to_ports(graph.functions)
    _collect(graph)
    return graph


def _captured(model, input_signature, signatures, tables):
    graph = Graph([], [], [])
    problems = []
    for sig in signatures_of(model, input_signature, signatures):
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
        captured, other, refusal = None, guesses.of_the_call(leaves), error
    if other is not None:
        with contextlib.suppress(ExportError):
            found = _at(other, sig, tables)
            if captured is None or not found[0][-1]:
                captured, attempt = found
    if captured is None:
        raise refusal
    function = captured[0]
    function.notes += [*attempt.notes, *guesses.notes(sig, leaves, attempt.axes.shapes, attempt.dtypes)]
    return captured


def _at(leaves, sig, tables):
    """The function at the shapes of these leaves, the sizes it is proven for, its problems; and how it was found."""
    attempt = _Attempt(sig, leaves, Axes([leaf.shape for leaf in leaves]), tables)
    while attempt.axes:
        captured = attempt.open() or attempt.at_numbers()
        if captured is not None:
            return captured, attempt
    return _static(*attempt.run({})), attempt


def _static(function: Function, problems: list):
    """A capture at numbers as it is. One with placeholders serves to list its problems only, and may lack lengths."""
    with contextlib.suppress(*([ExportError] if problems else [])):
        _set_static(function)
    return function, {}, problems


def _set_static(function: Function):
    for _, value in function.inputs:
        value.dims = list(value.shape)
    for node in function.nodes:
        for nested in node.functions:
            _set_static(nested)
        for value in node.outputs:
            if None in value.shape:
                what = f"keras.ops.{node.op}: the length of the result depends on the values of the input"
                raise failure("K205", what, node.path, STATIC)
            value.dims = list(value.shape)


class _Attempt:
    """The captures of one signature."""

    def __init__(self, sig, leaves, axes, tables):
        self.sig, self.axes, self.tables = sig, axes, tables
        tables.open_lengths, tables.open = OpenLengths(), bool(axes)
        self.notes = []
        self.with_placeholders = None  # a capture with placeholders for the outputs of rejected layers
        self.undecided = [i for i, leaf in enumerate(leaves) if leaf.dtype is None]
        default = getattr(sig.root, "input_dtype", None) or backend.floatx()
        self.dtypes = [leaf.dtype or default for leaf in leaves]

    def run(self, sizes, open_axes=False):
        """One capture. Inputs without a dtype become int32 where their first use is as an index."""
        shapes = self.axes.shapes if open_axes else self.axes.shapes_at(sizes)
        function, problems = run(self.sig, shapes, self.dtypes, self.tables)
        indices = index_inputs.used_as_index(function, self.undecided)
        self.undecided = []
        if indices:
            for i in indices:
                self.dtypes[i] = "int32"
            function, problems = run(self.sig, shapes, self.dtypes, self.tables)
        return function, problems

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
            for i, (_, value) in enumerate(function.inputs):
                value.dims = [symbol(dim) if isinstance(dim, str) else dim for dim in self.axes.input_dims(i)]
            follower = propagation.Follower()
            if not follower.follow(function.nodes):
                return None
            if not self.axes.merge(follower.equal):
                propagation.finish(function.nodes)
                return function, {}, problems

    def at_numbers(self):
        """Captures at several sizes, merged into one function; captures again where two symbols must be one.

        `None` where a symbol must be a number, and is one now.
        """
        while True:
            self.demands, self.refused = Demands(self._refusals), []
            try:
                return self._at_numbers()
            except _ClashError as clash:
                if not self.axes.merge(clash.pairs):
                    raise clash.error from None
            except _FixedError as fixed:
                self._fix(*fixed.args)
                return None

    def _fix(self, name, number):
        for i, axis in self.axes.fix(name, number):
            what = f"axis {axis} of {self.sig.input_names[i]!r} is {number}: the model takes no other length there"
            self.notes.append(what)
        self.tables.open_lengths, self.tables.open = OpenLengths(), bool(self.axes)

    def _refused(self, error):
        """The capture with placeholders, whose problems say what is refused; else that error is raised."""
        ports = zip(self.sig.input_names, map(self.axes.input_dims, range(len(self.axes.shapes))))
        axes = {}
        for name, dims in ports:
            for axis, dim in enumerate(dims):
                axes.setdefault(dim, f"axis {axis} of {name!r}")
        of_sizes = wording.of_sizes(self.refused, axes)
        if self.with_placeholders is not None:
            function, problems = self.with_placeholders
            return _static(function, [of_sizes.get((each.path, each.op), each) for each in problems])
        if error is not None:
            raise of_sizes.get((error.path, error.op), error)
        raise failure("K205", "the model could be captured at too few sizes")

    def _refusals(self, sizes):
        """What the model refuses at these sizes."""
        try:
            _, problems = self.run(sizes)
        except ExportError as error:
            return [error]
        return [problem for problem in problems if problem.tentative]

    def _at_numbers(self):
        captures, sizes, error = [], [], None
        ladder = axes_module.LADDER[::-1]  # small ones first: Python's loops over a size show at once
        if len(self.axes.symbols) > 1:  # but those show no two symbols that must be one
            ladder = (axes_module.TELLING, *(about for about in ladder if about != axes_module.TELLING))
        for about in ladder:
            error = self._try(self.axes.sizes(about), captures, sizes) or error
            if self.tables.open_lengths.learn():
                return self._at_numbers()
            compare.same_nodes([function for function, _ in captures[:1] + captures[-1:]])
        captures.reverse()
        sizes.reverse()
        if 0 < len(captures) < axes_module.FEWEST and sizes[0] == self.axes.sizes(axes_module.LADDER[0]):
            for about in axes_module.LONG:
                self._try(self.axes.sizes(about), captures, sizes)
        multiple = 1
        if len(captures) < axes_module.FEWEST:
            captures, sizes, multiple = self._at_multiples()
        if len(captures) < axes_module.FEWEST:
            number = self.demands.number(self.refused)
            if number is not None:
                raise _FixedError(*number)
        if len(captures) < axes_module.FEWEST:
            return self._refused(error)
        function = self._merged(captures, sizes)
        if multiple == 1 and not _is_polynomial(function):
            # Floors, moduli and limits fit by chance more easily: they are proven at more sizes.
            captures, sizes = [], []
            for at in (*map(self.axes.sizes, axes_module.LADDER), *self.axes.multiples(1)):
                self._try(at, captures, sizes)
            for about in axes_module.LONG if len(captures) < axes_module.FEWEST_FLOORS else ():
                self._try(self.axes.sizes(about), captures, sizes)
            function = self._merged(captures, sizes)
        function.multiple = multiple
        proven = {name: sorted(each[name] for each in sizes) for name in self.axes.symbols}
        return function, proven, captures[0][1]

    def _at_multiples(self):
        """Captures at multiples of the smallest number whose multiples the model takes, the sizes, that number."""
        captures, sizes, multiple = [], [], 1
        if not any(self._try(self.axes.sizes(about), [], []) is None for about in axes_module.OF_ALL):
            return captures, sizes, multiple
        for multiple in axes_module.MULTIPLES:
            probe, *others = self.axes.multiples(multiple)
            if self._try(probe, captures, sizes) is not None:
                continue
            for at in others:
                self._try(at, captures, sizes)
            if len(captures) >= axes_module.FEWEST:
                break
        return captures, sizes, multiple

    def _try(self, at, captures, sizes):
        """Adds a capture at these sizes; the error if the model can't be that large or small."""
        function = None
        try:
            function, problems = self.run(at)
            refused = [problem for problem in problems if problem.tentative]
        except ExportError as error:
            refused = [error]
        for i, error in enumerate(refused):
            pairs = self.demands.equal(error, at, refused[:i])
            if pairs:
                raise _ClashError(pairs, error) from error
        if refused:
            self.refused.append((refused[0], at))
            if function is not None:  # of the largest sizes: those show best what does not fit
                self.with_placeholders = function, problems
            return refused[0]
        captures.append((function, problems))
        sizes.append(at)
        return None

    def _merged(self, captures, sizes):
        return compare.merge([function for function, _ in captures], Solver(self.axes.symbols, sizes))


class _ClashError(Exception):
    def __init__(self, pairs, error):
        super().__init__(pairs)
        self.pairs, self.error = pairs, error


class _FixedError(Exception):
    """A symbol must be a number: its name, the number."""


def _is_polynomial(function: Function) -> bool:
    def polynomial(argument):
        if isinstance(argument, Size):
            return argument.polynomial
        if isinstance(argument, (list, tuple)):
            return all(polynomial(item) for item in argument)
        if isinstance(argument, dict):
            return all(polynomial(item) for item in argument.values())
        if isinstance(argument, slice):
            return polynomial((argument.start, argument.stop, argument.step))
        return True

    return all(
        polynomial(list(node.args.values()))
        and all(polynomial(value.dims) for value in node.outputs)
        and all(map(_is_polynomial, node.functions))
        for node in function.nodes
    )
