"""The table of verdicts, as it is committed: one line for an operator, form, version, dtype and kind of dims.

A verdict is one letter for each rank from 0 on, "-" where a rank was not tried. libLiteRt and the Interpreter have a
column each.
"""

from __future__ import annotations

import csv
import pathlib
from typing import Any

from case import MAX_RANK, Case

PATH = pathlib.Path(__file__).resolve().parents[2] / "src" / "litert" / "data" / "runtime_table.csv"
COLUMNS = ("op", "form", "version", "dtype", "dims", "litert", "interpreter")
LETTERS = {
    "delegated": "D",  # right, and taken by XNNPACK
    "right": "R",
    "wrong": "W",  # other numbers, or another shape or dtype
    "rejected": "X",
    "late": "L",  # computed, but its size is known too late to be an output; what follows it is not delegated
    "crashed": "C",  # ends the process
    "not tried": "-",
}

Line = tuple[str, ...]  # what identifies a line


def line_of(case: Case) -> tuple[Line, int]:
    """The line and the rank at which a case stands."""
    op, form, version, dtype, rank, dims = case.key
    return (op, form, version, dtype, dims), int(rank)


def fill(cases: list[Case], verdicts: dict[int, dict[str, Any]]) -> dict[Line, dict[str, str]]:
    """The lines, in the order of the cases."""
    lines: dict[Line, dict[str, str]] = {}
    for number, verdict in verdicts.items():
        line, rank = line_of(cases[number])
        columns = lines.setdefault(line, dict.fromkeys(("litert", "interpreter"), "-" * (MAX_RANK + 1)))
        for runtime, letters in columns.items():
            columns[runtime] = letters[:rank] + LETTERS[verdict[runtime]] + letters[rank + 1 :]
    return lines


def write(lines: dict[Line, dict[str, str]], path: pathlib.Path = PATH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*line, columns["litert"], columns["interpreter"]) for line, columns in lines.items())


def read(path: pathlib.Path = PATH) -> dict[Line, dict[str, str]]:
    with path.open(newline="") as file:
        return {
            tuple(row[name] for name in COLUMNS[:5]): {"litert": row["litert"], "interpreter": row["interpreter"]}
            for row in csv.DictReader(file)
        }
