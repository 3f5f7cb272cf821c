"""tools/arm: what must be equal on x86-64 and on 64-bit Arm, and by which instructions a run computed."""

import dataclasses

import keras
import numpy as np
import pytest
from arm import compare, instructions, table

import kelt

FLOATS = np.random.default_rng(0).normal(size=(8, 16)).astype("float32")
HERE = compare.Run(FLOATS, 1, [], ["Fully Connected (NC, F32) GEMM"])
EIGHT_BITS = compare.Run(np.round(FLOATS * 20) / 20, 1, [], ["Fully Connected (NC, QD8, F32, QC8W) GEMM"])


def faults(recipe="float", here=HERE, others=None, **changes):
    return compare.faults(recipe, dataclasses.replace(here, **changes), here, others or {})


def test_the_same_run_has_no_fault():
    assert faults() == []
    assert faults(output=FLOATS * np.float32(1 + 1e-6)) == []
    assert faults(inside=["Fully Connected (NC, PF32) GEMM"]) == []  # another kernel


def test_a_perturbed_output_is_rejected():
    changed = FLOATS.copy()
    changed[3, 5] += 1e-4
    (said,) = faults(output=changed)
    assert said.startswith("the output differs by ")
    assert said.endswith("and 1.0e-05 is the limit")
    assert faults("int8-dynamic", EIGHT_BITS, output=EIGHT_BITS.output + 0.01) == []
    assert faults("int8-dynamic", EIGHT_BITS, output=EIGHT_BITS.output + 0.1)
    changed[3, 5] = np.nan
    assert faults(output=changed)


def test_the_file_of_another_form_is_rejected_even_within_the_limit():
    near = dataclasses.replace(EIGHT_BITS, output=EIGHT_BITS.output + np.float32(0.001))
    assert faults("int8-dynamic", EIGHT_BITS, {"int4": near}) == []
    assert faults("int8-dynamic", EIGHT_BITS, {"int4": near}, output=near.output) == [
        "the output is nearer to that of int4"
    ]


@pytest.mark.parametrize("changes", [{"partitions": 2}, {"outside": ["SOFTMAX"]}])
def test_another_delegation_is_rejected(changes):
    (said,) = faults(**changes)
    assert said.startswith(f"{next(iter(changes))}: ")


def test_sums_in_halves_have_the_limit_of_their_form():
    halves = ["Convert (NC)", "Fully Connected (NC, PF16) GEMM"]
    assert faults("fp16-accumulate", output=FLOATS * np.float32(1.001), inside=halves) == []
    assert faults("fp16-accumulate", output=FLOATS * np.float32(1.001))
    (said,) = faults("fp16-accumulate", output=FLOATS * np.float32(1.1), inside=halves)
    assert said.endswith("which is less than 30 dB")
    assert faults("fp16", output=FLOATS * np.float32(1.001), inside=halves)


LOG = """----------------
IN:
0x7f99a7d0ac40:  d503201f  nop
0x7f99a7d0ac44:  {word}  what the disassembler calls it
"""


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("80812000", ["FMOPA"]),
        ("a0812862", ["SMOPA"]),
        ("81a12003", ["FMOPA of halves"]),
        ("4e83a441", ["SMMLA"]),
        ("4e839441", ["SDOT"]),
        ("4fa3e041", ["SDOT"]),
        ("4e430c41", ["FMLA of halves"]),
        ("4fa31841", ["FMLA"]),
        ("0f632041", ["SMLAL"]),
        ("4e63cc41", []),  # FMLA of doubles
    ],
)
def test_an_instruction_is_known_by_its_bits(word, name, tmp_path):
    log = tmp_path / "log"
    log.write_text(LOG.format(word=word))
    assert instructions.executed(log) == name


def test_the_page_says_how_far_each_cpu_is():
    found = {"model": "CONV_2D", "takes": "fp32", "recipe": "float", "sme2": True, "faults": []}
    found |= {"inside": ["Convert (NC)", "Fully Connected (NC, PF32) GEMM"], "instructions": ["FMOPA", "SME2"]}
    text = table.page({"a": "NEON", "b": "SME2"}, [{**found, "difference": 0.0}, {**found, "difference": 3e-7}])
    assert "| CONV_2D | fp32 | `float` | FMOPA = | FMOPA 1e-6 | Fully Connected (NC, PF32) GEMM |" in text
    assert "inspect --sme2" not in text
    eight = {"inside": ["Fully Connected (NC, QD8, F32, QC8W) GEMM"], "instructions": ["FMLA", "SMLAL"]}
    assert "| SMLAL = |" in table.page({"a": "NEON"}, [{**found, **eight, "difference": 0.0}])
    assert "| builtin kernel = |" in table.page({"a": "NEON"}, [{**found, "inside": [], "difference": 0.0}])
    text = table.page({"a": "SME2"}, [{**found, "difference": 0.0, "instructions": ["SMMLA"]}])
    assert "On SME2 none of its kernels runs, other than `kelt inspect --sme2` says: CONV_2D `float`." in text
    text = table.page({"a": "SME2"}, [{**found, "faults": ["exit code 1"]}])
    assert "| CONV_2D | fp32 | `float` | **fails** |" in text


def test_sums_in_halves_have_the_limit_of_the_form(tmp_path):
    model = keras.Sequential([keras.Input((32,), name="x"), keras.layers.Dense(64)])
    kelt.export(model, tmp_path / "floats.tflite")
    kelt.quantize(tmp_path / "floats.tflite", "fp16", tmp_path / "halves.tflite")
    found = kelt.compare(tmp_path / "floats.tflite", tmp_path / "halves.tflite", verbose=False)
    assert set(found.limits.values()) == {compare.HALVES_DECIBELS}
