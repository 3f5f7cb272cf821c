"""`kelt._native`: what Python gives the core, and what it gets back."""

import gc
import weakref

import numpy as np
import pytest

from kelt import _native

ARGUMENTS = [
    ("none", None),
    ("flag", True),
    ("count", -3),
    ("rate", 1e-3),
    ("infinite", float("inf")),
    ("padding", "same"),
    ("key", [slice(None, _native.DimExpr("2*n"), -1), ..., None, 0]),
    ("dtype", _native.DTypeName("int32")),
    ("nested", [[1, 2], []]),
]


def small_module(kernel=None, arguments=()):
    builder = _native.Builder()
    weight = builder.weight("conv/kernel", np.ones((3, 8), "float32") if kernel is None else kernel, "float32")
    builder.begin_function("serving_default")
    x = builder.input("x", "float32", ["n", 3])
    (kernel_value,) = builder.node("weight", [("table", _native.WeightRef(weight))], [("float32", [3, 8])])
    operands = [("x1", _native.ValueRef(x)), ("x2", _native.ValueRef(kernel_value))]
    (y,) = builder.node("matmul", [*operands, *arguments], [("float32", ["n", 8])], "head/dense")
    builder.output("logits", y)
    builder.end_function()
    builder.proven("n", [1, 3])
    return builder.build()


def test_arguments_come_back_as_they_went_in():
    node = small_module(arguments=ARGUMENTS).functions()[0].nodes[1]
    given = dict(node.args)
    assert list(given) == ["x1", "x2", *(name for name, _ in ARGUMENTS)]
    for name, value in ARGUMENTS:
        assert given[name] == value, name
        assert type(given[name]) is type(value), name
    assert given["x1"] == _native.ValueRef(0)


def test_a_tuple_and_numbers_of_numpy_count_as_lists_and_integers():
    given = dict(small_module(arguments=[("a", (1, 2)), ("b", np.int64(4))]).functions()[0].nodes[1].args)
    assert given["a"] == [1, 2]
    assert given["b"] == 4


def test_a_module_shows_what_it_holds():
    module = small_module()
    function = module.functions()[0]
    assert (function.name, function.inputs, function.outputs) == ("serving_default", [("x", 0)], [("logits", 2)])
    assert function.values == [("float32", ["n", 3]), ("float32", [3, 8]), ("float32", ["n", 8])]
    assert [(node.op, node.path, node.outputs) for node in function.nodes] == [
        ("weight", "", [1]),
        ("matmul", "head/dense", [2]),
    ]
    assert module.proven() == {"n": [1, 3]}
    weight = module.weights()[0]
    assert (weight.name, weight.dtype, weight.shape) == ("conv/kernel", "float32", [3, 8])


def test_a_node_outlives_the_names_of_what_holds_it():
    node = small_module().functions()[0].nodes[1]
    gc.collect()
    assert node.op == "matmul"


def test_a_weight_is_borrowed_and_kept_alive():
    kernel = np.arange(24, dtype="float32").reshape(3, 8)
    expected = kernel.tobytes()
    alive = weakref.ref(kernel)
    module = small_module(kernel)
    kernel[0, 0] = 7
    assert module.weights()[0].read() == kernel.tobytes() != expected
    del kernel
    gc.collect()
    assert alive() is not None
    del module
    gc.collect()
    assert alive() is None


def test_save_and_load_give_an_equal_text(tmp_path):
    kernel = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    module = small_module(kernel, ARGUMENTS)
    module.save(tmp_path)
    loaded = _native.Module.load(str(tmp_path))
    assert str(loaded) == str(module)
    assert loaded.weights()[0].read() == kernel.tobytes()


