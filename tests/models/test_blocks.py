"""Steps of sound in blocks, as Gemma 4 cuts them: one form at every length."""

import pytest
from harness import check, f32

SIZES = ({"n": 2, "s": 8}, {"n": 1, "s": 9}, {"n": 3, "s": 1})


@pytest.mark.parametrize("rest", [(), (3,), (2, 3)])
def test_steps_fill_blocks_at_lengths_that_they_divide_and_others(rest, tmp_path):
    from keras_hub.src.models.gemma4.gemma4_audio_encoder import Gemma4AudioAttention

    layer = Gemma4AudioAttention(hidden_size=8, num_heads=2, chunk_size=4, context_left=2, context_right=0)
    check(layer._convert_to_block, f32("n", "s", *rest), path=tmp_path, sizes=SIZES)
