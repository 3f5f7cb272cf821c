"""Regenerates schema/tflite.fbs from the LiteRT wheel.

The newest TFLite schema is only published as the Python code that flatc made of it. Every function `TableAddField` of
that code says which slot, wire type and default a field has; calling it with a recording builder tells. What the code
does not hold (which scalars are enums, forced alignments) stands in the tables below.

    python tools/schema_from_wheel.py > schema/tflite.fbs
"""

import inspect
import re
import sys
from dataclasses import dataclass, field
from types import ModuleType

HEAD = """\
// The LiteRT model format (TFLite schema version 3), regenerated from the pinned runtime wheel by
// tools/schema_from_wheel.py; tests/test_schema.py compares it slot by slot with that wheel.
namespace tflite;
file_identifier "TFL3";
file_extension "tflite";
"""

SCALARS = {
    "Bool": "bool",
    "Int8": "byte",
    "Uint8": "ubyte",
    "Int16": "short",
    "Uint16": "ushort",
    "Int32": "int",
    "Uint32": "uint",
    "Int64": "long",
    "Uint64": "ulong",
    "Float32": "float",
    "Float64": "double",
}

# Fields that hold an enum, by name; where a name means different things, by table.
ENUM_FIELDS = {
    "algorithm": "RngAlgorithm",
    "builtin_code": "BuiltinOperator",
    "combiner": "CombinerType",
    "compare_type": "StablehloComparisonType",
    "comparison_direction": "StablehloComparisonDirection",
    "composite_attributes_format": "CustomOptionsFormat",
    "custom_options_format": "CustomOptionsFormat",
    "fused_activation_function": "ActivationFunctionType",
    "idx_out_type": "TensorType",
    "in_data_type": "TensorType",
    "kernel_type": "LSTMKernelType",
    "key_dtype": "TensorType",
    "out_data_type": "TensorType",
    "out_type": "TensorType",
    "output_type": "TensorType",
    "quantized_bias_type": "TensorType",
    "reduce_function": "ReduceWindowFunction",
    "value_dtype": "TensorType",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    ("Conv2DOptions", "padding"): "Padding",
    ("Conv3DOptions", "padding"): "Padding",
    ("DepthwiseConv2DOptions", "padding"): "Padding",
    ("DimensionMetadata", "format"): "DimensionType",
    ("LSHProjectionOptions", "type"): "LSHProjectionType",
    ("MirrorPadOptions", "mode"): "MirrorPadMode",
    ("Pool2DOptions", "padding"): "Padding",
    ("Tensor", "type"): "TensorType",
    ("TransposeConvOptions", "padding"): "Padding",
    ("VariantSubType", "type"): "TensorType",
}
# Enums that no scalar field shows the wire type of; the rest are bytes.
ENUM_WIRE = {"StablehloPrecisionConfig": "uint"}
# Alignments of vectors, from the published schema.
ALIGN = {
    ("Buffer", "data"): 16,
    ("CustomQuantization", "custom"): 16,
    ("Uint16Vector", "values"): 4,
    ("Uint8Vector", "values"): 4,
}


@dataclass(frozen=True)
class Field:
    """One slot of a table: `type` as the schema spells it, unions as "union"."""

    slot: int
    name: str
    type: str
    default: object = 0


@dataclass
class Table:
    slots: int = 0
    fields: list[Field] = field(default_factory=list)


