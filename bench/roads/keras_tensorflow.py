"""Keras' own exporter, on the TensorFlow backend: python keras_tensorflow.py MODEL OUT.tflite"""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measure
import zoo

name, path = sys.argv[1:]
model = zoo.builders()[name]()
measure.export("keras+tensorflow", name, path, lambda: model.export(path, format="litert", verbose=False))
