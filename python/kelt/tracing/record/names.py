"""Names that Keras made up, counted within the model: what the process calls `dense_7` is the model's `dense`.

Keras numbers layers, operations and tensors without a name through the whole process, so a model that is built twice
has other names each time. Its file has not: those of a kind are numbered anew, in Keras' order. Names that the user
gave stay, but for one that looks as if Keras had made it up (a `Dense` called `dense_7`): nothing tells them apart.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping

from kelt.tracing.record.by_identity import ByIdentity

OTHERS = re.compile(r"(keras_tensor|input_layer|seed_generator|variable)(?:_(\d+))?")  # what Keras numbers besides


class Names:
    """The names in a model: layers, and operations and inputs of Functional models."""

    def __init__(self):
        self._met: ByIdentity[object, None] = ByIdentity()
        self._kinds: dict[str, tuple[str, int]] = {}  # by what Keras made up: without its number, and the number
        self._given: set[str] = set()

    def meet(self, layer) -> None:
        """A layer, with all that it holds."""
        if layer in self._met:
            return
        self._met[layer] = None
        for inner in layer._flatten_layers():
            self._meet(inner)
            for operation in getattr(inner, "operations", ()):
                self._meet(operation)

    def _meet(self, operation) -> None:
        found = _made_up(type(operation).__name__).fullmatch(operation.name)
        if found:
            self._kinds[operation.name] = found[1], int(found[2] or 0)
        else:
            self._given.add(operation.name)

    def meet_others(self, names: Iterable[str]) -> None:
        """Names of tensors and variables, and of what holds these."""
        for name in names:
            found = OTHERS.fullmatch(name)
            if found:
                self._kinds[name] = found[1], int(found[2] or 0)

    def counted(self) -> dict[str, str]:
        """What Keras made up → its name in the file."""
        kinds: dict[str, list[tuple[int, str]]] = {}
        for name, (kind, number) in self._kinds.items():
            if name not in self._given:
                kinds.setdefault(kind, []).append((number, name))
        counted = {}
        for kind, names in kinds.items():
            every = itertools.chain([kind], (f"{kind}_{i}" for i in itertools.count(1)))
            free = (name for name in every if name not in self._given)
            counted.update((name, fresh) for (_, name), fresh in zip(sorted(names), free))
        return counted


@functools.cache
def snake_case(kind: str) -> str:
    """The word that Keras makes names of, for a class."""
    from keras.src.utils.naming import to_snake_case

    return to_snake_case(kind)


@functools.cache
def _made_up(kind: str) -> re.Pattern:
    # Bidirectional calls its two after the layer that it was given.
    return re.compile(rf"((?:forward_|backward_)?{re.escape(snake_case(kind))})(?:_(\d+))?")


def renamed(path: str, names: Mapping[str, str]) -> str:
    """A path with other names for its parts."""
    return "/".join(names.get(part, part) for part in path.split("/"))
