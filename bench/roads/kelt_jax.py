"""kelt, with Keras on jax: python kelt_jax.py MODEL OUT.tflite"""

import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import measure
import zoo

import kelt

name, path = sys.argv[1:]
model = measure.settled(zoo.builders()[name]())


def capture_alone() -> dict:
    """The time of a capture by itself, after the export has warmed it up, and the nodes that it records."""
    start = time.perf_counter()
    module = kelt.capture(model)
    seconds = time.perf_counter() - start
    return {"capture_seconds": seconds, "nodes": sum(len(function.nodes) for function in module.functions())}


measure.export("kelt", name, path, lambda: kelt.export(model, path), capture_alone)
