"""`.keras` archives that are broken or meant to harm: how each is made of one that is right, and what is said of it."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import os
import pathlib
import pickle
import struct
import zipfile
import zlib

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Where fields lie in a header: the place, the bytes.
L_FLAGS, L_METHOD, L_NAME, L_EXTRA = (6, 2), (8, 2), (26, 2), (28, 2)
C_FLAGS, C_METHOD, C_CRC, C_PACKED, C_SIZE, C_EXTRA, C_AT = (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (30, 2), (42, 4)


def members(path):
    """The bytes of each member of an archive that is right."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(pairs, kind=zipfile.ZIP_STORED):
    """An archive of names and bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", kind) as archive:
        for name, data in pairs:
            archive.writestr(name, data)
    return into.getvalue()


def field(data, mark, name, where, number):
    """The archive with another number in the header of a member."""
    length = 30 if mark == LOCAL else 46
    at = data.find(mark)
    while data[at + length : at + length + len(name)] != name.encode():
        at = data.index(mark, at + 1)
    place, width = at + where[0], where[1]
    return data[:place] + number.to_bytes(width, "little") + data[place + width :]


def raw(change, kind=zipfile.ZIP_STORED):
    """The bytes of an archive that is right, changed."""
    return lambda path, right: path.write_bytes(change(zipped(members(right).items(), kind)))


def fields(mark, name, *pairs, kind=zipfile.ZIP_STORED):
    """With other fields in a header."""

    def change(data):
        for where, number in pairs:
            data = field(data, mark, name, where, number)
        return data

    return raw(change, kind)


def config(change):
    """With another configuration: bytes, or what a function makes of the tree."""

    def make(path, right):
        found = members(right)
        found[CONFIG] = change if isinstance(change, bytes) else json.dumps(change(json.loads(found[CONFIG]))).encode()
        path.write_bytes(zipped(found.items(), zipfile.ZIP_DEFLATED))

    return make


def layer(class_name, module, registered=None, /, **values):
    """With a layer of another class before the others' weights are read."""

    def change(tree):
        dense = tree["config"]["layers"][1]
        dense |= {"class_name": class_name, "module": module, "registered_name": registered}
        dense["config"] |= values
        return tree

    return config(change)


def more(name):
    """With one more member."""
    return lambda path, right: path.write_bytes(zipped([*members(right).items(), (name, b"x")]))


def without(name):
    """With one member less."""
    return lambda path, right: path.write_bytes(zipped([pair for pair in members(right).items() if pair[0] != name]))


def packed(name, data, method, claims=None):
    """With a member of these bytes, packed by somebody else, which says that it has so many."""

    def make(path, right):
        held = data() if callable(data) else data
        found = zipped({**members(right), name: held}.items())
        size = claims if claims is not None else len(held)
        for mark, where in ((LOCAL, L_METHOD), (CENTRAL, C_METHOD)):
            found = field(found, mark, name, where, method)
        path.write_bytes(field(found, CENTRAL, name, C_SIZE, size))

    return make


def _twice(path, right):
    found = zipped([("Config.json", b"{}"), *members(right).items()])
    path.write_bytes(found.replace(b"Config.json", b"config.json"))


def _over_another(path, right):
    data = zipped([*members(right).items(), ("assets/one", b"abc"), ("assets/two", b"abc")])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.getinfo("assets/one").header_offset
    path.write_bytes(field(data, CENTRAL, WEIGHTS, C_AT, first).replace(b"assets/one", WEIGHTS[:10].encode()))


def _wide_directory(path, _right):
    size = 1 << 26
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(END + struct.pack("<4H2LH", 0, 0, 1, 1, size, 0, 0))


def _zip64(path, right):
    data = zipped(members(right).items())
    for where in (C_PACKED, C_SIZE):
        data = field(data, CENTRAL, WEIGHTS, where, 0xFFFFFFFF)
    extra = struct.pack("<2H2Q", 1, 16, 1 << 62, 1 << 62)
    at = data.index(CENTRAL)
    while data[at + 46 : at + 46 + len(WEIGHTS)] != WEIGHTS.encode():
        at = data.index(CENTRAL, at + 1)
    behind = at + 46 + len(WEIGHTS)
    data = data[:behind] + extra + data[behind:]
    data = field(data, CENTRAL, WEIGHTS, C_EXTRA, len(extra))
    end = data.rindex(END)
    (size,) = struct.unpack_from("<L", data, end + 12)
    path.write_bytes(data[: end + 12] + struct.pack("<L", size + len(extra)) + data[end + 16 :])


def _zeros(megabytes):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head * megabytes + packer.flush()


