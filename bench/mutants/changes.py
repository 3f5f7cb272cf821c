"""What can be changed in a file: each kind of mutation finds its places."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mutants import tflite

REDUCTIONS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL")
AXIS_OPERAND = {**dict.fromkeys(REDUCTIONS, 1), "ARG_MAX": 1, "ARG_MIN": 1, "REVERSE_V2": 1, "CUMSUM": 1, "SPLIT": 0}
# Operators that compute something else with two operands exchanged, and which the first of the two is.
ORDER_MATTERS = {
    "SUB": 0,
    "DIV": 0,
    "POW": 0,
    "BATCH_MATMUL": 0,
    "CONCATENATION": 0,
    "FLOOR_DIV": 0,
    "FLOOR_MOD": 0,
    "PACK": 0,
    "LESS": 0,
    "GREATER": 0,
    "LESS_EQUAL": 0,
    "GREATER_EQUAL": 0,
    "WHILE": 0,
    "IF": 1,
    "SELECT_V2": 1,
}
OTHER_FUNCTION = {
    "LOGISTIC": "TANH",
    "TANH": "LOGISTIC",
    "EXP": "ABS",
    "HARD_SWISH": "RELU",
    "ELU": "RELU",
    "RELU": "RELU6",
    "RELU6": "RELU",
    "RSQRT": "SQRT",
    "SQRT": "RSQRT",
    "SIN": "COS",
    "COS": "SIN",
    "FLOOR": "CEIL",
    "REDUCE_MAX": "REDUCE_MIN",
    "MAXIMUM": "MINIMUM",
    "MINIMUM": "MAXIMUM",
    "ADD": "SUB",
    "MUL": "ADD",
    "SUM": "MEAN",
    "MEAN": "SUM",
    "LESS": "LESS_EQUAL",
    "ARG_MAX": "ARG_MIN",
}


@dataclasses.dataclass(frozen=True)
class Change:
    """A mutation: `apply` changes a model that was just read."""

    kind: str
    place: str
    apply: Callable[[Any], None]


@dataclasses.dataclass(frozen=True)
class Place:
    """An operator of a file."""

    subgraph: int
    index: int
    name: str

    def of(self, model: Any) -> Any:
        return model.subgraphs[self.subgraph].operators[self.index]

    def tensor(self, model: Any, operand: int) -> Any:
        """The operand's tensor, if there is one."""
        inputs = self.of(model).inputs
        if operand >= len(inputs) or inputs[operand] < 0:
            return None
        return model.subgraphs[self.subgraph].tensors[inputs[operand]]

    def change(self, kind: str, detail: str, apply: Callable[[Any], None]) -> Change:
        return Change(kind, f"{self.name} {self.subgraph}:{self.index} {detail}", apply)


def places(model: Any) -> Iterator[Place]:
    for subgraph, graph in enumerate(model.subgraphs):
        for index, operator in enumerate(graph.operators):
            yield Place(subgraph, index, tflite.operator_name(model, operator))


def of_operators(model: Any) -> list[Change]:
    """All that can be changed beside the weights."""
    kinds = (activations, strides, paddings, axes, epsilons, permutations, slices, inputs, outputs, bypasses, lengths)
    found = [change for place in places(model) for kind in kinds for change in kind(model, place)]
    return found + signature_outputs(model)


def _set_option(place: Place, field: str, value: Any) -> Callable[[Any], None]:
    return lambda model: setattr(place.of(model).builtinOptions, field, value)


def _set_operand(place: Place, operand: int, values: np.ndarray) -> Callable[[Any], None]:
    return lambda model: tflite.set_constant(model, place.tensor(model, operand), values)


def _operand(model, place: Place, operand: int, dtype: type) -> np.ndarray | None:
    """The values of a constant operand, to be changed."""
    tensor = place.tensor(model, operand)
    values = None if tensor is None else tflite.constant(model, tensor)
    return values.copy() if values is not None and np.issubdtype(values.dtype, dtype) else None


