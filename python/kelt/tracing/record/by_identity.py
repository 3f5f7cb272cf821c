"""A mapping from objects as such, whatever they are equal to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByIdentity(MutableMapping[K, V]):
    """Keys are compared by identity and kept alive: an address that is used again is never taken for what lay there."""

    def __init__(self, items: Iterable[tuple[K, V]] = ()):
        self._items: dict[int, tuple[K, V]] = {id(key): (key, value) for key, value in items}

    def __getitem__(self, key: K) -> V:
        return self._items[id(key)][1]

    def get(self, key: K, default=None):
        """The value, or the default."""
        found = self._items.get(id(key))
        return default if found is None else found[1]

    def __setitem__(self, key: K, value: V) -> None:
        self._items[id(key)] = key, value

    def __delitem__(self, key: K) -> None:
        del self._items[id(key)]

    def __contains__(self, key: object) -> bool:
        return id(key) in self._items

    def __iter__(self) -> Iterator[K]:
        return (key for key, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def update_from(self, other: ByIdentity[K, V]) -> None:
        """Takes over all of the other's."""
        self._items.update(other._items)
