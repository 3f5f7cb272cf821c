"""A file of a model's matrix products alone: what of its time no converter can save."""

from __future__ import annotations

import pathlib

from mutants import tflite

PRODUCTS = ("FULLY_CONNECTED", "BATCH_MATMUL")


def write(source: pathlib.Path, to: pathlib.Path) -> None:
    """Keeps the products of a file of fixed sizes.

    What an operand was computed from is gone: it becomes the last product of its shape, so that memory is used again as
    in the model, or an input where there is none.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = tflite.read(source)
    graph = model.subgraphs[0]
    model.subgraphs, model.metadata = [graph], []
    kept = [op for op in graph.operators if tflite.operator_name(model, op) in PRODUCTS]
    last: dict[tuple[int, ...], int] = {}
    inputs, read, made = [], set(), []
    for op in kept:
        op.inputs = [int(index) for index in op.inputs]
        for place, index in enumerate(op.inputs):
            tensor = graph.tensors[index] if index >= 0 else None
            if tensor is None or tflite.constant(model, tensor) is not None:
                continue
            shape = tuple(tflite.shape_of(tensor))
            if shape not in last:
                last[shape] = index
                inputs.append(index)
            op.inputs[place] = last[shape]
            read.add(last[shape])
        output = int(op.outputs[0])
        last[tuple(tflite.shape_of(graph.tensors[output]))] = output
        made.append(output)
    graph.operators, graph.inputs = kept, inputs
    graph.outputs = [index for index in made if index not in read]
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = b"serving_default", 0
    signature.inputs = [_port(schema, f"input_{number}", index) for number, index in enumerate(graph.inputs)]
    signature.outputs = [_port(schema, f"output_{number}", index) for number, index in enumerate(graph.outputs)]
    model.signatureDefs = [signature]
    tflite.write(model, to)


def _port(schema, name: str, index: int):
    port = schema.TensorMapT()
    port.name, port.tensorIndex = name.encode(), int(index)
    return port
