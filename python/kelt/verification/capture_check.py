"""Whether the record of a model computes what the model computes, and if not, which layer was captured wrongly."""

from __future__ import annotations

import dataclasses

import numpy as np

from kelt.errors import first_line
from kelt.tracing.record.graph import values_in
from kelt.verification.arrays import compared
from kelt.verification.limits import has_integer_weights, record_values, rounded_products
from kelt.verification.live import live_outputs

FAR = 1e-4  # more than rounding, where nothing else is known
WRONG_CAPTURE = (
    "If the layer is your own: kelt follows its code on tensors without values, so it must do the same with and "
    "without them, at every size. Else this is a fault of kelt: please report it with the model."
)


@dataclasses.dataclass(slots=True)
class Wrong:
    """How the record differs from the model, and the first layer at which it does."""

    why: str
    layer: str = ""


def recorded(emitted, index, inputs, every_layer=False):
    """The record's values on these inputs as arrays, and where its outputs differ from the model's.

    With `every_layer`, where the outputs of any layer differ.
    """
    from keras import ops

    from kelt import _native

    function, seen = emitted.graph.functions[index], []

    def on_layer(path, outputs):
        seen.extend((path, np.array(ops.convert_to_numpy(leaf))) for leaf in _tensors(outputs))

    live, *_ = live_outputs(emitted.sigs[index], emitted.graph, function, inputs, on_layer=on_layer)
    try:
        values = record_values(function, inputs, change=rounded_products(function))
    except Exception as error:
        return {}, Wrong(f"it can't be run on these inputs: {first_line(error)}")
    # Keras rounds what it multiplies with integers, and so may choose the neighbour of what the record does.
    limit = _native.ROUNDED_ACTIVATIONS if has_integer_weights(function) else FAR
    for (name, value), wanted in zip(function.outputs, live):
        found = compared(values[value], wanted, limit)
        if not found.ok:
            return values, _first_layer(function, values, seen, limit) or Wrong(f"at {name} {found.why}")
    return values, _first_layer(function, values, seen, limit) if every_layer else None


def _tensors(structure):
    from keras import tree
    from keras.src import backend

    return [leaf for leaf in tree.flatten(structure) if backend.is_tensor(leaf)]


def _first_layer(function, values, seen, limit):
    """The first layer that ended with an output that no value of its nodes is."""
    of_path = {}
    for node in function.nodes:
        around = [*node.outputs, *(value for argument in node.args.values() for value in values_in(argument))]
        parts = node.path.split("/") if node.path else []
        for end in range(1, len(parts) + 1):
            of_path.setdefault("/".join(parts[:end]), []).extend(around)
    for path, array in seen:
        mine = [values[value] for value in of_path.get(path, ()) if value in values]
        close = [
            compared(value, array, limit) for value in mine if value.shape == array.shape and value.dtype == array.dtype
        ]
        if mine and not any(comparison.ok for comparison in close):
            nearest = min(close, key=lambda comparison: comparison.error, default=None)
            why = "no tensor of its shape was recorded" if nearest is None else nearest.why
            return Wrong(f"the layer gives what was not recorded: {why}", path)
    return None