def test_nested_functions_are_handed_to_the_node_that_holds_them():
    builder = _native.Builder()
    builder.begin_function("main")
    x = builder.input("x", "bool", [])
    builder.begin_function("true_fn")
    builder.output("y", builder.input("x", "bool", []))
    branch = builder.end_function()
    (y,) = builder.node("cond", [("pred", _native.ValueRef(x))], [("bool", [])], functions=[branch, branch])
    builder.output("y", y)
    assert builder.end_function() is None
    node = builder.build().functions()[0].nodes[0]
    assert [function.name for function in node.functions] == ["true_fn", "true_fn"]


@pytest.mark.parametrize(
    ("dtype", "buffer", "shape"),
    [
        ("bfloat16", np.zeros(3, "uint16"), None),
        ("float16", np.zeros((2, 2), "float16"), None),
        ("int4", np.zeros(2, "uint8"), [3]),
    ],
)
def test_narrow_weights_come_as_bytes_of_their_width(dtype, buffer, shape):
    builder = _native.Builder()
    assert builder.weight("w", buffer, dtype, shape) == 0
    weight = builder.build().weights()[0]
    assert (weight.dtype, weight.shape) == (dtype, shape or list(buffer.shape))


def test_a_dim_is_evaluated_at_sizes():
    dim = _native.DimExpr("floordiv(n + 1, 2)*s")
    assert dim.evaluate({"n": 4, "s": 3}) == 6
    assert dim.evaluate({"n": 4}) is None
    assert sorted(dim.symbols) == ["n", "s"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda builder: builder.node("op", [], []), ValueError),
        (lambda builder: builder.output("y", 0), ValueError),
        (lambda builder: builder.end_function(), ValueError),
        (lambda builder: builder.weight("w", np.zeros((3, 4))[:, ::-1], "float64"), ValueError),
        (lambda builder: builder.weight("w", np.zeros(3), "float32"), ValueError),
        (lambda builder: builder.weight("w", np.zeros(3), "float31"), ValueError),
        (lambda builder: builder.weight("w", [1.0], "float32"), TypeError),
        (lambda builder: _native.DTypeName("float31"), ValueError),
        (lambda builder: _native.DimExpr("n +"), _native.Error),
        (lambda builder: small_module(arguments=[("a", object())]), TypeError),
        (lambda builder: small_module(arguments=[("a", 1 << 70)]), OverflowError),
        (lambda builder: _native.Module.parse("fn"), _native.Error),
    ],
)
def test_wrong_use_is_an_exception(wrong, error):
    with pytest.raises(error):
        wrong(_native.Builder())


def test_an_error_carries_its_parts():
    text = 'fn "f" (%0 "x": f32[1]) {\n %1: i32[1] = negative(x=%0)  # head/flip\n} -> (%1 "y")'
    with pytest.raises(_native.Error) as caught:
        _native.Module.parse(text).verify()
    error = caught.value
    assert isinstance(error, RuntimeError)
    assert (error.code, error.path, error.op) == (203, "head/flip", "negative")
    assert error.what.startswith("G11")
    assert error.notes == ['in the function "f"']


def test_export_reports_what_it_wrote(tmp_path):
    path = tmp_path / "model.tflite"
    seen = []
    text = 'fn "f" (%0 "x": f32[n,4]) { %1: f32[n,4] = relu(x=%0) } -> (%1 "y")'
    report = _native.export_module(_native.Module.parse(text), str(path), progress=lambda *step: seen.append(step))
    assert report["file_bytes"] == path.stat().st_size
    assert report["operators"] == {"RELU": 1}
    assert report["signatures"] == {"f": {"inputs": [("x", "f32[n, 4]")], "outputs": [("y", "f32[n, 4]")]}}
    assert {stage for stage, _, _ in seen} == {"verify", "lower", "optimize", "write"}


def test_what_a_progress_callable_raises_is_raised(tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    module = _native.Module.parse('fn "f" (%0 "x": f32[n,4]) { %1: f32[n,4] = relu(x=%0) } -> (%1 "y")')
    with pytest.raises(KeyboardInterrupt):
        _native.export_module(module, str(tmp_path / "model.tflite"), progress=interrupt)
