"""litert-quantizer, from kelt's float file: python -m quantization.with_litert_quantizer MODEL FORM OUT.tflite.

The forms are those of rival_rules.py.
"""

import contextlib
import os
import resource
import sys

import measure
from ai_edge_litert.interpreter import Interpreter
from litert_quantizer import qtyping, quantizer

from quantization import lookups, models, rival_rules

BLOCKS = {size: qtyping.QuantGranularity[f"BLOCKWISE_{size}"] for size in (32, 64, 128, 256)}
ALGORITHMS = {name: quantizer.AlgorithmName[name.upper()] for name in rival_rules.ALGORITHMS} | {
    rival_rules.MIN_MAX: quantizer.AlgorithmName.MIN_MAX_UNIFORM_QUANT
}
# The layer of the table of tokens. GPTQ of a product with it would take the square of the number of tokens of memory.
TABLES = {"real_gemma": "token_embedding", "real_whisper": "token_embedding"}
# Models whose table, most of their weights, it is given in the form that it quantizes.
LOOKED_UP = ("real_gemma",)


def add_rule(tool: quantizer.Quantizer, rule: rival_rules.Rule) -> None:
    form, algorithm = rule.form, ALGORITHMS[rule.algorithm]
    which = (rule.scope, qtyping.TFLOperationName[rule.operator])
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


def quantize(
    float_path: str, rules: list[rival_rules.Rule], calibration, path: str, content: bytes | None = None
) -> None:
    tool = quantizer.Quantizer(content or float_path)
    for rule in rules:
        add_rule(tool, rule)
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


def limit_memory() -> None:
    """To three quarters of the machine's: what takes more fails by itself, and ends no other process."""
    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    name, form, path = sys.argv[1:]
    limit_memory()
    float_path = str(models.float_file(name))
    needed = "static" in form or form == "int16x8" or form.endswith("gptq")
    calibration = models.calibration(name) if needed else ()
    content = lookups.with_lookups(float_path) if name in LOOKED_UP else None
    rules = rival_rules.rules_of(form, TABLES.get(name, ""))
    measure.export("LQ", name, path, lambda: quantize(float_path, rules, calibration, path, content))
