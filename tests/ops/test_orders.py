"""What puts an axis in order, at unknown sizes in libLiteRt: it overruns its buffers after a TOPK_V2 of such a size."""

import keras
import numpy as np
import pytest
from harness import check_compiled, compare_all, f32, i32, open_file, run
from keras import ops

import kelt

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


SPECIAL = np.array(
    [
        [np.nan, 1, np.inf, -np.inf, 2, np.nan, -3, 0.5],
        [-np.inf, np.nan, -np.inf, 3e38, -3e38, np.inf, 2e-38, -2e-38],
        [np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan],
        [4, 3, 3, -1, 7, 7, -1, 0],
    ],
    "float32",
)
WITH_NAN = {
    "sort": lambda x: ops.sort(x, -1),
    "argsort": lambda x: ops.argsort(x, -1),
    "top_k": lambda x: ops.top_k(x, 5),
    "all of top_k": lambda x: ops.top_k(x, 8),
    "median": lambda x: ops.median(x, -1),
    "nanmedian": lambda x: ops.nanmedian(x, -1),
    "sort of halves": lambda x: ops.sort(ops.cast(x, "bfloat16"), -1),
}


@pytest.mark.parametrize("shape", [(4, 8), (None, 8), (None, None)])
@pytest.mark.parametrize("name", WITH_NAN)
def test_what_is_no_number_has_its_place(name, shape, tmp_path):
    function = WITH_NAN[name]
    at = str(tmp_path / "f.tflite")
    kelt.export(function, at, [keras.InputSpec(shape=shape, dtype="float32")])
    found = run(open_file(at), [SPECIAL])
    compare_all(found, keras.tree.flatten(function(ops.convert_to_tensor(SPECIAL))), zeros=True)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint32"])
def test_extremes_of_integers_are_in_order(dtype, tmp_path):
    limits = np.iinfo(dtype)
    x = np.array([[limits.max, limits.min, 0, 5, limits.max - 1, limits.min + 1]], dtype)
    at = str(tmp_path / "f.tflite")
    kelt.export(lambda x: (ops.sort(x), ops.argsort(x)), at, [keras.InputSpec(shape=(None, 6), dtype=dtype)])
    found = run(open_file(at), [x])
    np.testing.assert_array_equal(found[0], np.sort(x))
    np.testing.assert_array_equal(found[1], np.argsort(x))


def test_the_largest_of_an_open_batch_are_found_by_topk(tmp_path):
    at = str(tmp_path / "f.tflite")
    report = kelt.export(lambda x: ops.top_k(x, 5)[1], at, [keras.InputSpec(shape=(None, 1000), dtype="float32")])
    assert report.operators["TOPK_V2"] == 1
    assert sum(report.operators.values()) < 10


def test_what_is_no_number_is_never_in_the_top_k(tmp_path):
    at = str(tmp_path / "f.tflite")
    specs = [keras.InputSpec(shape=(None,), dtype="int32"), keras.InputSpec(shape=(None, 3), dtype="float32")]
    kelt.export(lambda targets, x: ops.in_top_k(targets, x, 2), at, specs)
    x = np.array([[0.1, np.nan, 0.5], [0.3, 0.2, 0.5], [np.nan, np.nan, np.nan], [0.1, np.inf, 0.5]], "float32")
    (found,) = run(open_file(at), [np.array([1, 0, 2, 1], "int32"), x])
    np.testing.assert_array_equal(found, [False, True, False, True])
