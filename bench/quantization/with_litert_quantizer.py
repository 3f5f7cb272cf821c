"""litert-quantizer, from kelt's float file: python -m quantization.with_litert_quantizer MODEL FORM OUT.tflite

A form may name how weights are found: `int4` by min-max, `int4-octav`, `int4-mse`, `int4-gptq`; `int8-static-octav`.
With `-rows4`, `-rows8` the table of tokens has a scale for each row.
With `conv8` in it (`int4-conv8-gptq`) convolutions have 8 bits, as in forms of blocks, which leave them in floats.
"""

import contextlib
import os
import sys

import measure
from ai_edge_litert.interpreter import Interpreter
from litert_quantizer import qtyping, quantizer

from quantization import lookups, models

BLOCKS = {size: qtyping.QuantGranularity[f"BLOCKWISE_{size}"] for size in (32, 64, 128, 256)}
ALGORITHMS = {name.lower(): quantizer.AlgorithmName[name] for name in ("OCTAV", "MSE", "GPTQ")}
EVERYTHING = (".*", qtyping.TFLOperationName.ALL_SUPPORTED)
# Models whose table of tokens, most of their weights, it is given in the form that it quantizes.
LOOKED_UP = ("real_gemma",)
DENSE = (".*", qtyping.TFLOperationName.FULLY_CONNECTED)
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D_TRANSPOSE")
MIN_MAX = quantizer.AlgorithmName.MIN_MAX_UNIFORM_QUANT


def add_recipe(tool: quantizer.Quantizer, form: str) -> None:
    algorithm = ALGORITHMS.get(form.split("-")[-1], MIN_MAX)
    if algorithm == quantizer.AlgorithmName.GPTQ:  # it leaves all but dense layers as they are
        add_rule(tool, form, EVERYTHING, MIN_MAX)
        add_rule(tool, form, DENSE, algorithm)
    else:
        add_rule(tool, form, EVERYTHING, algorithm)
    if "conv8" in form or "block" in form:
        for name in CONVOLUTIONS:
            add_rule(tool, "int8-dynamic", (".*", qtyping.TFLOperationName[name]), MIN_MAX)


def add_rule(tool: quantizer.Quantizer, form: str, which: tuple, algorithm: str) -> None:
    name, *more = form.split("-")
    if form == "fp16":
        weights = qtyping.TensorQuantizationConfig(num_bits=16, dtype=qtyping.TensorDataType.FLOAT)
        config = qtyping.OpQuantizationConfig(
            weight_tensor_config=weights, compute_precision=qtyping.ComputePrecision.FLOAT, explicit_dequantize=True
        )
        tool.update_quantization_recipe(*which, config, quantizer.AlgorithmName.FLOAT_CASTING)
    elif form == "int8-weights":
        tool.add_weight_only_config(*which, num_bits=8)
    elif form == "int16x8" or "static" in more:
        bits = 16 if form == "int16x8" else 8
        tool.add_static_config(*which, activation_num_bits=bits, weight_num_bits=8, algorithm_key=algorithm)
        if form != "int8-static-full":
            for end in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
                tool.update_quantization_recipe(".*", end, None, quantizer.AlgorithmName.NO_QUANTIZE)
    else:
        blocks = [part for part in more if part.startswith("block")]
        found = BLOCKS[int(blocks[0].removeprefix("block"))] if blocks else qtyping.QuantGranularity.CHANNELWISE
        tool.add_dynamic_config(*which, num_bits=int(name[-1]), granularity=found, algorithm_key=algorithm)


def by_name(float_path: str, samples) -> dict[str, list[dict]]:
    """The samples of a file of one signature with one input."""
    ((key, signature),) = Interpreter(model_path=float_path).get_signature_list().items()
    (name,) = signature["inputs"]
    return {key: [{name: sample} for sample in samples]}


def quantize(float_path: str, form: str, calibration, path: str, content: bytes | None = None) -> None:
    tool = quantizer.Quantizer(content or float_path)
    add_recipe(tool, form)
    statistics = None
    if tool.need_calibration:
        if not isinstance(calibration, dict):
            calibration = by_name(float_path, calibration)
        with contextlib.redirect_stdout(sys.stderr):
            statistics = tool.calibrate(calibration, num_threads=1)
    with contextlib.redirect_stdout(sys.stderr):
        result = tool.quantize(statistics, enable_progress_report=False)
    if os.path.exists(path):
        os.remove(path)
    result.export_model(path)


if __name__ == "__main__":
    name, form, path = sys.argv[1:]
    float_path = str(models.float_file(name))
    needed = "static" in form or form == "int16x8" or form.endswith("gptq")
    calibration = models.calibration(name) if needed else ()
    content = lookups.with_lookups(float_path) if name in LOOKED_UP else None
    measure.export("LQ", name, path, lambda: quantize(float_path, form, calibration, path, content))
