"""kelt, with Keras on jax: python kelt_jax.py MODEL OUT.tflite"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measure
import zoo

import kelt

name, path = sys.argv[1:]
model = zoo.builders()[name]()
measure.export("kelt", name, path, lambda: kelt.export(model, path))
