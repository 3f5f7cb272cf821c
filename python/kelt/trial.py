"""A file beside its place, until it is known to be right."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import secrets
from collections.abc import Iterator

TRIAL = "kelt-trial"  # marks what is kelt's to remove


@contextlib.contextmanager
def trial_beside(place: pathlib.Path) -> Iterator[pathlib.Path]:
    """The path of a file in the folder of `place`, which no other call has; it is gone afterwards."""
    remove_leftovers(place)
    trial = place.with_name(f".{place.stem}.{TRIAL}-{os.getpid()}-{secrets.token_hex(4)}.tflite")
    try:
        yield trial
    finally:
        trial.unlink(missing_ok=True)


def followed(path: pathlib.Path) -> pathlib.Path:
    """What a symbolic link points to, which is what a write replaces."""
    return path.resolve() if path.is_symlink() else path


def put(trial: pathlib.Path, place: pathlib.Path) -> None:
    """Renames the file to its place, with the mode of what it replaces."""
    with contextlib.suppress(FileNotFoundError):
        trial.chmod(place.stat().st_mode & 0o7777)
    trial.replace(place)


def remove_leftovers(place: pathlib.Path) -> None:
    """Trials of processes that were killed, and nothing else."""
    made = re.compile(rf"\.{re.escape(place.stem)}\.{TRIAL}-(\d+)-[0-9a-f]{{8}}\.tflite")
    for trial in place.parent.iterdir() if place.parent.is_dir() else ():
        found = made.fullmatch(trial.name)
        if found and not pathlib.Path("/proc", found[1]).exists():
            trial.unlink(missing_ok=True)
