import numpy as np
import pytest
from PIL import Image

import video
from video.core.options import Options
from video.pictures import sequence_survey
from video.pictures.sequence_survey import probe_sequence


def test_another_size_is_named_before_any_work(folder, drawings):
    pictures = [*drawings(2), next(drawings(1, width=40)), *drawings(1)]
    path = folder("1.png", "2.png", "3.png", "4.png", pictures=pictures)
    with pytest.raises(
        video.MediaError, match="size changes at frame 2: .*3.png\nexpected 32x24; found 40x24"
    ):
        probe_sequence(path, Options())


def test_another_size_is_fitted_in_when_asked_for(folder, drawings, read):
    white = np.full((48, 32, 3), 255, np.uint8)
    path = folder("1.png", "2.png", pictures=[next(drawings(1)), white])
    found = probe_sequence(path, Options(fps=1, on_size_change="letterbox"))
    assert found.warnings == ("Of another size, fitted into 32x24: 1 of 2 pictures.",)
    _, frames = read(path, fps=1, on_size_change="letterbox")
    np.testing.assert_array_equal(frames[1].picture.pixels[:, 8:24], 255)
    np.testing.assert_array_equal(frames[1].picture.pixels[:, :8], 0)
    np.testing.assert_array_equal(frames[1].picture.pixels[:, 24:], 0)


def cut(path, share=0.6):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
def test_a_picture_that_is_cut_short_is_named(folder, suffix, read):
    path = folder(*(f"{number}.{suffix}" for number in range(4)))
    cut(path / f"2.{suffix}")
    with pytest.raises(video.MediaError, match="frame 2 cannot be decoded: "):
        read(path, fps=10)


def test_a_wrong_byte_in_a_png_is_found(folder, read):
    path = folder("0.png", "1.png")
    data = bytearray((path / "1.png").read_bytes())
    data[data.index(b"IDAT") + 20] ^= 1
    (path / "1.png").write_bytes(data)
    with pytest.raises(video.MediaError, match="frame 1 cannot be decoded: .*\n1.png: the checksum"):
        read(path, fps=10)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_a_file_that_is_not_a_picture_is_named_before_any_work(folder, content):
    path = folder("0.png", "1.png")
    (path / "1.png").write_bytes(content)
    with pytest.raises(video.MediaError, match="frame 1 cannot be decoded: .*1.png"):
        probe_sequence(path, Options())


@pytest.mark.parametrize(
    "policy, kept, counts",
    [("skip", [0, 1, 3, 4], (1, 0)), ("repeat", [0, 1, 1, 3, 4], (0, 1))],
)
def test_a_damaged_picture_does_what_was_asked_for_and_is_counted(folder, policy, kept, counts, read, shades):
    path = folder(*(f"{number}.png" for number in range(5)))
    cut(path / "2.png")
    source, frames = read(path, fps=10, on_bad_frame=policy)
    assert shades(frames) == kept
    assert (source.frames_skipped, source.frames_repeated) == counts
    assert sum(frame.duration for frame in frames) == 5
    assert [frame.index for frame in frames] == list(range(len(kept)))
    assert len(source.warnings) == 1


def test_more_than_one_percent_of_damaged_pictures_are_too_many(folder, read):
    path = folder(*(f"{number}.png" for number in range(5)))
    cut(path / "2.png")
    cut(path / "3.png")
    with pytest.raises(video.MediaError, match="frame 3 cannot be decoded"):
        read(path, fps=10, on_bad_frame="skip")


def test_not_one_good_picture_is_an_error_whatever_was_asked_for(folder):
    path = folder("0.png")
    (path / "0.png").write_bytes(b"no picture")
    with pytest.raises(video.MediaError, match="0 of 1 pictures can be read"):
        probe_sequence(path, Options(on_bad_frame="skip"))


def test_a_small_jpeg_that_claims_a_large_picture_is_refused(folder):
    path = folder("0.jpg")
    data = bytearray((path / "0.jpg").read_bytes())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = (7000).to_bytes(2) * 2
    (path / "0.jpg").write_bytes(data)
    with pytest.raises(video.MediaError, match="cannot hold the 7000x7000 pixels"):
        probe_sequence(path, Options())


def test_an_impossible_size_is_refused_by_the_header(folder):
    path = folder("0.bmp")
    data = bytearray((path / "0.bmp").read_bytes())
    data[18:26] = (60000).to_bytes(4, "little") * 2
    (path / "0.bmp").write_bytes(data)
    with pytest.raises(video.MediaError, match="expected at most 67,108,864 pixels"):
        probe_sequence(path, Options())


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_an_animation_among_the_pictures_is_named(folder, suffix, drawings):
    first, second = (Image.fromarray(picture) for picture in drawings(2))
    path = folder("0.png", pictures=drawings(1))
    first.save(path / f"1.{suffix}", save_all=True, append_images=[second])
    with pytest.raises(video.MediaError, match="frame 1 .*\nit is an animation of 2 frames"):
        probe_sequence(path, Options())


def test_too_many_pictures_are_refused(folder, monkeypatch):
    monkeypatch.setattr(sequence_survey, "MAX_PICTURES", 2)
    with pytest.raises(video.MediaError, match="too many pictures.*\nexpected at most 2; found 3"):
        probe_sequence(folder("1.png", "2.png", "3.png"), Options())


def test_a_day_of_pictures_is_refused(folder):
    with pytest.raises(video.MediaError, match="the sequence is too long"):
        probe_sequence(folder("1.png", "2.png", "3.png"), Options(fps=0.0001))
