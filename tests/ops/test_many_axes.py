"""Values with more axes than XNNPACK takes, and element types that kernels lack: right, or rejected at the export."""

import pytest
from harness import Spec, check, f32
from keras import ops

import kelt

SEVEN = (2, 1, 2, 3, 1, 2, 2)

RIGHT = {
    "sum": lambda x: ops.sum(x, axis=(0, 3, -1)),
    "max": lambda x: ops.max(x, axis=-1, keepdims=True),
    "mean": lambda x: ops.mean(x, axis=3),
    "std": lambda x: ops.std(x, axis=(2, 3)),
    "softmax": lambda x: ops.softmax(x, axis=-1),
    "logsumexp": lambda x: ops.logsumexp(x, axis=3),
    "concatenate": lambda x: ops.concatenate([x, x + 1], axis=3),
    "pad": lambda x: ops.pad(x, [(0, 1), (0, 0), (1, 1), (0, 2), (0, 0), (0, 0), (1, 0)]),
    "roll": lambda x: ops.roll(x, 1, axis=3),
    "transpose": lambda x: ops.transpose(x, (6, 0, 3, 1, 5, 2, 4)),
}
REJECTED = {
    "matmul": (lambda x: ops.matmul(x, x), "BATCH_MATMUL of 7 axes, and the runtime takes at most 6"),
    "split": (lambda x: ops.split(x, 2, axis=-1), "SPLIT of 7 axes, and the runtime takes at most 6"),
    "expand_dims": (lambda x: x[None, None], "RESHAPE of 9 axes, and the runtime takes at most 8"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_seven_axes_are_folded_into_fewer(name, tmp_path):
    check(RIGHT[name], f32("n", *SEVEN[1:]), path=tmp_path, sizes=({"n": 3},))


@pytest.mark.parametrize("name", REJECTED)
def test_what_the_runtime_takes_of_fewer_axes_only_is_rejected(name, tmp_path):
    function, message = REJECTED[name]
    with pytest.raises(kelt.ExportError, match=message):
        kelt.export(function, tmp_path / "x.tflite", [f32(*SEVEN[:-2], 2, 2).spec()])


@pytest.mark.parametrize("name", ["concatenate", "flip", "roll", "stack"])
def test_integers_of_16_bits_without_a_sign_are_moved_in_a_type_that_kernels_have(name, tmp_path):
    functions = {
        "concatenate": lambda x: ops.concatenate([x, x], axis=-1),
        "flip": lambda x: ops.flip(x, axis=-1),
        "roll": lambda x: ops.roll(x, 1, axis=-1),
        "stack": lambda x: ops.stack([x, x]),
    }
    check(functions[name], Spec(("n", 3), "uint16", 60000, 65536), path=tmp_path, sizes=({"n": 3},))
