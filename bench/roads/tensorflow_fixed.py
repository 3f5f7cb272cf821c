"""TensorFlow's converter at fixed sizes, where loops need no Flex: python tensorflow_fixed.py MODEL OUT.tflite"""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measure
import tensorflow as tf
import zoo
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

name, path = sys.argv[1:]
model = zoo.builders()[name]()


def convert():
    traced = tf.function(lambda x: model(x)).get_concrete_function(tf.TensorSpec(model.inputs[0].shape, "float32"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([convert_variables_to_constants_v2(traced)])
    with open(path, "wb") as file:
        file.write(converter.convert())


measure.export("tensorflow, fixed sizes", name, path, convert)