def _lzma(data, width):
    body = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20}])
    return b"\x09\x04\x05\x00" + bytes([93]) + width.to_bytes(4, "little") + body


def _nested():
    inner = zipped([(f"{i}", bytes(1 << 20)) for i in range(16)], zipfile.ZIP_DEFLATED)
    return zipped([(f"{i}.zip", inner) for i in range(16)], zipfile.ZIP_DEFLATED)


class _Harm:
    def __reduce__(self):
        return os.mkdir, ("harm",)


def _link(path, _right):
    path.symlink_to(path.name)


def _directory(path, right):
    path.mkdir()
    for name, data in members(right).items():
        (path / name).write_bytes(data)


LIES = "lies outside of it or over another one"
LAMBDA = {
    "module": "builtins",
    "class_name": "__lambda__",
    "config": {"code": "4wEAAAA=", "defaults": None, "closure": None},
}
PICKLED = {"class_name": "__bytes__", "config": {"value": pickle.dumps(_Harm()).hex()}}
CASES = {
    "an empty file": (lambda path, _: path.write_bytes(b""), "it is empty"),
    "no zip": (lambda path, _: path.write_bytes(b"no zip" * 100), "it is no zip archive"),
    "half of a file": (raw(lambda data: data[: len(data) // 2]), "it is no zip archive"),
    "a file without its last bytes": (raw(lambda data: data[:-10]), "it is no zip archive"),
    "a file without some of its bytes": (raw(lambda data: data[:2000] + data[2040:]), "it is no zip archive|no header"),
    "a directory that is empty": (lambda path, _: path.write_bytes(END + bytes(18)), "it has no config.json"),
    "a directory of 64 MB": (_wide_directory, "its directory is longer than any model's"),
    "an encrypted configuration": (fields(CENTRAL, CONFIG, (C_FLAGS, 1)), "its member 'config.json' is encrypted"),
    "encrypted weights": (fields(LOCAL, WEIGHTS, (L_FLAGS, 1)), "its member 'model.weights.h5' is encrypted"),
    "a member beyond the end": (
        fields(CENTRAL, WEIGHTS, (C_AT, 1 << 31)),
        "its member 'model.weights.h5' has no header",
    ),
    "a name of another length": (fields(LOCAL, WEIGHTS, (L_NAME, 65535)), "'model.weights.h5' has another name where"),
    "a member that begins elsewhere": (fields(LOCAL, WEIGHTS, (L_EXTRA, 65535)), f"'model.weights.h5' {LIES}"),
    "another method where it lies": (
        fields(LOCAL, WEIGHTS, (L_METHOD, 8)),
        "'model.weights.h5' is described in two ways",
    ),
    "a member that is longer than the file": (
        fields(CENTRAL, WEIGHTS, (C_SIZE, 1 << 31), (C_PACKED, 1 << 31)),
        f"'model.weights.h5' {LIES}",
    ),
    "a member that is too long by a byte": (
        lambda path, right: fields(
            CENTRAL, WEIGHTS, *((each, len(members(right)[WEIGHTS]) + 100) for each in (C_SIZE, C_PACKED))
        )(path, right),
        f"'model.weights.h5' {LIES}",
    ),
    "a stored bomb": (
        fields(CENTRAL, WEIGHTS, (C_SIZE, 1 << 31)),
        "'model.weights.h5' claims 2147483648 bytes, but has",
    ),
    "a size of ZIP64 that wraps": (_zip64, f"'model.weights.h5' {LIES}"),
    "weights over another member": (_over_another, "'model.weights.h5' .*(another|lies|claims)"),
    "a name with dots": (more("assets/../../harm"), "its member 'assets/../../harm' lies outside of it"),
    "a name with dots and backslashes": (more("assets\\..\\..\\harm"), "lies outside of it"),
    "an absolute name": (more("/tmp/harm"), "its member '/tmp/harm' lies outside of it"),
    "a member twice": (_twice, "a member stands twice in it"),
    "no configuration": (without(CONFIG), "it has no config.json"),
    "no weights": (without(WEIGHTS), "it has no model.weights.h5"),
    "an unknown compression": (packed(WEIGHTS, b"x" * 99, 99), "can't be unpacked: its compression 99 is unknown"),
    "a wrong checksum": (fields(CENTRAL, CONFIG, (C_CRC, 7)), "'config.json' is not what was written: its checksum"),
    "deflated data that is broken": (packed(WEIGHTS, b"\xff" * 99, 8, 200), "'model.weights.h5' can't be unpacked"),
    "deflated data that is cut": (packed(WEIGHTS, _zeros(1)[:-8], 8, 1 << 20), "can't be unpacked: its end is missing"),
    "weights that expand a million times": (
        packed(WEIGHTS, b"x" * 999, 8, 999_000_000),
        "claims 999000000 bytes, but has 999",
    ),
    "a configuration that expands to more than it says": (
        packed(CONFIG, lambda: _zeros(1024), 8, 1 << 20),
        "'config.json' is not as long as it says",
    ),
    "weights that expand to more than they say": (
        packed(WEIGHTS, lambda: _zeros(1024), 8, 1 << 20),
        "'model.weights.h5' is not as long as it says",
    ),
    "a bomb of bzip2": (packed(WEIGHTS, lambda: bz2.compress(bytes(1 << 24)), 12, 40), "is not as long as it says"),
    "a bomb of LZMA": (packed(WEIGHTS, lambda: _lzma(bytes(1 << 24), 1 << 20), 14, 9000), "is not as long as it says"),
    "LZMA that asks for 4 GB": (packed(WEIGHTS, _lzma(b"x" * 99, 0xFFFFFFFF), 14, 99), "asks for more memory"),
    "LZMA without its head": (packed(WEIGHTS, b"123", 14, 9), "its LZMA has no properties"),
    "an archive of archives for weights": (packed(WEIGHTS, _nested, 0), "it is no file of HDF5"),
    "a configuration of 70 MB": (config(b" " * (70 << 20) + b"{}"), "its config.json is longer than any model's"),
    "a configuration of millions of lists": (config(b"[" + b"[]," * 3_000_000 + b"1]"), "has more values than any"),
    "a configuration that is no JSON": (config(b"{'a': 1}"), "its config.json is no JSON"),
    "a configuration that is a list": (config(b"[]"), "its config.json is no JSON object"),
    "a configuration that is nothing": (config(b""), "its config.json is no JSON"),
    "a configuration that is nested deeply": (config(b'{"a":' * 200_000), "its config.json is nested too deeply"),
    "a configuration that is nested as deeply as JSON may be": (
        config(b'{"class_name": "Functional", "config":' + b'{"a":' * 900 + b"1" + b"}" * 901),
        "Keras can't load it",
    ),
    "a configuration that is not UTF-8": (config(b'{"a": "\xff"}'), "its config.json is no JSON: .*utf-8"),
    "a configuration with a zero byte": (config(b'{"a": 1}\0'), "its config.json is no JSON"),
    "a configuration without a class": (config(b"{}"), "Keras can't load it"),
    "a class that is a list": (config(lambda tree: {**tree, "class_name": ["Functional"]}), "Keras can't load it"),
    "layers that are a number": (config(lambda tree: {**tree, "config": {"layers": 7}}), "Keras can't load it"),
    "a class of the system's": (layer("system", "os"), "Keras can't load it: .*system"),
    "a function that evaluates": (layer("eval", "builtins"), "Keras can't load it"),
    "a class of a module that does things": (layer("Harm", "harmful_module"), "Keras can't load it: .*Harm"),
    "a class that nobody knows": (layer("Nobody", "keras.layers"), "Keras can't load it: .*Nobody"),
    "a function of Keras' that loads from the net": (layer("get_file", "keras.utils"), "Keras can't load it"),
    "a custom class": (layer("Mine", None, "mine>Mine"), "Keras can't load it: .*Mine.*--custom-objects"),
    "a custom class that is pickled": (
        layer("Mine", "pickle", "mine>Mine", value=PICKLED),
        "Keras can't load it: .*Mine",
    ),
    "a Lambda of marshalled code": (layer("Lambda", "keras.layers", function=LAMBDA), "safe_mode.*--unsafe"),
    "an activation of marshalled code": (layer("Dense", "keras.layers", activation=LAMBDA), "safe_mode.*--unsafe"),
    "a module of torch that is pickled": (
        layer("TorchModuleWrapper", "keras.layers", module=PICKLED),
        "Keras can't load it",
    ),
    "a layer of a million million weights": (
        layer("Dense", "keras.layers", units=1 << 40),
        r"the weight of \S*kernel has the shape \[100, 200\], the model needs \[100, 1099511627776\]",
    ),
    "a layer of a negative number of weights": (layer("Dense", "keras.layers", units=-5), "Keras can't load it"),
    "a pipe": (lambda path, _: os.mkfifo(path), "it is no regular file"),
    "a device": (lambda path, _: path.symlink_to("/dev/zero"), "it is no regular file"),
    "a link to itself": (_link, "Too many levels of symbolic links"),
    "a directory": (_directory, "it is a directory"),
}
HARMFUL = pathlib.Path("harmful_module.py")
