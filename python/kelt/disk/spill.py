"""What a loader computes of weights (stacks of experts, sums, decompressed data) on disk instead of in memory."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile

import numpy as np

from kelt.disk.errors import failure
from kelt.disk.files import FileArray, MappedFile
from kelt.trial import SPILL

PIECE = 1 << 22  # bytes written at a time


class Spill:
    """Files without a name, in the folder of the output: gone when this process ends, however it ends."""

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = pathlib.Path(folder)
        self.bytes = 0  # written so far

    def keep(self, array: np.ndarray) -> FileArray:
        """The same elements, in a file."""
        array = np.asarray(array)
        descriptor = self.open()
        rows = max(1, PIECE // max(1, array[:1].nbytes)) if array.ndim else 1
        try:
            for first in range(0, len(array) if array.ndim else 1, rows):
                part = array[first : first + rows] if array.ndim else array
                self.write(descriptor, np.ascontiguousarray(part).reshape(-1).view(np.uint8))
        except BaseException:
            os.close(descriptor)
            raise
        return MappedFile.of(descriptor, self.folder / "(computed)").view(
            "a computed weight", 0, array.dtype, array.shape
        )

    def open(self) -> int:
        """A descriptor of a new file."""
        try:
            with contextlib.suppress(OSError, AttributeError):  # not every file system has files without a name
                return os.open(self.folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            descriptor, path = tempfile.mkstemp(dir=self.folder, prefix=f".{SPILL}-{os.getpid()}-")
        except OSError as error:
            raise self._full(error) from None
        os.unlink(path)
        return descriptor

    def reserve(self, descriptor: int, size: int) -> None:
        """Room for so many bytes, to be mapped: a disk that is full then would end the process."""
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            raise self._full(error) from None
        self.bytes += size

    def write(self, descriptor: int, data) -> None:
        """All of the bytes, or an error."""
        rest = memoryview(data).cast("B")
        self.bytes += len(rest)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError as error:
            raise self._full(error) from None

    def _full(self, error):
        what = f"can't write computed weights in {self.folder}: {error.strerror or error}"
        return failure("K103", what, remedy="Free some space there, or write the file elsewhere.")