@dataclass
class Schema:
    enums: dict[str, dict[str, int]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    unions: dict[str, list[str]] = field(default_factory=dict)  # members in order, without NONE
    union_fields: dict[tuple[str, str], str] = field(default_factory=dict)  # (table, field): union


class _Recorder:
    """Stands in for a flatbuffers.Builder and notes what is asked of it."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, method):
        return lambda *arguments: self.calls.append((method, arguments))

    def of(self, function, *arguments):
        self.calls = []
        function(self, *arguments)
        return self.calls[0]


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _reference_type(reader: type, accessor: str) -> str:
    """The type of a field that is an offset, told by the code that follows it."""
    source = inspect.getsource(getattr(reader, accessor))
    table = re.search(r"obj = (\w+)\(\)", source)
    if hasattr(reader, accessor + "Length"):
        scalar = re.search(r"number_types\.(\w+)Flags, a \+", source)
        if scalar:
            return f"[{SCALARS[scalar.group(1)]}]"
        return f"[{table.group(1)}]" if table else "[string]"
    if table:
        return table.group(1)
    return "union" if "_tab.Union(" in source else "string"


def _table(module: ModuleType, name: str) -> Table:
    recorder = _Recorder()
    reader = getattr(module, name)
    table = Table(slots=recorder.of(getattr(module, name + "Start"))[1][0])
    for function in (f for n, f in vars(module).items() if re.fullmatch(name + r"Add[A-Z]\w*", n)):
        accessor = function.__name__.removeprefix(name + "Add")
        method, (slot, _, default) = recorder.of(function, 1)
        kind = method.removeprefix("Prepend").removesuffix("Slot")
        offset = kind == "UOffsetTRelative"
        argument = list(inspect.signature(function).parameters)[1]
        of_type = _reference_type(reader, accessor) if offset else SCALARS[kind]
        table.fields.append(Field(slot, _snake_case(argument), of_type, None if offset else default))
    table.fields.sort(key=lambda f: f.slot)
    return table


def _union_of(module: ModuleType, table: str, name: str) -> str:
    source = inspect.getsource(getattr(module, table + "T")._UnPack)
    camel = "".join(part.capitalize() for part in name.split("_"))
    return re.search(rf"= (\w+)Creator\(self\.\w+, \w+\.{camel}\(\)\)", source).group(1)


def describe(module: ModuleType) -> Schema:
    """Reads the schema back from a module that flatc generated with its object API."""
    schema = Schema()
    classes = [(n, c) for n, c in vars(module).items() if inspect.isclass(c) and c.__module__ == module.__name__]
    for name, cls in classes:
        if getattr(cls, "__slots__", None) == ["_tab"]:
            schema.tables[name] = _table(module, name)
        elif not hasattr(cls, "InitFromObj"):
            schema.enums[name] = {n: v for n, v in vars(cls).items() if isinstance(v, int) and not n.startswith("_")}
    for name in [n for n in schema.enums if hasattr(module, n + "Creator")]:
        values = schema.enums.pop(name)
        assert list(values.values()) == list(range(len(values))), name
        schema.unions[name] = [n for n in values if n != "NONE"]
    for name, table in schema.tables.items():
        for f in table.fields:
            if f.type == "union":
                schema.union_fields[name, f.name] = _union_of(module, name, f.name)
    return schema


def _enum_of(table: str, name: str) -> str | None:
    return ENUM_FIELDS.get((table, name)) or ENUM_FIELDS.get(name)


def _enum_text(name: str, values: dict[str, int], wire: str) -> str:
    lines = ",\n".join(f"  {member} = {value}" for member, value in values.items())
    return f"enum {name} : {wire} {{\n{lines}\n}}\n"


def _field_text(schema: Schema, table: str, f: Field) -> str:
    enum = _enum_of(table, f.name)
    of_type, default = f.type, f.default
    if of_type == "union":
        of_type = schema.union_fields[table, f.name]
    elif enum:
        of_type = enum
        default = next(m for m, v in schema.enums[enum].items() if v == default) if default else default
    align = f" (force_align: {ALIGN[table, f.name]})" if (table, f.name) in ALIGN else ""
    tail = "" if not default else f" = {str(default).lower() if isinstance(default, bool) else default}"
    return f"  {f.name}:{of_type}{tail}{align};"


def _table_text(schema: Schema, name: str) -> str:
    table = schema.tables[name]
    by_slot = {f.slot: f for f in table.fields}
    hidden = {f.slot - 1 for f in table.fields if f.type == "union"}  # the slot of a union's type
    lines = []
    for slot in range(table.slots):
        if slot in hidden:
            continue
        known = by_slot.get(slot)
        lines.append(_field_text(schema, name, known) if known else f"  unused{slot}:int (deprecated);")
    return f"table {name} {{\n" + "\n".join(lines) + "\n}\n"


def to_fbs(schema: Schema, order: list[str]) -> str:
    """The schema as flatc reads it; enums and unions in the order of `order`."""
    wires = dict(ENUM_WIRE)
    for name, table in schema.tables.items():
        for f in table.fields:
            enum = _enum_of(name, f.name)
            if enum:
                wires[enum] = f.type
    text = HEAD
    for name in order:
        if name in schema.unions:
            members = ",\n".join(f"  {member}" for member in schema.unions[name])
            text += f"union {name} {{\n{members}\n}}\n"
        elif name in schema.enums:
            text += _enum_text(name, schema.enums[name], wires.get(name, "byte"))
    return text + "".join(_table_text(schema, name) for name in schema.tables) + "root_type Model;\n"


def main():
    from ai_edge_litert import schema_py_generated as wheel

    sys.stdout.write(to_fbs(describe(wheel), list(vars(wheel))))


if __name__ == "__main__":
    main()
