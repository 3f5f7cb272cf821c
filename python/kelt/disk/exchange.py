"""Functions of other packages, exchanged while somebody needs it: the first who does exchanges, the last restores."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_lock = threading.Lock()
_exchanged: dict[tuple[int, str], _Exchanged] = {}  # by the owner's identity and the name


class _Exchanged:
    """An attribute that has a stand-in: what it was, and how many need that."""

    def __init__(self, owner: Any, name: str, stand_in: Callable[..., Any]):
        self.original, self.is_own, self.users = getattr(owner, name), name in vars(owner), 0
        setattr(owner, name, _bound(stand_in, self.original))

    def restore(self, owner: Any, name: str) -> None:
        if self.is_own:
            setattr(owner, name, self.original)
        else:
            delattr(owner, name)  # it is a base class's again


@contextlib.contextmanager
def exchanged(changes: Mapping[tuple[Any, str], Callable[..., Any]]) -> Iterator[None]:
    """Inside, `owner.name` is its stand-in for each `(owner, name)`, in every thread.

    It is called as `stand_in(original, *args)`. Others may need some of the changes meanwhile, and other ones.
    """
    with _lock:
        for (owner, name), stand_in in changes.items():
            if (id(owner), name) not in _exchanged:
                _exchanged[id(owner), name] = _Exchanged(owner, name, stand_in)
            _exchanged[id(owner), name].users += 1
    try:
        yield
    finally:
        with _lock:
            for owner, name in changes:
                change = _exchanged[id(owner), name]
                change.users -= 1
                if not change.users:
                    del _exchanged[id(owner), name]
                    change.restore(owner, name)


@functools.cache
def _bound(stand_in, original):
    """One function for all who hold the original, so that they are still seen to hold the same one."""

    @functools.wraps(original)
    def call(*args, **kwargs):
        return stand_in(original, *args, **kwargs)

    return call
