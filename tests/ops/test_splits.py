"""Parts of a tensor, and every second of its elements: made by operators that XNNPACK has."""

import numpy as np
import pytest
from harness import check, f32
from keras import ops


@pytest.mark.parametrize("count", [2, 4, 5, 6])
def test_xnnpack_takes_any_number_of_parts(count, tmp_path):
    """Its SPLIT has four at most."""
    image = f32("n", 3, 2, 60)
    assert check(lambda x: ops.split(x, count, axis=-1), image, path=tmp_path).delegation() == (1, [])
    assert check(lambda x: ops.unstack(x[..., :count], axis=-1), image, path=tmp_path).delegation() == (1, [])


@pytest.mark.parametrize("every", [np.s_[:, ::2], np.s_[:, 1::2, 2:5], np.s_[..., 2::3], np.s_[:, 1:6:2, ::3]])
def test_xnnpack_takes_every_second_or_third(every, tmp_path):
    """Of a length that the stride divides, where one size at most is unknown."""
    assert check(lambda x: x[every], f32("n", 6, 9), path=tmp_path).delegation() == (1, [])


@pytest.mark.parametrize("every", [np.s_[:, ::2, :0], np.s_[:, 6:, ::3], np.s_[:0, ::2]])
def test_every_second_of_an_axis_beside_an_empty_one_has_the_shape_that_it_has_in_keras(every, tmp_path):
    check(lambda x: x[every], f32("n", 6, 9), path=tmp_path, zeros=True)


def test_patches_are_merged_in_one_partition(tmp_path):
    def merged(x):
        return ops.concatenate([x[:, i::2, j::2] for j in range(2) for i in range(2)], axis=-1)

    assert check(merged, f32("n", 8, 6, 3), path=tmp_path).delegation() == (1, [])
