import numpy as np
import pytest

from video.pictures.values import as_picture, with_alpha

WIDE = np.random.default_rng(0).integers(1, 65536, (4, 6, 4), dtype=np.uint16)


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_come_back_exactly_with_a_residual(channels):
    picture = as_picture(WIDE[..., :channels], has_alpha=False, keeps_depth=True)
    assert (picture.pixels.dtype, picture.residual.dtype, picture.alpha) == (np.uint8, np.int16, None)
    np.testing.assert_array_equal(with_alpha(picture, is_deep=True), WIDE[..., :3])


def test_alpha_is_opaque_where_there_is_none_and_hides_colours_where_it_is_0():
    hidden = np.array([[[9, 9, 9, 0], [9, 9, 9, 1]]], np.uint8)
    pixels = with_alpha(as_picture(hidden, has_alpha=True, keeps_depth=False), is_deep=False)
    assert pixels.tolist() == [[[255, 255, 255, 0], [9, 9, 9, 1]]]
    picture = as_picture(hidden[..., :3], has_alpha=True, keeps_depth=False)
    assert with_alpha(picture, is_deep=True)[0, 0].tolist() == [9 * 257, 9 * 257, 9 * 257, 65535]
