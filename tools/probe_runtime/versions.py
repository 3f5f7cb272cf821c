"""The highest version of each operator that the runtime has registered.

A file of that operator alone loads, or is rejected by the operator's name.
"""

from __future__ import annotations

import csv
import pathlib

from ai_edge_litert.interpreter import Interpreter
from flatfile import File, schema

PATH = pathlib.Path(__file__).resolve().parents[2] / "src" / "litert" / "data" / "runtime_versions.csv"
HIGHEST_TRIED = 20
# Not operators of a file.
SKIPPED = {"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES"}


def operators() -> list[str]:
    names = [name for name in vars(schema.BuiltinOperator) if name.isupper()]
    return sorted(name for name in names if name not in SKIPPED)


def is_registered(op: str, version: int) -> bool:
    file = File()
    graph = file.subgraph()
    x = graph.input("x", "float32", (1,))
    graph.op(op, [x], [x], version=version)
    graph.outputs(x=x)
    try:
        Interpreter(model_content=file.bytes())
    except (RuntimeError, ValueError) as error:
        return "Didn't find op" not in str(error)
    return True


def highest_versions() -> dict[str, int]:
    """0 for an operator that is not registered at all."""
    return {
        op: max((version for version in range(1, HIGHEST_TRIED + 1) if is_registered(op, version)), default=0)
        for op in operators()
    }


def write(versions: dict[str, int], path: pathlib.Path = PATH) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("op", "highest_version"))
        writer.writerows(versions.items())


def read(path: pathlib.Path = PATH) -> dict[str, int]:
    with path.open(newline="") as file:
        return {row["op"]: int(row["highest_version"]) for row in csv.DictReader(file)}
