"""The keyword arguments of Keras' own LiteRT exporter: those of TensorFlow's converter and of litert-torch.

Each is taken, where kelt does what it asks for, or rejected by its name with the reason. Those that quantize become a
recipe (`converter_recipe.py`).
"""

from __future__ import annotations

from typing import Any

from kelt.converter_recipe import INTEGERS, QUANTIZING, SIXTEEN, RejectedError, Translated, target, translated, words
from kelt.errors import bad_argument


def _any(value):
    return None


def _one_of(*values, why):
    """Only these values."""
    return lambda value: None if value in values else why


def _subset(allowed, why):
    return lambda value: None if value is None or words(value) <= set(allowed) else why


QUANTIZER = 'kelt has quantizers of its own: optimizations=["DEFAULT"], or quantize= as kelt.export takes it'
DEBUG = "it shows the insides of TensorFlow's converter, which is not used; kelt.capture(model) shows kelt's"


def _target_spec(value):
    if not isinstance(value, dict) and not hasattr(value, "supported_ops"):
        return "give it as a dict, such as {'supported_ops': […]}"
    for name, setting in target(value).items():
        if name not in TARGET_SPEC:
            return f"it has no setting {name!r} (there are: {', '.join(TARGET_SPEC)})"
        why = TARGET_SPEC[name](setting)
        if why:
            return f"{name}: {why}"
    return None


TARGET_SPEC = {
    "supported_ops": _subset(
        ("TFLITE_BUILTINS", "SELECT_TF_OPS", INTEGERS, SIXTEEN), "kelt writes LiteRT's own operators, and no others"
    ),
    "supported_types": _subset(
        ("FLOAT32", "FLOAT16", "BFLOAT16", "INT8"), "TensorFlow's converter knows float32, float16, bfloat16 and int8"
    ),
    "_experimental_supported_accumulation_type": _subset(("FLOAT32", "FLOAT16"), "it is float32 or float16"),
    "_experimental_custom_op_registerers": _any,
    "experimental_select_user_tf_ops": _any,  # nothing but LiteRT's own operators is ever needed
    "experimental_supported_backends": _any,
}

PORTS, NO_PORT = ("FLOAT32", "INT8", "UINT8", "INT16"), "inputs and outputs are float32, int8, uint8 or int16"

# name → a function of the value that says why it is rejected, if it is
OPTIONS = {
    # of tf.lite.TFLiteConverter
    "_experimental_disable_per_channel": _any,
    "allow_custom_ops": _any,  # none is ever written
    "canonicalizing_inf_as_min_max_float": _any,
    "elide_elementsattrs_if_larger": _one_of(None, why=DEBUG),
    "enable_select_tf_ops": _any,  # none is ever needed
    "enable_timing": _one_of(None, False, why=DEBUG),
    "exclude_conversion_metadata": _any,
    "experimental_enable_resource_variables": _one_of(True, why="the state of a stateful layer is a resource variable"),
    "experimental_lower_to_saved_model": _any,
    "experimental_new_converter": _any,
    "experimental_new_dynamic_range_quantizer": _any,
    "experimental_new_quantizer": _any,
    "experimental_stablehlo_quantizer_config": _one_of(None, why=QUANTIZER),
    "experimental_use_stablehlo_quantizer": _one_of(False, None, why=QUANTIZER),
    "inference_input_type": _subset(PORTS, NO_PORT),
    "inference_output_type": _subset(PORTS, NO_PORT),
    "ir_dump_dir": _one_of(None, why=DEBUG),
    "ir_dump_func_regex": _one_of(None, why=DEBUG),
    "ir_dump_pass_regex": _one_of(None, why=DEBUG),
    "legalize_custom_tensor_list_ops": _any,
    "model_origin_framework": _any,
    "optimizations": _subset((*QUANTIZING, "EXPERIMENTAL_SPARSITY"), "tf.lite.Optimize has no such member"),
    "print_ir_after": _one_of(None, why=DEBUG),
    "print_ir_before": _one_of(None, why=DEBUG),
    "print_ir_module_scope": _one_of(None, why=DEBUG),
    "representative_dataset": _any,
    "saved_model_dir": _one_of(None, why="kelt reads the live model, not a SavedModel"),
    "serialize_debug_metadata": _any,  # a tensor's name is the path of its layer in any case
    "target_spec": _target_spec,
    "unfold_batchmatmul": _any,
    # of litert_torch.convert
    "dynamic_shapes": _one_of(None, why="None in input_signature makes a size dynamic"),
    "enable_x64": _one_of(False, None, why="LiteRT computes in float32"),
    "lightweight_conversion": _any,
    "quant_config": _one_of(None, why=QUANTIZER),
    "runtime_constant_folding": _any,  # what follows from constants is always folded
    "strict_export": _any,
}


def without_converter_options(options: dict[str, Any]) -> tuple[dict[str, Any], Translated]:
    """Of the keyword arguments of `model.export`, those of kelt; and what the others come to.

    `litert_kwargs` holds more of them.
    """
    options = dict(options)
    options.update(options.pop("litert_kwargs", None) or {})
    own = {name: value for name, value in options.items() if name not in OPTIONS}
    theirs = {name: value for name, value in options.items() if name in OPTIONS}
    for name, value in theirs.items():
        why = OPTIONS[name](value)
        if why:
            raise _rejected(name, value, why)
    try:
        made = translated(theirs)
    except RejectedError as error:
        name, why = error.args
        raise _rejected(name, theirs.get(name), why) from None
    if made.recipe is not None:
        if own.get("quantize") is not None:
            raise bad_argument(
                "quantize= and the optimizations of TensorFlow's converter can't both be given: leave one out"
            )
        own |= {"quantize": made.recipe, "calibration": made.calibration}
    return own, made


def _rejected(name: str, value: Any, why: str) -> ValueError:
    return bad_argument(f"{name}={value!r} can't be used: {why}")
