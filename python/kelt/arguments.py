"""Arguments that several calls take: each is what it should be, or an error names it before anything is done."""

from __future__ import annotations

import numbers
import os
import pathlib
from typing import Any

from kelt.errors import IO, NOT_FOUND, bad_argument
from kelt.trial import followed


def checked_path(filepath: Any) -> pathlib.Path:
    """The path as one, if a LiteRT file may stand there."""
    path = pathlib.Path(checked_file(filepath, "filepath"))
    if path.suffix != ".tflite":
        raise bad_argument(f"a LiteRT file ends in .tflite: {path}")
    folder = followed(path).parent
    if not folder.is_dir():
        raise ValueError(
            f"K{NOT_FOUND}: can't write {path}: there is no folder {folder}. Check the path; its directory must exist."
        )
    if path.is_dir():
        raise OSError(f"K{IO}: can't write {path}: Is a directory. Give the path of a file.")
    return path


def checked_file(path: Any, name: str) -> str:
    """The path that the argument `name` is."""
    if not isinstance(path, (str, os.PathLike)):
        raise bad_argument(f"{name} is the path of a file, not {_kind(path)}")
    return os.fspath(path)


def checked_threads(threads: Any, least: int = 0) -> None:
    """Raises unless there can be so many threads."""
    if not isinstance(threads, numbers.Integral) or isinstance(threads, bool) or threads < least:
        help_ = "; 0 is as many as help" if least == 0 else ""
        raise bad_argument(f"threads is a number from {least} on{help_}, not {threads!r}")


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__
