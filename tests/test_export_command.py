"""`kelt export DIR -o FILE`: a module's directory, which may come from anywhere, becomes a file without Python."""

import numpy as np
import pytest
from command import kelt

from kelt import _native

FUNCTION = 'fn "f" (%0 "x": f32[1]) {} -> (%0 "y")\n'
HOSTILE = {
    "not a module": "\x7fELF",
    "not UTF-8": b"\xff\xfe",
    "a version from the future": "kelt 9\n" + FUNCTION,
    "a path out of the directory": 'weight @0 "w": f32[4] = file("../secret.bin", 0)\n' + FUNCTION,
    "an absolute path": 'weight @0 "w": f32[4] = file("/etc/passwd", 0)\n' + FUNCTION,
    "a link out of the directory": 'weight @0 "w": f32[4] = file("link.bin", 0)\n' + FUNCTION,
    "a range beyond the file": 'weight @0 "w": f32[64] = file("weights.bin", 64)\n' + FUNCTION,
    "an offset that wraps": 'weight @0 "w": f32[64] = file("weights.bin", 18446744073709551552)\n' + FUNCTION,
    "a huge weight": 'weight @0 "w": f32[99999999,99999999,99999999] = random(1)\n' + FUNCTION,
    "a negative dim": 'weight @0 "w": f32[-4] = []\n' + FUNCTION,
    "a dim that is no number": 'fn "f" (%0 "x": f32[nan]) {} -> (%0 "y"',
    "a value that does not exist": 'fn "f" (%0 "x": f32[1]) {} -> (%7 "y")',
    "a value with a huge number": 'fn "f" (%2147483647 "x": f32[1]) {} -> (%2147483647 "y")',
    "deep lists": 'fn "f" (%0 "x": f32[1]) { op(a=' + "[" * 200_000 + ") } -> ()",
    "deep functions": 'fn "f" () { op() {' * 20_000,
    "a deep dim": 'fn "f" (%0 "x": f32[' + "(" * 200_000 + "]) {} -> ()",
}


def module_with_a_weight():
    builder = _native.Builder()
    bias = np.random.default_rng(0).normal(size=100).astype("float32")
    weight = builder.weight("bias", bias, "float32")
    builder.begin_function("serving_default")
    x = builder.input("x", "float32", ["n", 100])
    (value,) = builder.node("weight", [("table", _native.WeightRef(weight))], [("float32", [100])])
    operands = [("x1", _native.ValueRef(x)), ("x2", _native.ValueRef(value))]
    builder.output("y", builder.node("add", operands, [("float32", ["n", 100])], "shift")[0])
    builder.end_function()
    return builder.build()


def test_the_bytes_are_those_of_the_direct_call(tmp_path):
    module = module_with_a_weight()
    module.save(str(tmp_path / "module"))
    _native.export_module(module, str(tmp_path / "direct.tflite"))
    result = kelt("export", tmp_path / "module", "-o", tmp_path / "command.tflite")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "command.tflite").read_bytes() == (tmp_path / "direct.tflite").read_bytes()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_directory_is_refused(name, tmp_path):
    directory = tmp_path / "module"
    directory.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"s" * 256)
    (directory / "weights.bin").write_bytes(b"w" * 256)
    (directory / "link.bin").symlink_to(tmp_path / "secret.bin")
    text = HOSTILE[name]
    (directory / "module.kelt").write_bytes(text if isinstance(text, bytes) else text.encode())
    output = tmp_path / "model.tflite"
    output.write_bytes(b"old")
    result = kelt("export", directory, "-o", output)
    assert result.returncode == 1, result
    assert "K20" in result.stderr, result.stderr
    assert len(result.stderr) < 2000
    assert output.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.tflite", "module", "secret.bin"]


@pytest.mark.parametrize(("words", "code"), [((), 2), (("none", "-o", "a.tflite"), 1), (("none", "--odd"), 2)])
def test_exit_codes_tell_a_failure_from_a_wrong_command_line(words, code):
    result = kelt("export", *words)
    assert result.returncode == code
    assert result.stderr
