"""`run_layer_test` of Keras' tests: the layer of the call, exported on the call's data."""

from __future__ import annotations

import inspect

import keras
import numpy as np
from keras import tree

from suites.compare import compared


def run(record, folder, layer_cls, init_kwargs=None, input_shape=None, input_dtype=None, input_data=None, **options):
    """Calls the layer as the test does, and compares its file. What only other backends or training see is left out."""
    if options.get("input_sparse") or options.get("input_ragged") or (input_shape is None and input_data is None):
        return
    what = f"{layer_cls.__name__}({', '.join(f'{name}={value!r}' for name, value in (init_kwargs or {}).items())})"
    call_kwargs = dict(options.get("call_kwargs") or {})
    try:
        layer = layer_cls(**(init_kwargs or {}))
        if "training" in inspect.signature(layer.call).parameters:  # some layers train unless they are told not to
            call_kwargs["training"] = False
        data = _data(input_shape, input_dtype) if input_data is None else input_data
        leaves = [np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in tree.flatten(data)]

        def call(*tensors):
            given = tree.pack_sequence_as(data, list(tensors))
            result = layer(**given, **call_kwargs) if isinstance(given, dict) else layer(given, **call_kwargs)
            return tree.flatten(result)

        results = call(*[keras.ops.convert_to_tensor(leaf) for leaf in leaves])
    except Exception:  # Keras itself rejects it: the test looks for that
        return
    record("layers", what[:300], lambda: compared(call, leaves, results, folder))


def _data(shape, dtype):
    """Random values, as `create_eager_tensors` of Keras' tests draws them."""
    from keras.src.testing import test_case

    if dtype is None:
        dtype = tree.map_shape_structure(lambda _: "float32", shape)
    return test_case.create_eager_tensors(shape, dtype, False, False)
