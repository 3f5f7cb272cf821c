"""keras.ops.linalg: systems of equations, decompositions, norms and distances, over batches of unknown size."""

import numpy as np
import pytest
from harness import check, f32, i32
from keras import ops

import kelt

SIZES = [1, 2, 3, 6]


def even(x):
    """Far from singular."""
    return x + (3 * np.sqrt(x.shape[-1]) * np.eye(x.shape[-1])).astype("float32")


def positive(x):
    return ops.matmul(x, ops.swapaxes(x, -1, -2)) / x.shape[-1] + np.eye(x.shape[-1], dtype="float32")


SQUARE = {
    "inverse": lambda x: ops.inv(even(x)),
    "inverse of what needs its rows exchanged": lambda x: ops.inv(ops.flip(even(x), -1)),
    "determinant": lambda x: ops.det(even(x)),
    "determinant of what needs its rows exchanged": lambda x: ops.det(ops.roll(even(x), 1, -1)),
    "logarithm of the determinant": lambda x: ops.logdet(2 * even(x)),
    "sign and logarithm of the determinant": lambda x: ops.slogdet(-2 * ops.flip(even(x), -1)),
    "lower Cholesky factor": lambda x: ops.cholesky(positive(x)),
    "upper Cholesky factor": lambda x: ops.cholesky(positive(x), upper=True),
    "LU factors": lambda x: ops.lu_factor(x)[0],
    "exchanges of rows": lambda x: ops.lu_factor(x)[1] + 1,
    "QR": lambda x: ops.qr(x),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", SQUARE)
def test_a_square_matrix_is_taken_apart_as_keras_does(case, size, tmp_path):
    check(SQUARE[case], f32("n", size, size), path=tmp_path)


@pytest.mark.parametrize("case", SQUARE)
def test_a_matrix_may_stand_alone_or_in_a_batch_of_two_dims(case, tmp_path):
    check(SQUARE[case], f32(4, 4), path=tmp_path)
    check(SQUARE[case], f32("n", "s", 3, 3), path=tmp_path)


OF_INTEGERS = [ops.det, ops.inv, ops.lu_factor, ops.pinv, ops.qr, ops.slogdet, lambda x: ops.svd(x, compute_uv=False)]


@pytest.mark.parametrize("function", OF_INTEGERS)
def test_matrices_of_integers_are_taken_apart_as_floats(function, tmp_path):
    check(lambda x: function(x + 9 * np.eye(4, dtype="int32")), i32("n", 4, 4, low=-4), path=tmp_path)


@pytest.mark.parametrize("function", [ops.solve, ops.solve_triangular, ops.lstsq])
def test_systems_of_integers_are_solved_as_floats(function, tmp_path):
    matrix, right = i32(4, 4, low=-4), i32(4, 2)
    check(lambda a, b: function(a + 9 * np.eye(4, dtype="int32"), b), matrix, right, path=tmp_path)


def singular(x):
    """No inverse: a column of zeros in the first, equal rows in the second, and then nothing but zeros."""
    parts = [ops.concatenate([x[:, :1] * 0, x[:, 1:]], 1), ops.ones_like(x) * x[:1], ops.zeros_like(x)]
    return ops.stack(parts)


@pytest.mark.parametrize("function", [ops.det, ops.slogdet, ops.logdet, lambda x: ops.lu_factor(x)[0]])
def test_a_matrix_without_an_inverse_is_taken_apart_as_keras_does(function, tmp_path):
    check(lambda x: function(singular(x)), f32(4, 4), path=tmp_path, zeros=True)


@pytest.mark.parametrize("upper", [False, True])
def test_the_inverse_of_a_factor_is_what_keras_computes(upper, tmp_path):
    part = ops.triu if upper else ops.tril
    check(lambda x: ops.cholesky_inverse(even(part(x)), upper=upper), f32(5, 5), path=tmp_path)


@pytest.mark.parametrize("size", SIZES)
def test_a_system_is_solved_as_keras_does(size, tmp_path):
    matrix = f32("n", size, size)
    check(lambda a, b: ops.solve(even(a), b), matrix, f32("n", size, 3), path=tmp_path)
    check(lambda a, b: ops.solve(even(a), b), f32(size, size), f32(size), path=tmp_path)
    for lower in [False, True]:
        check(
            lambda a, b, lower=lower: ops.solve_triangular(even(a), b, lower=lower),
            matrix,
            f32("n", size, 3),
            path=tmp_path,
        )
        check(
            lambda a, b, lower=lower: ops.solve_triangular(even(a), b, lower=lower),
            f32(size, size),
            f32(size),
            path=tmp_path,
        )


def test_a_larger_system_is_solved_too(tmp_path):
    check(lambda a, b: ops.solve(even(a), b), f32("n", 20, 20), f32("n", 20, 3), path=tmp_path)


@pytest.mark.parametrize("mode", ["reduced", "complete"])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 3), (3, 1)])
def test_any_matrix_has_its_qr(shape, mode, tmp_path):
    check(lambda x: ops.qr(x, mode), f32("n", *shape), path=tmp_path)


