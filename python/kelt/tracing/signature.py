"""What goes in and out of a signature: structure, names, order, shapes and dtypes.

Names: keys of a dict win; then the names of `InputLayer`s and of the layers that make the outputs; then the parameters
of `call`, and `output_0`, `output_1`, …. A leaf inside a nested structure is named by its path, as a JSON pointer
without the leading slash: keys and indices joined by `/`, with `~` in a key written `~0` and `/` written `~1`. A name
that is taken gets `_1`, `_2`, ….
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from kelt.errors import bad_argument, not_built


@dataclasses.dataclass(slots=True, eq=False)
class Leaf:
    """One tensor of a signature. `dtype` None: to be found from its first use."""

    shape: tuple
    dtype: str | None
    name: str | None = None  # if the user gave one


@dataclasses.dataclass(slots=True)
class Signature:
    """A function to capture: what is called, on what, and the names of the inputs in the order of the leaves."""

    name: str
    function: Callable
    args: list  # structures of Leaf, one for each positional argument
    kwargs: dict
    input_names: list[str]
    output_names: Callable[[Any], list[str]]
    root: Any = None  # the model that is called, if one is
    declared_outputs: Any = None  # of a Functional model: the order of the keys, which some backends sort


def signatures_of(model, input_signature=None, signatures=None) -> list[Signature]:
    """All signatures that a call of `kelt.export` asks for."""
    if signatures is None:
        return [_of_model(model, input_signature)]
    if input_signature is not None:
        raise bad_argument("give either `input_signature` or `signatures`")
    if not isinstance(signatures, dict) or not signatures:
        raise bad_argument("`signatures` is a dict: name → (callable, specs)")
    found = []
    for name, entry in signatures.items():
        if not isinstance(name, str) or not name:
            raise bad_argument(f"the name of a signature is a string, not {name!r}")
        if not (isinstance(entry, tuple) and len(entry) == 2 and callable(entry[0])):
            raise bad_argument(f"signatures[{name!r}] must be a pair (callable, specs)")
        function, specs = entry
        found.append(
            _of_model(function, specs, name) if _is_model(function) else _of_callable(function, specs, name, model)
        )
    return found


def _is_model(thing) -> bool:
    from keras import Layer

    return isinstance(thing, Layer)


def flatten(structure) -> list[Leaf]:
    """The leaves in the order of declaration: a dict's in that of its keys."""
    if isinstance(structure, Leaf):
        return [structure]
    items = (
        structure.values() if isinstance(structure, dict) else structure if isinstance(structure, (list, tuple)) else ()
    )
    return [leaf for item in items for leaf in flatten(item)]


def _map(structure, change, path=()):
    """A structure of dicts, lists and tuples with `change(leaf, path)` for its leaves."""
    if isinstance(structure, dict):
        return {key: _map(item, change, (*path, key)) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)) and not _is_shape_like(structure):
        items = [_map(item, change, (*path, i)) for i, item in enumerate(structure)]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return items if isinstance(structure, list) else tuple(items)
    return change(structure, path)


# --- what the user may give as a leaf


def _is_shape_like(x) -> bool:
    """`(None, 4)`, or `((None, 4), "int32")`."""
    if not isinstance(x, (tuple, list)):
        return False
    if all(dim is None or isinstance(dim, (int, np.integer)) for dim in x):
        return len(x) > 0 or isinstance(x, tuple)
    return len(x) == 2 and _is_shape_like(x[0]) and not isinstance(x[1], (tuple, list, dict, int)) and _is_dtype(x[1])


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
    if _is_shape_like(spec):
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


# --- models


def _of_model(model, specs, name="serving_default") -> Signature:
    from keras.src import models

    if not _is_model(model):
        if callable(model):
            return _of_callable(model, specs, name, None)
        raise bad_argument(f"a Keras model, a layer or a callable is exported, not {type(model).__name__}")
    functional = model if isinstance(model, models.Functional) else getattr(model, "_functional", None)
    if functional is not None and isinstance(model, (models.Functional, models.Sequential)):
        return _of_functional(model, functional, specs, name)
    return _of_subclass(model, specs, name)


