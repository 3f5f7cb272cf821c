"""TensorFlow's converter: python -m quantization.with_tensorflow MODEL FORM OUT.tflite, on the TensorFlow backend."""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"

import measure
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from quantization import models

INT8, INT16X8 = (
    tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
)
# The operators that a form demands, where it does, and whether inputs and outputs are integers too.
STATIC = {
    "int8-static": ([tf.lite.OpsSet.TFLITE_BUILTINS, INT8], False),
    "int8-static-full": ([INT8], True),
    "int16x8": ([INT16X8], False),
}


def convert(model, form: str, calibration, path: str) -> None:
    traced = tf.function(lambda x: model(x)).get_concrete_function(tf.TensorSpec(model.inputs[0].shape, "float32"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(traced)])
    if form != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    if form in STATIC:
        converter.representative_dataset = lambda: ([sample] for sample in calibration)
        converter.target_spec.supported_ops, integers = STATIC[form]
        if integers:
            converter.inference_input_type = converter.inference_output_type = tf.int8
    with open(path, "wb") as file:
        file.write(converter.convert())


if __name__ == "__main__":
    name, form, path = sys.argv[1:]
    model, (calibration, _) = models.load(name), models.samples(name)
    measure.export("TF", name, path, lambda: convert(model, form, calibration, path))
