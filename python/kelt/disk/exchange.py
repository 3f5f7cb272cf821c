"""Functions of other packages, exchanged while somebody needs it: the first one exchanges, the last one restores."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Exchange:
    """A set of exchanges. Each stand-in is called as `stand_in(original, *args)`, in every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._originals: list[tuple[Any, str, bool, Any]] = []

    @contextlib.contextmanager
    def held(self, changes: Mapping[tuple[Any, str], Callable[..., Any]]) -> Iterator[None]:
        """Inside, `owner.name` is its stand-in, for each `(owner, name)`."""
        with self._lock:
            if not self._count:
                self._install(changes)
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if not self._count:
                    self._restore()

    def _install(self, changes):
        for (owner, name), stand_in in changes.items():
            original = getattr(owner, name)
            self._originals.append((owner, name, name in vars(owner), original))
            setattr(owner, name, _bound(stand_in, original))

    def _restore(self):
        for owner, name, own, original in reversed(self._originals):
            if own:
                setattr(owner, name, original)
            else:
                delattr(owner, name)  # it is a base class's again
        self._originals.clear()


def _bound(stand_in, original):
    @functools.wraps(original)
    def call(*args, **kwargs):
        return stand_in(original, *args, **kwargs)

    return call
