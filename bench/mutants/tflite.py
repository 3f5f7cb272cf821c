"""A LiteRT file as Python objects, changed and written again."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

ALIGNMENT = 64
FINGERPRINTS = b"kelt.weights"


def read(path: pathlib.Path) -> Any:
    """The file's `ModelT`, with each constant in its buffer's `data`, also those that stand behind the flatbuffer."""
    from ai_edge_litert import schema_py_generated as schema

    memory = path.read_bytes()
    model = schema.ModelT.InitFromPackedBuf(memory, 0)
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = np.frombuffer(memory, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def write(model: Any, path: pathlib.Path) -> None:
    """Writes the constants behind the flatbuffer: what is packed by Python aligns none inside of it."""
    constants = [(buffer, buffer.data) for buffer in model.buffers if buffer.data is not None and len(buffer.data)]
    for buffer, data in constants:
        buffer.data, buffer.offset, buffer.size = None, ALIGNMENT, len(data)
    end = len(_packed(model))  # offsets have a fixed width: the length is the same with the right ones
    places = []
    for buffer, data in constants:
        buffer.offset = -(-end // ALIGNMENT) * ALIGNMENT
        end = buffer.offset + len(data)
        places.append((buffer.offset, data))
    with path.open("wb") as file:
        file.write(_packed(model))
        for offset, data in places:
            file.seek(offset)
            file.write(bytes(data))


def _packed(model) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def without_fingerprints(source: pathlib.Path, to: pathlib.Path) -> None:
    """The same file with nothing in it that tells which weights it was made of."""
    model = read(source)
    model.metadata = [entry for entry in model.metadata if entry.name != FINGERPRINTS]
    write(model, to)


def operator_name(model: Any, operator: Any) -> str:
    code = model.operatorCodes[operator.opcodeIndex]
    return _names()[max(code.builtinCode, code.deprecatedBuiltinCode)]


def opcode_index(model: Any, name: str, version: int = 1) -> int:
    """The index of an operator's code, which is added where there is none."""
    from ai_edge_litert import schema_py_generated as schema

    code = getattr(schema.BuiltinOperator, name)
    for index, known in enumerate(model.operatorCodes):
        if max(known.builtinCode, known.deprecatedBuiltinCode) == code:
            return index
    added = schema.OperatorCodeT()
    added.builtinCode, added.deprecatedBuiltinCode, added.version = code, min(code, 127), version
    model.operatorCodes.append(added)
    return len(model.operatorCodes) - 1


def shape_of(tensor: Any) -> list[int]:
    """With -1 for what can be resized."""
    signature = tensor.shapeSignature
    found = tensor.shape if signature is None or not len(signature) else signature
    return [] if found is None else [int(size) for size in found]


def constant(model: Any, tensor: Any) -> np.ndarray | None:
    """The values of a constant tensor of a type that numpy has, as one row."""
    data, dtype = model.buffers[tensor.buffer].data, _dtypes().get(tensor.type)
    if data is None or not len(data) or dtype is None:
        return None
    return np.frombuffer(bytes(data), dtype)


def set_constant(model: Any, tensor: Any, values: np.ndarray) -> None:
    """In a buffer of its own: others may share the one that it had."""
    from ai_edge_litert import schema_py_generated as schema

    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1


def _names() -> dict[int, str]:
    from ai_edge_litert import schema_py_generated as schema

    return {code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")}


def _dtypes() -> dict[int, str]:
    from ai_edge_litert import schema_py_generated as schema

    kinds = ("FLOAT32", "FLOAT16", "INT8", "INT16", "INT32", "INT64", "UINT8")
    return {getattr(schema.TensorType, kind): kind.lower() for kind in kinds}
