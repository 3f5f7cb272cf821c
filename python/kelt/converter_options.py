"""The keyword arguments of Keras' own LiteRT exporter: those of TensorFlow's converter and of litert-torch.

Each is taken, where kelt does what it asks for, or rejected by its name with the reason.
"""

from __future__ import annotations


def _any(value):
    return None


def _one_of(*values, why):
    """Only these values."""
    return lambda value: None if value in values else why


def _words(value) -> set[str]:
    """The names of one or several members of TensorFlow's enumerations, dtypes or strings."""
    members = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
    return {str(getattr(member, "name", member)).rsplit(".", 1)[-1].upper() for member in members}


def _subset(allowed, why):
    return lambda value: None if value is None or _words(value) <= set(allowed) else why


QUANTIZE = 'kelt quantizes nothing by itself: call model.quantize("int8") before the export, its weights stay integers'
CALIBRATE = "kelt does not calibrate activations; " + QUANTIZE
DEBUG = "it shows the insides of TensorFlow's converter, which is not used; kelt.capture(model) shows kelt's"
FLOATS = "inputs and outputs have the dtype that they have in Keras; cast them in the model"


def _target_spec(value):
    if not isinstance(value, dict):
        return "give it as a dict, such as {'supported_ops': […]}"
    for name, setting in value.items():
        if name not in TARGET_SPEC:
            return f"it has no setting {name!r} (there are: {', '.join(TARGET_SPEC)})"
        why = TARGET_SPEC[name](setting)
        if why:
            return f"{name}: {why}"
    return None


TARGET_SPEC = {
    "supported_ops": _subset(("TFLITE_BUILTINS", "SELECT_TF_OPS"), QUANTIZE),
    "supported_types": _subset(("FLOAT32",), 'set the dtype in Keras: keras.config.set_dtype_policy("float16")'),
    "experimental_select_user_tf_ops": _any,  # nothing but LiteRT's own operators is ever needed
    "experimental_supported_backends": _any,
}

# name → a function of the value that says why it is rejected, if it is
OPTIONS = {
    # of tf.lite.TFLiteConverter
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
    "experimental_stablehlo_quantizer_config": _one_of(None, why=QUANTIZE),
    "experimental_use_stablehlo_quantizer": _one_of(False, None, why=QUANTIZE),
    "inference_input_type": _subset(("FLOAT32",), FLOATS),
    "inference_output_type": _subset(("FLOAT32",), FLOATS),
    "ir_dump_dir": _one_of(None, why=DEBUG),
    "ir_dump_func_regex": _one_of(None, why=DEBUG),
    "ir_dump_pass_regex": _one_of(None, why=DEBUG),
    "legalize_custom_tensor_list_ops": _any,
    "model_origin_framework": _any,
    "optimizations": _subset(("EXPERIMENTAL_SPARSITY",), QUANTIZE),
    "print_ir_after": _one_of(None, why=DEBUG),
    "print_ir_before": _one_of(None, why=DEBUG),
    "print_ir_module_scope": _one_of(None, why=DEBUG),
    "representative_dataset": _one_of(None, why=CALIBRATE),
    "saved_model_dir": _one_of(None, why="kelt reads the live model, not a SavedModel"),
    "serialize_debug_metadata": _any,  # a tensor's name is the path of its layer in any case
    "target_spec": _target_spec,
    "unfold_batchmatmul": _any,
    # of litert_torch.convert
    "dynamic_shapes": _one_of(None, why="None in input_signature makes a size dynamic"),
    "enable_x64": _one_of(False, None, why="LiteRT computes in float32"),
    "lightweight_conversion": _any,
    "quant_config": _one_of(None, why=QUANTIZE),
    "runtime_constant_folding": _any,  # what follows from constants is always folded
    "strict_export": _any,
}


def without_converter_options(options: dict) -> dict:
    """What is left of the keyword arguments of `model.export`: kelt's own. `litert_kwargs` holds more of them."""
    options = dict(options)
    options.update(options.pop("litert_kwargs", None) or {})
    own = {}
    for name, value in options.items():
        if name not in OPTIONS:
            own[name] = value
            continue
        why = OPTIONS[name](value)
        if why:
            raise ValueError(f"K101 {name}={value!r} can't be used: {why}.")
    return own
