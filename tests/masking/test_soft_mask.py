import numpy as np
import pytest

from cyclegan_tf.masking.soft_mask import soft_mask


def disc(side=64, radius=16, centre=(32, 32)):
    rows, columns = np.mgrid[:side, :side]
    return (np.hypot(rows - centre[0], columns - centre[1]) < radius).astype(np.float32)


def test_what_stands_out_is_white_and_the_rest_black():
    mask = soft_mask(0.1 + 0.8 * disc(), (64, 64))
    assert mask.dtype == np.uint8 and mask.shape == (64, 64)
    assert mask[32, 32] > 250 and mask[2, 2] < 5


def test_the_threshold_is_each_pictures_own():
    for low, high in ((0.0, 0.3), (0.5, 0.8)):
        mask = soft_mask(low + (high - low) * disc(), (64, 64))
        assert mask[32, 32] > 240 and mask[2, 2] < 15


@pytest.mark.parametrize("level", [0.0, 0.4])
def test_where_nothing_stands_out_the_mask_is_black(level):
    assert soft_mask(np.full((8, 8), level, np.float32), (16, 16)).max() < 10


def test_the_mask_has_the_wanted_size():
    mask = soft_mask(disc(), (30, 90))
    assert mask.shape == (30, 90) and mask[15, 45] > 250


def test_what_is_not_of_the_wanted_kind_is_left_out():
    two = np.maximum(disc(radius=10, centre=(32, 14)), disc(radius=10, centre=(32, 50)))
    wanted = np.zeros((4, 4), np.float32)
    wanted[:, :2] = 1
    mask = soft_mask(two, (64, 64), wanted)
    assert mask[32, 12] > 240 and mask[32, 54] < 20
