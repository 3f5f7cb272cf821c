"""Where an output gives the same whatever it is given: the tensors before it, which tell more."""

from __future__ import annotations

from kelt.errors import ExportError, failure
from kelt.tracing.record.graph import values_in
from kelt.tracing.record.op_facts import is_source
from kelt.verification.arrays import distance, magnitude, variation
from kelt.verification.capture_check import recorded
from kelt.verification.choices import choices_on, exact_values
from kelt.verification.in_parts import NO_ROOM
from kelt.verification.limits import APART, is_rounding, nodes_behind
from kelt.verification.mismatch import mismatch, search, wrong_capture
from kelt.verification.proof import Proof, least_variation

PARDONS = 8  # tensors that rounding alone moves by more than the limit


def look_before(proof: Proof, flat: list[int]) -> None:
    """Raises unless the tensors before these outputs agree, vary, and leave no weight between them and the output."""
    emitted, index = proof.emitted, proof.index
    alike = [draw for draw in proof.draws if draw.kind in ("random", "offset")][:2]
    names = [f"{proof.prefix}{proof.function.outputs[i][0]}" for i in flat]
    if proof.parts is not None:
        raise _unproven(names[0], [], f"; the tensors before it were not looked at, since {NO_ROOM}")
    behind = {made for i in flat for node in nodes_behind(proof.function.outputs[i][1]) for made in node.outputs}
    records, agreed = [], None
    for draw in alike:
        record, wrong = recorded(emitted, index, draw.inputs, every_layer=True)
        what = f"a tensor before the output {names[0]}, which gives the same whatever it is given"
        if wrong is not None:
            raise wrong_capture(what, wrong)
        record = {value: array for value, array in record.items() if value in behind}
        mine = _agreed(proof, draw, record, what)
        agreed = mine if agreed is None else agreed & mine
        records.append(record)
    strong = {value for value in agreed if _varies([record[value] for record in records])}
    for i, name in zip(flat, names):
        between = _weights_between(proof.function.outputs[i][1], strong)
        if between is not None:
            raise _unproven(name, between)


def _agreed(proof, draw, record, what) -> set:
    """The values that agree; raises where one differs by more than rounding makes of it."""
    pardoned, exact, choices = set(), None, None
    limit = max(limit.value for limit in proof.limits)
    while True:
        found = search(proof.emitted, proof.path, proof.index, draw.inputs, record, limit, pardoned)
        values = proof.emitted.values[proof.index]
        if found.first is None:
            return {values[value] for function, value in found.agreed if function == proof.index}
        value = values[found.first.value]
        if choices is None and (choices := choices_on(proof, draw)) is not None:
            record.update({value: choices.values[value] for value in record})
            proof.tied[id(draw), "delegate"] = choices.ties
            continue
        if exact is None:
            exact = choices.exact if choices is not None else exact_values(proof.function, draw.inputs)
        own, comparison = distance(record[value], exact[value]), found.first.comparison
        rounding = comparison.magnitude and is_rounding(own / comparison.magnitude, comparison.limit)
        if len(pardoned) >= PARDONS or not rounding or comparison.difference > APART * own:
            raise mismatch(proof.emitted, proof.path, proof.index, draw.inputs, what, limit, pardoned, choices)
        pardoned.add(value)


def _varies(arrays) -> bool:
    from kelt import _native

    largest, varies = magnitude(arrays), variation(arrays)
    limit = _native.limit_of(arrays[0].dtype.name) if arrays[0].size else 0
    return varies > 0 and varies >= least_variation(limit) * largest


def _weights_between(output, strong) -> list[str] | None:
    """Names of the weights that are read between an output and the values that prove something, if any.

    None where there are none; an empty list where nothing on the way from an input proves anything.
    """
    seen, todo, names, proven = set(), [output], [], False
    while todo:
        value = todo.pop()
        if value in strong or value.node is None:
            proven = proven or value in strong
            continue
        if id(value.node) in seen:
            continue
        seen.add(id(value.node))
        if value.node.op in ("weight", "quantized_weight"):
            names.append(value.node.args["table"].name)
        elif not is_source(value.node.op):
            todo += [needed for argument in value.node.args.values() for needed in values_in(argument)]
    return names if names or not proven else None


def _unproven(name: str, weights: list[str], unseen: str = "") -> ExportError:
    what = f"nothing is proven: the output {name} gives the same on random, flat and offset inputs{unseen}"
    if weights:
        more = f" and {len(weights) - 1} more" if len(weights) > 1 else ""
        what += f", whatever {weights[-1]}{more} may be"
    return failure("K401", what, remedy=(
        "Give inputs on which it varies: kelt.verify(model, path, inputs={…}), or load the weights of a trained model."
    ))  # fmt: skip
