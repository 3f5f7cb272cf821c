"""Choices between numbers that tie within rounding: what follows them is compared on the file's own choice.

An index, a comparison or a rounding may fall either way where rounding alone decides. The record is replayed, and each
of its choices is made again on the numbers that the file chose between, if they agree with the record's. How it chooses
is what the record says: a file that chooses otherwise on the same numbers is wrong.
"""

from __future__ import annotations

import collections
import dataclasses

import numpy as np

from kelt.tracing.record.graph import values_in
from kelt.verification.arrays import as_given, compared, distance, magnitude
from kelt.verification.limits import (
    MOST_ROUNDED,
    MOST_ROUNDING,
    TWICE,
    Limit,
    limit_of,
    moved_values,
    record_values,
    sixty_four_bits,
)

WHOLE = ("ceil", "floor", "floor_divide", "heaviside", "round", "sign", "trunc")  # floats that are no measure
JUMPING = ("fmod", "hard_shrink", "mod", "threshold")  # floats that jump at a border, and move elsewhere
NEAREST = ("image.affine_transform", "image.map_coordinates", "image.perspective_transform")
MARK = 1000  # times larger than all others: a mask's number, which says nothing of how others are rounded
READINGS = 3  # of the file, where the runtime can't give a value that was to be read


@dataclasses.dataclass(frozen=True, slots=True)
class Tie:
    """A choice that is another on the file's numbers: in how many elements, of how many."""

    op: str
    path: str
    count: int
    of: int


@dataclasses.dataclass(slots=True)
class Choices:
    """What the record gives where its choices are made on the file's numbers."""

    values: dict  # by the record's value
    plain: dict  # and on its own numbers
    own: dict[str, float]  # of each output: how far it is off by rounding alone, with the file's choices
    ties: list[Tie]


def judged(proof, draw, i: int, kernels: str) -> tuple[float, Limit] | None:
    """The error of an output and its limit on the file's own choices; None where they don't explain the difference."""
    key = id(draw), kernels
    if key not in proof.choices:
        proof.choices[key] = choices_of(proof.emitted, proof.path, proof.index, draw.inputs, kernels)
    choices = proof.choices[key]
    if choices is None:
        return None
    name, value = proof.function.outputs[i]
    limit, wanted = proof.limits[i], choices.values[value]
    scale = magnitude([wanted])
    own = choices.own[name] / scale if scale else 0.0
    if limit.value / 2 < own <= min(MOST_ROUNDING * limit.value, MOST_ROUNDED):
        why = f"{limit.why}; the model itself is {own:.1e} off by rounding alone"
        limit = Limit(max(limit.value, TWICE * own), why)
    comparison = compared(draw.found[kernels][0][i], wanted, limit.value)
    # The record must be the model: on its own numbers, or on the file's where the model happens to choose likewise.
    records = choices.plain[value], wanted
    if not comparison.ok or not any(compared(record, draw.live[0][i], limit.value).ok for record in records):
        return None
    proof.tied[key] = choices.ties
    return comparison.error, limit


