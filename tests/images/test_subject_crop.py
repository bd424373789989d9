import numpy as np
import pytest

from cyclegan_tf.images.subject_crop import square_around
from video.core.box import Box


def squares(subject, size=(100, 120), sides=(40, 80), count=300):
    generator = np.random.default_rng(0)
    return [square_around(subject, size, sides, generator) for _ in range(count)]


@pytest.mark.parametrize("subject", [Box(10, 20, 30, 50), Box(0, 0, 20, 30), Box(70, 100, 100, 120)])
def test_a_square_holds_the_subject_and_lies_in_the_picture(subject):
    for top, left, bottom, right in squares(subject):
        assert 0 <= top <= subject.top
        assert subject.bottom <= bottom <= 100
        assert 0 <= left <= subject.left
        assert subject.right <= right <= 120
        assert bottom - top == right - left


@pytest.mark.parametrize(
    ("subject", "least"),
    [(Box(10, 20, 30, 50), 40), (Box(10, 20, 30, 70), 55), (Box(10, 0, 30, 120), 80)],
)
def test_sides_go_from_as_near_as_the_subject_allows_to_the_largest(subject, least):
    sides = [box.bottom - box.top for box in squares(subject)]
    assert (min(sides), max(sides)) == (least, 80)


def test_a_subject_that_is_too_large_is_seen_in_every_part():
    found = squares(Box(5, 10, 95, 115), sides=(40, 40), count=3000)
    assert {box.top for box in found} == set(range(5, 56))
    assert {box.left for box in found} == set(range(10, 76))


def test_the_place_of_the_subject_in_the_square_is_drawn():
    found = squares(Box(40, 50, 50, 60), sides=(40, 40))
    assert {box.top for box in found} == set(range(10, 41))
    assert {box.left for box in found} == set(range(20, 51))
