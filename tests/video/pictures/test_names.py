import os

import pytest

import video
from video.core.options import Options
from video.pictures.sequence_survey import probe_sequence


def test_numbers_in_names_count_as_numbers(folder, read, shades):
    path = folder("frame_10.png", "frame_2.png", "frame_1.png", "Frame_3.png")
    _, frames = read(path, fps=10)
    assert shades(frames) == [2, 1, 3, 0]


def test_other_files_of_the_folder_are_ignored_with_a_warning(folder):
    path = folder("1.png", "2.png")
    for name in ("notes.txt", "sound.wav", "clip.mp4", "more.doc", ".hidden", ".DS_Store"):
        (path / name).write_text("something else")
    (path / "subfolder").mkdir()
    os.mkfifo(path / "pipe.png")
    source = probe_sequence(path, Options(fps=10))
    assert source.frames_total == 2
    assert source.warnings == (
        "Ignored, because they are not pictures: clip.mp4, more.doc, notes.txt and 3 more.",
    )


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("f_%d.png", [0, 1, 2]),
        ("f_%02d.png", [3, 4, 2]),
        ("f_%03d.png", [5]),
        ("f_*.png", [5, 3, 0, 4, 1, 2]),
        ("f_?.png", [0, 1]),
        ("f_[0-8].png", [0]),
        ("f_[0-8]*.png", [5, 3, 0, 4, 2]),
    ],
)
def test_a_pattern_takes_the_names_that_fit(folder, pattern, expected, read, shades):
    path = folder("f_8.png", "f_9.png", "f_10.png", "f_07.png", "f_09.png", "f_001.png")
    _, frames = read(path / pattern, fps=10)
    assert shades(frames) == expected


def test_a_pattern_counts_on_beyond_its_digits(folder, read, shades):
    path = folder("f_98.png", "f_99.png", "f_100.png")
    _, frames = read(path / "f_%02d.png", fps=10)
    assert shades(frames) == [0, 1, 2]


def test_numbers_that_a_pattern_misses_are_named(folder):
    path = folder("f_0007.png", "f_0008.png", "f_0010.png", "f_0020.png")
    source = probe_sequence(path / "f_%04d.png", Options(fps=10))
    assert source.frames_total == 4
    assert source.warnings == ("Missing from f_%04d.png: number 9, 11 to 19.",)


def test_percent_signs_and_brackets_in_names_are_just_that(folder):
    path = folder("100%_1.png", "100%_2.png")
    assert probe_sequence(path / "100%%_%d.png", Options(fps=10)).frames_total == 2
    odd = path.parent / "a [b] %d"
    path.rename(odd)
    assert probe_sequence(odd, Options(fps=10)).frames_total == 2
    assert probe_sequence(odd / "*.png", Options(fps=10)).frames_total == 2


def test_two_numbers_in_a_pattern_are_refused(folder):
    with pytest.raises(video.UsageError, match="expected one number such as %05d; found 2"):
        probe_sequence(folder("1.png") / "%d_%d.png", Options())


@pytest.mark.parametrize("name", ["", "%05d.png", "*.png", "gone.png"])
def test_no_pictures_are_an_error_that_says_which_were_expected(folder, name):
    path = folder()
    (path / "notes.txt").write_text("no picture")
    with pytest.raises(video.MediaError, match="there are no pictures: .*\nexpected .png, .jpg"):
        probe_sequence(path / name, Options())


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(video.MediaError, match="cannot be listed: .*\n.*No such file or directory"):
        probe_sequence(tmp_path / "gone" / "%d.png", Options())
