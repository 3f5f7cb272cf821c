"""The inputs that a model of KerasHub declares: what each holds, found by its name, and its axes."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from typing import Any

from kelt.errors import bad_argument

# What an input holds → the axes that a parameter fixes. Names that are not here keep the axes that they have.
ROLES = {
    "token_ids": "text",
    "padding_mask": "text",
    "segment_ids": "text",
    "response_mask": "text",
    "position_ids": "text",
    "vision_mask": "text",  # which tokens stand for parts of an image
    "audio_mask": "text",
    "encoder_token_ids": "encoder",
    "encoder_padding_mask": "encoder",
    "encoder_features": "audio",
    "encoder_input_values": "audio",
    "decoder_token_ids": "decoder",
    "decoder_padding_mask": "decoder",
    "images": "image",
    "inputs": "image",
    "pixel_values": "image",
}


def inputs_of(model: Any) -> Iterator[tuple[str, tuple]]:
    """The name and the shape of each declared input."""
    for tensor in getattr(model, "inputs", None) or ():
        yield tensor.name, tuple(tensor.shape)


def axes_of(name: str, shape: tuple) -> tuple[str | None, tuple[int, ...]]:
    """What an input holds, and which of its axes its size lies along."""
    role = ROLES.get(name)
    if len(shape) in (4, 5) and shape[-1] in (1, 3) and role in (None, "image"):
        return "image", (len(shape) - 3, len(shape) - 2)  # (batch, h, w, c), or several images: (batch, n, h, w, c)
    return (None, ()) if role == "image" else (role, (1,) if role else ())


def specs_of(model: Any, sizes: Mapping[str, Any], roles: Mapping[str, str]) -> Any:
    """`keras.InputSpec`s in the structure of the model's inputs; open axes of what is in `sizes` are fixed.

    Args:
        model: With declared inputs.
        sizes: What an input holds → its length, or a tuple of it, or of height and width.
        roles: Other roles than those of `ROLES`, by name.

    Returns:
        None if the model declares no inputs.
    """
    from keras import tree

    def spec(tensor):
        shape = list(tensor.shape)
        role, axes = axes_of(tensor.name, tuple(shape))
        size = sizes.get(roles.get(tensor.name, role))
        for axis, dim in zip(axes, size if isinstance(size, tuple) else (size,)):
            shape[axis] = dim if shape[axis] is None else shape[axis]
        return spec_of(shape, tensor.dtype)

    return tree.map_structure(spec, model.input) if getattr(model, "inputs", None) else None


def lengths_of(parameter: str, value: Any, *names: str) -> tuple:
    """A number for each name, where one was given for all or as many as there are; None where none was."""
    found = tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(names)
    if len(found) == len(names) and all(each is None or (_is_number(each) and each > 0) for each in found):
        return found
    pair = f" or a pair ({', '.join(names)})" if len(names) > 1 else ""
    raise bad_argument(f"{parameter} is a positive number{pair}, not {value!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def spec_of(shape: Any, dtype: str = "float32") -> Any:
    """A `keras.InputSpec`."""
    from keras import InputSpec

    return InputSpec(shape=tuple(shape), dtype=dtype)


def fixed_image_size(model: Any) -> tuple[str, tuple[int, int]] | None:
    """The name of the input and the height and width that the model was built for, if it was for one size."""
    for name, shape in inputs_of(model):
        role, axes = axes_of(name, shape)
        if role == "image" and None not in (size := tuple(shape[axis] for axis in axes)):
            return name, size
    return None


def attribute(holder: Any, path: str) -> Any:
    """`holder.a.b`, or None where a part is not there."""
    for part in path.split("."):
        holder = getattr(holder, part, None)
        if holder is None:
            return None
    return holder
