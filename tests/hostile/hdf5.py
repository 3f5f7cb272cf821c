"""Files of weights that are broken or meant to harm: what is wrong, how it is made of one that is right, what is said.

Each is tried as a `.weights.h5`, and as the member of an archive.
"""

from __future__ import annotations

import shutil
import struct

import h5py
import numpy as np

KERNEL = "layers/dense/vars/0"
SHAPE = (100, 200)


def raw(change):
    """The bytes of a file that is right, changed."""
    return lambda path, right: path.write_bytes(change(right.read_bytes()))


def opened(change):
    """A copy of a file that is right, in which something is changed by HDF5."""

    def make(path, right):
        shutil.copy(right, path)
        with h5py.File(path, "r+") as file:
            change(file)

    return make


def kernel(**options):
    """With another dataset for the kernel."""

    def change(file):
        del file[KERNEL]
        file.create_dataset(KERNEL, **options)

    return opened(change)


def link(to, at=KERNEL):
    """With a link in the place of a dataset or a group."""

    def change(file):
        file.move(at, "elsewhere")
        file[at] = to

    return opened(change)


def _virtual(file):
    del file[KERNEL]
    layout = h5py.VirtualLayout(SHAPE, "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", SHAPE)
    file.create_virtual_dataset(KERNEL, layout)


def _external(path, right):
    shutil.copy(right, path)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, SHAPE, "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def _hollow(file):
    del file[KERNEL]
    space = h5py.h5s.create_simple(SHAPE)
    h5py.h5d.create(file["layers/dense/vars"].id, b"0", h5py.h5t.IEEE_F32LE, space)


def _beyond(number):
    def make(path, right):
        with h5py.File(right) as file:
            at, size = file[KERNEL].id.get_offset(), file[KERNEL].id.get_storage_size()
        old = struct.pack("<2Q", at, size)
        data = right.read_bytes()
        assert data.count(old) == 1, "where the file says where its kernel lies"
        path.write_bytes(data.replace(old, struct.pack("<2Q", number, size)))

    return make


def _unpacked(path, right):
    data = np.random.default_rng(0).normal(size=SHAPE).astype("f4")
    kernel(data=data, chunks=(50, 200), compression="gzip")(path, right)
    with h5py.File(path) as file:
        chunk = file[KERNEL].id.get_chunk_info(0)
    bytes_ = bytearray(path.read_bytes())
    bytes_[chunk.byte_offset : chunk.byte_offset + 64] = b"\xff" * 64
    path.write_bytes(bytes_)


def _group(file):
    del file[KERNEL]
    file.create_group(KERNEL)


def _dataset(file):
    del file["layers/dense/vars"]
    file["layers/dense/vars"] = np.zeros(3)


def _deep(file):
    del file[KERNEL]
    file[KERNEL] = np.zeros((1,) * 31 + (20_000,), "f4")


def _marked(file):
    file[KERNEL].attrs["dtype"] = "bfloat16"


NAME = f"the dataset /?{KERNEL}|the dataset '0' of /layers/dense/vars can't be read: .*"
NO_FILE = "it is no file of HDF5: .*(signature not found|truncated|file)"
RECORD = np.dtype([("a", "f4"), ("b", h5py.string_dtype())])
CASES = {
    "no HDF5": (raw(lambda data: b"weights" * 100), NO_FILE),
    "half of a file": (raw(lambda data: data[: len(data) // 2]), NO_FILE),
    "a file without its last byte": (raw(lambda data: data[:-1]), NO_FILE),
    "a superblock alone": (raw(lambda data: data[:96]), NO_FILE),
    "a file whose middle is zeros": (raw(lambda data: data[:96] + bytes(2000) + data[2096:]), "can't|no file|has no"),
    "a link to another file": (link(h5py.ExternalLink("/etc/passwd", "/x")), f"({NAME}).*ExternalLink"),
    "a link to a dataset": (link(h5py.SoftLink("/elsewhere")), f"({NAME}).*SoftLink"),
    "a link to a group": (link(h5py.SoftLink("/elsewhere"), "layers/dense/vars"), "SoftLink"),
    "a link to itself": (link(h5py.SoftLink(f"/{KERNEL}")), f"({NAME})|Keras can't load it"),
    "data of another file": (_external, f"({NAME}).*(external|other files)"),
    "data that others have": (opened(_virtual), f"({NAME}).*(virtual|other files)"),
    "data beyond the end": (_beyond(1 << 40), f"({NAME})"),
    "data at the end of all bytes": (_beyond((1 << 64) - 4096), f"({NAME})"),
    "no data": (opened(_hollow), f"({NAME}).*(no values|stored on disk)"),
    "2**60 elements": (kernel(shape=(1 << 30, 1 << 30), dtype="f4", chunks=(64, 64)), f"({NAME})"),
    "2**60 elements of one chunk": (
        kernel(shape=(1 << 30, 1 << 30), dtype="f4", chunks=(1 << 14, 1 << 15), compression="gzip"),
        f"({NAME})",
    ),
    "a shape of 2**64 bytes": (kernel(shape=(1 << 32, 1 << 32), dtype="f4", chunks=(8, 8)), f"({NAME})"),
    "chunks that are broken": (_unpacked, f"({NAME})"),
    "another shape": (
        kernel(data=np.zeros((200, 100), "f4")),
        r"the weight of dense/kernel has the shape \[200, 100\]",
    ),
    "one element less": (kernel(data=np.zeros(19_999, "f4")), r"the weight of dense/kernel has the shape \[19999\]"),
    "32 dims": (opened(_deep), "the weight of dense/kernel has the shape"),
    "a scalar": (kernel(data=np.float32(1)), r"the weight of dense/kernel has the shape \[\]"),
    "nothing": (kernel(data=h5py.Empty("f4")), f"({NAME})"),
    "text": (kernel(shape=SHAPE, dtype=h5py.string_dtype()), f"({NAME})"),
    "text that is there": (
        kernel(data=np.full(SHAPE, "x", object), dtype=h5py.string_dtype()),
        f"({NAME}).* no numbers",
    ),
    "text of a fixed length": (kernel(data=np.full(SHAPE, b"abcd")), f"({NAME}).* no numbers"),
    "records": (kernel(data=np.zeros(SHAPE, [("a", "f4"), ("b", "i4")])), f"({NAME}).* no numbers"),
    "records with text": (
        kernel(shape=SHAPE, dtype=RECORD, fillvalue=None, chunks=SHAPE),
        f"({NAME}).* no numbers",
    ),
    "references": (
        kernel(data=np.full(SHAPE, None, object), dtype=h5py.ref_dtype),
        f"({NAME}).* no (numbers|values)",
    ),
    "lists": (kernel(shape=SHAPE, dtype=h5py.vlen_dtype("f4"), fillvalue=None), f"({NAME})"),
    "opaque bytes": (kernel(data=np.zeros(SHAPE, "V4")), f"({NAME}).* no numbers"),
    "complex numbers": (kernel(data=np.zeros(SHAPE, "c8")), f"({NAME}).* no numbers"),
    "numbers that call themselves bfloat16": (opened(_marked), f"({NAME}).* no numbers"),
    "a group in the place of a dataset": (opened(_group), f"({NAME})"),
    "a dataset in the place of a group": (opened(_dataset), "Keras can't load it"),
    "a weight too few": (opened(lambda file: file.__delitem__(KERNEL)), "Keras can't load it"),
    "a layer too few": (opened(lambda file: file.__delitem__("layers/dense")), "Keras can't load it"),
    "no layers": (opened(lambda file: file.__delitem__("layers")), "Keras can't load it"),
}
