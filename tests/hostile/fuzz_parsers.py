"""Fuzzes what kelt itself parses of models on disk: `python fuzz_parsers.py [safetensors | archive] --seconds N`.

A mutated input that reaches lines, or an order of lines, that none reached before is mutated further. Whatever the
bytes are, the parser takes them or raises `kelt.ExportError`, in little time and memory; what it takes is what the
reference reads (the package of safetensors, `zipfile`). Inputs that do something else are left in `--found`.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import pathlib
import random
import re
import resource
import sys
import tempfile
import time
import traceback
import zipfile

import kelt.disk
from kelt.disk.archive import Archive
from kelt.disk.files import MappedFile
from kelt.disk.safetensors import MappedTensors
from kelt.disk.spill import Spill
from kelt.errors import ExportError

SECONDS = 2  # of the processor: what takes longer is a finding
ROOM = 1 << 30  # bytes above what the process has at the start
TRACED = str(pathlib.Path(kelt.disk.__file__).parent)
NUMBERS = (
    0,
    1,
    2,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0xFFFF,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)
VALUES = (
    None, True, False, -1, 0, 1, 4, 1 << 31, 1 << 62, 1 << 63, 1 << 64, 10**400, 0.5, 1e308, float("nan"), float("inf"),
    "", "F32", "f32", "BF16", "BOOL", "F8_E4M3", "\x00", "\ud800", [], {}, [0], [0, 4], [4, 0], [1] * 40, [0, 1 << 62],
)  # fmt: skip
MARKS = (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07")


def mapped(data: bytes) -> MappedFile:
    """A file in memory."""
    descriptor = os.memfd_create("fuzz")
    os.write(descriptor, data)
    return MappedFile.of(descriptor, pathlib.Path("fuzzed"))


class Safetensors:
    """Headers of safetensors."""

    def seeds(self):
        """Files that are right."""
        yield _safetensors({"__metadata__": {"format": "pt"}}, b"")
        two = {"a": _entry("F32", [2, 2], 0, 16), "b": _entry("BF16", [3], 16, 22), "c": _entry("U8", [0], 22, 22)}
        yield _safetensors(two, bytes(range(22)))

    def mutated(self, data, draw):
        """Of the tree, or of the bytes."""
        size = int.from_bytes(data[:8], "little")
        try:
            tree = json.loads(data[8 : 8 + size])
        except (ValueError, RecursionError):
            return data
        for _ in range(draw.randint(1, 3)):
            tree = _changed(tree, draw)
        return _safetensors(tree, data[8 + size :])

    def run(self, data):
        """Reads each tensor; the reference reads the same."""
        tensors = MappedTensors(mapped(data))
        found = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
        for array in found.values():
            array.tobytes()
        try:
            from safetensors import deserialize
        except ImportError:
            return
        theirs = {name: (tuple(entry["shape"]), bytes(entry["data"])) for name, entry in deserialize(data)}
        assert {name: (array.shape, array.tobytes()) for name, array in found.items()} == theirs


class Zip:
    """Members of archives."""

    def __init__(self):
        self.spill = Spill(tempfile.gettempdir())

    def seeds(self):
        """Archives that are right, in each compression."""
        for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            into = io.BytesIO()
            with zipfile.ZipFile(into, "w", kind) as archive:
                archive.writestr("config.json", b"{}" * 20)
                with archive.open("model.weights.h5", "w", force_zip64=True) as member:
                    member.write(bytes(range(100)) * 3)
                archive.writestr("assets/ä", b"")
            yield into.getvalue()

    def mutated(self, data, draw):
        """Of the headers' fields."""
        at = [place for mark in MARKS for place in _places(data, mark)]
        if not at:
            return data
        place = draw.choice(at) + draw.randrange(4, 64)
        width = draw.choice((1, 2, 4, 8))
        number = draw.choice((*NUMBERS, draw.randrange(len(data)))) % (1 << 8 * width)
        return data[:place] + number.to_bytes(width, "little") + data[place + width :]

    def run(self, data):
        """Reads each member; `zipfile` reads the same."""
        descriptor = os.memfd_create("fuzz")
        os.write(descriptor, data)
        try:
            archive = Archive(f"/proc/self/fd/{descriptor}")
            for name in archive.names():
                self._member(archive, name, data)
        finally:
            os.close(descriptor)

    def _member(self, archive, name, data):
        try:
            read = archive.read(name, 1 << 20)
        except ExportError:
            return
        if not read:
            return
        theirs = zipfile.ZipFile(io.BytesIO(data)).read(name)
        assert read == theirs, "zipfile reads something else"
        place = archive.place(name, self.spill)
        assert place.mapped[place.offset : place.offset + place.size] == read


