"""matmul, dot, inner, outer, tensordot, vdot and einsum, with constant and with computed operands."""

import numpy as np
import pytest
from harness import check, f32, i32
from keras import ops


def weights(*shape):
    return np.random.default_rng(7).normal(size=shape).astype("float32")


CASES = {
    "a matrix of weights": (lambda x: ops.matmul(x, weights(4, 6)), [f32("n", "s", 4)]),
    "weights on the left": (lambda x: ops.matmul(weights(6, 4), x), [f32("n", 4, 5)]),
    "a vector of weights": (lambda x: ops.matmul(x, weights(4)), [f32("n", "s", 4)]),
    "a vector times weights": (lambda x: ops.matmul(x, weights(4, 3)), [f32(4)]),
    "two matrices": (lambda x, y: ops.matmul(x, y), [f32("n", 4), f32(4, "s")]),
    "batches": (lambda x, y: ops.matmul(x, y), [f32("n", "s", 4), f32("n", 4, "t")]),
    "batches that broadcast": (lambda x, y: ops.matmul(x, y), [f32("n", 1, 3, 4), f32(2, 4, "t")]),
    "a matrix by a batch": (lambda x, y: ops.matmul(x, y), [f32("s", 4), f32("n", 4, 3)]),
    "a batch by a vector": (lambda x, y: ops.matmul(x, y), [f32("n", "s", 4), f32(4)]),
    "a vector by a batch": (lambda x, y: ops.matmul(x, y), [f32(4), f32("n", 4, "s")]),
    "two vectors": (lambda x, y: ops.matmul(x, y), [f32("n"), f32("n")]),
    "integers": (lambda x, y: ops.matmul(x, y), [i32("n", "s", 4, low=-5), i32("n", 4, 3, low=-5)]),
    "a transposed weight": (
        lambda x: ops.matmul(x, ops.transpose(ops.convert_to_tensor(weights(6, 4)))),
        [f32("n", "s", 4)],
    ),
    "dot of matrices": (lambda x, y: ops.dot(x, y), [f32("n", "s", 4), f32(4, 3)]),
    "dot with weights of three axes": (lambda x: ops.dot(x, weights(2, 4, 3)), [f32("n", 4)]),
    "inner": (lambda x, y: ops.inner(x, y), [f32("n", 4), f32("s", 4)]),
    "outer": (lambda x, y: ops.outer(x, y), [f32("n"), f32("s")]),
    "vdot": (lambda x, y: ops.vdot(x, y), [f32("n", 4), f32("n", 4)]),
    "tensordot by number": (lambda x: ops.tensordot(x, weights(4, 3, 5), axes=2), [f32("n", 4, 3)]),
    "tensordot by axes": (lambda x, y: ops.tensordot(x, y, axes=[[2, 1], [0, 1]]), [f32("n", 3, 4), f32(4, 3, "s")]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_product_is_what_keras_computes(case, tmp_path):
    function, specs = CASES[case]
    check(function, *specs, path=tmp_path)


EINSUMS = {
    "abc,cde->abde": [("n", "s", 4), (4, 2, 3)],
    "abcd,cde->abe": [("n", "s", 2, 4), (2, 4, 3)],
    "abcd,cdef->abef": [("n", "s", 2, 4), (2, 4, 3, 2)],
    "abc,cd->abd": [("n", "s", 4), (4, 3)],
    "ab,bc->ca": [("n", 4), (4, 3)],
    "...x,xy->...y": [("n", "s", 4), (4, 3)],
    "abc,c->ab": [("n", "s", 4), (4,)],
    "abc,bc->a": [("n", 3, 4), (3, 4)],
}
ACTIVATIONS = {
    "BTNH,BSNH->BNTS": [("n", "s", 2, 4), ("n", "t", 2, 4)],
    "aecd,abcd->acbe": [("n", "t", 2, 4), ("n", "s", 2, 4)],
    "acbe,aecd->abcd": [("n", 2, "s", "t"), ("n", "t", 2, 4)],
    "bij,bjk->bik": [("n", "s", 4), ("n", 4, "t")],
    "bij,bkj->bik": [("n", "s", 4), ("n", "t", 4)],
    "bi,bi->b": [("n", 4), ("n", 4)],
    "bi,bj->bij": [("n", 4), ("n", 3)],
    "ij,jk,kl->il": [("n", 4), (4, 3), (3, "s")],
    "bhwc,bc->bhw": [("n", 3, 2, 4), ("n", 4)],
    "abc->ca": [("n", 3, 4)],
    "ij,ij": [("n", 4), ("n", 4)],
}


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum_by_weights_is_what_keras_computes(equation, tmp_path):
    left, right = EINSUMS[equation]
    kernel = weights(*right)
    outcome = check(lambda x: ops.einsum(equation, x, kernel), f32(*left), path=tmp_path)
    partitions, _ = outcome.delegation()
    assert partitions == 1


@pytest.mark.parametrize("equation", ACTIVATIONS)
def test_einsum_of_activations_is_what_keras_computes(equation, tmp_path):
    specs = [f32(*dims) for dims in ACTIVATIONS[equation]]
    functions = {
        1: lambda x: ops.einsum(equation, x),
        2: lambda x, y: ops.einsum(equation, x, y),
        3: lambda x, y, z: ops.einsum(equation, x, y, z),
    }
    check(functions[len(specs)], *specs, path=tmp_path)
