"""Ops on the bits of numbers: what LiteRT can't do with them is rejected, and says so."""

import pytest
from harness import Spec, f32
from keras import ops

import kelt


def of(dtype):
    return Spec(("n", 4), dtype, 0, 9) if dtype.startswith(("int", "uint")) else Spec(("n", 4), dtype)


SIZE = "keras.ops.view  reads elements as ones of another size\n    View as a dtype of the same number of bytes"
STEPS = "keras.ops.nextafter  steps through {}\n    Cast to float32 before it"
REJECTED = {
    "a view as fewer bytes": (lambda x: ops.view(x, "int8"), of("float32"), SIZE),
    "a view as more bytes": (lambda x: ops.view(x, "int32"), of("int8"), SIZE),
    "a view as booleans": (
        lambda x: ops.view(x, "bool"),
        of("int8"),
        "keras.ops.view  reads numbers as booleans\n    Compare them with 0: keras.ops.not_equal",
    ),
    "nextafter of float16": (lambda x: ops.nextafter(x, x), of("float16"), STEPS.format("float16")),
    "nextafter of bfloat16": (lambda x: ops.nextafter(x, x), of("bfloat16"), STEPS.format("bfloat16")),
    "unique along an axis": (
        lambda x: ops.unique(x, axis=0, size=2),
        f32(3, 4),
        "keras.ops.unique  compares slices along an axis\n    Flatten the tensor, or number its rows before it",
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_bits_cant_tell_is_rejected(name, tmp_path):
    function, spec, message = REJECTED[name]
    with pytest.raises(kelt.ExportError) as caught:
        kelt.export(function, tmp_path / "x.tflite", [spec.spec()])
    assert message in str(caught.value)
