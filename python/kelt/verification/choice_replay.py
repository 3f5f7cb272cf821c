"""A record replayed with its choices made on the numbers of a file, and how near these must be."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

import numpy as np

from kelt.verification.arrays import distance
from kelt.verification.discrete import ORDERS, WHOLE, is_float, is_whole, operands
from kelt.verification.limits import (
    APART,
    as_recorded,
    is_rounding,
    limit_of,
    moved_values,
    rounded_products,
    sixty_four_bits,
)

MARK = 1000  # times larger than all others: a mask's number, which says nothing of how others are rounded


@dataclasses.dataclass(frozen=True, slots=True)
class Tie:
    """A choice that is another on the file's numbers: in how many elements, of how many."""

    op: str
    path: str
    count: int
    of: int


class OtherNumbersError(Exception):
    """What the file chooses between is not what the record does."""


class Replay:
    """A record replayed, the choices made on the file's numbers."""

    def __init__(self, function, inputs, choices, read=None, before=None, keep=None):
        """`choices`: the nodes. `read`: the file's values (`FileValues`); without it the record chooses by itself.

        `before`: the replay of the run before this one, from whose states it starts. `keep`: the values that are needed
        of one that chooses by itself; others, weights among them, are let go of where they are read last.
        """
        from kelt.tracing.replay.replay import last_reads, sizes_of

        self.function, self.inputs, self.read, self.before = function, inputs, read, before
        self.choices = {id(node) for node in choices}
        self.change = rounded_products(function)
        self.sizes, self.moved = sizes_of(function, inputs), moved_values(function)
        self.mine, self.theirs = {}, {}  # tensors by the record's value: the record's, and what the file makes of it
        self.made = {}  # by the value of a choice: what was chosen, and where that is no measure
        self.exact, self.done = {}, 0  # the values in 64 bits, and of how many nodes
        self.ties = []
        chosen = [value for node in choices for value in node.outputs]
        self.ended = last_reads(function, None if keep is None else [*keep, *chosen])

    def run(self) -> Replay:
        """Every node in its order; raises where a choice is between other numbers than the record's."""
        from keras.src import backend

        from kelt.tracing.replay.replay import run_node, state_read

        states = self.before.states() if self.before else None
        for (_, value), given in zip(self.function.inputs, self.inputs):
            self.mine[value] = backend.convert_to_tensor(given, dtype=value.dtype)
        for node in self.function.nodes:
            if node.op == "write_state":
                continue
            read = state_read(node, states)
            results = run_node(node, self.mine, self.sizes, change=self.change) if read is None else [read]
            if id(node) in self.choices:
                results = self._chosen(node, results)
            self.mine.update(zip(node.outputs, results))
            if self.read is not None:
                self._follow(node)
            self._let_go(node, self.mine)
        return self

    def _let_go(self, node, values) -> None:
        for value in self.ended.get(id(node), ()):
            values.pop(value, None)

    def values(self) -> dict[Any, np.ndarray]:
        """By the record's value."""
        return {value: as_recorded(value, _array(tensor)) for value, tensor in self.mine.items()}

    def exact_values(self, of=None) -> dict[Any, np.ndarray]:
        """By the record's value: in 64 bits, with the same choices; all, or those of `of`."""
        exact = self._exact()
        return {value: _array(exact[value]) for value in (exact if of is None else of)}

    def states(self, exact: bool = False) -> dict:
        """What the next run reads: with this run's choices, in 64 bits if `exact`."""
        from kelt.tracing.replay.replay import assigned

        before = self.before.states(exact) if self.before else None
        return assigned(self.function, self._exact() if exact else self.mine, before)

    def _follow(self, node) -> None:
        """What the file has for the outputs of a node, if it can be read, or computed from what can be read."""
        from keras.src import backend

        from kelt.tracing.replay.replay import assigned, run_node, state_read

        kept = state_read(node, assigned(self.function, self.before.theirs)) if self.before else None
        for value in node.outputs:
            if kept is not None:
                self.theirs[value] = kept
            if value in self.read.values:
                found = self.read.fitted(value, _array(self.mine[value]))
                if found is not None:
                    self.theirs[value] = backend.convert_to_tensor(found, dtype=value.dtype)
        if id(node) in self.read.computed and any(value in self.theirs for value in operands(node)):
            results = run_node(node, collections.ChainMap(self.theirs, self.mine), self.sizes, change=self.change)
            for value, result in zip(node.outputs, results):
                self.theirs.setdefault(value, result)

    def _chosen(self, node, results):
        """The outputs of a choice, made on the file's numbers."""
        from kelt.tracing.replay.replay import run_node

        mine = [_array(result) for result in results]
        keys = {value: self.theirs[value] for value in operands(node) if is_float(value) and value in self.theirs}
        if not all(self._agrees(node, value) for value in keys):
            raise OtherNumbersError
        on_keys = (
            run_node(node, collections.ChainMap(keys, self.mine), self.sizes, change=self.change) if keys else results
        )
        theirs = self._in_order(node, [_array(result) for result in on_keys])
        count, chosen = 0, []
        for value, a, b, result in zip(node.outputs, mine, theirs, results):
            whole = node.op in WHOLE or is_whole(value)
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

    def _in_order(self, node, made):
        """With the file's own indices, where they pick the same numbers, each once."""
        import keras

        found = self.read.values.get(node.outputs[-1]) if self.read is not None else None
        if node.op not in ORDERS or keras.backend.backend() == "jax" or found is None or found.size != made[-1].size:
            return made
        x, axis = node.args["x"], node.args.get("axis", -1)
        numbers, indices = _array(self.theirs.get(x, self.mine[x])), found.reshape(made[-1].shape).astype("int64")
        if axis is None:
            numbers, axis = numbers.reshape(-1), -1
        within_it = (indices >= 0).all() and (indices < numbers.shape[axis]).all()
        if not within_it or not np.diff(np.sort(indices, axis), axis=axis).all():
            return made
        picks = [np.take_along_axis(numbers, one, axis) for one in (indices, made[-1].astype("int64"))]
        return [*made[:-1], indices.astype(made[-1].dtype)] if np.array_equal(*picks) else made

    def _agrees(self, node, value) -> bool:
        """Whether the file's numbers are the record's but for rounding: half a limit each, so a limit between two."""
        mine, theirs = _array(self.mine[value]), _array(self.theirs[value])
        if mine.shape != theirs.shape:
            return False
        limit, scale = limit_of(value, self.moved).value, self._scale(value)
        if within(theirs, mine, limit / 2, scale):
            return True
        own = distance(mine, _array(self._exact(before=node)[value])) / scale if scale else np.inf
        return is_rounding(own, limit) and within(theirs, mine, APART * own, scale)

    def _scale(self, value) -> float:
        """What its rounding is measured by: what is left of a difference is as exact as what it is a difference of.

        Of two that vary the smaller counts, since the larger may be a mask.
        """
        scale, node = scale_of(_array(self.mine[value])), value.node
        if node is None or node.op not in ("add", "subtract"):
            return scale
        varying = [self._scale(operand) for operand in operands(node) if id(operand) in self.moved]
        return max(scale, min(varying, default=0.0))

    def _exact(self, before=None) -> dict:
        """The values in 64 bits as tensors, the choices as they were made here; of the nodes before one, or of all."""
        from keras.src import backend

        from kelt.tracing.replay.replay import run_node, state_read, widest

        nodes, values = self.function.nodes, self.exact
        states = self.before.states(exact=True) if self.before else None
        with sixty_four_bits():
            for (_, value), given in zip(self.function.inputs, self.inputs):
                values.setdefault(value, backend.convert_to_tensor(given, dtype=widest(value.dtype)))
            while self.done < len(nodes) and nodes[self.done] is not before:
                node, self.done = nodes[self.done], self.done + 1
                if node.op == "write_state":
                    continue
                read = state_read(node, states)
                results = run_node(node, values, self.sizes, precise=True) if read is None else [read]
                for value, result in zip(node.outputs, results):
                    forced = self.made.get(value)
                    if forced is not None and forced.any():
                        both = np.where(forced, _array(self.mine[value]), _array(result))
                        result = _tensor(both, widest(value.dtype))
                    values[value] = result
                self._let_go(node, values)
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
