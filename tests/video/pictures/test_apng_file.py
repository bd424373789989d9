from fractions import Fraction

import cv2
import numpy as np
import pytest

from video.core.frames import Picture
from video.pictures.files import count_frames


def test_every_delay_is_exact(write, clip, flat):
    about = clip(time_base=Fraction(1001, 30000))
    assert set(count_frames(write("apng", flat(4), [0, 1, 2, 3, 4], about))[1]) == {Fraction(1001, 30000)}


def test_a_delay_that_no_apng_can_store_is_stored_as_the_nearest(write, clip, flat):
    about = clip(time_base=Fraction(1, 90000))
    _, delays = count_frames(write("apng", flat(3), [0, 3003, 6007, 9011 + 90000], about))
    assert abs(sum(delays) - Fraction(99011, 90000)) <= Fraction(1, 2000)


@pytest.mark.parametrize("has_alpha", [False, True])
def test_sixteen_bits_are_written(write, clip, has_alpha):
    samples = np.random.default_rng(3).integers(0, 65536, (2, 64, 96, 3), dtype=np.uint16)
    alpha = np.full((64, 96), 200, np.uint8) if has_alpha else None
    pictures = []
    for sample in samples:
        pixels = ((sample.astype(np.uint32) + 128) // 257).astype(np.uint8)
        pictures.append(Picture(pixels, alpha, (sample - pixels.astype(int) * 257).astype(np.int16)))
    path = write("apng", pictures, about=clip(depth=16, has_alpha=has_alpha))
    first = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(first[..., 2::-1], samples[0])
    if has_alpha:
        assert set(np.unique(first[..., 3])) == {200 * 257}
