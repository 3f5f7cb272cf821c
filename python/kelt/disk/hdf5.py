"""Datasets of HDF5 files as views: contiguous ones are mapped where they lie, others are read into the spill."""

from __future__ import annotations

import io
import math
import os
from typing import Any

import numpy as np

from kelt.disk.errors import unreadable
from kelt.disk.files import FileArray, MappedFile
from kelt.disk.spill import PIECE, Spill

HELD = 1 << 16  # bytes: smaller datasets are read


class Member(io.RawIOBase):
    """A range of a mapped file, for h5py to read as a file: a member of an archive."""

    def __init__(self, mapped: MappedFile, offset: int, size: int):
        super().__init__()
        self.mapped, self.offset, self.size = mapped, offset, size
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def tell(self) -> int:
        """As of a file."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As of a file."""
        into = memoryview(buffer).cast("B")
        count = max(0, min(len(into), self.size - self._at))
        into[:count] = memoryview(self.mapped)[self.offset + self._at : self.offset + self._at + count]
        self._at += count
        return count


class Place:
    """Where the bytes of an HDF5 file lie in a mapped file."""

    def __init__(self, mapped: MappedFile, offset: int = 0, size: int | None = None):
        self.mapped, self.offset = mapped, offset
        self.size = len(mapped) - offset if size is None else size

    def file(self) -> Member:
        """For h5py."""
        return Member(self.mapped, self.offset, self.size)


def dataset_view(dataset: Any, place: Place, spill: Spill) -> np.ndarray:
    """The elements of an `h5py.Dataset`: a view of its file, or of the spill; small ones in memory.

    Keras stores bfloat16 as two bytes without a type, and says so in an attribute.
    """
    dtype, what = _dtype(dataset), f"the dataset {dataset.name}"
    size = math.prod(dataset.shape) * dtype.itemsize
    offset = dataset.id.get_offset() if size else None
    if offset is not None and _is_plain(dataset, dtype):
        if offset + size > place.size:
            raise unreadable(place.mapped.name, f"{what} lies outside of its {place.size} bytes", cut=True)
        return place.mapped.view(what, place.offset + offset, dtype, dataset.shape)
    if size <= HELD:
        return np.array(dataset).view(dtype) if dtype.kind == "V" else np.array(dataset, dtype)
    return _read_in_chunks(dataset, dtype, spill)


def _dtype(dataset) -> np.dtype:
    if dataset.attrs.get("dtype") == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return dataset.dtype.newbyteorder("=")


def _is_plain(dataset, dtype) -> bool:
    """Whether the bytes in the file are those of the elements."""
    return dataset.dtype.itemsize == dtype.itemsize and dataset.dtype.isnative and dataset.compression is None


def _read_in_chunks(dataset, dtype, spill) -> FileArray:
    descriptor = spill.open()
    try:
        row = max(1, math.prod(dataset.shape[1:])) * dtype.itemsize
        step = max(1, PIECE // row)
        if dataset.chunks:  # a chunk that is cut would be decompressed twice
            step = -(-step // dataset.chunks[0]) * dataset.chunks[0]
        for first in range(0, dataset.shape[0], step):
            part = np.asarray(dataset[first : first + step])
            part = part.astype(dtype, copy=False) if part.dtype.kind != "V" else part
            spill.write(descriptor, np.ascontiguousarray(part).reshape(-1).view(np.uint8))
    except BaseException:
        os.close(descriptor)
        raise
    mapped = MappedFile.of(descriptor, spill.folder / "(decompressed)")
    return mapped.view(dataset.name, 0, dtype, dataset.shape)
