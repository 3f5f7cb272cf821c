"""Names the first tensor at which a file differs from its model, its layer, and the weights that changed."""

from __future__ import annotations

from kelt.errors import ExportError, failure
from kelt.tracing.record.graph import values_in
from kelt.tracing.record.op_facts import is_source
from kelt.verification.arrays import as_given
from kelt.verification.capture_check import WRONG_CAPTURE, recorded
from kelt.verification.in_parts import NO_ROOM

MOST_NAMES = 4  # names in one list


def mismatch(emitted, path, index, inputs, what, limit=0.0, pardoned=(), choices=None) -> ExportError:
    """The error that names the first tensor that differs, and the layer at fault.

    Where a tensor of the file differs and those before it agree, the layers between are at fault. One operator of the
    file may compute several layers; then the fingerprints of the weights in the file's metadata tell which of them
    reads a weight that is not what was exported. Where the record itself differs from the model, the capture is wrong.
    `limit` and `pardoned`: as for `search`. `choices`: what the record gives on the file's own choices, if they tie.
    """
    text = f"the file differs from the model at {what}; "
    record, wrong = recorded(emitted, index, inputs)
    if wrong is not None:
        return wrong_capture(what, wrong)
    found = search(emitted, path, index, inputs, choices.values if choices else record, limit, pardoned)
    changed = _changed_weights(emitted, path)
    between, readers = _layers_between(emitted, index, found)
    of_span = {layer: weights for layer, weights in readers.items() if set(weights) & changed}
    of_model = of_span or {layer: weights for layer, weights in _readers(emitted) if set(weights) & changed}
    layer = next(iter(of_model), between[-1] if between else "")
    if found.first is None:
        text += "every tensor before it that can be read agrees"
    else:
        first = found.first
        node = emitted.values[index][first.value].node
        op = f"keras.ops.{node.op}" if node is not None else "an input"
        text += f"the first tensor that does is {first.tensor} ({first.op}, of {op}): {first.comparison.why}"
        if len(between) > 1:
            text += f"; it computes {_listed(between)} in one"
    if of_model:
        names = [name for weights in of_model.values() for name in weights if name in changed]
        text += f"; {_are_other(names)}"
    return failure("K401", text, layer)


def mismatch_unseen(emitted, path, what) -> ExportError:
    """The error of a file that was run in parts, whose tensors before the outputs are not read."""
    changed = _changed_weights(emitted, path)
    of_model = {layer: weights for layer, weights in _readers(emitted) if set(weights) & changed}
    text = f"the file differs from the model at {what}"
    if of_model:
        text += f"; {_are_other([name for weights in of_model.values() for name in weights if name in changed])}"
    text += f"; the tensors before it, and choices between numbers that tie, were not looked at, since {NO_ROOM}"
    return failure("K401", text, next(iter(of_model), ""))


def wrong_capture(what, wrong) -> ExportError:
    """The error where the record itself differs from the model."""
    text = f"the file differs from the model at {what}; so does the model as it was captured"
    text += f": {wrong.why}" if wrong.layer else f" ({wrong.why}), though each layer agrees"
    return failure("K401", text, wrong.layer, WRONG_CAPTURE)


def other_weights(emitted, path) -> ExportError | None:
    """The error where all outputs agree, and yet the file was made of other weights than the model has."""
    changed = _changed_weights(emitted, path)
    if not changed:
        return None
    layer = next((layer for layer, weights in _readers(emitted) if set(weights) & changed), "")
    names = [weight.name for weight in emitted.graph.weights if weight.name in changed]
    what = f"the outputs agree, but {_are_other(names)}"
    return failure(
        "K401", what, layer, "Verify the file with the model that it was made of, or export the model again."
    )


def search(emitted, path, index, inputs, record, limit=0.0, pardoned=()):
    """Where the file differs from the record first. `limit`: of floats, if it is above that of their dtype.

    Values that are `pardoned` are not compared.
    """
    from kelt import _native
    from kelt.runtime import runtime

    def ask(of_function, at):
        value = emitted.values[of_function].get(at) if of_function == index else None
        return None if value not in record or value in pardoned else as_given(record[value])

    function = emitted.graph.functions[index]
    given = {name: as_given(array) for (name, _), array in zip(function.inputs, inputs)}
    return _native.find_mismatch(runtime(), str(path), function.name, given, ask, limit)


def _changed_weights(emitted, path) -> set[str]:
    """Names of the weights whose values in the file are not those that were exported."""
    from kelt import _native

    weights = emitted.graph.weights
    return {weights[i].name for i in _native.changed_weights(emitted.module, str(path))}


def _layers_between(emitted, index, found):
    """The layers that compute the differing tensor from those that agree, in order, and the weights that each reads."""
    if found.first is None:
        return [], {}
    values = emitted.values[index]
    agreed = {id(values.get(value)) for function, value in found.agreed if function == index}
    seen, nodes, pending = set(), [], [values[found.first.value]]
    while pending:
        value = pending.pop()
        node = value.node
        if node is None or id(node) in seen or id(value) in agreed:
            continue
        seen.add(id(node))
        nodes.append(node)
        pending += [needed for argument in node.args.values() for needed in values_in(argument)]
    order = {id(node): i for i, node in enumerate(emitted.graph.functions[index].nodes)}
    nodes.sort(key=lambda node: order.get(id(node), 0))
    readers = _weights_by_layer(nodes)
    layers = [node.path for node in nodes if node.path and not is_source(node.op)]
    return list(dict.fromkeys(layers)), readers


def _readers(emitted):
    """The layers of all signatures with the weights that they read."""
    return [item for function in emitted.graph.functions for item in _weights_by_layer(function.nodes).items()]


def _weights_by_layer(nodes) -> dict[str, list[str]]:
    readers = {}
    for node in nodes:
        if node.op == "weight":
            readers.setdefault(node.path, []).append(node.args["table"].name)
        elif node.op == "read_state":
            readers.setdefault(node.path, []).append(node.args["state"].initial.name)
    return readers


def _are_other(names) -> str:
    return f"{_listed(list(dict.fromkeys(names)))} {'is' if len(names) == 1 else 'are'} not what was exported"


def _listed(names) -> str:
    listed = names[:MOST_NAMES] + ([f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else [])
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " and " + listed[-1]
