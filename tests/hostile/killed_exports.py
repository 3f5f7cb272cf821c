"""Ends `kelt export` by kill −9 at moments of its run: `python killed_exports.py SOURCE OUT COUNT`.

What it needs is imported once; each export is a child, as the command is. Prints as JSON what stood in the folder of
the output after each, and at the end after two that ran at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import signal
import sys
import time

import h5py  # noqa: F401  # imported for all children
import keras  # noqa: F401

from kelt import exporting
from kelt.command import main


def started(source: str, output: str, waits: bool = False) -> int:
    """An export, which tells nobody anything; it may wait before it puts the file in its place."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        if waits:
            exporting.put = lambda *_: time.sleep(60)
        sys.argv = ["kelt", "export", source, "-o", output]
        os._exit(main.main())
    return child


def ended(child: int) -> int:
    """Its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_work(group: int) -> bool:
    """Whether a process of an export still runs: the work is done by a child of the command."""
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = status.read_text().rpartition(")")[2].split()[:3]
            if int(of) == group and state not in "ZX":
                return True
    return False


def listed(folder: pathlib.Path) -> dict[str, str]:
    """The files of a folder and their digests."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def wait_for_trial(folder: pathlib.Path, group: int) -> None:
    """Returns when an export has written its file, or has ended."""
    before = set(folder.glob(".*"))
    while set(folder.glob(".*")) <= before and at_work(group):
        time.sleep(0.0005)


def _timed(source, output):
    begin = time.monotonic()
    assert ended(started(source, output)) == 0
    return time.monotonic() - begin


def run(source: str, output: str, count: int) -> dict:
    """The exit codes and folders of the ones that were ended, and of the last one."""
    folder, killed = pathlib.Path(output).parent, []
    early = count * 4 // 10  # however fast they are, these do not put the file in its place
    written = count * 7 // 10  # what comes after these ends when the file is written, and not in its place yet
    took = min(_timed(source, output) for _ in range(2))
    for moment in range(1, count + 1):
        pathlib.Path(output).write_bytes(b"old")
        child = started(source, output, waits=not early < moment <= written)
        if moment > written:
            wait_for_trial(folder, child)
        else:
            time.sleep(took * moment / (written + 1))
        os.kill(child, signal.SIGKILL)
        code = ended(child)
        while at_work(child):
            time.sleep(0.01)
        killed.append({"code": code, "folder": listed(folder)})
    codes = [ended(child) for child in [started(source, output), started(source, output)]]
    return {"killed": killed, "codes": codes, "folder": listed(folder)}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
