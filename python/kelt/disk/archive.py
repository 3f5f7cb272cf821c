"""Members of zip archives: a stored one lies in the archive as it is, others are unpacked into the spill.

The directory is read by `zipfile`, from the file that is mapped; what it claims is checked here, and members are
unpacked here: `zipfile` holds in memory what a piece of bzip2 or LZMA expands to.
"""

from __future__ import annotations

import bz2
import itertools
import lzma
import os
import pathlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from kelt.disk.errors import quoted, shortened, unreadable
from kelt.disk.files import MappedFile
from kelt.disk.hdf5 import EXPANSION, Member, Place
from kelt.disk.spill import PIECE, Spill

LOCAL_HEADER = struct.Struct("<4s2xHH16xHH")  # its mark, flags, compression, the lengths of its name and extra field
LONGEST_DIRECTORY = 1 << 24  # bytes
WIDEST_LZMA = 1 << 26  # bytes of its dictionary, which it holds in memory
IN_UTF8, ENCRYPTED, PATCHED = 0x800, 0x1 | 0x40 | 0x2000, 0x20  # flags


class Archive:
    """A zip archive, mapped. Names with `..`, members that lie outside of the file or over one another are errors."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        self.mapped = MappedFile(path)
        try:
            self.zip = zipfile.ZipFile(self.opened())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise unreadable(path, f"it is no zip archive: {shortened(error)}", cut=True) from None
        infos = sorted(self.zip.infolist(), key=lambda info: info.header_offset)
        for info in infos:
            name = info.filename.replace("\\", "/")
            if name.startswith("/") or ".." in name.split("/"):
                raise unreadable(path, f"its member {quoted(info.filename)} lies outside of it")
        if len({info.filename for info in infos}) < len(infos):
            raise unreadable(path, "a member stands twice in it")
        after = [info.header_offset for info in infos[1:]] + [self.zip.start_dir]
        self._ends = {info.filename: end for info, end in zip(infos, after)}
        self._names = [info.filename for info in infos]

    def opened(self) -> Member:
        """The mapped file, to read as a file."""
        return _Bounded(self.mapped, 0, len(self.mapped))

    def close(self) -> None:
        """What is mapped stays as long as a view needs it."""
        self.zip.close()

    def names(self) -> list[str]:
        """Of its members."""
        return self._names

    def place(self, name: str, spill: Spill) -> Place:
        """Where the bytes of a member lie."""
        info = self.zip.getinfo(name)
        begin = self._begin(info)
        if info.compress_type == zipfile.ZIP_STORED:
            return Place(self.mapped, begin, info.file_size)
        descriptor = spill.open()
        try:
            for piece in self._pieces(info, begin):
                spill.write(descriptor, piece)
        except BaseException:
            os.close(descriptor)
            raise
        return Place(MappedFile.of(descriptor, self.path))

    def read(self, name: str, longest: int) -> bytes:
        """A member that is no longer than this."""
        info = self.zip.getinfo(name)
        if info.file_size > longest:
            raise unreadable(self.path, f"its {name} is longer than any model's")
        return b"".join(self._pieces(info, self._begin(info)))

    def _begin(self, info) -> int:
        """Where the bytes of a member begin, if its headers agree and it lies between its neighbours."""
        what = f"its member {quoted(info.filename)}"
        header = self.mapped[info.header_offset : info.header_offset + LOCAL_HEADER.size]
        if info.header_offset < 0 or len(header) < LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise unreadable(self.path, f"{what} has no header", cut=True)
        _, flags, compression, length, extra = LOCAL_HEADER.unpack(header)
        at = info.header_offset + LOCAL_HEADER.size
        if self.mapped[at : at + length] != info.orig_filename.encode("utf-8" if info.flag_bits & IN_UTF8 else "cp437"):
            raise unreadable(self.path, f"{what} has another name where it lies", cut=True)
        if (flags ^ info.flag_bits) & IN_UTF8 or compression != info.compress_type:
            raise unreadable(self.path, f"{what} is described in two ways")
        begin = at + length + extra
        if (flags | info.flag_bits) & (ENCRYPTED | PATCHED):
            raise unreadable(self.path, f"{what} is encrypted or a patch of another file")
        if begin + info.compress_size > self._ends[info.filename]:
            raise unreadable(self.path, f"{what} lies outside of it or over another one", cut=True)
        stored = info.compress_type == zipfile.ZIP_STORED
        if info.file_size > (1 if stored else EXPANSION) * info.compress_size or (
            stored and info.file_size != info.compress_size
        ):
            raise unreadable(self.path, f"{what} claims {info.file_size} bytes, but has {info.compress_size}")
        return begin

    def _pieces(self, info, begin) -> Iterator[bytes]:
        """What a member holds: as much as it claims, in pieces."""
        what = f"its member {quoted(info.filename)}"
        left, check = info.file_size, 0
        try:
            for piece in _unpacked(info, memoryview(self.mapped)[begin : begin + info.compress_size]):
                left, check = left - len(piece), zlib.crc32(piece, check)
                if left < 0:
                    break
                yield piece
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise unreadable(self.path, f"{what} can't be unpacked: {shortened(error)}", cut=True) from None
        if left:
            raise unreadable(self.path, f"{what} is not as long as it says", cut=True)
        if check != info.CRC:
            raise unreadable(self.path, f"{what} is not what was written: its checksum differs", cut=True)


class _Bounded(Member):
    """What `zipfile` reads whole is the directory."""

    def read(self, size: int | None = -1) -> Any:
        """At most as much as a directory has."""
        left = max(0, self.size - self.tell())
        if min(left, left if size is None or size < 0 else size) > LONGEST_DIRECTORY:
            raise OSError("its directory is longer than any model's")
        return super().read(left if size is None or size < 0 else min(size, left))


def _unpacked(info, data) -> Iterator[bytes]:
    """At most `PIECE` bytes at a time, whatever they expand to."""
    if info.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(data[at : at + PIECE]) for at in range(0, len(data), PIECE))
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(data)
    elif info.compress_type == zipfile.ZIP_BZIP2:
        yield from _decompressed(bz2.BZ2Decompressor(), data)
    elif info.compress_type == zipfile.ZIP_LZMA:
        yield from _decompressed(*_lzma(data))
    else:
        raise NotImplementedError(f"its compression {info.compress_type} is unknown")


def _inflated(data):
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(0, len(data), PIECE):
        rest = data[at : at + PIECE]
        while True:
            piece = stream.decompress(rest, PIECE)
            yield piece
            rest = stream.unconsumed_tail
            if stream.eof:
                return
            if not rest and len(piece) < PIECE:
                break
    raise EOFError("its end is missing")


def _decompressed(stream, data):
    for at in itertools.count(0, PIECE):
        if stream.eof or at >= len(data):
            return
        yield stream.decompress(data[at : at + PIECE], PIECE)
        while not (stream.eof or stream.needs_input):
            yield stream.decompress(b"", PIECE)


def _lzma(data):
    """The decompressor that the head of a member asks for, and the data: a version, a length, five bytes, the data."""
    if len(data) < 9 or int.from_bytes(data[2:4], "little") != 5:
        raise ValueError("its LZMA has no properties")
    packed, width = data[4], int.from_bytes(data[5:9], "little")
    if width > WIDEST_LZMA or packed >= 9 * 5 * 5:
        raise ValueError("its LZMA asks for more memory than any model's")
    how = {"id": lzma.FILTER_LZMA1, "dict_size": max(width, 4096)}
    how |= {"lc": packed % 9, "lp": packed // 9 % 5, "pb": packed // 45}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[how]), data[9:]