def said(proofs) -> list[str]:
    """The ties of all draws: "2 of 300 elements of top_k in decoder/select"."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for tie in (tie for proof in proofs for ties in proof.tied.values() for tie in ties):
        count, of = counts.get((tie.op, tie.path), (0, 0))
        counts[tie.op, tie.path] = count + tie.count, of + tie.of
    return [
        f"{count} of {of} elements of {op}" + (f" in {path}" if path else "")
        for (op, path), (count, of) in counts.items()
    ]


def choices_of(emitted, path, index, inputs, kernels: str) -> Choices | None:
    """None where no choice of the record is another on the file's numbers, or where these are not the record's."""
    function = emitted.graph.functions[index]
    nodes = {id(node): node for node in function.nodes if is_choice(node)}
    if not nodes:
        return None
    read = _FileValues(emitted, path, index, inputs, kernels, list(nodes.values()))
    try:
        return _Replay(function, inputs, nodes, read).run()
    except _OtherNumbersError:
        return None


def is_choice(node) -> bool:
    """Whether an output may jump where an operand of floats moves by as little as rounding moves it."""
    if not any(_is_float(value) for value in _operands(node)):
        return False
    if node.functions:
        return node.op == "while_loop" or any(is_choice(inner) for inside in node.functions for inner in inside.nodes)
    if node.op in NEAREST:
        return "nearest" in node.args.values() or node.args.get("order") == 0
    return node.op in WHOLE or node.op in JUMPING or not all(_is_float(value) for value in node.outputs)


def _is_float(value) -> bool:
    return "float" in value.dtype


def _operands(node):
    return [value for argument in node.args.values() for value in values_in(argument)]


class _FileValues:
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
    wanted, computed, todo = set(), set(), [value for node in choices for value in _operands(node)]
    seen = set()
    while todo:
        value = todo.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in readable and _is_float(value):
            wanted.add(value)
        elif value.node is not None and id(value.node) not in computed:
            computed.add(id(value.node))
            todo += _operands(value.node)
    return wanted, computed


class _OtherNumbersError(Exception):
    """What the file chooses between is not what the record does."""


class _Replay:
    """A record replayed, the choices made on the file's numbers."""

    def __init__(self, function, inputs, choices, read):
        from kelt.tracing.replay.replay import sizes_of

        self.function, self.inputs, self.choices, self.read = function, inputs, choices, read
        self.sizes, self.moved = sizes_of(function, inputs), moved_values(function)
        self.mine, self.theirs = {}, {}  # tensors by the record's value: the record's, and what the file makes of it
        self.made = {}  # by the value of a choice: what was chosen, and where that is no measure
        self.exact, self.done = {}, 0  # the values in 64 bits, and of how many nodes
        self.ties = []

    def run(self) -> Choices | None:
        from keras.src import backend

        from kelt.tracing.replay.replay import run_node

        for (_, value), given in zip(self.function.inputs, self.inputs):
            self.mine[value] = backend.convert_to_tensor(given, dtype=value.dtype)
        for node in self.function.nodes:
            if node.op == "write_state":
                continue
            results = run_node(node, self.mine, self.sizes)
            if id(node) in self.choices:
                results = self._chosen(node, results)
            self.mine.update(zip(node.outputs, results))
            self._follow(node)
        if not self.ties:
            return None
        outputs = {value: _array(self.mine[value]) for _, value in self.function.outputs}
        exact = self._exact()
        own = {name: distance(outputs[value], _array(exact[value])) for name, value in self.function.outputs}
        values = {value: _array(tensor) for value, tensor in self.mine.items()}
        return Choices(values, record_values(self.function, self.inputs), own, self.ties)

    def _follow(self, node) -> None:
        """What the file has for the outputs of a node, if it can be read, or computed from what can be read."""
        from keras.src import backend

        from kelt.tracing.replay.replay import run_node

        for value in node.outputs:
            if value in self.read.values:
                found = self.read.fitted(value, _array(self.mine[value]))
                if found is not None:
                    self.theirs[value] = backend.convert_to_tensor(found, dtype=value.dtype)
        if id(node) in self.read.computed and any(value in self.theirs for value in _operands(node)):
            results = run_node(node, collections.ChainMap(self.theirs, self.mine), self.sizes)
            for value, result in zip(node.outputs, results):
                self.theirs.setdefault(value, result)

    def _chosen(self, node, results):
        """The outputs of a choice, made on the file's numbers."""
        from kelt.tracing.replay.replay import run_node

        mine = [_array(result) for result in results]
        keys = {value: self.theirs[value] for value in _operands(node) if _is_float(value) and value in self.theirs}
        if not all(self._agrees(node, value) for value in keys):
            raise _OtherNumbersError
        on_keys = run_node(node, collections.ChainMap(keys, self.mine), self.sizes) if keys else results
        theirs = [_array(result) for result in on_keys]
        count, chosen = 0, []
        for value, a, b, result in zip(node.outputs, mine, theirs, results):
            whole = node.op in WHOLE or not _is_float(value)
            limit = 0.0 if whole else limit_of(value, self.moved).value
            differs = _differs(a, b, limit, 0.0 if whole else scale_of(a))
            self.made[value] = np.ones_like(differs) if whole else differs
            if not differs.any():
                chosen.append(result)
                continue
            count = max(count, int(differs.sum()))
            chosen.append(_tensor(np.where(differs, b, a), value.dtype))
        if count:
            self.ties.append(Tie(node.op, node.path, count, mine[-1].size))
        return chosen

    def _agrees(self, node, value) -> bool:
        """Whether the file's numbers are the record's but for rounding: half a limit each, so a limit between two."""
        mine, theirs = _array(self.mine[value]), _array(self.theirs[value])
        if mine.shape != theirs.shape:
            return False
        limit, scale = limit_of(value, self.moved).value, self._scale(value)
        if within(theirs, mine, limit / 2, scale):
            return True
        own = distance(mine, _array(self._exact(before=node)[value])) / scale if scale else np.inf
        return own <= min(MOST_ROUNDING * limit, MOST_ROUNDED) and within(theirs, mine, TWICE * own, scale)

    def _scale(self, value) -> float:
        """What its rounding is measured by: what is left of a difference is as exact as what it is a difference of."""
        scale, node = scale_of(_array(self.mine[value])), value.node
        if node is None or node.op not in ("add", "subtract"):
            return scale
        return max(scale, min(scale_of(_array(self.mine.get(node.args[x], node.args[x]))) for x in ("x1", "x2")))

    def _exact(self, before=None) -> dict:
        """The values in 64 bits as tensors, the choices as they were made here; of the nodes before one, or of all."""
        from keras.src import backend

        from kelt.tracing.replay.replay import run_node, widest

        nodes, values = self.function.nodes, self.exact
        with sixty_four_bits():
            for (_, value), given in zip(self.function.inputs, self.inputs):
                values.setdefault(value, backend.convert_to_tensor(given, dtype=widest(value.dtype)))
            while self.done < len(nodes) and nodes[self.done] is not before:
                node, self.done = nodes[self.done], self.done + 1
                if node.op == "write_state":
                    continue
                for value, result in zip(node.outputs, run_node(node, values, self.sizes, precise=True)):
                    forced = self.made.get(value)
                    if forced is not None and forced.any():
                        both = np.where(forced, _array(self.mine[value]), _array(result))
                        result = _tensor(both, widest(value.dtype))
                    values[value] = result
        return values


