"""Files of safetensors as views. Their reader copies each tensor; the header says where it lies.

The format: eight bytes with the length of the header, little-endian; a JSON object
{name: {dtype, shape, data_offsets}}; the tensors, whose offsets count from there. Source: the format's own description,
https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, KeysView
from typing import Any

import ml_dtypes
import numpy as np

from kelt.disk.errors import unreadable
from kelt.disk.files import FileArray, MappedFile

LONGEST_HEADER = 100_000_000  # bytes, as the format has it

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
            raise unreadable(self._file.name, f"there is no tensor {name!r}")
        entry = self._entries[name]
        begin, _ = entry["data_offsets"]
        return self._file.view(
            f"the tensor {name!r}", self._base + begin, np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
        )


def read_header(file: MappedFile) -> tuple[dict[str, Any], int]:
    """The entries of a file, checked, and where the tensors begin.

    Raises:
        kelt.ExportError: A tensor lies outside of the file, over another one, or is not what its entry says.
    """
    size = int.from_bytes(file[:8], "little")
    if len(file) < 8 or not 2 <= size <= min(LONGEST_HEADER, len(file) - 8):
        raise unreadable(
            file.name, f"its header of {size} bytes is no safetensors header in {len(file)} bytes", cut=True
        )
    try:
        entries = json.loads(file[8 : 8 + size].decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise unreadable(file.name, f"its header is no JSON of safetensors: {error}") from None
    if not isinstance(entries, dict):
        raise unreadable(file.name, "its header is no JSON object")
    base = 8 + size
    spans = sorted(
        _span(file, name, entry, len(file) - base) for name, entry in entries.items() if name != "__metadata__"
    )
    for (_, end, one), (begin, _, other) in itertools.pairwise(spans):
        if begin < end:
            raise unreadable(file.name, f"the tensors {one!r} and {other!r} overlap")
    return entries, base


def _once(pairs):
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name stands twice")
    return entries


def _span(file, name, entry, room):
    """Where a tensor lies, if its entry holds together."""
    what = f"the tensor {name!r}"
    if not isinstance(entry, dict) or not isinstance(entry.get("shape"), list):
        raise unreadable(file.name, f"{what} has no shape")
    if entry.get("dtype") not in DTYPES:
        raise unreadable(file.name, f"{what} has the dtype {entry.get('dtype')!r}, which is unknown")
    offsets = entry.get("data_offsets")
    numbers = [*entry["shape"], *(offsets if isinstance(offsets, list) else [None])]
    if len(numbers) != len(entry["shape"]) + 2 or not all(type(number) is int and number >= 0 for number in numbers):
        raise unreadable(file.name, f"{what} has sizes or offsets that are no numbers")
    begin, end = offsets
    if end > room or begin > end:
        raise unreadable(file.name, f"{what} lies at bytes {begin} to {end} of {room}", cut=True)
    needed = math.prod(entry["shape"]) * np.dtype(DTYPES[entry["dtype"]]).itemsize
    if needed != end - begin:
        raise unreadable(file.name, f"{what} takes {needed} bytes, its place has {end - begin}")
    return begin, end, name
