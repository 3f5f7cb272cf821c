"""Members of zip archives: a stored one lies in the archive as it is, a deflated one is unpacked into the spill."""

from __future__ import annotations

import os
import pathlib
import struct
import zipfile
import zlib

from kelt.disk.errors import unreadable
from kelt.disk.files import MappedFile
from kelt.disk.hdf5 import Place
from kelt.disk.spill import PIECE, Spill

LOCAL_HEADER = struct.Struct("<4s22xHH")  # its mark, the lengths of the name and of the extra field
EXPANSION = 1100  # times that deflate can shrink; who claims more lies


class Archive:
    """A zip archive, mapped. Names with `..`, encrypted members and those that lie outside of the file are errors."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        self.mapped = MappedFile(path)
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise unreadable(path, f"it is no zip archive: {error}", cut=True) from None
        names = [info.filename for info in self.zip.infolist()]
        for name in names:
            if name.startswith("/") or ".." in name.replace("\\", "/").split("/"):
                raise unreadable(path, f"its member {name!r} lies outside of it")
        if len(set(names)) < len(names):
            raise unreadable(path, "a member stands twice in it")

    def close(self) -> None:
        """What is mapped stays as long as a view needs it."""
        self.zip.close()

    def place(self, name: str, spill: Spill) -> Place:
        """Where the bytes of a member lie."""
        info = self.zip.getinfo(name)
        if info.flag_bits & 1:
            raise unreadable(self.path, f"its member {name!r} is encrypted")
        if info.compress_type == zipfile.ZIP_STORED:
            return self._stored(info)
        if info.file_size > EXPANSION * max(info.compress_size, 1):
            words = f"its member {name!r} claims {info.file_size} bytes, but has {info.compress_size}"
            raise unreadable(self.path, words)
        return self._unpacked(info, spill)

    def _stored(self, info) -> Place:
        start = info.header_offset
        header = self.mapped[start : start + LOCAL_HEADER.size]
        if len(header) < LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise unreadable(self.path, f"its member {info.filename!r} has no header", cut=True)
        _, name, extra = LOCAL_HEADER.unpack(header)
        begin = start + LOCAL_HEADER.size + name + extra
        if info.compress_size != info.file_size or begin + info.file_size > len(self.mapped):
            raise unreadable(self.path, f"its member {info.filename!r} lies outside of it", cut=True)
        return Place(self.mapped, begin, info.file_size)

    def _unpacked(self, info, spill) -> Place:
        descriptor = spill.open()
        try:
            with self.zip.open(info) as member:
                left = info.file_size
                while piece := member.read(PIECE):
                    left -= len(piece)
                    spill.write(descriptor, piece)
            if left:
                raise unreadable(self.path, f"its member {info.filename!r} is not as long as it says", cut=True)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            os.close(descriptor)
            raise unreadable(self.path, f"its member {info.filename!r} can't be unpacked: {error}", cut=True) from None
        except BaseException:
            os.close(descriptor)
            raise
        return Place(MappedFile.of(descriptor, self.path))