def _array(tensor) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(tensor))


def _tensor(array, dtype):
    from keras.src import backend

    return backend.convert_to_tensor(array, dtype=dtype)


def within(found: np.ndarray, wanted: np.ndarray, limit: float, scale: float) -> bool:
    """Whether every number is as near as the limit of the scale; NaN and infinities where they were."""
    return not _differs(wanted, found, limit, scale).any()


def _differs(a: np.ndarray, b: np.ndarray, limit: float, scale: float) -> np.ndarray:
    """Where two arrays differ by more than the limit of the scale, or of a larger number itself."""
    if a.dtype.kind in "iub":
        return a != b
    wide = "complex128" if a.dtype.kind == "c" else "float64"
    a, b = a.astype(wide), b.astype(wide)
    allowed = limit * np.maximum(scale, np.abs(np.where(np.isfinite(a), a, 0)))
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= allowed
    return ~(near | (a == b) | (np.isnan(a) & np.isnan(b)))


def scale_of(array: np.ndarray) -> float:
    """The largest number, of those that are no marks: a mask adds -1e9, by which nothing can be measured."""
    sizes = np.abs(array.astype("complex128" if array.dtype.kind == "c" else "float64"))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    while sizes.size:
        largest = sizes.max()
        others = sizes[sizes < largest * (1 - 1 / MARK)]
        if not others.size or others.max() * MARK > largest:
            return float(largest)
        sizes = others
    return 0.0
