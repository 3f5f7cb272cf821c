"""jax.export to StableHLO, then litert-converter: python jax_litert_converter.py MODEL OUT.tflite

Fixed shapes only (batch 1); names are given by hand. This is the strongest road there was.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import jax
import jax.numpy as jnp
import measure
import zoo
from jax import export as jax_export
from litert_converter.mlir import ir, passmanager
from litert_converter.mlir._mlir_libs import converter_api_ext as api
from litert_converter.mlir.dialects import stablehlo


def export(model, path):
    trainable = [variable.value for variable in model.trainable_variables]
    fixed = [variable.value for variable in model.non_trainable_variables]
    shapes = [tuple(dim or 1 for dim in tensor.shape) for tensor in model.inputs]
    inputs = [jax.ShapeDtypeStruct(shape, jnp.dtype(tensor.dtype)) for shape, tensor in zip(shapes, model.inputs)]

    def forward(*args):
        return model.stateless_call(trainable, fixed, list(args) if len(args) > 1 else args[0], training=False)[0]

    exported = jax_export.export(jax.jit(forward))(*inputs)
    context = ir.Context()
    api.prepare_mlir_context(context)
    with context:
        module = stablehlo.deserialize_portable_artifact(context, bytes(exported.mlir_module_serialized))
        names = (
            [tensor.name for tensor in model.inputs],
            [f"output_{index}" for index in range(len(exported.out_avals))],
        )
        api.set_signature(module.operation, "serving_default", *names)
        api.run_convert_to_tfl_passes(module, passmanager.PassManager(), api.ConvertToTFLConfig())
        api.export_flatbuffer_to_file(module.operation, path)


name, path = sys.argv[1:]
model = measure.settled(zoo.builders()[name]())
measure.export("jax.export+litert-converter", name, path, lambda: export(model, path))
