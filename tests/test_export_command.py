"""`kelt export DIR -o FILE`: a module's directory, which may come from anywhere, becomes a file without Python."""

import numpy as np
import pytest
from command import kelt

from kelt import _native

FUNCTION = 'fn "f" (%0 "x": f32[1]) {} -> (%0 "y")\n'
# What stands in module.kelt, and what the message says of it.
HOSTILE = {
    "not a module": ("\x7fELF", "unexpected character"),
    "not UTF-8": (b"\xff\xfe", "not UTF-8"),
    "a version from the future": ("kelt 9\n" + FUNCTION, "a version of the text form that this kelt does not read"),
    "a path out of the directory": ('weight @0 "w": f32[4] = file("../secret.bin", 0)\n' + FUNCTION, "../secret.bin"),
    "an absolute path": ('weight @0 "w": f32[4] = file("/etc/passwd", 0)\n' + FUNCTION, "/etc/passwd"),
    "a link out of the directory": ('weight @0 "w": f32[4] = file("link.bin", 0)\n' + FUNCTION, "link.bin"),
    "a range beyond the file": ('weight @0 "w": f32[64] = file("weights.bin", 64)\n' + FUNCTION, "weights.bin"),
    "an offset that wraps": (
        'weight @0 "w": f32[64] = file("weights.bin", 18446744073709551552)\n' + FUNCTION,
        "a number beyond 64 bits",
    ),
    "a huge weight": ('weight @0 "w": f32[99999999,99999999,99999999] = random(1)\n' + FUNCTION, "too large"),
    "a negative dim": ('weight @0 "w": f32[-4] = []\n' + FUNCTION, "a negative dim"),
    "a dim that is no number": ('fn "f" (%0 "x": f32[nan]) {} -> (%0 "y"', "expected"),
    "a value that does not exist": ('fn "f" (%0 "x": f32[1]) {} -> (%7 "y")', "%7"),
    "a value with a huge number": ('fn "f" (%2147483647 "x": f32[1]) {} -> (%2147483647 "y")', "without gaps"),
    "deep lists": ('fn "f" (%0 "x": f32[1]) { op(a=' + "[" * 200_000 + ") } -> ()", "nested too deeply"),
    "deep functions": ('fn "f" () { op() {' * 20_000, "nested too deeply"),
    "a deep dim": ('fn "f" (%0 "x": f32[' + "(" * 200_000 + "]) {} -> ()", "nested too deeply"),
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
    module.save(tmp_path / "module")
    _native.export_module(module, str(tmp_path / "direct.tflite"))
    result = kelt("export", tmp_path / "module", "-o", tmp_path / "command.tflite")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "command.tflite").read_bytes() == (tmp_path / "direct.tflite").read_bytes()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_directory_is_rejected(name, tmp_path):
    directory = tmp_path / "module"
    directory.mkdir()
    (tmp_path / "secret.bin").write_bytes(b"s" * 256)
    (directory / "weights.bin").write_bytes(b"w" * 256)
    (directory / "link.bin").symlink_to(tmp_path / "secret.bin")
    text, says = HOSTILE[name]
    (directory / "module.kelt").write_bytes(text if isinstance(text, bytes) else text.encode())
    output = tmp_path / "model.tflite"
    output.write_bytes(b"old")
    result = kelt("export", directory, "-o", output)
    assert result.returncode == 1, result
    assert result.stderr.startswith("error[K20"), result.stderr
    assert says in result.stderr, result.stderr
    assert result.stderr.splitlines()[-1].startswith("Nothing was written. `kelt explain K20"), result.stderr
    assert len(result.stderr) < 2000
    assert output.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.tflite", "module", "secret.bin"]


def test_all_operations_without_a_form_are_listed(tmp_path):
    directory = tmp_path / "module"
    directory.mkdir()
    nodes = "".join(f"%{i}: f32[n,4] = no_such_op_{i}(x=%{i - 1})  # head/odd_{i}\n" for i in (1, 2))
    (directory / "module.kelt").write_text(f'kelt 1\nfn "f" (%0 "x": f32[n,4]) {{ {nodes} }} -> (%2 "y")\n')
    result = kelt("export", directory, "-o", tmp_path / "model.tflite")
    assert result.returncode == 1
    reason = "has no LiteRT form in this version of kelt"
    assert result.stderr.splitlines() == [
        "error[K204]: this model can't be exported as it is; 2 of its 2 operations have no LiteRT form",
        "",
        f"  head/odd_1  keras.ops.no_such_op_1  {reason}",
        "    Replace it by ops that have one (docs/status.md), or keep it outside the exported model",
        "",
        f"  head/odd_2  keras.ops.no_such_op_2  {reason}",
        "    Replace it by ops that have one (docs/status.md), or keep it outside the exported model",
        "",
        "Nothing was written. `kelt explain K204` tells more.",
    ]
    assert not (tmp_path / "model.tflite").exists()


@pytest.mark.parametrize(("words", "code"), [((), 2), (("none", "-o", "a.tflite"), 1), (("none", "--odd"), 2)])
def test_exit_codes_tell_a_failure_from_a_wrong_command_line(words, code):
    result = kelt("export", *words)
    assert result.returncode == code
    assert result.stderr
