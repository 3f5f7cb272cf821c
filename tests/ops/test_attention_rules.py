"""What attentions are written of, and the rules of src/rewrite find: one partition of XNNPACK, at dynamic sizes."""

import functools
import math

import keras
import numpy as np
import pytest
from harness import check, f32, flags
from keras import ops
from limits import LIMITS

import kelt

QUERY, KEY, VALUE = (f32("n", "s", heads, 8) for heads in (6, 2, 2))
ONE_KEY = f32("n", "s", 1, 8)
MASK = flags("n", 1, "s", "s")


def rotated(x):
    """Halves turned, as rotary embeddings have them."""
    a, b = ops.split(x, 2, axis=-1)
    return ops.reshape(ops.stack([-b, a], axis=-2), ops.shape(x)) * 0.5 + x


def shared(q, k, v, **options):
    groups = q.shape[2] // k.shape[2]
    k, v = ops.repeat(k, groups, axis=2), ops.repeat(v, groups, axis=2)
    return ops.dot_product_attention(q, k, v, **options)


def masked(q, k, mask, low=-1e9):
    logits = ops.einsum("btnh,bsnh->bnts", q, k) / math.sqrt(8)
    return ops.softmax(ops.where(mask, logits, low), axis=-1)


def zeroed(q, k, mask):
    return ops.where(mask, masked(q, k, mask), 0.0)


RNG = np.random.default_rng(2)
BIAS = RNG.normal(size=(1, 6, 1, 1)).astype("float32")
CASES = {
    "rotated": (rotated, [QUERY]),
    "shared": (shared, [QUERY, KEY, VALUE]),
    "shared by all": (shared, [QUERY, ONE_KEY, ONE_KEY]),
    "shared, a bias of each head": (lambda q, k, v: ops.dot_product_attention(q, k, v, bias=BIAS), [QUERY, KEY, VALUE]),
}
MASKED = {
    "shared, masked": (lambda q, k, v, m: shared(q, k, v, mask=m), [QUERY, KEY, VALUE, MASK]),
    "masked": (masked, [KEY, VALUE, MASK]),
    "masked and zeroed": (zeroed, [KEY, VALUE, MASK]),
    "masked at the end of float32": (lambda q, k, m: masked(q, k, m, -3e38), [KEY, VALUE, MASK]),
}


@pytest.mark.parametrize("case", {**CASES, **MASKED})
def test_an_attention_of_parts_is_what_keras_computes_in_one_partition(case, tmp_path):
    function, specs = {**CASES, **MASKED}[case]
    check(function, *specs, path=tmp_path)
    kelt.export(function, tmp_path / "f.tflite", [spec.spec() for spec in specs])
    found = kelt.delegation(tmp_path / "f.tflite")
    assert found["partitions"] == 1
    assert set(found["outside"]) <= ({"CAST"} if case in MASKED else set())


IN_ROWS = [
    ("none", (2, "s")),
    ("mask", ("n", 5)),
    ("mask", ("n", 1)),
    ("mask", (2, "s")),
    ("bias", (2, 5)),
    ("bias of each query", ("n", 5)),
]


@pytest.mark.parametrize(("rules", "sizes"), IN_ROWS)
def test_query_heads_that_share_keys_are_rows_of_one_product_where_one_size_is_open(rules, sizes, tmp_path):
    specs = [f32(*sizes, heads, 8) for heads in (6, 2, 2)]
    bias = RNG.normal(size=(1, 6, 5 if sizes[1] == 5 and rules == "bias of each query" else 1, 1)).astype("float32")
    function, more = shared, []
    if rules == "mask":
        function, more = MASKED["shared, masked"][0], [flags(sizes[0], 1, sizes[1], sizes[1])]
    elif rules != "none":
        function = functools.partial(ops.dot_product_attention, bias=bias)
    check(function, *specs, *more, path=tmp_path)
    kelt.export(function, tmp_path / "f.tflite", [spec.spec() for spec in (*specs, *more)])
    found = kelt.delegation(tmp_path / "f.tflite")
    in_rows = rules not in ("bias", "bias of each query") or bias.shape[2] == sizes[1]
    assert found["partitions"] == 1
    assert found["operators"]["BATCH_MATMUL"] == (2 if in_rows else 4)


@pytest.mark.parametrize("function", [masked, zeroed])
@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_a_row_that_is_masked_whole_is_what_keras_makes_of_it(function, scale, tmp_path):
    q, k = (scale * np.random.default_rng(seed).normal(size=(2, 5, 2, 8)).astype("float32") for seed in range(2))
    mask = np.random.default_rng(3).random((2, 1, 5, 5)) < 0.5
    mask[0, 0, 2] = False
    mask[1] = False
    specs = [keras.InputSpec(shape=(None, None, 2, 8), dtype="float32")] * 2
    kelt.export(function, tmp_path / "f.tflite", [*specs, keras.InputSpec(shape=(None, 1, None, None), dtype="bool")])
    (found,) = kelt.runtime.Model(tmp_path / "f.tflite")({"q": q, "k": k, "mask": mask}).values()
    wanted = ops.convert_to_numpy(function(*(ops.convert_to_tensor(array) for array in (q, k, mask))))
    np.testing.assert_allclose(found, wanted, atol=LIMITS["near zero" if scale == 1 else "float32"])


def by_parts(q, k, bias, mask):
    logits = ops.einsum("btnh,bsnh->bnts", q, k) + bias
    return ops.where(mask, ops.softmax(ops.where(mask, logits, -1e9), axis=-1), 0.0)


HIDDEN = {
    "by parts": by_parts,
    "a bias and a mask": lambda q, k, bias, mask: ops.dot_product_attention(q, k, k, bias=bias, mask=mask),
    "a bias, causal": lambda q, k, bias, _: ops.dot_product_attention(q, k, k, bias=bias, is_causal=True),
    "a mask, causal": lambda q, k, _, mask: ops.dot_product_attention(q, k, k, mask=mask, is_causal=True),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_what_is_infinite_is_hidden_where_it_is_masked(case, tmp_path):
    """A bias of -inf is no number that arithmetic could mask; and a row that is masked whole is so once, not twice."""
    call = HIDDEN[case]
    shapes = {"q": (2, 5, 2, 8), "k": (2, 5, 2, 8), "bias": (1, 1, 5, 5), "mask": (2, 1, 5, 5)}
    given = {name: RNG.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    given["mask"] = given["mask"] > -0.5
    given["mask"][0, 0, 2] = False
    given["bias"][0, 0, 2] = -np.inf
    given["mask"][1, 0, 2] = False
    specs = [keras.InputSpec(shape=shape, dtype=given[name].dtype.name) for name, shape in shapes.items()]
    kelt.export(call, tmp_path / "f.tflite", specs)
    file = kelt.runtime.Model(tmp_path / "f.tflite")
    ((inputs, _),) = file.signatures.values()
    (found,) = file({port.name: array for port, array in zip(inputs, given.values())}).values()
    wanted = ops.convert_to_numpy(call(*map(ops.convert_to_tensor, given.values())))
    assert np.isfinite(wanted).all()
    np.testing.assert_allclose(found, wanted, atol=LIMITS["near zero"])
