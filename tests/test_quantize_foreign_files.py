"""Files of TensorFlow and litert-torch, quantized: signatures, shared weights, control flow, composites, states."""

import pathlib
import re

import numpy as np
import pytest
from noise import decibels

import kelt
from kelt import runtime

FILES = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "foreign"
# dB, at least, of each output; what computes in loops adds its errors up
LEAST = {"fp16": 60, "int8-dynamic": 35, "int8-weights": 38, "int4": 13, "int4-block32": 13, "int8-static": 20}
RUN = ["tf/signatures", "tf/loop", "tf/branch", "tf/state", "tf/kinds", "tf/lstm", "torch/convnet", "torch/composite"]
RUN += ["torch/transformer"]
ALREADY = "since its weights are integers already[.] Quantize the file of floats"


def path_of(name):
    return FILES / f"{name}.tflite"


def drawn(inputs, rng):
    arrays = {}
    for tensor in inputs:
        if tensor.dtype == "float32":
            arrays[tensor.name] = rng.normal(size=tensor.shape).astype("float32")
        else:
            low, high = (0, 2) if tensor.dtype == "bool" else (0, 4)
            arrays[tensor.name] = np.asarray(rng.integers(low, high, size=tensor.shape)).astype(tensor.dtype)
    return arrays


def samples(path, count=32, seed=0):
    rng = np.random.default_rng(seed)
    signatures = runtime.Model(path).signatures
    return {key: [drawn(inputs, rng) for _ in range(count)] for key, (inputs, _) in signatures.items()}


def quantized(name, recipe, out):
    return kelt.quantize(path_of(name), recipe, out, calibration=samples(path_of(name)))


def worst(name, out):
    """Decibels of the worst float output of any signature, over three runs; what isn't float must be the same."""
    found = []
    wanted, got = runtime.Model(path_of(name)), runtime.Model(out)
    for key, data in samples(path_of(name), 3, seed=9).items():
        for arrays in data:
            before, after = wanted(arrays, signature=key), got(arrays, signature=key)
            for output, value in before.items():
                if value.dtype.kind == "f":
                    found.append(decibels(value, after[output]))
                else:
                    np.testing.assert_array_equal(value, after[output])
    return np.min(found)  # NaN if one is


def forms(report, op):
    return {line.form for line in report.operators if line.op == op}


@pytest.mark.parametrize("recipe", LEAST)
@pytest.mark.parametrize("name", RUN)
def test_a_file_computes_the_same_in_fewer_bits(name, recipe, tmp_path):
    out = tmp_path / "out.tflite"
    quantized(name, recipe, out)
    assert worst(name, out) > LEAST[recipe]


@pytest.mark.parametrize("recipe", ["int8-dynamic", "int8-weights", "int4", "int8-static"])
@pytest.mark.parametrize("name", ["tf/loop", "tf/branch", "tf/lstm"])
def test_every_product_within_a_body_is_quantized(name, recipe, tmp_path):
    assert forms(quantized(name, recipe, tmp_path / "out.tflite"), "FULLY_CONNECTED") == {recipe}


def test_a_layer_of_litert_torch_is_named_by_its_module(tmp_path):
    rule = {"layers": "*Linear_qkv", "form": "int8-dynamic"}
    report = kelt.quantize(path_of("torch/transformer"), {"form": "float", "rules": [rule]}, tmp_path / "out.tflite")
    done = [line.layer for line in report.operators if line.form == "int8-dynamic"]
    assert len(done) == 2  # of the two signatures
    assert all(layer.endswith("linear.Linear_qkv") for layer in done)


def test_what_is_infinite_stays_in_floats(tmp_path):
    recipe = {"form": "int8-static", "delegate_aware": False}
    for name in ("tf/kinds", "torch/transformer"):
        report = quantized(name, recipe, tmp_path / "out.tflite")
        assert any("not finite" in line.why for line in report.operators)
        assert worst(name, tmp_path / "out.tflite") > 20


def test_a_loop_that_the_runtime_can_t_run_is_quantized_without_samples(tmp_path):
    path = path_of("tf/sliced_loop")
    report = kelt.quantize(path, "int8-dynamic", tmp_path / "out.tflite")
    assert forms(report, "FULLY_CONNECTED") == {"int8-dynamic"}
    data = np.zeros((1, 5, 2, 32), "float32")
    with pytest.raises(ValueError, match=re.escape("FULLY_CONNECTED of")) as raised:
        kelt.quantize(path, "int8-static", tmp_path / "out.tflite", calibration=data)
    assert "there are no statistics of its activations" in str(raised.value)


@pytest.mark.parametrize(("name", "op"), [("tf/loop", "WHILE"), ("tf/branch", "IF"), ("tf/state", "READ_VARIABLE")])
def test_integers_alone_name_what_has_no_kernel(name, op, tmp_path):
    with pytest.raises(kelt.ExportError, match=f"LiteRT has no kernel for {op} on int8"):
        quantized(name, "int8-full", tmp_path / "out.tflite")


