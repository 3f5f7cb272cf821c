"""The functions of `keras.ops` that kelt rejects, each with its reason, and those that wait for a lowering.

A rejection shows a call, so that a test can see it rejected with K204 and a remedy. What can be exported has a case in
this directory instead: test_enumeration.py fails where a function has neither.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from harness import Spec, f32, i32
from keras import ops


@dataclasses.dataclass(frozen=True)
class Rejection:
    """Why, and a call that shows it."""

    reason: str
    function: Callable
    specs: list[Spec]


X = f32("n", "s")
LENGTH = "the length of its result depends on values"
DERIVATIVE = Rejection(
    "a derivative is no function of values in a file", lambda x: ops.jvp(ops.sin, (x,), (ops.ones_like(x),)), [X]
)
EIGENVALUES = Rejection(
    "complex eigenvalues, for which LiteRT has no operators", lambda x: ops.eig(x), [f32("n", 3, 3)]
)
COMPLEX = Rejection(
    "complex tensors, for which LiteRT has no operators", lambda x: ops.view_as_complex(x), [f32("n", 2)]
)
REJECTED = {
    "ctc_loss": Rejection(
        "a loss of training, over all alignments of a target",
        lambda target, output: ops.ctc_loss(target, output, np.array([2, 2]), np.array([5, 4])),
        [i32(2, 3, low=1), f32(2, 5, 6)],
    ),
    "eig": EIGENVALUES,
    "linalg.eig": EIGENVALUES,
    "view_as_complex": COMPLEX,
    "view_as_real": Rejection(
        "complex tensors, for which LiteRT has no operators",
        lambda x: ops.view_as_real(ops.view_as_complex(x)),
        [f32("n", 2)],
    ),
    "convert_to_numpy": Rejection("values are not known before the model runs", lambda x: ops.convert_to_numpy(x), [X]),
    "jvp": DERIVATIVE,
    "linalg.jvp": DERIVATIVE,
    "bincount": Rejection(LENGTH, lambda x: ops.bincount(x, minlength=3), [i32("n")]),
    "nonzero": Rejection(LENGTH, lambda x: ops.nonzero(x), [X]),
    "polar": Rejection("complex tensors, for which LiteRT has no operators", lambda x: ops.polar(x, x), [X]),
}

# What waits for a lowering: nothing. A name stands here until it has a case or a reason.
NOT_YET = frozenset()
