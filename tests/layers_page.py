"""The section of docs/status.md on layers, from the tables of tests/layers: `python tests/layers_page.py` writes it."""

from __future__ import annotations

import sys

from status_page import ROOT, write

HEAD = "## Layers"
INTRODUCTION = """
Every class of keras.layers, and the options in which its file is compared with Keras: float32 within 1e-5 of the
largest value, at three sizes that were not used to capture, each run twice. The tables of `tests/layers` are the
source; `python tests/layers_page.py` writes this section from them, and a test keeps the two equal.
"""


def section() -> str:
    """The section as it must stand in the page."""
    from layer_cases import tables
    from test_enumeration import IN_PART, NOT_YET, WITHOUT, classes

    from kelt.tracing.layers.preprocessing import REJECTED

    covered = tables()
    lines = [HEAD, INTRODUCTION, "| layer | options |", "|---|---|"]
    for names in classes().values():
        name = next((name for name in names if name in covered), None)
        if name is not None:
            others = f" ({', '.join(other for other in names if other != name)})" if len(names) > 1 else ""
            lines.append(f"| {name}{others} | {' · '.join(covered[name])} |")
    lines += ["", "Rejected, each by its path:", "", "| layer | why | what to do |", "|---|---|---|"]
    lines += [f"| {name} | {what} | {remedy} |" for name, (what, remedy) in sorted(REJECTED.items())]
    lines += ["", "Rejected in one option:", "", "| layer | option | why |", "|---|---|---|"]
    lines += [f"| {name} | {option} | {why} |" for name, (option, why) in sorted(IN_PART.items())]
    lines += ["", "Without cases here:", "", "| layer | why |", "|---|---|"]
    lines += [f"| {name} | {why} |" for name, why in sorted(WITHOUT.items())]
    lines += [f"| {name} | waits for {what} |" for name, what in sorted(NOT_YET.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/layers", "bench")]
    write(HEAD, section())