def activations(model: Any, place: Place) -> Iterator[Change]:
    """Another function after an operator, or in its place."""
    options = place.of(model).builtinOptions
    now = getattr(options, "fusedActivationFunction", None)
    if now is not None:
        other = {0: 1, 3: 1}.get(now, 0)  # none → relu, relu6 → relu, else → none
        yield place.change("activation", f"fused {now} → {other}", _set_option(place, "fusedActivationFunction", other))
    if place.name == "GELU":
        yield place.change("activation", "approximate", _set_option(place, "approximate", not options.approximate))
    if place.name == "LEAKY_RELU":
        yield place.change("activation", "slope × 1.01", _set_option(place, "alpha", options.alpha * 1.01))
    other_name = OTHER_FUNCTION.get(place.name)
    if other_name and (now is None or place.name in ("ADD", "MUL")):

        def replace(changed, place=place, name=other_name):
            place.of(changed).opcodeIndex = tflite.opcode_index(changed, name)
            place.of(changed).builtinOptionsType, place.of(changed).builtinOptions = _options_of(
                name, place.of(changed)
            )

        yield place.change("activation", f"→ {other_name}", replace)


def _options_of(name: str, operator: Any) -> tuple[int, Any]:
    """The options of an operator that took the place of another: the same where they are of one type."""
    from ai_edge_litert import schema_py_generated as schema

    made = {"ADD": "AddOptions", "SUB": "SubOptions", "LESS_EQUAL": "LessEqualOptions", "ARG_MIN": "ArgMinOptions"}.get(
        name
    )
    if made is None:
        keep = name in (*REDUCTIONS, "MAXIMUM", "MINIMUM")
        return (operator.builtinOptionsType, operator.builtinOptions) if keep else (0, None)
    options = getattr(schema, f"{made}T")()
    for field, value in vars(operator.builtinOptions).items() if operator.builtinOptions else ():
        if hasattr(options, field):
            setattr(options, field, value)
    return getattr(schema.BuiltinOptions, made), options


def strides(model: Any, place: Place) -> Iterator[Change]:
    options = place.of(model).builtinOptions
    for field in ("strideW", "strideH", "dilationWFactor", "dilationHFactor", "filterWidth", "filterHeight"):
        now = getattr(options, field, None)
        if now is not None:
            kind = "one less reduced" if field.startswith("filter") else "stride"
            other = now - 1 if now > 1 else now + 1
            yield place.change(kind, f"{field} {now} → {other}", _set_option(place, field, other))


def paddings(model: Any, place: Place) -> Iterator[Change]:
    now = getattr(place.of(model).builtinOptions, "padding", None)
    if now is not None:
        yield place.change("padding", f"{now} → {1 - now}", _set_option(place, "padding", 1 - now))
    if place.name in ("PAD", "PADV2", "MIRROR_PAD"):
        amounts = _operand(model, place, 1, np.integer)
        if amounts is not None and (amounts != (turned := amounts.reshape(-1, 2)[:, ::-1].ravel())).any():
            yield place.change("padding", "before and after exchanged", _set_operand(place, 1, turned))
        if amounts is not None and amounts.any():
            moved = amounts.copy()
            at = int(np.argmax(amounts > 0)) // 2 * 2
            step = 1 if amounts[at + 1] else -1
            moved[at] += step
            moved[at + 1] -= step
            yield place.change("padding", "moved by one", _set_operand(place, 1, moved))


def axes(model: Any, place: Place) -> Iterator[Change]:
    now = getattr(place.of(model).builtinOptions, "axis", None)
    if now is not None:
        other = now - 1 if now not in (0, -1) else now + 1 if now == 0 else now - 1
        yield place.change("axis", f"{now} → {other}", _set_option(place, "axis", other))
    operand = AXIS_OPERAND.get(place.name)
    values = None if operand is None else _operand(model, place, operand, np.integer)
    if values is not None:
        changed = values.copy()
        changed.flat[0] = next(axis for axis in (values.flat[0] - 1, values.flat[0] + 1, 0) if axis >= 0 or axis == -2)
        if changed.flat[0] not in values:
            yield place.change("axis", f"{values} → {changed}", _set_operand(place, operand, changed))