def _of_functional(model, functional, specs, name):
    from keras import KerasTensor

    declared = functional._inputs_struct
    own = _map(declared, lambda tensor, _: leaf_of(tensor))
    structure = own if specs is None else _fit(own, specs)
    pairs = []
    _map(declared, lambda tensor, path: pairs.append((path, tensor.name)))
    nested = any(sum(not isinstance(key, int) for key in path) and len(path) > 1 for path, _ in pairs)
    names = [pointer(path, nested) if any(isinstance(key, str) for key in path) else given for path, given in pairs]
    outputs = functional._outputs_struct
    made = {}
    for tensor in _leaves(outputs, KerasTensor):
        made[id(tensor)] = tensor._keras_history.operation.name
    fallback = [made[id(tensor)] for tensor in _leaves(outputs, KerasTensor)]
    naming = lambda result: _output_names(result, fallback)  # noqa: E731
    return Signature(name, model, [structure], {}, unique(names), naming, model, outputs)


def _leaves(structure, kind):
    if isinstance(structure, kind):
        return [structure]
    items = (
        structure.values() if isinstance(structure, dict) else structure if isinstance(structure, (list, tuple)) else ()
    )
    return [leaf for item in items for leaf in _leaves(item, kind)]


def _fit(own, specs):
    """The user's specs in the structure of the model's inputs."""
    candidates, inner = [specs, [specs]], specs
    while isinstance(inner, (list, tuple)) and len(inner) == 1 and not _is_shape_like(inner):
        inner = inner[0]
        candidates.append(inner)
    for given in candidates:
        fitted = _same_structure(own, given)
        if fitted is not None:
            return fitted
    raise bad_argument(f"the signature does not fit: the model takes {_describe(own)}, the signature has {specs!r}")


def _same_structure(own, given):
    if isinstance(own, Leaf):
        try:
            leaf = leaf_of(given, own.dtype)
        except ValueError:
            if isinstance(given, (dict, list, tuple)):
                return None
            raise
        if len(leaf.shape) != len(own.shape):
            raise bad_argument(f"the signature does not fit: {leaf.shape} was given for an input of shape {own.shape}")
        for ours, theirs in zip(own.shape, leaf.shape):
            if ours is not None and theirs is not None and ours != theirs:
                raise bad_argument(
                    f"the signature does not fit: {leaf.shape} was given for an input of shape {own.shape}"
                )
        return leaf
    if isinstance(own, dict):
        if not isinstance(given, dict) or set(own) != set(given):
            return None
        fitted = {key: _same_structure(own[key], given[key]) for key in own}
        return None if any(item is None for item in fitted.values()) else fitted
    if not isinstance(given, (list, tuple)) or len(own) != len(given) or _is_shape_like(given):
        return None
    fitted = [_same_structure(mine, theirs) for mine, theirs in zip(own, given)]
    return None if any(item is None for item in fitted) else type(own)(fitted)


def _describe(structure):
    return _map(structure, lambda leaf, _: f"{leaf.dtype}{list(leaf.shape)}")


def _of_subclass(model, specs, name):
    if not model.built:
        raise not_built(type(model).__name__)
    parameters = _parameters(model.call)
    if specs is None:
        shapes = getattr(model, "_build_shapes_dict", None)
        if not shapes:
            raise not_built(f"the shapes of the inputs of {type(model).__name__} are not known")
        args = [_map(shape, lambda dims, _: Leaf((None, *tuple(dims)[1:]), None)) for shape in shapes.values()]
        return _named(name, model, args, {}, parameters, model)
    return _of_callable(model, specs, name, model, parameters)


