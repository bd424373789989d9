from PIL import Image

from video.pictures.files import count_frames


def test_equal_frames_in_a_row_become_one_that_is_shown_as_long(write, flat, seen):
    first, second = flat(2)
    path = write("webp", [first, first, second, second, first], [0, 100, 140, 440, 490, 1190])
    assert seen(path)[1] == [140, 350, 700]


def test_a_clip_in_which_nothing_changes_becomes_a_still(write, flat):
    path = write("webp", [next(flat(1))] * 5)
    assert count_frames(path) == (1, (0,))
    with Image.open(path) as picture:
        assert not picture.is_animated