def test_the_qr_of_an_upper_triangle_turns_nothing(tmp_path):
    check(lambda x: ops.qr(ops.triu(x)), f32(4, 4), path=tmp_path)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
def test_any_matrix_has_its_lu(shape, tmp_path):
    check(lambda x: ops.lu_factor(x)[0], f32("n", *shape), path=tmp_path)


def test_distances_are_what_keras_computes(tmp_path):
    check(lambda x, y: ops.cdist(x, y), f32("n", "s", 4), f32("n", "t", 4), path=tmp_path)
    check(lambda x, y: ops.cdist(x, y), f32("s", 4), f32("t", 4), path=tmp_path)


VECTOR_ORDERS = [None, 0, 1, 2, 3, 0.5, -1, -2, float("inf"), -float("inf")]


@pytest.mark.parametrize("order", VECTOR_ORDERS)
def test_the_norm_of_vectors_is_what_keras_computes(order, tmp_path):
    check(lambda x: ops.norm(x, order, -1), f32("n", "s", 5), path=tmp_path)
    check(lambda x: ops.norm(x, order, 1, keepdims=True), f32("n", 4, 5), path=tmp_path)
    check(lambda x: ops.norm(x, order, 1), i32("n", 4, 5, low=1), path=tmp_path)


MATRIX_ORDERS = ["fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")]


@pytest.mark.parametrize("order", MATRIX_ORDERS)
def test_the_norm_of_matrices_is_what_keras_computes(order, tmp_path):
    check(lambda x: ops.norm(x, order), f32(4, 5), path=tmp_path)
    check(lambda x: ops.norm(x, order, (1, 2)), f32("n", 4, 3), path=tmp_path)
    check(lambda x: ops.norm(x, order, (2, 0), keepdims=True), f32(3, "s", 4), path=tmp_path)


SHAPES = [(4, 3), (3, 5), (4, 4), (1, 3), (7, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_and_what_follows_from_them_are_those_of_keras(shape, tmp_path):
    matrix = f32("n", *shape)
    check(lambda x: ops.svd(x, compute_uv=False), matrix, path=tmp_path)
    check(lambda x: ops.svd(x)[1], matrix, path=tmp_path)
    check(lambda x: ops.matrix_rank(x), matrix, path=tmp_path)
    check(lambda x: ops.matrix_rank(x[..., :1] * ops.ones(shape[1:])), matrix, path=tmp_path)
    check(lambda x: ops.pinv(x + 2 * ops.eye(*shape)), matrix, path=tmp_path)
    check(lambda a, b: ops.lstsq(a + 2 * ops.eye(*shape), b), f32(*shape), f32(shape[0], 2), path=tmp_path)
    check(lambda a, b: ops.lstsq(a + 2 * ops.eye(*shape), b), f32(*shape), f32(shape[0]), path=tmp_path)


def test_what_hardly_counts_is_left_out(tmp_path):
    matrix = f32("n", 4, 3)
    check(lambda x: ops.pinv(x, rcond=0.5), matrix, path=tmp_path)
    check(lambda x: ops.matrix_rank(x, tol=1.5), matrix, path=tmp_path)
    check(lambda a, b: ops.lstsq(a, b, rcond=0.5), f32(4, 3), f32(4, 2), path=tmp_path)


@pytest.mark.parametrize("size", SIZES)
def test_the_eigenvalues_of_a_symmetric_matrix_are_those_of_keras(size, tmp_path):
    check(lambda x: ops.eigh(x + ops.swapaxes(x, -1, -2))[0], f32("n", size, size), path=tmp_path)


def test_larger_matrices_have_their_singular_values_too(tmp_path):
    check(lambda x: ops.svd(x, compute_uv=False), f32("n", 30, 40), path=tmp_path)


VECTORS = {
    "svd": (lambda x: ops.svd(x), f32("n", 4, 3)),
    "the left ones alone": (lambda x: ops.svd(x)[0], f32("n", 4, 3)),
    "eigh": (lambda x: ops.eigh(x), f32("n", 3, 3)),
}


@pytest.mark.parametrize("case", VECTORS)
def test_vectors_whose_sign_no_rule_settles_are_rejected(case, tmp_path):
    function, spec = VECTORS[case]
    with pytest.raises(kelt.ExportError, match="signs no rule settles"):
        kelt.export(function, tmp_path / "rejected.tflite", [spec.spec()])
