"""Keras' own exporter, on the TensorFlow backend: python keras_tensorflow.py MODEL OUT.tflite"""

import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measure  # noqa: E402
import tensorflow  # noqa: E402, F401: its import belongs to no measure
import zoo  # noqa: E402

name, path = sys.argv[1:]
model = zoo.builders()[name]()
measure.export("keras+tensorflow", name, path, lambda: model.export(path, format="litert", verbose=False))
