"""All definitions: one for each op, in the module of its family."""

from __future__ import annotations

import functools

from kelt.tracing.ops.definition import Definition
from kelt.tracing.ops.definitions import (
    activations,
    contractions,
    control_flow,
    creation,
    elementwise,
    image,
    indexing,
    linalg,
    network,
    own,
    reductions,
    shapes,
    signal,
)

FAMILIES = (
    activations,
    contractions,
    control_flow,
    creation,
    elementwise,
    image,
    indexing,
    linalg,
    network,
    own,
    reductions,
    shapes,
    signal,
)
DEFINITIONS = {known.name: known for family in FAMILIES for ops in family.OPS for known in ops}


@functools.cache
def definition_of(op: str) -> Definition:
    """What is known of an op: of one without a definition, such as a later Keras may have, nothing."""
    return DEFINITIONS.get(op) or Definition(name=op)
