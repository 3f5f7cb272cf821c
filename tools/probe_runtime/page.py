"""docs/runtime_table.md: the table in short, for people."""

from __future__ import annotations

import collections
import pathlib

from case import ALL
from table import Line

PATH = pathlib.Path(__file__).resolve().parents[2] / "docs" / "runtime_table.md"
HEAD = """# What the LiteRT runtime does with each operator

Measured by `python tools/probe_runtime` (ai-edge-litert {version}, x86-64), which writes and runs a minimal file for
each operator, form, dtype, rank and kind of dims, in libLiteRt and in the Interpreter. The whole table is
`src/litert/data/runtime_table.csv`; `src/litert/runtime_table.h` is its C++ view. A verdict there is one letter for
each rank from 0 on:

| | |
|---|---|
| `D` | right, and taken by XNNPACK whole |
| `R` | right, by a builtin kernel |
| `L` | right, but its size is known too late to be an output of a compiled model; what follows is not delegated |
| `X` | rejected, when it is loaded or when it runs |
| `W` | other numbers, shape or dtype, without a warning |
| `C` | ends the process |
| `-` | not tried |

Below, in short: for each operator the dtypes that XNNPACK takes, those that builtin kernels compute, and those that
fail somewhere. A dtype stands under the worst verdict of all forms, ranks (0 to 6) and both kinds of dims; in brackets
the ranks at which it fails. The version is the highest that the runtime has registered.

| operator | version | delegated | builtin | fails |
|---|---|---|---|---|
"""
GOOD = "DRL"


def make(lines: dict[Line, dict[str, str]], versions: dict[str, int], version: str) -> str:
    by_op: dict[str, dict[str, list[str]]] = collections.defaultdict(lambda: collections.defaultdict(list))
    for (op, _, _, dtype, _), columns in lines.items():
        by_op[op][dtype] += columns.values()
    rows = []
    for op, by_dtype in sorted(by_op.items()):
        columns: dict[str, list[str]] = {"delegated": [], "builtin": [], "fails": []}
        for dtype in sorted(by_dtype, key=lambda name: (*ALL, *sorted(by_dtype)).index(name)):
            letters = by_dtype[dtype]
            failing = sorted({rank for text in letters for rank, letter in enumerate(text) if letter not in GOOD + "-"})
            tried = {rank for text in letters for rank, letter in enumerate(text) if letter != "-"}
            if failing:
                partly = "" if set(failing) == tried else f" ({', '.join(map(str, failing))})"
                columns["fails"].append(dtype + partly)
            else:
                delegated = all(letter in "D-" for letter in "".join(letters[::2]))
                columns["delegated" if delegated else "builtin"].append(dtype)
        rows.append(f"| {op} | {versions[op]} | " + " | ".join(", ".join(names) for names in columns.values()) + " |")
    return HEAD.format(version=version) + "\n".join(rows) + "\n"
