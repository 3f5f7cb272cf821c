"""What goes in and out of a signature: structure, names, order, shapes and dtypes.

Names: keys of a dict win; then those of the user's `InputSpec`s, then the names of `InputLayer`s and of the layers that
make the outputs, those that Keras made up counted within the model; then the parameters of `call`, and `output_0`,
`output_1`, …. A leaf inside a nested structure is named by its path, as a JSON pointer without the leading slash: keys
and indices joined by `/`, with `~` in a key written `~0` and `/` written `~1`. A name that is taken gets `_1`, `_2`, ….
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from kelt.errors import bad_argument, not_built
from kelt.tracing.called import arguments_of_call, built_on_data, leaf_of_call
from kelt.tracing.leaves import Leaf, flatten, is_shape_like, leaf_of, map_structure
from kelt.tracing.record.names import Names


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
    by_default: tuple[str, ...] = ()  # arguments that are not given
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
        if getattr(function, "__name__", "") == "__call__" and _is_model(getattr(function, "__self__", None)):
            function = function.__self__  # what a call of the model is called, it is called as well
        found.append(
            _of_model(function, specs, name) if _is_model(function) else _of_callable(function, specs, name, model)
        )
    return found


def checked_output_names(asked, found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The names that the user wants for the outputs, by signature. `found` are those that the outputs have."""
    if not isinstance(asked, dict):
        if len(found) > 1:
            raise bad_argument(f"with several signatures, output_names is a dict of lists: {', '.join(found)}")
        asked = dict.fromkeys(found, asked)
    for key, names in asked.items():
        if key not in found:
            raise bad_argument(f"output_names names the signature {key!r}; there are: {', '.join(found)}")
        if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
            raise bad_argument(f"output_names is a list of names, not {names!r}")
        if len(names) != len(found[key]):
            raise bad_argument(f"output_names has {len(names)} names; the outputs are {', '.join(found[key])}")
        if len(set(names)) != len(names):
            raise bad_argument(f"output_names names two outputs alike: {', '.join(names)}")
    return {key: list(names) for key, names in asked.items()}


def _is_model(thing) -> bool:
    from keras import Layer

    return isinstance(thing, Layer)


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
    from keras import KerasTensor, Sequential

    declared = functional._inputs_struct
    made_by_keras = isinstance(model, Sequential) and built_on_data(functional)
    own = map_structure(declared, lambda tensor, _: leaf_of_call(tensor.shape) if made_by_keras else leaf_of(tensor))
    pairs = []
    map_structure(declared, lambda tensor, path: pairs.append((path, tensor.name)))
    nested = any(sum(not isinstance(key, int) for key in path) and len(path) > 1 for path, _ in pairs)
    by_keras = Names()
    by_keras.meet(model)
    by_keras.meet_others(given for _, given in pairs)
    counted = by_keras.counted()
    in_keras = [given for _, given in pairs]
    namings = in_keras, [counted.get(given, given) for given in in_keras]
    structure = own if specs is None else _fit(own, _in_order_of(specs, own, namings))
    names = [
        pointer(path, nested) if any(isinstance(key, str) for key in path) else leaf.name or counted.get(given, given)
        for (path, given), leaf in zip(pairs, flatten(structure))
    ]
    outputs = functional._outputs_struct
    made = {}
    for tensor in _leaves(outputs, KerasTensor):
        made[id(tensor)] = tensor._keras_history.operation.name
    fallback = [counted.get(made[id(tensor)], made[id(tensor)]) for tensor in _leaves(outputs, KerasTensor)]
    naming = lambda result: _output_names(result, fallback)  # noqa: E731
    return Signature(name, model, [structure], {}, unique(names), naming, model, declared_outputs=outputs)


def _leaves(structure, kind):
    if isinstance(structure, kind):
        return [structure]
    items = (
        structure.values() if isinstance(structure, dict) else structure if isinstance(structure, (list, tuple)) else ()
    )
    return [leaf for item in items for leaf in _leaves(item, kind)]


def _in_order_of(specs, own, namings):
    """Specs by the names of the inputs, where the model has no keys for them, as a list."""
    for names in namings if isinstance(specs, dict) and not isinstance(own, dict) else ():
        if set(specs) == set(names) and len(specs) == len(names):
            return [specs[name] for name in names]
    return specs


def _fit(own, specs):
    """The user's specs in the structure of the model's inputs."""
    candidates, inner = [specs, [specs]], specs
    while isinstance(inner, (list, tuple)) and len(inner) == 1 and not is_shape_like(inner):
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
    if not isinstance(given, (list, tuple)) or len(own) != len(given) or is_shape_like(given):
        return None
    fitted = [_same_structure(mine, theirs) for mine, theirs in zip(own, given)]
    return None if any(item is None for item in fitted) else type(own)(fitted)


def _describe(structure):
    return map_structure(structure, lambda leaf, _: f"{leaf.dtype}{list(leaf.shape)}")


def _of_subclass(model, specs, name):
    parameters = _parameters(model.call)
    if specs is not None:
        if not model.built:
            raise not_built(type(model).__name__)
        return _of_callable(model, specs, name, model, parameters)
    args, kwargs = arguments_of_call(model, parameters)
    sig = _named(name, model, args, kwargs, parameters, model)
    given = {*parameters[: len(args)], *kwargs, "training", "mask"}
    sig.by_default = tuple(each for each in parameters if each not in given)
    return sig


def _of_callable(function, specs, name, root, parameters=None):
    parameters = parameters or _parameters(function)
    if specs is None:
        raise bad_argument(f"the signature {name!r} needs specs: what a callable takes is not known")
    if isinstance(specs, dict) and set(specs) <= set(parameters):
        kwargs = {key: map_structure(item, lambda leaf, _: leaf_of(leaf)) for key, item in specs.items()}
        return _named(name, function, [], kwargs, parameters, root)
    positional = list(specs) if isinstance(specs, (list, tuple)) and not is_shape_like(specs) else [specs]
    args = [map_structure(item, lambda leaf, _: leaf_of(leaf)) for item in positional]
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
    map_structure(arg, lambda leaf, path: pairs.append((path, leaf)))
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


def structure_of(sig: Signature, tensors):
    """The arguments of the call: the signature's structure with `tensors` for leaves."""
    given = iter(tensors)

    def fill(structure):
        if isinstance(structure, Leaf):
            return next(given)
        if isinstance(structure, dict):
            return {key: fill(item) for key, item in structure.items()}
        if isinstance(structure, (list, tuple)):
            items = [fill(item) for item in structure]
            if hasattr(structure, "_fields"):
                return type(structure)(*items)
            return items if isinstance(structure, list) else tuple(items)
        return structure

    args = [fill(arg) for arg in sig.args]
    return args, {key: fill(arg) for key, arg in sig.kwargs.items()}


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