TARGETS = {"safetensors": Safetensors, "archive": Zip}


def _entry(dtype, shape, *offsets):
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def _safetensors(tree, data):
    header = json.dumps(tree).encode()
    return len(header).to_bytes(8, "little") + header + data


def _places(data, mark):
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _changed(tree, draw):
    """Somewhere in it another value, or one more."""
    if isinstance(tree, dict) and tree and draw.random() < 0.9:
        key = draw.choice(list(tree))
        choice = draw.random()
        if choice < 0.1:
            return {**tree, draw.choice(("d", "__metadata__", "a")): tree[key]}
        if choice < 0.15:
            return {other: value for other, value in tree.items() if other != key}
        return {**tree, key: _changed(tree[key], draw)}
    if isinstance(tree, list) and tree and draw.random() < 0.7:
        at = draw.randrange(len(tree))
        return [*tree[:at], _changed(tree[at], draw), *tree[at + 1 :]]
    if isinstance(tree, int) and draw.random() < 0.5:
        return tree + draw.choice((-1, 1, 4, -4))
    return draw.choice(VALUES)


def _bytes_changed(data, draw):
    at = draw.randrange(len(data) + 1)
    count = draw.choice((1, 1, 2, 4, 8, 64))
    some = draw.choice((draw.randbytes(count), draw.choice(NUMBERS).to_bytes(8, "little"), data[at : at + count]))
    other = draw.randrange(len(data) + 1)
    return draw.choice((
        data[:at] + some + data[at + len(some) :],
        data[:at] + some + data[at:],
        data[:at] + data[at + count :],
        data[:at],
        data[:at] + data[other:],
    ))  # fmt: skip


def _followed(run, data):
    """The pairs of lines of kelt.disk that were executed one after the other, and what was raised."""
    reached, last = set(), 0

    def line(frame, event, _):
        nonlocal last
        if event == "line":
            here = hash((frame.f_code.co_filename, frame.f_lineno))
            reached.add((last, here))
            last = here
        return line

    sys.settrace(lambda frame, *_: line if frame.f_code.co_filename.startswith(TRACED) else None)
    try:
        run(data)
    except ExportError:
        return reached, None
    except BaseException as error:
        return reached, error
    finally:
        sys.settrace(None)
    return reached, None


def fuzz(name: str, seconds: float, seed: int, found: pathlib.Path) -> int:
    """Runs one target; the number of findings, of which each kind is told once."""
    target, draw = TARGETS[name](), random.Random(seed)
    corpus, known, kinds = list(target.seeds()), set(), set()
    for data in corpus:
        reached, error = _followed(target.run, data)
        assert error is None, error
        known |= reached
    end = time.monotonic() + seconds
    for runs in itertools.count(1):
        data = draw.choice(corpus)
        for _ in range(draw.randint(1, 3)):
            data = target.mutated(data, draw) if draw.random() < 0.6 else _bytes_changed(data, draw)
        started = time.process_time()
        reached, error = _followed(target.run, data)
        if time.process_time() - started > SECONDS:
            error = TimeoutError(f"took {time.process_time() - started:.1f} s")
        if error is not None:
            where = traceback.format_tb(error.__traceback__)[-1]
            kind = where + re.sub(r"[^A-Za-z ]", "", repr(error))[:60]
            if kind not in kinds:
                kinds.add(kind)
                found.mkdir(parents=True, exist_ok=True)
                (found / f"{name}-{seed}-{runs}").write_bytes(data)
                print(f"{name}: run {runs}: {error!r}\n{where}", flush=True)
        elif reached - known and len(data) < 1 << 16:
            known |= reached
            corpus.append(data)
        if time.monotonic() > end:
            break
    print(f"{name}: {runs} runs, {len(corpus)} kinds of inputs, {len(kinds)} findings", flush=True)
    return len(kinds)


def main() -> int:
    """The exit code tells whether something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], default=list(TARGETS))
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--found", type=pathlib.Path, default=pathlib.Path("build/fuzz/crashes/parsers"))
    asked = parser.parse_args()
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, now + ROOM))
    return min(1, sum(fuzz(name, asked.seconds, asked.seed, asked.found) for name in asked.target))


if __name__ == "__main__":
    sys.exit(main())
