"""What is wrong with a source: the file, the tensor, what now."""

from __future__ import annotations

import os

from kelt.errors import LONGEST, ExportError, failure

BAD_SOURCE = "K207"
AGAIN = "Copy or save it again."


def unreadable(path: str | os.PathLike[str], what: str, *, cut: bool = False, remedy: str = "") -> ExportError:
    """A file that can't be read as what it should be; `cut`: it may be cut short."""
    return failure(
        BAD_SOURCE, f"{os.fspath(path)}: {what}", remedy=remedy or ("It may be cut short. " + AGAIN if cut else "")
    )


def without(remedy: str, **given: object) -> str:
    """A remedy, where options may be at fault, too: those that are not None."""
    names = [name for name, value in given.items() if value is not None]
    if not names:
        return remedy
    return f"Leave {' and '.join(names)} out, or take another. If that is no help: {remedy[0].lower()}{remedy[1:]}"


def quoted(name: object) -> str:
    """A name that a file gives, so that it can be read: of one line, and not long."""
    words = repr(name)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"


def shortened(error: BaseException) -> str:
    """What somebody else's error says, in one line that can be read."""
    # Keras begins with all that it was given.
    words = " ".join(str(error).split("Exception encountered: ")[-1].split()) or type(error).__name__
    if isinstance(error, KeyError) and " " not in words:
        words = f"there is no {words}"
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"
