"""Arrays that are views of mapped files, so that a weight takes no memory before it is written."""

from __future__ import annotations

import mmap
import os
import pathlib
import stat

import numpy as np

from kelt.disk.errors import unreadable


class FileArray(np.ndarray):
    """A view of a mapped file, or what was computed from one."""

    def delete(self) -> None:
        """KerasHub frees what a variable held before it loads weights; this holds no memory."""


class MappedFile(mmap.mmap):
    """A file's bytes in the address space, read-only. `name` is what errors call it.

    A file that is shortened while it is mapped ends the process that reads behind its new end; one that is replaced by
    another of its name stays as it was.
    """

    name: pathlib.Path
    descriptor: int
    status: os.stat_result

    def __new__(cls, path: str | os.PathLike[str]) -> MappedFile:
        """Maps the file of this path."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise unreadable(path, error.strerror or str(error)) from None
        return cls.of(descriptor, pathlib.Path(path))

    @classmethod
    def of(cls, descriptor: int, name: pathlib.Path) -> MappedFile:
        """Takes the descriptor over."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            os.close(descriptor)
            raise unreadable(name, "it is empty" if stat.S_ISREG(status.st_mode) else "it is no regular file")
        mapped = super().__new__(cls, descriptor, 0, access=mmap.ACCESS_READ)
        mapped.name, mapped.descriptor, mapped.status = name, descriptor, status
        return mapped

    def __del__(self) -> None:
        os.close(self.descriptor)

    def view(self, what: str, offset: int, dtype: np.dtype, shape: tuple[int, ...]) -> FileArray:
        """The elements from `offset` on, aligned or not; `what` is the tensor's name in errors."""
        count = 1
        for dim in shape:
            count *= dim
        if min(shape, default=0) < 0 or offset < 0 or offset + count * dtype.itemsize > len(self):
            words = f"{what} ({dtype} {list(shape)} at byte {offset}) lies outside of its {len(self)} bytes"
            raise unreadable(self.name, words, cut=True)
        if count == 0:
            return np.zeros(shape, dtype).view(FileArray)
        return FileArray(shape, dtype, buffer=self, offset=offset)

    def has_changed(self) -> bool:
        """Whether the file was written to since it was mapped."""
        now = os.fstat(self.descriptor)
        return (now.st_size, now.st_mtime_ns) != (self.status.st_size, self.status.st_mtime_ns)


def file_of(array: object) -> MappedFile | None:
    """The file that an array is a view of."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array if isinstance(array, MappedFile) else None
