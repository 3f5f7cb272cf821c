"""The tensors of a signature: what is known of each, and what the user may say of it."""

from __future__ import annotations

import dataclasses

import numpy as np

from kelt.errors import bad_argument


@dataclasses.dataclass(slots=True, eq=False)
class Leaf:
    """One tensor of a signature. `dtype` None: to be found from its first use."""

    shape: tuple
    dtype: str | None
    name: str | None = None  # if the user gave one
    call: tuple | None = None  # if the shape is that of the call that built the model, with any batch: with its own


def flatten(structure) -> list[Leaf]:
    """The leaves in the order of declaration: a dict's in that of its keys."""
    if isinstance(structure, Leaf):
        return [structure]
    items = (
        structure.values() if isinstance(structure, dict) else structure if isinstance(structure, (list, tuple)) else ()
    )
    return [leaf for item in items for leaf in flatten(item)]


def map_structure(structure, change, path=()):
    """A structure of dicts, lists and tuples with `change(leaf, path)` for its leaves."""
    if isinstance(structure, dict):
        return {key: map_structure(item, change, (*path, key)) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)) and not is_shape_like(structure):
        items = [map_structure(item, change, (*path, i)) for i, item in enumerate(structure)]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return items if isinstance(structure, list) else tuple(items)
    return change(structure, path)


def is_shape_like(x) -> bool:
    """`(None, 4)`, or `((None, 4), "int32")`."""
    if not isinstance(x, (tuple, list)):
        return False
    if all(dim is None or isinstance(dim, (int, np.integer)) for dim in x):
        return len(x) > 0 or isinstance(x, tuple)
    return len(x) == 2 and is_shape_like(x[0]) and not isinstance(x[1], (tuple, list, dict, int)) and _is_dtype(x[1])


def _is_dtype(x) -> bool:
    from keras.src.backend import standardize_dtype

    try:
        return x is not None and bool(standardize_dtype(x))
    except (ValueError, TypeError):
        return False


def leaf_of(spec, dtype=None) -> Leaf:
    """A leaf from an `InputSpec`, a `KerasTensor`, an array, a shape, or a pair (shape, dtype)."""
    from keras import KerasTensor
    from keras.src import backend

    if isinstance(spec, Leaf):
        return spec
    if is_shape_like(spec):
        shape, given = spec if len(spec) == 2 and isinstance(spec[0], (tuple, list)) else (spec, dtype)
        return Leaf(_checked(shape), None if given is None else backend.standardize_dtype(given))
    if not hasattr(spec, "shape"):
        raise bad_argument(f"a signature consists of keras.InputSpec, KerasTensor, arrays and shapes, not {spec!r}")
    if spec.shape is None:
        raise bad_argument(f"the signature's {spec!r} has no shape")
    given = getattr(spec, "dtype", None) or dtype
    shape = tuple(spec.shape)
    if isinstance(spec, np.ndarray) or backend.is_tensor(spec):  # an example, of any batch size
        shape = (None, *shape[1:]) if shape else shape
        name = None
    else:
        name = None if isinstance(spec, KerasTensor) else getattr(spec, "name", None)
    return Leaf(_checked(shape), None if given is None else backend.standardize_dtype(given), name)


def _checked(shape) -> tuple:
    shape = tuple(None if dim is None else int(dim) for dim in shape)
    if any(dim is not None and dim < 0 for dim in shape):
        raise bad_argument(f"a shape has lengths and None, not {shape}")
    return shape
