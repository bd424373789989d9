import numpy as np
import pytest

from video.pictures.palette import reduced

HOW = 256, "sierra2_4a"


def picture_of(num_colours):
    """Returns a picture of 20 x 20 pixels with this many colours."""
    colours = np.arange(400) * 41_999
    packed = colours[np.arange(400) % num_colours].reshape(20, 20)
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("num_colours, has_alpha", [(1, False), (255, True), (256, False)])
def test_few_colours_are_exact(num_colours, has_alpha):
    picture = picture_of(num_colours)
    indices, palette, is_exact = reduced(picture, np.ones((20, 20), bool), *HOW, has_alpha=has_alpha)
    assert is_exact
    np.testing.assert_array_equal(palette[indices][..., 1:], picture)
    assert palette[indices][..., 0].min() == 255


@pytest.mark.parametrize("num_colours, has_alpha", [(256, True), (257, False)])
def test_many_colours_are_dithered_to_as_many_as_there_is_room_for(num_colours, has_alpha):
    drawn = np.ones((20, 20), bool)
    indices, palette, is_exact = reduced(picture_of(num_colours), drawn, *HOW, has_alpha=has_alpha)
    assert not is_exact
    assert (palette[:, 0] == 255).sum() <= 256 - has_alpha
    assert palette[indices][..., 0].min() == 255


@pytest.mark.parametrize("num_colours", [3, 400])
def test_what_is_not_drawn_is_transparent(num_colours):
    drawn = np.arange(400).reshape(20, 20) % 3 > 0
    indices, palette, _ = reduced(picture_of(num_colours), drawn, *HOW, has_alpha=False)
    np.testing.assert_array_equal(palette[indices][..., 0], 255 * drawn)


def test_a_picture_of_which_nothing_is_drawn_is_all_transparent():
    indices, palette, is_exact = reduced(picture_of(400), np.zeros((20, 20), bool), *HOW, has_alpha=False)
    assert is_exact
    assert palette[indices][..., 0].max() == 0
