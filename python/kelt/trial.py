"""A file beside its place, until it is known to be right."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import secrets
from collections.abc import Iterator

TRIAL, SPILL = "kelt-trial", "kelt-spill"  # mark what is kelt's to remove


@contextlib.contextmanager
def trial_beside(place: pathlib.Path) -> Iterator[pathlib.Path]:
    """The path of a file in the folder of `place`, which no other call has; it is gone afterwards.

    An error inside that names it names `place` instead: the user knows of no other file.
    """
    remove_leftovers(place)
    trial = place.with_name(f".{place.stem}.{TRIAL}-{os.getpid()}-{secrets.token_hex(4)}.tflite")
    try:
        yield trial
    except Exception as error:
        _rename(error, str(trial), str(place))
        raise
    finally:
        trial.unlink(missing_ok=True)


def _rename(error: Exception, trial: str, place: str) -> None:
    error.args = tuple(arg.replace(trial, place) if isinstance(arg, str) else arg for arg in error.args)
    for name in ("what", "filename", "filename2"):  # of `_native.Error` and `ExportError`, and of `OSError`
        words = getattr(error, name, None)
        if isinstance(words, str):
            setattr(error, name, words.replace(trial, place))


def followed(path: pathlib.Path) -> pathlib.Path:
    """What a symbolic link points to, which is what a write replaces."""
    return path.resolve() if path.is_symlink() else path


def put(trial: pathlib.Path, place: pathlib.Path) -> None:
    """Renames the file to its place, with the mode of what it replaces."""
    with contextlib.suppress(FileNotFoundError):
        trial.chmod(place.stat().st_mode & 0o7777)
    trial.replace(place)


def remove_leftovers(place: pathlib.Path) -> None:
    """Trials of processes that were killed, the files that the core had begun of them, spills, and nothing else."""
    trial_of = rf"\.{re.escape(place.stem)}\.{TRIAL}-(\d+)-[0-9a-f]{{8}}\.tflite"
    made = re.compile(rf"{trial_of}|\.{trial_of}\.\d+-\d+\.kelt-tmp|\.{SPILL}-(\d+)-\w+")
    for trial in place.parent.iterdir() if place.parent.is_dir() else ():
        found = made.fullmatch(trial.name)
        if found and not _is_alive(found[1] or found[2] or found[3]):
            trial.unlink(missing_ok=True)


def _is_alive(process: str) -> bool:
    """Whether it still writes: one that ended stays listed until its parent asks for it."""
    try:
        status = pathlib.Path("/proc", process, "stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[:1] not in ([b"Z"], [b"X"])
