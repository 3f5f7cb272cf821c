"""Parts of a tensor: how many there are decides by which operators they are made."""

import pytest
from harness import check, f32
from keras import ops


@pytest.mark.parametrize("count", [2, 4, 5, 6])
def test_xnnpack_takes_any_number_of_parts(count, tmp_path):
    """Its SPLIT has four at most."""
    image = f32("n", 3, 2, 60)
    assert check(lambda x: ops.split(x, count, axis=-1), image, path=tmp_path).delegation() == (1, [])
    assert check(lambda x: ops.unstack(x[..., :count], axis=-1), image, path=tmp_path).delegation() == (1, [])