def epsilons(model: Any, place: Place) -> Iterator[Change]:
    """A small number that is added."""
    for operand in (0, 1) if place.name in ("ADD", "MAXIMUM") else ():
        values = _operand(model, place, operand, np.floating)
        if values is not None and values.size == 1 and 0 < values.flat[0] < 1e-2:
            yield place.change(
                "epsilon", f"{values.flat[0]:.1e} × 10", _set_operand(place, operand, values * values.dtype.type(10))
            )


def permutations(model: Any, place: Place) -> Iterator[Change]:
    perm = _operand(model, place, 1, np.integer) if place.name == "TRANSPOSE" else None
    for at in range(0 if perm is None else len(perm) - 1):
        changed = perm.copy()
        changed[[at, at + 1]] = perm[[at + 1, at]]
        yield place.change("perm", f"{perm} → {changed}", _set_operand(place, 1, changed))


def slices(model: Any, place: Place) -> Iterator[Change]:
    if place.name not in ("SLICE", "STRIDED_SLICE"):
        return
    begin, end = _operand(model, place, 1, np.integer), _operand(model, place, 2, np.integer)
    for at in range(0 if begin is None else len(begin)):
        step = -1 if begin[at] > 0 else 1
        changed = begin.copy()
        changed[at] += step
        yield place.change("slice", f"begin {begin} → {changed}", _set_operand(place, 1, changed))
        if place.name == "STRIDED_SLICE" and end is not None:
            moved = end.copy()
            moved[at] += step

            def both(model, place=place, changed=changed, moved=moved):
                _set_operand(place, 1, changed)(model)
                _set_operand(place, 2, moved)(model)

            yield place.change("slice", f"axis {at} moved by {step}", both)


def inputs(model: Any, place: Place) -> Iterator[Change]:
    operands = list(place.of(model).inputs)
    first = ORDER_MATTERS.get(place.name)
    if first is None or len(operands) < first + 2:
        return

    def exchange(changed):
        turned = [*operands[:first], operands[first + 1], operands[first], *operands[first + 2 :]]
        place.of(changed).inputs = turned

    if operands[first] != operands[first + 1]:
        yield place.change("inputs exchanged", f"{first} and {first + 1}", exchange)


def outputs(model: Any, place: Place) -> Iterator[Change]:
    made = list(place.of(model).outputs)
    if len(made) < 2:
        return

    def exchange(changed):
        place.of(changed).outputs = [made[1], made[0], *made[2:]]

    yield place.change("outputs exchanged", "0 and 1", exchange)


def signature_outputs(model: Any) -> list[Change]:
    """Two names of a signature with each other's tensors."""
    found = []
    for index, signature in enumerate(model.signatureDefs or ()):
        for at in range(len(signature.outputs) - 1):

            def exchange(changed, index=index, at=at):
                left, right = changed.signatureDefs[index].outputs[at : at + 2]
                left.tensorIndex, right.tensorIndex = right.tensorIndex, left.tensorIndex

            found.append(Change("outputs exchanged", f"signature {index}: {at} and {at + 1}", exchange))
    return found


def bypasses(model: Any, place: Place) -> Iterator[Change]:
    """What reads the operator's output reads its input instead."""
    operator, graph = place.of(model), model.subgraphs[place.subgraph]
    if len(operator.outputs) != 1 or place.name in ("WHILE", "IF", "VAR_HANDLE", "CALL_ONCE", "READ_VARIABLE"):
        return
    made = graph.tensors[operator.outputs[0]]
    for operand in operator.inputs:
        given = graph.tensors[operand] if operand >= 0 else None
        if (
            given is None
            or model.buffers[given.buffer].data is not None
            or given.type != made.type
            or tflite.shape_of(given) != tflite.shape_of(made)
        ):
            continue

        def bypass(changed, old=int(operator.outputs[0]), new=int(operand)):
            now = changed.subgraphs[place.subgraph]
            for reader in now.operators:
                reader.inputs = [new if tensor == old else tensor for tensor in reader.inputs]
            now.outputs = [new if tensor == old else tensor for tensor in now.outputs]
            for signature in changed.signatureDefs or ():
                for port in signature.outputs if signature.subgraphIndex == place.subgraph else ():
                    port.tensorIndex = new if port.tensorIndex == old else port.tensorIndex

        yield place.change("bypass", f"of operand {list(operator.inputs).index(operand)}", bypass)
        return


