import numpy as np
import pytest

import video
from video.pictures.files import count_frames


@pytest.fixture
def translated(tmp_path, folder):
    """A function that translates pictures, ten a second, to a file; returns its path and the report."""

    def run(name, pictures):
        source = folder(*(f"{number}.png" for number in range(len(pictures))), pictures=pictures)
        report = video.translate_video(
            source, tmp_path / name, lambda frames: 255 - frames, video.Options(fps=10)
        )
        return tmp_path / name, report

    return run


@pytest.mark.parametrize("name", ["a.gif", "a.apng", "a.webp"])
def test_pictures_are_counted_after_they_were_written(translated, name, flat, seen):
    path, report = translated(name, list(flat(4)))
    assert report.verified == ("4 pictures", "length within 0 ms")
    assert seen(path)[1] == [100] * 4


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_the_same_clip_gives_the_same_bytes(translated, suffix, flat):
    paths = [translated(f"{name}.{suffix}", list(flat(4)))[0] for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_webp_whose_equal_frames_were_merged_is_right(translated, flat):
    first, second = flat(2)
    _, report = translated("a.webp", [first, first, second])
    assert report.verified == (
        "2 pictures, to which 3 were merged where they are equal",
        "length within 0 ms",
    )


def test_a_webp_in_which_nothing_changes_is_reported_as_a_still(translated):
    _, report = translated("a.webp", [np.zeros((24, 32, 3), np.uint8)] * 3)
    assert report.verified == ("1 picture, to which 3 equal ones were merged",)


@pytest.mark.parametrize("format", ["gif", "apng", "webp"])
def test_a_file_that_lost_its_end_is_not_counted(write, format, flat):
    path = write(format, flat(6))
    data = path.read_bytes()
    for missing in (1, 40, 200):
        path.write_bytes(data[:-missing])
        with pytest.raises(video.MediaError, match="cut short or damaged|does not end with its end mark"):
            count_frames(path)
