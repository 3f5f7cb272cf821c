"""Writes a .tflite file by hand, with the generated schema of the runtime's own package.

Nothing of kelt is used here on purpose: what the probe learns about the runtime must not depend on kelt's writer.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TENSOR_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "float64": schema.TensorType.FLOAT64,
    "int8": schema.TensorType.INT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "uint8": schema.TensorType.UINT8,
    "uint32": schema.TensorType.UINT32,
    "bool": schema.TensorType.BOOL,
    "complex64": schema.TensorType.COMPLEX64,
    "resource": schema.TensorType.RESOURCE,
}

PLACEHOLDER_DIM = 1  # what the runtime wants to see in `shape` where the signature says -1


class Subgraph:
    """One function of the file under construction; tensors are referred to by index."""

    def __init__(self, file: File, name: str) -> None:
        self._file = file
        self.graph = schema.SubGraphT()
        self.graph.name = name
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.names: dict[str, int] = {}

    def tensor(self, dtype: str, shape: tuple[int, ...], name: str = "", quantization: Any = None) -> int:
        """A computed tensor; -1 marks a dim that is not known."""
        tensor = schema.TensorT()
        tensor.name = name or f"t{len(self.graph.tensors)}"
        tensor.type = TENSOR_TYPES[dtype]
        tensor.shape = [PLACEHOLDER_DIM if dim < 0 else dim for dim in shape]
        if any(dim < 0 for dim in shape):
            tensor.shapeSignature = list(shape)
        tensor.hasRank = True
        tensor.buffer = 0
        tensor.quantization = quantization
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def input(self, name: str, dtype: str, shape: tuple[int, ...], quantization: Any = None) -> int:
        index = self.tensor(dtype, shape, name, quantization)
        self.graph.inputs.append(index)
        return index

    def constant(self, values: Any, quantization: Any = None) -> int:
        array = np.asarray(values, order="C")
        index = self.tensor(array.dtype.name, array.shape, quantization=quantization)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(array.tobytes(), np.uint8)
        self._file.model.buffers.append(buffer)
        self.graph.tensors[index].buffer = len(self._file.model.buffers) - 1
        return index

    def op(
        self,
        code: str,
        inputs: list[int],
        outputs: list[int],
        options: dict[str, Any] | None = None,
        version: int = 1,
    ) -> None:
        """Appends an operator: `op("ADD", [a, b], [y], {"fusedActivationFunction": 1})`."""
        operator = schema.OperatorT()
        operator.opcodeIndex = self._file.opcode(code, version)
        operator.inputs, operator.outputs = inputs, outputs
        name = options_name(code)
        for fields, union in ((schema.BuiltinOptions, "builtinOptions"), (schema.BuiltinOptions2, "builtinOptions2")):
            if not hasattr(fields, name):
                continue
            made = getattr(schema, name + "T")()
            for field, value in (options or {}).items():
                if not hasattr(made, field):
                    raise ValueError(f"{name} has no field {field}")
                setattr(made, field, value)
            setattr(operator, union, made)
            setattr(operator, union + "Type", getattr(fields, name))
        self.graph.operators.append(operator)

    def outputs(self, **tensors: int) -> None:
        self.graph.outputs.extend(tensors.values())
        self.names.update(tensors)


class File:
    """A file of several subgraphs, each a signature unless told otherwise."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "probe"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes, self.model.subgraphs, self.model.signatureDefs = [], [], []
        self._opcodes: dict[tuple[str, int], int] = {}
        self._subgraphs: list[Subgraph] = []

    def opcode(self, code: str, version: int) -> int:
        if (code, version) not in self._opcodes:
            opcode = schema.OperatorCodeT()
            opcode.builtinCode = getattr(schema.BuiltinOperator, code)
            opcode.deprecatedBuiltinCode = min(opcode.builtinCode, 127)
            opcode.version = version
            self.model.operatorCodes.append(opcode)
            self._opcodes[code, version] = len(self.model.operatorCodes) - 1
        return self._opcodes[code, version]

    def subgraph(self, name: str = "serving_default", *, signature: bool = True) -> Subgraph:
        subgraph = Subgraph(self, name)
        self.model.subgraphs.append(subgraph.graph)
        if signature:
            self._subgraphs.append(subgraph)
        return subgraph

    def bytes(self) -> bytes:
        for subgraph in self._subgraphs:
            graph, definition = subgraph.graph, schema.SignatureDefT()
            definition.signatureKey = graph.name
            definition.subgraphIndex = self.model.subgraphs.index(graph)
            definition.inputs = [_tensor_map(graph.tensors[index].name, index) for index in graph.inputs]
            definition.outputs = [_tensor_map(name, index) for name, index in subgraph.names.items()]
            self.model.signatureDefs.append(definition)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _tensor_map(name: str, index: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, index
    return entry


# Operators whose options are not named after them.
_OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "SUM": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "REDUCE_PROD": "ReducerOptions",
    "REDUCE_ANY": "ReducerOptions",
    "REDUCE_ALL": "ReducerOptions",
    "CONV_3D_TRANSPOSE": "Conv3DOptions",
    "PADV2": "PadV2Options",
    "SELECT_V2": "SelectV2Options",
    "TOPK_V2": "TopKV2Options",
    "REVERSE_V2": "ReverseV2Options",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "CONV_2D": "Conv2DOptions",
    "CONV_3D": "Conv3DOptions",
    "SPACE_TO_BATCH_ND": "SpaceToBatchNDOptions",
    "BATCH_TO_SPACE_ND": "BatchToSpaceNDOptions",
    "L2_NORMALIZATION": "L2NormOptions",
}


def options_name(code: str) -> str:
    """`ARG_MAX` → `ArgMaxOptions`."""
    return _OPTIONS.get(code, "".join(word.capitalize() for word in code.split("_")) + "Options")
