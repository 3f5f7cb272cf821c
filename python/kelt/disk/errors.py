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


def shortened(error: BaseException) -> str:
    """What somebody else's error says, in one line that can be read."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"
