"""Records what a model does: every op as a node, with the path of the layer that asked for it."""

from __future__ import annotations

import contextlib

import numpy as np
from keras import KerasTensor, layers, tree
from keras.src import backend

from kelt.errors import ExportError, WeightsAway, failure, not_built
from kelt.overrides import override_of
from kelt.tracing import causes
from kelt.tracing.control_flow import calls
from kelt.tracing.dims.propagation import Follower
from kelt.tracing.layers import preprocessing, quantized, recurrent
from kelt.tracing.layers.placeholder import stand_in
from kelt.tracing.ops import recording
from kelt.tracing.ops.vocabulary import arguments_of, vocabulary
from kelt.tracing.record import host_arrays
from kelt.tracing.record.by_identity import ByIdentity
from kelt.tracing.record.graph import Length, Node, Value, Weight, map_argument
from kelt.tracing.record.log import Known, Log
from kelt.tracing.record.names import snake_case
from kelt.tracing.record.reads import Reads
from kelt.tracing.symbols.caller import asking_code, constants, paused, place, unsure
from kelt.tracing.symbols.symbol import Spec, Symbol
from kelt.tracing.tables import Tables


class NotBuilt(BaseException):
    """Carries the error past handlers of the model."""


DROPPED_STATES = ("seed_generator_state",)  # randomness at inference is rejected where it is used


