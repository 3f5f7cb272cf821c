"""What Keras computes on drawn inputs, on jax: python reference.py MODEL OUT.npz (the outputs as output_0, …)"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import hub_inputs
import hub_sizes
import numpy as np
import zoo

name, path = sys.argv[1:]
model = zoo.builders()[name]()
arrays = hub_inputs.draw(model, hub_sizes.CASES[name.removesuffix(hub_sizes.FIXED)].vocabulary, {})
outputs = model(list(arrays.values()), training=False)
outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
np.savez(path, **arrays, **{f"output_{index}": np.asarray(value) for index, value in enumerate(outputs)})
