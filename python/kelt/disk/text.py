"""JSON of files that may be hostile: what it takes in memory is known before it is parsed."""

from __future__ import annotations

import json
import math
import os
from typing import Any

from kelt.disk.errors import shortened, unreadable
from kelt.disk.files import MappedFile

LONGEST_CONFIG = 1 << 26  # bytes: no model's configuration has more
MOST_VALUES = 1 << 21  # in one text; each takes a hundred bytes or so


def json_object(data: bytes, path: str | os.PathLike[str], what: str, strict: bool = False) -> dict[str, Any]:
    """The JSON object of a file; `what` it is called in errors ("its header").

    With `strict`, what Python takes and others do not is an error: a name that stands twice, a number that is none in
    float64, half of a character.

    Raises:
        kelt.ExportError: It is none, or has more values than any model's.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MOST_VALUES:
        raise unreadable(path, f"{what} has more values than any model's")
    try:
        found = json.loads(data.decode(), **(STRICT if strict else {}))
    except RecursionError:
        raise unreadable(path, f"{what} is nested too deeply") from None
    except ValueError as error:
        raise unreadable(path, f"{what} is no JSON: {shortened(error)}", cut=True) from None
    if not isinstance(found, dict):
        raise unreadable(path, f"{what} is no JSON object")
    return found


def _pairs(pairs):
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name stands twice")
    for text in (text for pair in pairs for text in pair if isinstance(text, str)):
        text.encode()
    return entries


def _constant(name):
    raise ValueError(f"{name} is no number")


def _float(text):
    number = float(text)
    return number if math.isfinite(number) else _constant(text)


def _int(text):
    _float(text)
    return int(text)


STRICT: dict[str, Any] = {
    "object_pairs_hook": _pairs,
    "parse_constant": _constant,
    "parse_float": _float,
    "parse_int": _int,
}


def json_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The object of a file that has nothing else."""
    file = MappedFile(path)
    if len(file) > LONGEST_CONFIG:
        raise unreadable(path, "it is longer than any model's configuration")
    return json_object(file[:], path, "it")
