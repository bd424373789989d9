import numpy as np
import pytest

from video.core.box import Box
from video.motion.flow import FlowFinder, grey, reduced_size, resized


@pytest.mark.parametrize("effort", ["fast", "good"])
def test_a_picture_that_was_shifted_is_moved_to_its_new_place(texture, effort):
    scene = texture(0, 96, 160)
    previous, later = scene[:, 8:136], scene[:, 4:132]
    motion = FlowFinder(effort).motion(grey(previous), grey(later))
    inner = slice(16, -16), slice(16, -16)
    assert motion.reliable[inner].mean() > 0.95
    assert np.median(motion.backward[inner][..., 0]) == pytest.approx(-4, abs=0.2)
    moved = motion.warped(previous.astype(np.float32))
    assert np.abs(moved - later)[inner].mean() < np.abs(previous.astype(float) - later)[inner].mean() / 5


def test_nothing_that_came_in_from_outside_is_reliable(texture):
    scene = texture(0, 96, 160)
    motion = FlowFinder("good").motion(grey(scene[:, 10:138]), grey(scene[:, :128]))
    assert motion.reliable[:, :5].mean() < 0.2


def test_motion_between_two_unrelated_pictures_is_not_reliable(texture):
    motion = FlowFinder("good").motion(grey(texture(0)), grey(texture(1)))
    assert motion.reliable.mean() < 0.3


@pytest.mark.parametrize(
    ("size", "expected"),
    [((912, 512), (456, 256)), ((100, 456), (100, 456)), ((1, 1), (32, 32)), ((8192, 4), (456, 32))],
)
def test_flow_is_found_at_a_size_between_32_pixels_and_the_longest_side(size, expected):
    assert reduced_size(*size, 456) == expected
    pictures = [resized(np.full((size[1], size[0], 3), value, np.uint8), expected) for value in (9, 200)]
    assert FlowFinder("fast").motion(*map(grey, pictures)).reliable.shape == expected[::-1]


def test_motion_of_small_copies_holds_for_the_large_frames(texture):
    scene = texture(0, 96, 160)
    small = FlowFinder("good").motion(grey(scene[:, 8:136]), grey(scene[:, 4:132]))
    large = small.enlarged((256, 288))
    assert large.reliable.shape == (288, 256)
    inner = slice(48, -48), slice(32, -32)
    assert np.median(large.backward[inner][..., 0]) == pytest.approx(-8, abs=0.4)
    assert np.median(large.backward[inner][..., 1]) == pytest.approx(0, abs=0.2)


def test_a_part_is_moved_as_the_whole_picture_is(texture):
    scene = texture(0, 96, 160)
    motion = FlowFinder("good").motion(grey(scene[:, 8:136]), grey(scene[:, 4:132]))
    previous, box = scene[:, 8:136].astype(np.float32), Box(20, 30, 60, 90)
    # What the box shows lies in the part.
    part = motion.warped_part(previous[10:70, 20:100], (10, 20), box)
    np.testing.assert_allclose(part, box.of(motion.warped(previous)), atol=1e-2)
