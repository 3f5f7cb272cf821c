"""What a model does not say of its inputs and had to be chosen: lengths and dtypes, and how that is said."""

from __future__ import annotations

import dataclasses

from kelt.tracing.leaves import Leaf
from kelt.tracing.signature import Signature


def with_any_length(leaves: list[Leaf], dtypes: list[str]) -> list[Leaf] | None:
    """The leaves with the lengths of ids open that a call gave them, and the same lengths of what goes with them.

    Every axis of ids is a length: they have no features. None where there are no such.
    """
    ids = [
        leaf for leaf, dtype in zip(leaves, dtypes) if leaf.call is not None and leaf.dtype is None and dtype == "int32"
    ]
    lengths = {dim for leaf in ids for dim in leaf.shape[1:] if dim is not None and dim > 1}
    if not lengths:
        return None

    def opened(leaf, dtype):
        shape = leaf.shape
        if leaf.call is not None and leaf.shape:
            shape = (shape[0], *(None if dim in lengths else dim for dim in shape[1:]))
        return dataclasses.replace(leaf, shape=shape, dtype=dtype)

    return [opened(leaf, dtype) for leaf, dtype in zip(leaves, dtypes)]


def of_the_call(leaves: list[Leaf]) -> list[Leaf] | None:
    """The leaves with the batch of the call as well; None where they have it, or no call is known."""
    found = [leaf if leaf.call is None else dataclasses.replace(leaf, shape=leaf.call) for leaf in leaves]
    return None if all(leaf.shape == other.shape for leaf, other in zip(leaves, found)) else found


def notes(sig: Signature, leaves: list[Leaf], shapes: list[tuple], dtypes: list[str]) -> list[str]:
    """What was chosen, and the signature that chooses it. `leaves` as the signature has them."""
    said = []
    taken = [(name, leaf, shape) for name, leaf, shape in zip(sig.input_names, leaves, shapes) if leaf.call is not None]
    if taken:
        any_batch = all(shape[:1] == (None,) for _, leaf, shape in taken if leaf.shape)
        said.append(f"its shapes are those that the model was built on{', with any batch' if any_batch else ''}")
    longer = [repr(name) for name, leaf, shape in taken if shape.count(None) > leaf.shape.count(None)]
    if longer:
        said.append(f"{' and '.join(longer)} may be of any length")
    if sig.by_default:
        said.append(f"{' and '.join(map(repr, sig.by_default))} of its call() are left as by default")
    batches = {leaf.shape[0] for leaf in leaves if leaf.call is None and leaf.shape} if _is_sequential(sig.root) else {}
    if batches and not batches <= {None, 1}:
        said.append(f"its batch is {batches.pop()}, as its Input has it")
    for name, leaf, dtype in zip(sig.input_names, leaves, dtypes):
        if leaf.dtype is None:
            said.append(f"the dtype of {name!r} is {dtype}, {'since it indexes' if dtype == 'int32' else 'a guess'}")
    if not said:
        return []
    return [f"{sig.name}: {'; '.join(said)}. To choose: input_signature={_text(sig, shapes, dtypes)}"]


def _is_sequential(model) -> bool:
    """Whether a model's input may be one that Keras made of the first data it saw: a file does not tell."""
    from keras import Sequential

    return isinstance(model, Sequential)


def _text(sig: Signature, shapes, dtypes) -> str:
    """The signature as one writes it."""
    specs = (f"keras.InputSpec(shape={shape}, dtype={dtype!r})" for shape, dtype in zip(shapes, dtypes))

    def write(structure):
        if isinstance(structure, Leaf):
            return next(specs)
        if isinstance(structure, dict):
            return "{" + ", ".join(f"{key!r}: {write(item)}" for key, item in structure.items()) + "}"
        if isinstance(structure, (list, tuple)):
            return "[" + ", ".join(map(write, structure)) + "]"
        return repr(structure)

    return write(sig.args if sig.args else sig.kwargs)