def lengths(model: Any, place: Place) -> Iterator[Change]:
    """A reduction that leaves out the first element."""
    values = _operand(model, place, 1, np.integer) if place.name in REDUCTIONS else None
    given = place.tensor(model, 0)
    if values is None or model.buffers[given.buffer].data is not None:
        return
    rank = len(given.shape)
    for axis in sorted({int(axis) % rank for axis in values.ravel()}):
        if given.shape[axis] == 1 and tflite.shape_of(given)[axis] == 1:
            continue
        yield place.change("one less reduced", f"axis {axis}", _leaving_out_first(place, axis, rank))


def _leaving_out_first(place: Place, axis: int, rank: int) -> Callable[[Any], None]:
    from ai_edge_litert import schema_py_generated as schema

    def constant_of(changed, graph, values):
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.name = [rank], schema.TensorType.INT32, f"mutant_{len(graph.tensors)}"
        tflite.set_constant(changed, tensor, np.asarray(values, "int32"))
        graph.tensors.append(tensor)
        return len(graph.tensors) - 1

    def insert(changed):
        graph, reduction = changed.subgraphs[place.subgraph], place.of(changed)
        begin, sizes = [int(at == axis) for at in range(rank)], [-1] * rank
        given, rest = graph.tensors[reduction.inputs[0]], schema.TensorT()
        rest.type, rest.quantization, rest.name = given.type, given.quantization, f"mutant_{len(graph.tensors)}"
        rest.shape = [max(1, size - int(at == axis)) for at, size in enumerate(given.shape)]
        rest.shapeSignature = [-1 if size == -1 else rest.shape[at] for at, size in enumerate(tflite.shape_of(given))]
        rest.buffer = 0
        graph.tensors.append(rest)
        index = len(graph.tensors) - 1
        cut = schema.OperatorT()
        cut.opcodeIndex = tflite.opcode_index(changed, "SLICE")
        cut.inputs = [reduction.inputs[0], constant_of(changed, graph, begin), constant_of(changed, graph, sizes)]
        cut.outputs = [index]
        cut.builtinOptionsType, cut.builtinOptions = schema.BuiltinOptions.SliceOptions, schema.SliceOptionsT()
        reduction.inputs = [index, *list(reduction.inputs)[1:]]
        graph.operators.insert(place.index, cut)

    return insert


def of_constants(model: Any) -> list[Change]:
    """Weights as they stand in the file: scaled, negated, exchanged with another of the same shape, zeroed."""
    found, by_shape = [], {}
    readers = {tensor for graph in model.subgraphs[:1] for operator in graph.operators for tensor in operator.inputs}
    for index in sorted(int(tensor) for tensor in readers if tensor >= 0):
        tensor = model.subgraphs[0].tensors[index]
        values = tflite.constant(model, tensor)
        if (
            values is None
            or values.size < 2
            or values.dtype not in (np.float32, np.float16, np.int8)
            or not values.any()
        ):
            continue
        of = f"of {(tensor.name or b'').decode()!r}"

        def set_to(changed, index=index, values=values):
            tflite.set_constant(changed, changed.subgraphs[0].tensors[index], values)

        if values.dtype.kind == "f":
            scaled = (values * 1.01).astype(values.dtype)
            found.append(Change("constant × 1.01", of, lambda m, do=set_to, v=scaled: do(m, values=v)))
        found.append(Change("constant negated", of, lambda m, do=set_to, v=-values: do(m, values=v)))
        if len(tensor.shape) == 1:
            found.append(Change("constant zeroed", of, lambda m, do=set_to, v=0 * values: do(m, values=v)))
        other = by_shape.setdefault((tuple(tensor.shape), tensor.type), index)
        if other != index:

            def exchange(changed, left=other, right=index):
                tensors = changed.subgraphs[0].tensors
                tensors[left].buffer, tensors[right].buffer = tensors[right].buffer, tensors[left].buffer

            found.append(Change("constants exchanged", of, exchange))
    return found
