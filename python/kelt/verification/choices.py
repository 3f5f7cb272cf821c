"""Choices between numbers that tie within rounding: what follows them is compared on the file's own choice.

An index, a comparison or a rounding may fall either way where rounding alone decides. The record is replayed, and each
of its choices is made again on the numbers that the file chose between, if they agree with the record's. How it chooses
is what the record says: a file that chooses otherwise on the same numbers is wrong.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from kelt.verification import limits as limits_module
from kelt.verification.arrays import compared, distance, magnitude
from kelt.verification.choice_replay import OtherNumbersError, Replay, Tie
from kelt.verification.discrete import is_choice
from kelt.verification.file_values import FileValues, LiveValues
from kelt.verification.limits import Limit, record_values, widened


@dataclasses.dataclass(slots=True)
class Choices:
    """What the record gives where its choices are made on the file's numbers."""

    values: dict  # by the record's value
    plain: dict  # and on its own numbers
    exact: dict  # in 64 bits, with the same choices
    ties: list[Tie]  # of this run and those before
    replay: Replay


def judged(proof, draw, call: int, i: int, kernels: str) -> tuple[float, Limit] | None:
    """The error of an output and its limit on the file's own choices; None where they don't explain the difference."""
    same = draw.found[kernels][call][i].shape == draw.live[call][i].shape
    choices = choices_on(proof, draw, kernels, call) if same else None
    if choices is None:
        return None
    _, value = proof.function.outputs[i]
    wanted = choices.values[value]
    scale = magnitude([wanted])
    own = distance(wanted, choices.exact[value]) / scale if scale else 0.0
    limit = widened(proof.limits[i], own)
    comparison = compared(draw.found[kernels][call][i], wanted, limit.value)
    ties = _explaining(proof, draw, call, i, choices, limit.value) if comparison.ok else []
    if not ties:
        return None
    proof.tied[id(draw), kernels] = ties
    return comparison.error, limit


def _explaining(proof, draw, call: int, i: int, choices, limit: float) -> list[Tie]:
    """The ties that change an output, if the record is the model: on its own choices, the file's, or the model's."""
    value, live = proof.function.outputs[i][1], draw.live[call][i]
    plain, wanted = choices.plain[value], choices.values[value]
    if _differ(plain, wanted) and any(compared(record, live, limit).ok for record in (plain, wanted)):
        return choices.ties
    replay = _on_the_model(proof, draw, call)
    if replay is None:
        return []
    chosen = replay.values()[value]
    return (choices.ties or replay.ties) if _differ(plain, chosen) and compared(chosen, live, limit).ok else []


def _on_the_model(proof, draw, call: int) -> Replay | None:
    """The record replayed on what the model's layers give: computed once."""
    key = id(draw), "live", call
    if key not in proof.choices:
        before = _on_the_model(proof, draw, call - 1) if call else None
        nodes = [node for node in proof.function.nodes if is_choice(node)]
        values = LiveValues(proof.emitted, proof.index, draw.inputs, nodes, runs=call + 1)
        lost = call and before is None
        proof.choices[key] = None if lost else _replayed(proof.function, draw.inputs, nodes, values, before)
    return proof.choices[key]


def _differ(a, b) -> bool:
    return not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


def choices_on(proof, draw, kernels: str = "delegate", call: int = 0) -> Choices | None:
    """Of a call of a draw: computed once. A later call starts from the states that the one before leaves."""
    key = id(draw), kernels, call
    if key not in proof.choices:
        before = choices_on(proof, draw, kernels, call - 1) if call else None
        lost = call and before is None
        proof.choices[key] = None if lost else _choices_of(proof, draw.inputs, kernels, call, before)
    return proof.choices[key]


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


def _choices_of(proof, inputs, kernels: str, call: int, before: Choices | None) -> Choices | None:
    """None where there is no choice, or where one is between other numbers than the record's."""
    function, runs = proof.function, call + 1
    nodes = [node for node in function.nodes if is_choice(node)]
    if not nodes:
        return None
    read = FileValues(proof.emitted, proof.path, proof.index, inputs, kernels, nodes, runs)
    replay = _replayed(function, inputs, nodes, read, before.replay if before else None)
    if replay is None:
        return None
    plain = record_values(function, inputs, change=replay.change, runs=runs)
    ties = [*(before.ties if before else []), *replay.ties]
    return Choices(replay.values(), plain, replay.exact_values(), ties, replay)


def _replayed(function, inputs, nodes, read, before) -> Replay | None:
    try:
        return Replay(function, inputs, nodes, read, before).run()
    except OtherNumbersError:
        return None


def exact_values(function, inputs, of=None) -> dict:
    """The values of a record in 64 bits, its choices as they are in its own precision: those are no rounding.

    Of all values, or of those of `of`.
    """
    nodes = [node for node in function.nodes if is_choice(node)]
    if nodes:
        return Replay(function, inputs, nodes, keep=of).run().exact_values(of)
    return record_values(function, inputs, precise=True, of=of)


def own_errors(function, inputs) -> dict[str, float]:
    """How far each output is off by rounding alone."""
    outputs = [value for _, value in function.outputs]
    return limits_module.own_errors(function, inputs, lambda: exact_values(function, inputs, outputs))
