"""Choices between numbers that tie within rounding: what follows them is compared on the file's own choice.

An index, a comparison or a rounding may fall either way where rounding alone decides. The record is replayed, and each
of its choices is made again on the numbers that the file chose between, if they agree with the record's. How it chooses
is what the record says: a file that chooses otherwise on the same numbers is wrong.
"""

from __future__ import annotations

import dataclasses

from kelt.verification import limits as limits_module
from kelt.verification.arrays import compared, distance, magnitude
from kelt.verification.choice_replay import OtherNumbersError, Replay, Tie
from kelt.verification.discrete import is_choice
from kelt.verification.file_values import FileValues
from kelt.verification.limits import APART, MOST_ROUNDED, MOST_ROUNDING, Limit, record_values


@dataclasses.dataclass(slots=True)
class Choices:
    """What the record gives where its choices are made on the file's numbers."""

    values: dict  # by the record's value
    plain: dict  # and on its own numbers
    exact: dict  # in 64 bits, with the same choices
    ties: list[Tie]


def judged(proof, draw, i: int, kernels: str) -> tuple[float, Limit] | None:
    """The error of an output and its limit on the file's own choices; None where they don't explain the difference."""
    choices = choices_on(proof, draw, kernels)
    if choices is None:
        return None
    _, value = proof.function.outputs[i]
    limit, wanted = proof.limits[i], choices.values[value]
    scale = magnitude([wanted])
    own = distance(wanted, choices.exact[value]) / scale if scale else 0.0
    if limit.value / 2 < own <= min(MOST_ROUNDING * limit.value, MOST_ROUNDED):
        why = f"{limit.why}; the model itself is {own:.1e} off by rounding alone"
        limit = Limit(max(limit.value, APART * own), why)
    comparison = compared(draw.found[kernels][0][i], wanted, limit.value)
    # The record must be the model: on its own numbers, or on the file's where the model happens to choose likewise.
    records = choices.plain[value], wanted
    if not comparison.ok or not any(compared(record, draw.live[0][i], limit.value).ok for record in records):
        return None
    proof.tied[id(draw), kernels] = choices.ties
    return comparison.error, limit


def choices_on(proof, draw, kernels: str = "delegate") -> Choices | None:
    """Of a draw: computed once."""
    key = id(draw), kernels
    if key not in proof.choices:
        proof.choices[key] = choices_of(proof.emitted, proof.path, proof.index, draw.inputs, kernels)
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


def choices_of(emitted, path, index, inputs, kernels: str) -> Choices | None:
    """None where no choice of the record is another on the file's numbers, or where these are not the record's."""
    function = emitted.graph.functions[index]
    nodes = [node for node in function.nodes if is_choice(node)]
    if not nodes:
        return None
    read = FileValues(emitted, path, index, inputs, kernels, nodes)
    try:
        replay = Replay(function, inputs, nodes, read).run()
    except OtherNumbersError:
        return None
    if not replay.ties:
        return None
    return Choices(replay.values(), record_values(function, inputs), replay.exact_values(), replay.ties)


def exact_values(function, inputs) -> dict:
    """The values of a record in 64 bits, its choices as they are in its own precision: those are no rounding."""
    nodes = [node for node in function.nodes if is_choice(node)]
    return Replay(function, inputs, nodes).run().exact_values() if nodes else record_values(function, inputs, True)


def own_errors(function, inputs) -> dict[str, float]:
    """How far each output is off by rounding alone."""
    return limits_module.own_errors(function, inputs, exact_values(function, inputs))
