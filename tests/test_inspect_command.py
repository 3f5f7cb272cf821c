"""`kelt inspect FILE`: what a .tflite holds, whoever wrote it; a clear error for what is none."""

import json
import random
from pathlib import Path

import pytest
from command import kelt

REFERENCES = Path(__file__).parent.parent / "testdata" / "quant_refs"
CONVOLUTION = REFERENCES / "tf" / "conv3x3_dyn.tflite"
BLOCKWISE = REFERENCES / "lq" / "sfc_dyn_wi4b32.tflite"


def run(*words):
    return kelt("inspect", *words)


def inspect_json(path):
    result = run(path, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_tables_say_signatures_operators_weights_and_metadata():
    result = run(CONVOLUTION)
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["in", "x", "f32[1,", "16,", "16,", "16]"] in lines
    assert ["out", "output_0", "f32[1,", "16,", "16,", "32]"] in lines
    assert ["CONV_2D", "v5", "1", "since", "2.4.0"] in lines
    assert ["functional_4_1/c3_1", "1", "4608", "4.6", "kB"] in lines
    assert ["min_runtime_version", "16", "B", "2.4.0"] in lines


def test_json_says_everything_but_the_weights_themselves():
    said = inspect_json(BLOCKWISE)
    assert said["file"] == {"path": str(BLOCKWISE), "bytes": BLOCKWISE.stat().st_size}
    assert said["unknown_fields"] == []
    (signature,) = said["signatures"]
    assert signature["inputs"] == [{"name": "x", "type": "f32", "shape": [4, 64], "tensor": 0}]
    (graph,) = said["subgraphs"]
    (operator,) = graph["operators"]
    assert operator["op"] == "FULLY_CONNECTED"
    kernel = graph["tensors"][operator["inputs"][1]]
    assert (kernel["type"], kernel["shape"], kernel["bytes"]) == ("i4", [32, 64], 1024)
    assert kernel["quantization"]["details"]["BlockwiseQuantization"]["block_size"] == 32
    assert said["weights"]["bytes"] == 1024 + 128 + 128
    assert sum(layer["bytes"] for layer in said["weights"]["layers"]) == said["weights"]["bytes"]


def test_it_says_why_xnnpack_leaves_a_node():
    runtime = REFERENCES.parent / "runtime"
    result = run(runtime / "split.tflite", "--delegation")
    assert result.returncode == 0, result.stderr
    assert "signature serving_default in the runtime" in result.stdout
    assert "XNNPACK partitions: 2, nodes outside: 1" in result.stdout
    assert "XNNPACK has no kernel for POW" in result.stdout
    assert "K302" in run(runtime / "split.tflite", "--delegation", "--runtime", "/no/such/library").stderr
    both = run(runtime / "two_signatures.tflite", "--delegation").stdout
    assert all(f"signature {key} in the runtime" in both for key in ("scale", "count"))


def test_json_agrees_with_the_runtimes_own_reader():
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    for path in sorted(REFERENCES.glob("*/*.tflite"))[::9]:
        reader = interpreter.Interpreter(str(path))
        said = inspect_json(path)
        theirs = reader.get_signature_list()
        assert [s["key"] for s in said["signatures"]] == list(theirs), path
        for signature in said["signatures"]:
            for kind in ("inputs", "outputs"):
                assert sorted(p["name"] for p in signature[kind]) == sorted(theirs[signature["key"]][kind]), path
        tensors = said["subgraphs"][0]["tensors"]
        for detail in reader.get_input_details() + reader.get_output_details():
            tensor = tensors[detail["index"]]
            assert tensor["name"] == detail["name"], path
            assert tensor["shape"] == detail["shape_signature"].tolist(), path


def test_the_graph_is_text():
    result = run(CONVOLUTION, "--graph")
    assert result.returncode == 0, result.stderr
    assert "= CONV_2D(" in result.stdout
    assert "fused_activation_function: RELU6" in result.stdout


def test_a_name_cannot_steer_the_terminal(tmp_path):
    data = CONVOLUTION.read_bytes()
    assert b"serving_default" in data
    path = tmp_path / "model.tflite"
    path.write_bytes(
        data.replace(b"serving_default", b"\x1b[2J\x07\x08\xc2\x9b_default"[:15]).replace(b"arith", b"\x1b[1mx")
    )
    for words in ([path], [path, "--graph"]):
        result = run(*words)
        assert result.returncode == 0, result.stderr
        assert "\x1b" not in result.stdout
    assert inspect_json(path)["file"]["bytes"] == len(data)


def test_names_that_are_not_utf8_do_not_break_json(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(CONVOLUTION.read_bytes().replace(b"arith", b"\xff\xfe\xc3\x28\x80"))
    assert any("�" in tensor["name"] for tensor in inspect_json(path)["subgraphs"][0]["tensors"])


@pytest.mark.parametrize("words", [[], ["a.tflite", "b.tflite"], ["--colour"], ["a.tflite", "--json", "--graph"]])
def test_a_wrong_command_line_ends_with_2(words):
    result = run(*words)
    assert result.returncode == 2
    assert result.stderr
    assert not result.stdout


def hostile_files():
    data = CONVOLUTION.read_bytes()
    return {
        "empty": b"",
        "text": b"this is not a model, but a sentence that is long enough",
        "the mark alone": b"\x1c\x00\x00\x00TFL3",
        "half": data[: len(data) // 2],
        "no end": data[:-1],
        "a root beyond the file": b"\xff\xff\xff\x7f" + data[4:],
        "an old schema": data[:4] + b"TFL2" + data[8:],
        "all ones": data[:8] + b"\xff" * (len(data) - 8),
        "all zeros": data[:8] + b"\x00" * (len(data) - 8),
    }


@pytest.mark.parametrize("kind", hostile_files())
def test_a_hostile_file_ends_with_1_and_a_clear_error(kind, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(hostile_files()[kind])
    result = run(path)
    assert result.returncode == 1, result.stdout
    assert result.stderr.startswith("error[K201]: the file "), result.stderr
    assert str(path) in result.stderr
    assert not result.stdout


def test_a_missing_file_and_a_directory_end_with_1(tmp_path):
    for path, code in ((tmp_path / "none.tflite", "K102"), (tmp_path, "K10")):
        result = run(path)
        assert result.returncode == 1
        assert result.stderr.startswith(f"error[{code}"), result.stderr


def test_damaged_files_never_crash_it(tmp_path):
    source = random.Random(3)
    data = BLOCKWISE.read_bytes()
    path = tmp_path / "model.tflite"
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(source.randrange(1, 6)):
            damaged[source.randrange(8, len(data))] = source.choice([0, 1, 0x7F, 0x80, 0xFF, source.randrange(256)])
        path.write_bytes(damaged)
        for option in ("--json", "--graph"):
            result = run(path, option)
            assert result.returncode in (0, 1), (result.returncode, result.stderr)
            assert result.returncode == 0 or result.stderr.startswith("error[K201]"), result.stderr


def test_faults_of_quantized_files_are_listed_with_their_remedy():
    zeros = REFERENCES / "lq" / "bmm_ac_static_wi8_ai8.tflite"
    said = run(zeros).stdout
    assert "faults: 2" in said
    assert "beside integers the kernel takes one scale, and computes something else with 48" in said
    assert "Use one scale, float activations or FULLY_CONNECTED (Q7)" in said
    rules = [fault["rule"] for fault in inspect_json(zeros)["faults"]]
    assert rules == ["Q7", "Q17"]
    assert "faults" not in run(CONVOLUTION).stdout
    assert inspect_json(CONVOLUTION)["faults"] == []


def test_sme2_says_each_operators_row_or_the_recipe_that_brings_it_in():
    said = run(REFERENCES / "tf" / "conv3x3_fp32.tflite", "--sme2").stdout
    assert "SME2: 0 of 1 operators that multiply matrices or convolve run on it, 0.0 % of the multiply-adds" in said
    assert "in float only pointwise convolutions are in a row; int8-dynamic would be" in said
    assert "in  fp32 × int8 → fp32" in run(CONVOLUTION, "--sme2").stdout
    result = json.loads(run(BLOCKWISE, "--sme2", "--json").stdout)
    assert (result["in"], result["of"], result["others"], result["share_of_multiply_adds"]) == (0, 1, 0, 0.0)
    (operator,) = result["operators"]
    assert (operator["name"], operator["row"], operator["recipe"]) == ("FULLY_CONNECTED", None, "int4")
    assert operator["multiply_adds"] == 4 * 32 * 64
    assert run(CONVOLUTION, "--sme2", "--graph").returncode == 2
