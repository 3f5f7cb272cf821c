"""The sections of docs/status.md that scripts write and tests compare."""

from __future__ import annotations

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/status.md"


def written(head: str) -> str:
    """The section as it stands in the page, under its head."""
    _, found, rest = PAGE.read_text().partition(f"\n{head}\n")
    return f"{head}\n{rest.partition(chr(10) + '## ')[0]}" if found else ""


def write(head: str, section: str) -> None:
    """Puts the section in the place of the one under this head."""
    text, old = PAGE.read_text(), written(head)
    assert old, f"{PAGE} has no section {head}"
    PAGE.write_text(text.replace(old, section))