def _of_callable(function, specs, name, root, parameters=None):
    parameters = parameters or _parameters(function)
    if specs is None:
        raise bad_argument(f"the signature {name!r} needs specs: what a callable takes is not known")
    if isinstance(specs, dict) and set(specs) <= set(parameters):
        kwargs = {key: _map(item, lambda leaf, _: leaf_of(leaf)) for key, item in specs.items()}
        return _named(name, function, [], kwargs, parameters, root)
    positional = list(specs) if isinstance(specs, (list, tuple)) and not _is_shape_like(specs) else [specs]
    args = [_map(item, lambda leaf, _: leaf_of(leaf)) for item in positional]
    return _named(name, function, args, {}, parameters, root)


def _parameters(function) -> list[str]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [parameter.name for parameter in found if parameter.kind in (0, 1, 3)]


def _named(name, function, args, kwargs, parameters, root):
    names = []
    for i, arg in enumerate(args):
        base = parameters[i] if i < len(parameters) else f"input_{i}"
        names += _argument_names(arg, base)
    for key, arg in kwargs.items():
        names += _argument_names(arg, key)
    return Signature(name, function, args, kwargs, unique(names), lambda result: _output_names(result, None), root)


def _argument_names(arg, base):
    pairs = []
    _map(arg, lambda leaf, path: pairs.append((path, leaf)))
    nested = any(len(path) > 1 for path, _ in pairs)
    names = []
    for path, leaf in pairs:
        if any(isinstance(key, str) for key in path):
            names.append(pointer(path, nested))
        elif leaf.name:
            names.append(leaf.name)
        else:
            names.append("_".join([base, *map(str, path)]))
    return names


# --- names


def pointer(path, nested=True) -> str:
    """The name of a leaf inside a structure."""
    keys = [str(key) for key in path]
    if nested:
        keys = [key.replace("~", "~0").replace("/", "~1") for key in keys]
    return "/".join(keys)


def unique(names) -> list[str]:
    """The names, each once: the second `d` is `d_1`. A name that was given is never taken from its owner."""
    names = list(names)
    given = set(names)
    used, result = set(), []
    for name in names:
        fresh, i = name, 0
        while fresh in used or (i and fresh in given):
            i += 1
            fresh = f"{name}_{i}"
        used.add(fresh)
        result.append(fresh)
    return result


def _output_names(result, layers) -> list[str]:
    """Names for the leaves of what a model returned."""
    pairs = []
    _map_tensors(result, lambda _, path: pairs.append(path))
    nested = any(sum(isinstance(key, str) for key in path) and len(path) > 1 for path in pairs)
    names = []
    for i, path in enumerate(pairs):
        if any(isinstance(key, str) for key in path):
            names.append(pointer(path, nested))
        else:
            names.append(layers[i] if layers and i < len(layers) else f"output_{i}")
    return unique(names)


def _map_tensors(structure, change, path=()):
    """Calls `change(tensor, path)` on the leaves of an output structure, in order; `None` is no output."""
    if isinstance(structure, dict):
        for key, item in structure.items():
            _map_tensors(item, change, (*path, key))
    elif isinstance(structure, (list, tuple)):
        for i, item in enumerate(structure):
            _map_tensors(item, change, (*path, i))
    elif structure is not None:
        change(structure, path)


def in_order(result, declared):
    """What a model returned, with the keys of its dicts in the order in which they were declared."""
    if isinstance(result, dict) and isinstance(declared, dict) and set(result) == set(declared):
        return {key: in_order(result[key], declared[key]) for key in declared}
    if isinstance(result, (list, tuple)) and isinstance(declared, (list, tuple)) and len(result) == len(declared):
        return [in_order(item, other) for item, other in zip(result, declared)]
    return result


def output_leaves(result) -> list:
    """The leaves of what a model returned."""
    leaves = []
    _map_tensors(result, lambda leaf, _: leaves.append(leaf))
    return leaves
