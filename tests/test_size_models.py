"""Models that do something with a size, at sizes on both sides of their borders: right, or rejected."""

import command
import keras
import numpy as np
import pytest
from keras import ops
from size_models import MODELS

import kelt
from kelt.runtime import Model

MOST = 1_200_000  # elements


def sizes_around(borders):
    """Eight sizes: at the borders, beside them, far off."""
    near = [border + offset for offset in (0, -1, 1) for border in borders]
    far = [max(borders) * 2 + 1, max(borders) + 37, 11, 70, 997, 5, 2, 20001]
    return [size for size in dict.fromkeys([*near, *far]) if 0 < size <= MOST][:8]


def check(call, borders, path):
    try:
        report = kelt.export(call, path, [keras.InputSpec(shape=(None, None, 1), dtype="float32", name="x")])
    except kelt.ExportError as rejection:
        assert rejection.code in ("K205", "K204")
        return "rejected"
    model, right = Model(path, kernels="builtin"), 0  # the lengths are what is tested, not how sums are rounded
    for size in sizes_around(borders):
        x = np.random.default_rng(size).uniform(0.5, 1.5, (2, size, 1)).astype("float32")
        try:
            wanted = np.asarray(call(keras.ops.convert_to_tensor(x)))
        except Exception:
            continue  # the model takes no such size
        try:
            (got,) = model({"x": x}).values()
        except ValueError as rejection:
            assert "another at these sizes" in str(rejection) and report.sizes, str(rejection)
            continue
        assert got.shape == wanted.shape, size
        finite = np.isfinite(wanted)
        assert np.array_equal(np.isfinite(got), finite), size
        assert np.abs(got - wanted)[finite].max(initial=0) <= 2e-5 * np.abs(wanted[finite]).max(initial=0), size
        right += 1
    assert right >= 2, "a file that takes hardly any size should be rejected"
    return "bounded" if report.sizes else "exact"


def test_there_are_sixty():
    assert len(MODELS) >= 60


@pytest.mark.parametrize("name", MODELS)
def test_a_file_is_right_at_a_size_or_rejects_it(name, tmp_path):
    check(*MODELS[name], tmp_path / "m.tflite")


def test_a_file_that_takes_not_all_sizes_says_so(tmp_path):
    path = tmp_path / "m.tflite"
    signature = [keras.InputSpec(shape=(1, None, 1), dtype="float32", name="x")]
    report = kelt.export(MODELS["beyond 20000"][0], path, signature)
    words = "s (axis 1 of x) must be at most 20000"
    assert report.sizes == [words]
    assert f"sizes: {words}" in str(report)
    assert f"\n  {words}\n" in command.kelt("inspect", path).stdout
    assert kelt.capture(MODELS["beyond 20000"][0], signature).valid() == {"serving_default": ["-s + 20000"]}
    for model in (Model(path), Model(path.read_bytes())):
        assert model({"x": np.ones((1, 20000, 1), "float32")})
        with pytest.raises(ValueError, match=r"K101.*another at these sizes: s \(axis 1 of x\) must be at most 20000"):
            model({"x": np.ones((1, 20001, 1), "float32")})
    assert command.kelt("run", path, "--runs", 1, "--resize", "x=1,20000,1").returncode == 0
    beyond = command.kelt("run", path, "--runs", 1, "--resize", "x=1,20001,1")
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert f"another at these sizes: {words}" in beyond.stderr


SHORTER = {
    "a < b": lambda a, b: a if a < b else b,
    "b <= a": lambda a, b: b if b <= a else a,
    "b > a": lambda a, b: a if b > a else b,
}


@pytest.mark.parametrize("name", SHORTER)
def test_the_shorter_of_two_lengths_is_that_whichever_way_they_are_compared(name, tmp_path):
    def call(x, y):
        shorter = SHORTER[name](x.shape[1], y.shape[1])
        return ops.sum(x[:, :shorter], axis=1) + ops.sum(y[:, :shorter], axis=1)

    signature = [keras.InputSpec(shape=(1, None, 1), dtype="float32", name=of) for of in "xy"]
    kelt.export(call, tmp_path / "m.tflite", signature)
    model = Model(tmp_path / "m.tflite")
    for lengths in ((3, 5), (5, 3), (4, 4), (7, 1)):
        x, y = (np.arange(length, dtype="float32").reshape(1, -1, 1) for length in lengths)
        assert next(iter(model({"x": x, "y": y}).values())).item() == 2 * sum(range(min(lengths)))
