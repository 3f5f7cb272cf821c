"""ctc_decode by the greedy strategy: blanks and repetitions go, the rest moves to the front."""

import pytest
from harness import check, f32, i32
from keras import ops

import kelt

INPUTS = f32("n", "s", 6)
LENGTHS = i32("n", low=1, high=4)


@pytest.mark.parametrize("merge_repeated", [True, False])
@pytest.mark.parametrize("mask_index", [0, 3, None])
def test_a_decoding_is_what_keras_computes(mask_index, merge_repeated, tmp_path):
    check(
        lambda x, lengths: ops.ctc_decode(x, lengths, "greedy", merge_repeated=merge_repeated, mask_index=mask_index),
        INPUTS,
        LENGTHS,
        path=tmp_path,
    )


def test_a_decoding_of_a_fixed_length_is_what_keras_computes(tmp_path):
    check(lambda x, lengths: ops.ctc_decode(x, lengths, "greedy"), f32("n", 20, 3), i32("n", high=21), path=tmp_path)


def test_a_search_over_beams_is_rejected(tmp_path):
    with pytest.raises(kelt.ExportError, match="search over beams"):
        kelt.export(
            lambda x, lengths: ops.ctc_decode(x, lengths, "beam_search"),
            tmp_path / "rejected.tflite",
            [INPUTS.spec(), LENGTHS.spec()],
        )
