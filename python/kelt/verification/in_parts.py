"""A file that does not fit into memory, run in parts: when, how, and what is said of it.

The runtime packs the weights of all that it opens, in memory of the process: about as much as the file has.
"""

from __future__ import annotations

import os
import pathlib

import numpy as np

from kelt.errors import ExportError, mapped
from kelt.verification.arrays import as_given

WHOLE = 2  # a file is run as a whole if it takes at most this part of the memory that is available: one half,
PART = 8  # and else in parts that take at most an eighth
NO_ROOM = "the file does not fit into memory"


def available_memory() -> int:
    """Bytes that a process may still take: of the machine, or of its control group where that has less."""
    try:
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
        available = int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) * 1024
    except (OSError, StopIteration):  # a system that has no such list
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    group = pathlib.Path("/sys/fs/cgroup")
    try:
        most = int((group / "memory.max").read_text())  # "max" where there is none
        taken = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return min(available, max(most - int(taken["anon"]), 0))
    except (OSError, ValueError, KeyError):
        return available


def fits(path: str | os.PathLike[str]) -> bool:
    """Whether a file is run as a whole."""
    return os.path.getsize(path) <= available_memory() // WHOLE


def most_bytes_of(*paths: str | os.PathLike[str]) -> int:
    """Bytes of weights that may be in memory while these files are run: 0, any number, where each fits."""
    return 0 if all(map(fits, paths)) else available_memory() // PART


class FileInParts:
    """A signature of a file; each run holds one part of its weights at a time."""

    def __init__(self, path: str | os.PathLike[str], signature: str, most_bytes: int) -> None:
        from kelt import _native

        self._signature = signature
        self._sizes = _native.size_check_of_file(os.fspath(path))
        self._file = _native.FileInParts.open(os.fspath(path), signature, most_bytes)

    def __call__(self, inputs, kernels: str = "delegate") -> dict[str, np.ndarray]:
        """The outputs by name."""
        from kelt.runtime import runtime, to_numpy

        given = {name: as_given(array) for name, array in inputs.items()}
        with mapped():
            if self._sizes is not None:
                self._sizes.check(self._signature, {name: shape for name, (_, shape, _) in given.items()})
            outputs = self._file.run(runtime(), given, kernels)
        return {name: to_numpy(*output) for name, output in outputs.items()}

    def words(self, what: str) -> str:
        """How it was run, in a sentence."""
        sizes = self._file.sizes
        most = (
            f"{len(sizes)} parts of at most {max(sizes) / 1e6:.3g} MB" if len(sizes) > 1 else "1 part: it can't be cut"
        )
        return f"{what} was run in {most}, since it does not fit into memory"


def opened(path: str | os.PathLike[str], signature: str) -> FileInParts | None:
    """None where the file is run as a whole: it fits, or it has states, with which it can't be cut."""
    most_bytes = most_bytes_of(path)
    if not most_bytes:
        return None
    try:
        with mapped():
            return FileInParts(path, signature, most_bytes)
    except ExportError as error:
        if error.code != "K204":
            raise
        return None
