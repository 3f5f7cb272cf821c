"""Files of other converters, quantized: their floats, and their float16 behind DEQUANTIZE."""

import pathlib

import numpy as np
import pytest
from noise import decibels

import kelt
from kelt import runtime

REFERENCES = pathlib.Path(__file__).resolve().parent.parent / "testdata" / "quant_refs" / "tf"
FILES = [*sorted(path.stem for path in REFERENCES.glob("*_fp32.tflite")), "pw_fp16", "sfc_fp16", "tconv_fp16"]
# dB, at least; of four bits only where there are kernels
LEAST = {"fp16": 60, "int8-dynamic": 36, "int8-static": 30, "int16x8": 36, "int8-full": 30, "int4": 15}
# What a recipe has no form for, or nothing to do in.
NOTHING = {
    "bmm_aa_fp32": ("fp16", "int8-dynamic", "int8-static", "int4"),
    "dw_fp32": ("int8-dynamic", "int4"),
}


def drawn(path, seed):
    rng = np.random.default_rng(seed)
    (inputs, _) = next(iter(runtime.Model(path).signatures.values()))
    return {tensor.name: rng.normal(size=tensor.shape).astype("float32") for tensor in inputs}


@pytest.mark.parametrize("recipe", LEAST)
@pytest.mark.parametrize("name", FILES)
def test_a_file_of_tensorflow_is_quantized(name, recipe, tmp_path):
    path = REFERENCES / f"{name}.tflite"
    out = tmp_path / "out.tflite"
    if recipe in NOTHING.get(name, ()):
        with pytest.raises(ValueError, match="the recipe finds nothing to quantize"):
            kelt.quantize(path, recipe, out, calibration=[drawn(path, 0)])
        return
    kelt.quantize(path, recipe, out, calibration=[drawn(path, seed) for seed in range(8)])
    arrays = drawn(path, 9)
    ((_, wanted),) = runtime.Model(path)(arrays).items()
    ((_, got),) = runtime.Model(out)(arrays).items()
    assert decibels(wanted, got) > LEAST[recipe]