def test_a_composite_is_quantized_inside_but_for_activations(tmp_path):
    out = tmp_path / "out.tflite"
    assert forms(quantized("torch/composite", "int4", out), "FULLY_CONNECTED") == {"int4"}
    assert forms(quantized("torch/composite", "int8-static", out), "FULLY_CONNECTED") == {"int8-static", "float"}


def test_weights_of_two_signatures_are_stored_once(tmp_path):
    path, out = path_of("tf/signatures"), tmp_path / "out.tflite"
    for recipe in ("int8-dynamic", "int8-weights", "int8-static"):
        assert quantized("tf/signatures", recipe, out).notes == []
        assert out.stat().st_size < 9500, recipe  # a second copy of the integers is 2,048 bytes
    skipped = {"form": "int8-dynamic", "skip": ["StatefulPartitionedCall:0"]}
    report = kelt.quantize(path, skipped, out)
    whys = [line.why for line in report.operators]
    assert "its weights are also those of StatefulPartitionedCall:0, which reads them as floats" in whys[1]
    assert [line.form for line in report.operators] == ["float", "float", "int8-dynamic"]


def test_a_table_that_is_a_head_too_is_stored_once_or_the_report_says_so(tmp_path):
    out = tmp_path / "out.tflite"
    for recipe in ("int8-dynamic", "int4", "int4-block32", "fp16"):
        assert quantized("torch/transformer", recipe, out).notes == []
    mixed = {"form": "int8-dynamic", "rules": [{"ops": ["FULLY_CONNECTED"], "form": "int4"}]}
    (note,) = quantized("torch/transformer", mixed, out).notes
    assert note.startswith("weights that operators share are stored 2 times: as int4 ")


def test_each_signature_has_data_of_its_own(tmp_path):
    path, out = path_of("tf/signatures"), tmp_path / "out.tflite"
    with pytest.raises(ValueError, match="its weights are also those of matmul"):  # of which nothing is known
        kelt.quantize(path, "int8-static", out, calibration={"encode": samples(path)["encode"]})
    assert forms(quantized("tf/signatures", "int8-static", out), "FULLY_CONNECTED") == {"int8-static"}


def test_a_quantized_file_is_not_quantized_again(tmp_path):
    path = FILES.parent / "quant_refs" / "lq" / "sfc_dyn_wi8.tflite"
    for recipe in ("int8-dynamic", "int4", "fp16"):
        with pytest.raises(ValueError, match=ALREADY):
            kelt.quantize(path, recipe, tmp_path / "out.tflite")
    path = FILES.parent / "quant_refs" / "tf" / "sfc_static.tflite"
    with pytest.raises(ValueError, match=ALREADY):
        kelt.quantize(path, "int8-static", tmp_path / "out.tflite", calibration=np.zeros((1, 4, 64), "float32"))


def test_what_is_quantized_already_stays_and_the_rest_is_quantized(tmp_path):
    mixed, out = tmp_path / "mixed.tflite", tmp_path / "out.tflite"
    rule = {"layers": "*Linear_up", "form": "int8-dynamic"}
    kelt.quantize(path_of("torch/transformer"), {"form": "float", "rules": [rule]}, mixed)
    report = kelt.quantize(mixed, "int4", out)
    kept = [line for line in report.operators if line.layer.endswith("Linear_up")]
    assert {(line.form, line.why) for line in kept} == {("float", "its weights are integers already")}
    assert {line.form for line in report.operators if line not in kept} == {"int4"}
    assert worst("torch/transformer", out) > 13


def test_operators_that_no_table_has_stay_as_they_are(tmp_path):
    out = tmp_path / "out.tflite"
    for recipe in ("int8-dynamic", "fp16", "int4"):
        report = kelt.quantize(path_of("tf/custom"), recipe, out)
        assert forms(report, "FULLY_CONNECTED") == {recipe}
    with pytest.raises(ValueError, match="unresolved custom op: BesselI0"):
        kelt.quantize(path_of("tf/custom"), "int8-static", out, calibration=np.zeros((1, 2, 32), "float32"))


def test_strings_pass_through_as_the_interpreter_has_them(tmp_path):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    out = tmp_path / "out.tflite"
    kelt.quantize(path_of("tf/text"), "int8-dynamic", out)
    x = np.random.default_rng(0).normal(size=(2, 32)).astype("float32")
    results = []
    for path in (path_of("tf/text"), out):
        run = interpreter.Interpreter(str(path)).get_signature_runner()
        results.append(run(x=x, text=np.array([b"kept", b"as it is"])))
    assert results[0]["text"].tolist() == results[1]["text"].tolist() == [b"kept", b"as it is"]
    assert decibels(results[0]["y"], results[1]["y"]) > 36
