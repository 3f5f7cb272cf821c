"""The first capture at numbers: symbols of one place in the inputs, as the batches, have one size in it.

It shows without another run which of them must be one: an op wants it, as its rule tells. What was done before that op
is the same at all sizes that the comparisons of the capture allow, so the model rejects all others.
"""

from __future__ import annotations

from kelt.tracing.dims import compare
from kelt.tracing.dims.axes import Axes
from kelt.tracing.record.graph import Function, copied
from kelt.tracing.record.reads import renaming


class First:
    """That capture, which stays one of the model when symbols are made one and get other names."""

    def __init__(self, axes: Axes, capture: tuple, sizes: dict[str, int]):
        self.capture, self._axes, self._names = capture, axes, axes.names
        self._sizes = {axis: sizes[name] for axis, name in self._names.items()}
        self._given = dict(self._names)  # the names that the record has
        self.again = False  # whether it must be made anew where symbols have been made one

    def make_one(self) -> bool:
        """Makes symbols one that must be; false where Python may have compared two that had one size.

        Those that met before that are made one even so: then the capture must be made anew.
        """
        reads, sizes = self.capture[0].reads, self.sizes()
        sure = reads.sure_of(sizes)
        whole, met = sure == len(reads.met), reads.met[:sure]
        if any(sizes[a] != sizes[b] for a, b in met):
            return False
        changed = self._axes.merge(met)
        self.again = not whole or bool(reads.lost)
        reads.met.clear()
        return changed or not self.again

    def sizes(self) -> dict[str, int] | None:
        """The sizes of the symbols as they are called now.

        `None` if two that are one by now had several, or if that they are one may tell lengths that were not known.
        """
        names = self._axes.names
        if names != self._names:
            if self.again or any(value.dims is None for node in self.capture[0].nodes for value in node.outputs):
                return None
            self.capture[0].reads.rename({old: names[axis] for axis, old in self._names.items()})
            self._names = names
        found: dict[str, int] = {}
        for axis, size in self._sizes.items():
            if found.setdefault(names[axis], size) != size:
                return None
        return found

    def decides_nothing(self) -> bool:
        """Whether Python asked nothing of a size: then one more capture without any notes shows whether all is told."""
        return not self.capture[0].reads.guards

    def named(self) -> tuple | None:
        """The capture with the symbols' names of now; `None` where a length of several is now one of fewer."""
        function, problems = self.capture
        names = self._renames()
        if all(old == new for old, new in names.items()):
            return self.capture
        try:
            return copied(function, renaming(names)), problems
        except KeyError:
            return None

    def _renames(self) -> dict[str, str]:
        return {old: self._axes.names[axis] for axis, old in self._given.items()}

    def agrees(self, attempt, sizes: dict[str, int]) -> bool:
        """Whether the model does the same at other sizes of the symbols as they are called now.

        False also where the capture does not tell all of it, or assumes something of the sizes.
        """
        function, problems = self.capture
        if problems or function.reads.lost or function.reads.assumed or not function.log.tells_all():
            return False
        now = {old: sizes[new] for old, new in self._renames().items()}
        then = {self._given[axis]: size for axis, size in self._sizes.items()}
        return attempt.agrees(function.log, then, now, sizes)

    def told(self, solver) -> Function | None:
        """The function with the symbols' names of now. It is the capture's own, which is spent with that.

        `None` where a length of several is now one of fewer.
        """
        function, _ = self.capture
        names = self._renames()
        rename = renaming(names)
        try:
            if any(old != new for old, new in names.items()):
                lengths = {id(dims): [rename(dim) for dim in dims] for dims in function.log.lengths()}
                for value in function.log.values():
                    value.dims = lengths[id(value.dims)]
            return compare.told(function, rename, solver)
        except (KeyError, compare.UnsolvedError):
            return None
