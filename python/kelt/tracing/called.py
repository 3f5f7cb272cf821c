"""Inputs of a model whose shapes are known only from the call that built it."""

from __future__ import annotations

import inspect

from kelt.errors import bad_argument, not_built
from kelt.tracing.leaves import Leaf, map_structure


def arguments_of_call(model, parameters: list[str]) -> tuple[list, dict]:
    """Structures of leaves for the arguments that a Subclassed model was built on: by position, and by name."""
    shapes = getattr(model, "_build_shapes_dict", None)
    kind = type(model).__name__
    if not model.built and not shapes:
        raise not_built(kind)
    required = _required(model.call)
    specs = ", ".join("keras.InputSpec(shape=…, dtype=…)" for _ in required)
    remedy = f"give input_signature=[{specs}], a spec for each of {', '.join(required)}"
    if not shapes:
        known = "are not known: Keras keeps them only where it builds the model by tracing its call()"
        raise bad_argument(f"the shapes that {kind} was called on {known}; {remedy}")
    args, kwargs = [], {}
    for i, (key, shape) in enumerate(shapes.items()):
        if shape is None:
            continue
        leaves = map_structure(shape, lambda dims, _: leaf_of_call(dims))
        parameter = key.removesuffix("_shape")
        if i == len(args) and (parameter not in parameters or parameter == parameters[i]):
            args.append(leaves)
        elif parameter in parameters:
            kwargs[parameter] = leaves
        else:
            raise bad_argument(f"the build() of {kind} takes {key!r}, which is no argument of its call(); {remedy}")
    missing = [repr(each) for each in required[len(args) :] if each not in kwargs]
    if missing:
        what = f"{kind}.call() takes {' and '.join(missing)} too, of which no shape is known"
        raise bad_argument(f"{what}; {remedy}")
    return args, kwargs


def leaf_of_call(dims) -> Leaf:
    """Any batch, and what else a call had."""
    dims = tuple(dims)
    return Leaf((None, *dims[1:]) if dims else (), None, call=dims)


def built_on_data(functional) -> bool:
    """Whether the input of a Sequential was made by Keras, of the first data it saw: not by the user, nor by a file."""
    given = getattr(functional._inputs[0]._keras_history.operation, "_auto_config", None)
    given = given.config if given is not None else {}
    theirs = [name for name in ("shape", "batch_size", "sparse", "ragged") if given.get(name) is not None]
    return not theirs and given.get("batch_shape", (None,))[0] is not None and given.get("dtype") is not None


def _required(function) -> list[str]:
    """Positional parameters that have no default."""
    found = inspect.signature(function).parameters.values()
    return [each.name for each in found if each.kind in (0, 1) and each.default is inspect.Parameter.empty]
