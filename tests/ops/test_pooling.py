"""max_pool, average_pool and the adaptive poolings, of rows, images and volumes."""

import pytest
from harness import check, f32
from keras import ops

POOLINGS = {"max": ops.max_pool, "average": ops.average_pool}
ADAPTIVE = {"max": ops.adaptive_max_pool, "average": ops.adaptive_average_pool}


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kind", POOLINGS)
def test_a_pooling_is_what_keras_computes(kind, padding, tmp_path):
    pool = POOLINGS[kind]
    outcome = check(lambda x: pool(x, 3, 2, padding), f32("n", 9, 12, 4), path=tmp_path)
    assert outcome.delegation() == (1, [])
    check(lambda x: pool(x, 3, 2, padding), f32("n", 9, 4), path=tmp_path)
    check(lambda x: pool(x, (2, 3, 2), (2, 2, 1), padding), f32("n", 5, 6, 7, 4), path=tmp_path)


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_pooling_follows_the_size_of_its_input(kind, tmp_path):
    pool = POOLINGS[kind]
    check(lambda x: pool(x, 3, 2, "same"), f32("n", "s", "t", 4), path=tmp_path)
    check(lambda x: pool(x, 3, 2, "same"), f32("n", "s", 4), path=tmp_path)
    check(lambda x: pool(x, 3, 2, "same"), f32("n", "s", "t", "s", 4), path=tmp_path)


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_pooling_may_have_its_channels_first(kind, tmp_path):
    pool = POOLINGS[kind]
    check(lambda x: pool(x, 2, 2, data_format="channels_first"), f32("n", 4, 8, 10), path=tmp_path)
    check(lambda x: pool(x, 2, 2, data_format="channels_first"), f32("n", 4, 6, "s", 5), path=tmp_path)


@pytest.mark.parametrize("kind", POOLINGS)
def test_a_window_of_one_element_stays_in_the_delegate(kind, tmp_path):
    pool = POOLINGS[kind]
    outcome = check(lambda x: pool(x, 1, 2, "same"), f32("n", 9, 12, 4), path=tmp_path)
    assert outcome.delegation() == (1, [])


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_an_adaptive_pooling_is_what_keras_computes(kind, tmp_path):
    pool = ADAPTIVE[kind]
    check(lambda x: pool(x, 2, "channels_last"), f32("n", 6, 8, 3), path=tmp_path)
    check(lambda x: pool(x, 3, "channels_last"), f32("n", 8, 3), path=tmp_path)
    check(lambda x: pool(x, (3, 5), "channels_first"), f32("n", 3, 7, 8), path=tmp_path)
    check(lambda x: pool(x, (3, 5), "channels_last"), f32("n", 7, 8, 3), path=tmp_path)
    check(lambda x: pool(x, (3, 2, 3), "channels_last"), f32("n", 6, 7, 8, 4), path=tmp_path)
    check(lambda x: pool(x, (3, 2, 3), "channels_first"), f32("n", 4, 6, 7, 8), path=tmp_path)


@pytest.mark.parametrize("kind", ADAPTIVE)
def test_an_adaptive_pooling_follows_the_size_of_its_input(kind, tmp_path):
    pool = ADAPTIVE[kind]
    check(lambda x: pool(x, (3, 2), "channels_last"), f32("n", "s", "t", 4), path=tmp_path)
    check(lambda x: pool(x, 1, "channels_first"), f32("n", 4, "s", "t"), path=tmp_path)
    check(lambda x: pool(x, 2, "channels_last"), f32("n", "s", "t", "s", 4), path=tmp_path)
