"""Arrays that are views of mapped files, so that a weight takes no memory before it is written."""

from __future__ import annotations

import math
import mmap
import os
import pathlib
import stat
from collections.abc import Callable

import numpy as np

from kelt.disk.errors import quoted, unreadable

MOST_DIMS = 32  # that numpy has in all of its versions


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
    descriptor: int = -1
    status: os.stat_result

    def __new__(cls, path: str | os.PathLike[str]) -> MappedFile:
        """Maps the file of this path."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO is no file to wait for
        except (OSError, ValueError) as error:
            raise unreadable(path, getattr(error, "strerror", None) or str(error)) from None
        return cls.of(descriptor, pathlib.Path(path))

    @classmethod
    def of(cls, descriptor: int, name: pathlib.Path) -> MappedFile:
        """Takes the descriptor over."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            os.close(descriptor)
            raise unreadable(name, "it is empty" if stat.S_ISREG(status.st_mode) else "it is no regular file")
        try:
            mapped = super().__new__(cls, descriptor, 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            os.close(descriptor)
            raise unreadable(name, f"it can't be mapped: {getattr(error, 'strerror', None) or error}") from None
        mapped.name, mapped.descriptor, mapped.status = name, descriptor, status
        return mapped

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)

    def view(self, what: str, offset: int, dtype: np.dtype, shape: tuple[int, ...]) -> FileArray:
        """The elements from `offset` on, aligned or not; `what` is the tensor's name in errors."""
        if len(shape) > MOST_DIMS or min(shape, default=0) < 0 or math.prod(dim or 1 for dim in shape) >= 1 << 58:
            raise unreadable(self.name, f"{what} has the shape {quoted(list(shape))}, which no tensor has")
        count = math.prod(shape)
        if offset < 0 or offset + count * dtype.itemsize > len(self):
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


def of_memmap(array: np.ndarray, mapped: Callable[[str], MappedFile]) -> np.ndarray:
    """The elements of a read-only `np.memmap`, as of a `.npy`, as a view of one of our files; of others, the array."""
    found, base = None, array
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap) and base.mode == "r" and base.filename is not None:
            found = base
        base = base.base
    if found is None:
        return array
    offset = found.offset + address(array) - address(found)
    return FileArray(array.shape, array.dtype, buffer=mapped(str(found.filename)), offset=offset, strides=array.strides)


def address(array: np.ndarray) -> int:
    """Where its first element lies in memory."""
    return array.__array_interface__["data"][0]


def in_another_mapping(view: FileArray) -> FileArray:
    """The same elements of the same file, elsewhere in the address space."""
    file = file_of(view)
    assert file is not None
    offset = address(view) - address(np.ndarray(1, np.uint8, buffer=file))
    again = MappedFile.of(os.dup(file.descriptor), file.name)
    return FileArray(view.shape, view.dtype, buffer=again, offset=offset, strides=view.strides)
