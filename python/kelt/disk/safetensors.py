"""Files of safetensors as views. Their reader copies each tensor; the header says where it lies.

The format: eight bytes with the length of the header, little-endian; a JSON object
{name: {dtype, shape, data_offsets}}; the tensors, whose offsets count from there. Source: the format's own description,
https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, KeysView
from typing import Any

import ml_dtypes
import numpy as np

from kelt.disk.errors import quoted, unreadable
from kelt.disk.files import MOST_DIMS, FileArray, MappedFile
from kelt.disk.text import json_object

LONGEST_HEADER = 1 << 25  # bytes: that of 300,000 tensors; the format allows three times as many
LARGEST = 1 << 63  # a size or an offset is less

DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2,
    "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8,
    "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip


class MappedTensors:
    """Stands for what `safetensors.safe_open` gives, with numpy's arrays."""

    def __init__(self, file: MappedFile):
        self._file = file
        self._entries, self._base = read_header(self._file)
        self._metadata = self._entries.pop("__metadata__", None)

    def __enter__(self) -> MappedTensors:
        return self

    def __exit__(self, *_: object) -> None:
        """The views keep the file."""

    def keys(self) -> KeysView[str]:
        """The names of the tensors."""
        return self._entries.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def metadata(self) -> Any:
        """What the file says of itself."""
        return self._metadata

    def get_tensor(self, name: str) -> FileArray:
        """A tensor."""
        if name not in self._entries:
            raise unreadable(self._file.name, f"there is no tensor {quoted(name)}")
        entry = self._entries[name]
        begin, _ = entry["data_offsets"]
        return self._file.view(
            f"the tensor {name!r}", self._base + begin, np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
        )


def read_header(file: MappedFile) -> tuple[dict[str, Any], int]:
    """The entries of a file, checked, and where the tensors begin.

    Raises:
        kelt.ExportError: A tensor lies outside of the file, over another one, or is not what its entry says; or bytes
            belong to none, which the format forbids.
    """
    size = int.from_bytes(file[:8], "little")
    if len(file) < 8 or not 2 <= size <= min(LONGEST_HEADER, len(file) - 8):
        raise unreadable(
            file.name, f"its header of {size} bytes is no safetensors header in {len(file)} bytes", cut=True
        )
    entries = json_object(file[8 : 8 + size], file.name, "its header", strict=True)
    metadata = entries.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise unreadable(file.name, "its metadata is no JSON object of strings")
    base, room = 8 + size, len(file) - 8 - size
    spans = sorted(_span(file, name, entry, room) for name, entry in entries.items() if name != "__metadata__")
    for (_, end, one), (begin, _, other) in itertools.pairwise(spans):
        if begin < end:
            words = f"the tensors {quoted(one)} and {quoted(other)} overlap"
            raise unreadable(file.name, words)
        if begin > end:
            raise unreadable(file.name, f"before the tensor {quoted(other)} lie {begin - end} bytes of none")
    if (spans[0][0] if spans else 0) or (spans[-1][1] if spans else 0) < room:
        raise unreadable(file.name, "before its first tensor or behind its last lie bytes of none")
    return entries, base


def _span(file, name, entry, room):
    """Where a tensor lies, if its entry holds together."""
    what = f"the tensor {quoted(name)}"
    if not isinstance(entry, dict) or not isinstance(entry.get("shape"), list):
        raise unreadable(file.name, f"{what} has no shape")
    dtype = entry.get("dtype")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise unreadable(file.name, f"{what} has the dtype {quoted(dtype)}, which is unknown")
    if len(entry["shape"]) > MOST_DIMS:
        raise unreadable(file.name, f"{what} has {len(entry['shape'])} dims")
    offsets = entry.get("data_offsets")
    numbers = [*entry["shape"], *(offsets if isinstance(offsets, list) else [None])]
    if len(numbers) != len(entry["shape"]) + 2 or not all(
        type(number) is int and 0 <= number < LARGEST for number in numbers
    ):
        raise unreadable(file.name, f"{what} has sizes or offsets that are no numbers")
    begin, end = offsets
    if end > room or begin > end:
        raise unreadable(file.name, f"{what} lies at bytes {begin} to {end} of {room}", cut=True)
    needed = math.prod(entry["shape"]) * np.dtype(DTYPES[dtype]).itemsize
    if needed != end - begin:
        raise unreadable(file.name, f"{what} takes {needed} bytes, its place has {end - begin}")
    return begin, end, name
