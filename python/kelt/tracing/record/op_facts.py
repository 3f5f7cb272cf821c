"""What the core knows of each op: read from `src/lower/table.cc` and `src/graph/own_nodes.cc`, written nowhere else."""

from __future__ import annotations

from kelt import _native

FACTS: dict[str, dict] = _native.op_facts()


def is_source(op: str) -> bool:
    """Whether a node of this op is a weight or a constant."""
    return op in FACTS and FACTS[op]["source"]


def given_params(op: str) -> tuple[str, ...]:
    """The arguments of a node whose values its functions are called on (of what is stepped over, one step)."""
    return FACTS[op]["given"]
