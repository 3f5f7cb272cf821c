"""What puts an axis in order, at unknown sizes in libLiteRt: it overruns its buffers after a TOPK_V2 of such a size."""

import numpy as np
import pytest
from harness import check_compiled, f32, i32
from keras import ops

# Growing and shrinking, and the size at which sparsemax brought the process down.
SIZES = ({"n": 2, "s": 64}, {"n": 3, "s": 5}, {"n": 1, "s": 130}, {"n": 9, "s": 1}, {"n": 40, "s": 33})

ORDERS = {
    "sort": (lambda x: ops.sort(x, -1), [f32("n", "s")]),
    "sort of a known axis": (lambda x: ops.sort(x, -1), [f32("n", "s", 6)]),
    "argsort": (lambda x: ops.argsort(x, 1), [f32("n", "s", 3)]),
    "top_k": (lambda x: ops.top_k(x, 3), [f32("n", 7)]),
    "in_top_k": (lambda y, x: ops.in_top_k(y, x, 3), [i32("n", high=7), f32("n", 7)]),
    "median": (lambda x: ops.median(x, -1), [f32("n", "s", 5)]),
    "sparsemax": (lambda x: ops.sparsemax(x), [f32("n", "s", 8)]),
    "sparsemax, and what XNNPACK takes": (
        lambda x: ops.exp(ops.sparsemax(x)) @ np.ones((8, 3), "float32"),
        [f32("n", "s", 8)],
    ),
}

DECODINGS = {
    "of unknown length": f32("n", "s", 6),
    "of a known one": f32("n", 20, 6),
}

MATRICES = {
    "svd": lambda x: ops.svd(x, compute_uv=False),
    "matrix_rank": ops.matrix_rank,
    "pinv": lambda x: ops.pinv(0.3 * x + 2 * ops.eye(4, 3)),
    "norm": lambda x: ops.norm(x, "nuc", (-2, -1)),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_axis_is_put_in_order_at_any_size(name, tmp_path):
    function, specs = ORDERS[name]
    check_compiled(function, *specs, path=tmp_path, sizes=SIZES)


@pytest.mark.parametrize("name", DECODINGS)
def test_a_sequence_is_decoded_at_any_size(name, tmp_path):
    def decoded(x, lengths):
        classes, score = ops.ctc_decode(ops.exp(x), lengths, "greedy")
        return classes, ops.exp(ops.cast(classes, "float32")) * score

    check_compiled(decoded, DECODINGS[name], i32("n", high=20), path=tmp_path, sizes=SIZES)


@pytest.mark.parametrize("shift", [1, -2, 5, -7, 0])
def test_an_axis_is_rolled_before_what_xnnpack_takes(shift, tmp_path):
    check_compiled(lambda x: ops.roll(x, shift, axis=0) * 2.0, f32("n", "s"), path=tmp_path, sizes=SIZES)


@pytest.mark.parametrize("rank", [3, 4])
@pytest.mark.parametrize("name", MATRICES)
def test_singular_values_are_in_order_in_any_batch(name, rank, tmp_path):
    batch = ("n", "s")[: rank - 2]
    check_compiled(lambda x: ops.exp(MATRICES[name](x)), f32(*batch, 4, 3), path=tmp_path, sizes=SIZES)


def test_the_eigenvalues_of_symmetric_matrices_are_in_order_in_any_batch(tmp_path):
    check_compiled(lambda x: ops.eigh(x + ops.swapaxes(x, -1, -2))[0], f32("n", "s", 3, 3), path=tmp_path, sizes=SIZES)
