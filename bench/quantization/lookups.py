"""EMBEDDING_LOOKUPs in place of GATHERs, whose tables litert-quantizer leaves in floats."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

BUILTIN = schema.BuiltinOperator


class Writer:
    """Adds to one subgraph."""

    def __init__(self, model, graph):
        self.model, self.graph = model, graph

    def code(self, builtin: int) -> int:
        for index, known in enumerate(self.model.operatorCodes):
            if known.builtinCode == builtin:
                return index
        code = schema.OperatorCodeT()
        code.builtinCode, code.version = builtin, 1
        code.deprecatedBuiltinCode = min(builtin, 127)
        self.model.operatorCodes.append(code)
        return len(self.model.operatorCodes) - 1

    def tensor(self, name: str, kind: int, shape: list[int], data: np.ndarray | None = None) -> int:
        """A result, of which -1 stands for a length that is open; or a constant."""
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.buffer = name.encode(), kind, 0
        tensor.shape = np.array([max(length, 1) for length in shape], "int32")
        if min(shape) < 0:
            tensor.shapeSignature = np.array(shape, "int32")
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), "uint8")
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, builtin: int, inputs: list[int], output: int):
        op = schema.OperatorT()
        op.opcodeIndex = self.code(builtin)
        op.inputs, op.outputs = np.array(inputs, "int32"), np.array([output], "int32")
        return op


def is_lookup(model, graph, op) -> bool:
    """Of the rows of a constant table of floats."""
    if model.operatorCodes[op.opcodeIndex].builtinCode != BUILTIN.GATHER:
        return False
    table, indices = (graph.tensors[place] for place in op.inputs[:2])
    constant = model.buffers[table.buffer].data is not None or model.buffers[table.buffer].offset > 1
    options = op.builtinOptions
    rows = len(table.shape) == 2 and options.axis == 0 and options.batchDims == 0
    return constant and rows and table.type == schema.TensorType.FLOAT32 and indices.type == schema.TensorType.INT32


def looked_up(model, graph, op) -> list:
    writer = Writer(model, graph)
    table, indices, out = op.inputs[0], op.inputs[1], op.outputs[0]
    name = graph.tensors[out].name.decode()
    result = graph.tensors[out]
    known = result.shapeSignature if result.shapeSignature is not None else result.shape
    shape = [int(length) for length in known]
    count = -1 if min(shape[:-1]) < 0 else int(np.prod(shape[:-1]))
    flat = writer.tensor(f"{name}/indices", schema.TensorType.INT32, [count])
    rows = writer.tensor(f"{name}/rows", schema.TensorType.FLOAT32, [count, shape[-1]])
    ends = [np.array([-1], "int32"), np.array(shape, "int32")]
    before, after = (
        writer.tensor(f"{name}/shape_{len(end)}", schema.TensorType.INT32, [len(end)], end) for end in ends
    )
    return [
        writer.operator(BUILTIN.RESHAPE, [indices, before], flat),
        writer.operator(BUILTIN.EMBEDDING_LOOKUP, [flat, table], rows),
        writer.operator(BUILTIN.RESHAPE, [rows, after], out),
    ]


def with_lookups(path: str) -> bytes | None:
    """The file; None where it has no rows that are looked up."""
    model = flatbuffer_utils.read_model(path)
    places = [(graph, op) for graph in model.subgraphs for op in graph.operators if is_lookup(model, graph, op)]
    if not places:
        return None
    for graph in model.subgraphs:
        graph.operators = [
            new
            for op in graph.operators
            for new in (looked_up(model, graph, op) if is_lookup(model, graph, op) else [op])
        ]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