class Tracer:
    """The recording of one function."""

    def __init__(self, tables: Tables, root=None, reading=False):
        self.tables = tables
        self.root = root  # the model: its own name is not part of a path
        self.words = vocabulary()
        self.paused = 0  # more: Keras works for itself, nothing is recorded
        self.native = False  # floats without a dtype are the backend's, not Keras'
        self.nodes: list[Node] = []
        self.top = self.nodes  # those of the outermost function
        self.path = ""
        self.problems: list[ExportError] = []
        self.in_vain = False  # whether the length of an open axis was read
        self.recorded = 0  # nodes so far, wherever they stand
        self.scans = 0  # calls of associative_scan so far
        self.running, self._given = [], []  # layers that run, and what they are called on
        self._variables: ByIdentity[object, Symbol] = ByIdentity()
        self._casts: ByIdentity[Symbol, dict[str, Symbol]] = ByIdentity()
        self._arrays: ByIdentity[object, Symbol] = ByIdentity()
        self._written: ByIdentity[object, tuple] = ByIdentity()
        self.level = 0  # of the function being recorded; 0 is the outermost
        self.assigned: list[tuple] = []  # pairs (variable, level) of assignments inside of loops and branches
        # What variables were before this function assigned them.
        self._overrides: ByIdentity[object, Symbol] = ByIdentity()
        self._values: dict[Value, object] = {}  # that Python has asked for
        self.reads = Reads(self._place, constants) if reading else None  # where sizes know what they are
        self._follower = Follower(self.reads.met, self.reads.assumed) if reading else None
        self.log = Log() if reading else None  # for a check at other sizes

    # --- values

    def input(self, shape, dtype, dims=None) -> Symbol:
        value = Value(tuple(shape), dtype)
        value.dims = dims
        if self.log is not None:
            self.log.inputs.append(value)
            self.log.keep(value)
        return Symbol(value, self)

    def _place(self):
        return None if self.paused else place()

    def read_shape(self, value: Value) -> tuple:
        """The shape as Python reads it."""
        dims = value.dims or [None] * len(value.shape)
        if any(type(dim) is not int for dim in dims) and (code := asking_code()) is not None:
            self.reads.read(code, unsure)
        return tuple(self.reads.size(number, dim) for number, dim in zip(value.shape, dims))

    @contextlib.contextmanager
    def nested(self, nodes: list[Node]):
        """Inside, what is recorded is added to `nodes`, those of a function inside of this one."""
        outer, casts, overrides = self.nodes, self._casts, self._overrides
        self.nodes, self._overrides = nodes, ByIdentity()
        self._casts = ByIdentity((symbol, dict(found)) for symbol, found in casts.items())
        self.level += 1
        try:
            yield
        finally:
            self._variables.update_from(self._overrides)  # what is assigned inside is not assigned outside
            self.nodes, self._casts, self._overrides = outer, casts, overrides
            self.level -= 1

    def emit(self, op: str, args: dict, specs, functions=(), known: Known | None = None):
        """Adds a node; returns its outputs in the structure of `specs`."""
        node = Node(op, args, self.path, functions)
        self.recorded += 1
        # Weights are read at the top, once, so that any function may use them.
        (self.top if op == "weight" else self.nodes).append(node)
        if self.log is not None:
            self.log.nodes.append(node)

        def symbol(leaf):
            value = Value(tuple(leaf.shape), leaf.dtype, node)
            node.outputs.append(value)
            return Symbol(value, self)

        made = symbol(specs) if isinstance(specs, KerasTensor) else tree.map_structure(symbol, specs)
        if self._follower is not None:
            self._tell_lengths(node, known)
        return made

    def _tell_lengths(self, node: Node, known: Known | None):
        """What the lengths of a node's outputs are of the symbols. Of like calls the op's rule is asked once."""
        if known is not None and known.lengths is not None:
            for value, dims in zip(node.outputs, known.lengths):
                value.dims = dims
            return
        if node.op in ("weight", "constant"):
            node.outputs[0].dims = list(node.outputs[0].shape)
        else:
            self._follower.at_numbers(node)
        for value in node.outputs:
            self.log.keep(value)
        if known is not None:
            known.lengths = [value.dims for value in node.outputs]

    def literal(self, value, dtype) -> Symbol:
        """A Python number, typed: towards zero where the type holds integers."""
        if dtype == "bool":
            value = bool(value)
        elif dtype.startswith(("int", "uint")) and (not isinstance(value, int) or isinstance(value, bool)):
            value = int(value)  # a size that Python has read stays one
        elif isinstance(value, bool):
            value = float(value)
        return self.emit("constant", {"value": value}, Spec((), dtype))

    def cast(self, x: Symbol, dtype: str) -> Symbol:
        dims = x._value.dims
        known = None if dims is None else Known({}, None, lengths=[dims])
        return self.emit("cast", {"x": x._value, "dtype": dtype}, Spec(x._shape, dtype), known=known)

    def array(self, array, name="constant") -> Symbol:
        """An array of numpy or of the backend."""
        with paused(self):
            dtype = host_arrays.keras_dtype(array)
            array = self.tables.snapshot(array)
        symbol = self._arrays.get(array)
        if symbol is None:
            shape = tuple(array.shape)
            symbol = self.emit("weight", {"table": Weight(name, array, shape, dtype)}, Spec(shape, dtype))
            self._arrays[array] = symbol
        return symbol

    def lift(self, x):
        """Variables and arrays inside an argument as symbols, numbers of numpy as Python's."""
        if isinstance(x, (Symbol, str, int, float)) or x is None:
            return x
        if isinstance(x, backend.Variable):
            return x.value
        if isinstance(x, (list, tuple, dict, slice)):
            return map_argument(x, self.lift)
        if isinstance(x, np.generic):
            return x.item()
        if isinstance(x, np.ndarray) or backend.is_tensor(x):
            return self.array(x)
        return x

    def as_symbol(self, x) -> Symbol:
        """Whatever a model returns as one output."""
        x = self.lift(x)
        if isinstance(x, (bool, int, float, complex)):
            return self.literal(x, host_arrays.python_dtype(x))
        if isinstance(x, (list, tuple)):
            x = [self.as_symbol(item) for item in x]
            return self.call(self.words.ops["stack"], {"x": x, "axis": 0})
        return x

    # --- ops

    def length(self, symbol: Symbol, axis: int):
        """A number, or what stands for it where the axis is open."""
        size = symbol._shape[axis]
        if size is not None and self.reads is not None:
            return self.read_shape(symbol._value)[axis]
        return Length(symbol._value, axis) if size is None else size

    def call(self, op, bound: dict):
        """A function of `keras.ops` with its arguments by parameter."""
        if op.definition.handler is not None:
            return op.definition.handler(self, op, bound)
        return self.record(op, bound)

    def record(self, op, bound: dict):
        """A call as a node, whose operands have the dtype in which it computes."""
        recording.lift(self, op, bound)
        if self.log is None:
            return recording.made(self, op, bound)
        call = self.log.begin(op, self.path, bound)
        self.log.end(call, recording.made(self, op, bound, call))
        return call.made

    def zeros_shape(self, bound: dict):
        """In a layer, that of the zeros that it may start from."""
        if self.running:
            recurrent.initial_state(self, self.running[-1], self._given[-1], bound)

    def operation_call(self, operation, args, kwargs):
        """`Operation.symbolic_call`: of an instance, in a Functional model or on the spot."""
        if self.paused:
            return operation.compute_output_spec(*args, **kwargs)
        op = self.words.by_operation.get(type(operation))
        if op is None:
            return operation.call(*args, **kwargs)
        outer = self.path
        if operation._inbound_nodes and not operation.name.startswith(_auto_prefix(operation)):
            self.path = f"{outer}/{operation.name}" if outer else operation.name
        try:
            if op.definition.control_flow:
                return self.control_flow(op, arguments_of(op, operation, args, kwargs))
            return self.call(op, arguments_of(op, operation, args, kwargs))
        finally:
            self.path = outer

    def control_flow(self, op, bound):
        return calls.call(self, op, bound)

    def new_operation(self, original, cls, args, kwargs):
        """`Operation.__new__` inspects signatures so that an instance can be saved: those of `keras.ops` are not."""
        if cls in self.words.by_operation:
            return object.__new__(cls)
        return original(cls, *args, **kwargs)

    # --- layers

    def layer_call(self, layer, args, kwargs):
        """A layer runs its own `call` on symbols."""
        outer = self.path
        if not self.running:
            self.tables.names.meet(layer)
        if layer is not self.root or self.running:
            self.path = f"{outer}/{layer.name}" if outer else layer.name
        self.running.append(layer)
        self._given.append(args)
        try:
            override = override_of(layer)
            if override is not None:
                return override(*args, **kwargs)
            if (instead := preprocessing.call_of(layer)) is not None:
                return instead(self, layer, *args, **kwargs)
            if isinstance(layer, layers.TimeDistributed):
                return recurrent.time_distributed(self, layer, *args, **kwargs)
            if layer.quantization_mode is not None:
                return quantized.call(self, layer, args, kwargs)
            return layer.call(*args, **kwargs)
        except ExportError as error:
            error.reached = error.reached or self.recorded
            error.line = error.line or causes.line_of(error)
            return stand_in(self, layer, args, kwargs, error)
        except Exception as error:
            rejection = causes.not_followed(error, self.path, layer)
            rejection.reached = self.recorded
            return stand_in(self, layer, args, kwargs, rejection)
        finally:
            self.running.pop()
            self._given.pop()
            self.path = outer

    # --- variables

    def read_variable(self, variable) -> Symbol:
        symbol = self._variables.get(variable)
        if symbol is None:
            symbol = self._first_read(variable)
            self._variables[variable] = symbol
        scope = backend.get_autocast_scope()
        if scope is None or scope.dtype is None or not variable._autocast or not backend.is_float_dtype(symbol.dtype):
            return symbol
        if scope.dtype == symbol.dtype:
            return symbol
        casts = self._casts.setdefault(symbol, {})
        if scope.dtype not in casts:
            casts[scope.dtype] = self.cast(symbol, scope.dtype)
        return casts[scope.dtype]

    def _first_read(self, variable):
        if variable._value is None and variable not in self.tables.held:
            if variable.name in DROPPED_STATES:
                with self.nested(self.top):
                    return self.emit("constant", {"value": [0, 0]}, KerasTensor(variable.shape, variable._dtype))
            if variable._initializer is None:
                raise WeightsAway(variable.path)
            raise NotBuilt(not_built(f"the variable {variable.path} has no value"))
        weight = self.tables.weight(variable)
        return self.emit("weight", {"table": weight}, Spec(weight.shape, weight.dtype))

    def assign_variable(self, variable, value):
        """Reaches no variable: what is assigned is what a later read of this capture sees."""
        if variable.name in DROPPED_STATES or self._in_batch_normalization():
            return value
        self.current(variable)
        symbol = self.as_symbol(value)
        if symbol.dtype != variable._dtype:
            symbol = self.cast(symbol, backend.standardize_dtype(variable._dtype))
        if self.level:
            self.assigned.append((variable, self.level))
            self.override(variable, symbol)
        else:
            self._written[variable] = (variable, symbol, self.path)
            self._variables[variable] = symbol
        return symbol

    def current(self, variable) -> Symbol:
        """What a variable is now, in its own dtype."""
        self.read_variable(variable)
        return self._variables[variable]

    def override(self, variable, symbol: Symbol):
        """Makes a variable that, inside of the function being recorded."""
        self._overrides.setdefault(variable, self.current(variable))
        self._variables[variable] = symbol

    def _in_batch_normalization(self):
        from keras.layers import BatchNormalization

        return bool(self.running) and isinstance(self.running[-1], BatchNormalization)

    def new_variable(self, original, variable, *args, **kwargs):
        if not self.paused and kwargs.get("name") not in DROPPED_STATES:
            raise NotBuilt(not_built(f"{self.path or 'the model'} makes a variable while it is called"))
        with paused(self):
            return original(variable, *args, **kwargs)

    def finish_states(self):
        """Variables that were assigned are states: their first value is read, their last one written."""
        if self.log is not None:
            self.log.written = list(self._written.values())
        for variable, last, path in self._written.values():
            state = self.tables.state(variable)
            self.nodes.append(Node("write_state", {"state": state, "value": last._value}, path))
        states = {id(state.initial): state for state in self.tables.states.values()}
        for node in self.nodes:
            if node.op == "weight" and id(node.args["table"]) in states:
                node.op, node.args = "read_state", {"state": states[id(node.args["table"])]}

    # --- values that Python asks for

    def concrete(self, symbol: Symbol):
        """The value of a symbol that depends on no input."""
        from kelt.tracing.replay.replay import evaluate

        with paused(self):
            found = evaluate(symbol._value, self._values)
        if found is None:
            raise failure(
                "K204", "Python asks for the value of a tensor that depends on an input", self.path,
                "Write the choice with keras.ops.where or keras.ops.cond, and sizes with keras.ops.shape.",
            )  # fmt: skip
        return backend.convert_to_numpy(found)


def _auto_prefix(operation):
    return snake_case(type(operation).__name__)
