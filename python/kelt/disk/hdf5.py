"""Datasets of HDF5 files as views: contiguous ones are mapped where they lie, others are read into the spill."""

from __future__ import annotations

import io
import itertools
import math
import mmap
import os
from typing import Any

import numpy as np

from kelt.disk.errors import unreadable
from kelt.disk.files import FileArray, MappedFile
from kelt.disk.spill import PIECE, Spill

HELD = 1 << 16  # bytes: smaller datasets are read
EXPANSION = 1100  # times that deflate can shrink; who claims more lies
LARGEST_CHUNK = 1 << 28  # bytes, which are unpacked at once


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
        at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if at < 0:
            raise OSError("a place before the beginning")
        self._at = at
        return at

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
    what = f"the dataset {dataset.name}"
    dtype = _checked(dataset, place, what)
    size = math.prod(dataset.shape) * dtype.itemsize
    offset = dataset.id.get_offset() if size else None
    if offset is not None and _is_plain(dataset, dtype):
        if offset + size > place.size:
            raise unreadable(place.mapped.name, f"{what} lies outside of its {place.size} bytes", cut=True)
        return place.mapped.view(what, place.offset + offset, dtype, dataset.shape)
    if size <= HELD:
        return np.array(dataset).view(dtype) if dtype.kind == "V" else np.array(dataset, dtype)
    return _read_in_chunks(dataset, dtype, spill)


def _checked(dataset, place, what) -> np.dtype:
    """The dtype of the elements, if they are numbers that lie in this file and are as many as its bytes can give."""
    words = ""
    dtype = _dtype(dataset)
    size, stored = math.prod(dataset.shape or ()) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if dataset.shape is None:
        words = "is empty"
    elif dtype is None:
        words = f"holds {dataset.dtype}, which are no numbers"
    elif dataset.external or dataset.is_virtual:
        words = "lies in other files"
    elif size and not stored:
        words = f"has the shape {list(dataset.shape)} and no values"
    elif size > EXPANSION * stored:
        words = f"claims {size} bytes, but has {stored}"
    elif dataset.chunks and math.prod(dataset.chunks) * dtype.itemsize > LARGEST_CHUNK:
        words = f"has chunks of the shape {list(dataset.chunks)}, which are too large to unpack"
    if words:
        raise unreadable(place.mapped.name, f"{what} {words}")
    return dtype


def _dtype(dataset) -> np.dtype | None:
    name = dataset.attrs.get("dtype")
    if isinstance(name, str) and name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16) if dataset.dtype.itemsize == 2 else None
    return dataset.dtype.newbyteorder("=") if dataset.dtype.kind in "fiub" else None


def _is_plain(dataset, dtype) -> bool:
    """Whether the bytes in the file are those of the elements."""
    return dataset.dtype.itemsize == dtype.itemsize and dataset.dtype.isnative and dataset.compression is None


def _read_in_chunks(dataset, dtype, spill) -> FileArray:
    size = math.prod(dataset.shape) * dtype.itemsize
    descriptor = spill.open()
    try:
        spill.reserve(descriptor, size)
        with mmap.mmap(descriptor, size) as room:
            elements = np.ndarray(dataset.shape, dtype, buffer=room)
            for block in _blocks(dataset.shape, dataset.chunks, dtype.itemsize):
                part = np.asarray(dataset[block])
                elements[block] = part.view(dtype) if part.dtype.kind == "V" else part
            del elements
    except BaseException:
        os.close(descriptor)
        raise
    mapped = MappedFile.of(descriptor, spill.folder / "(decompressed)")
    return mapped.view(dataset.name, 0, dtype, dataset.shape)


def _blocks(shape, chunks, itemsize):
    """Of whole chunks, so that none is unpacked twice; as large as a piece, where chunks are smaller."""
    steps = list(chunks or (1 for _ in shape))
    for axis in reversed(range(len(shape))):
        steps[axis] = min(shape[axis], steps[axis] * max(1, PIECE // (math.prod(steps) * itemsize)))
        if steps[axis] < shape[axis]:
            break
    axes = [[slice(at, at + step) for at in range(0, dim, step)] for dim, step in zip(shape, steps)]
    return itertools.product(*axes)
