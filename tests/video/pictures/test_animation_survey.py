import os
import struct

import numpy as np
import pytest
from PIL import Image

import video
from video.core import limits
from video.core.options import Options
from video.pictures import animation_survey
from video.pictures.animation import probe_animation

KINDS = ["gif", "png", "webp"]
RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.fixture
def cut():
    """A function that takes the last 40 % of a file away."""

    def shorten(path):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 6 // 10])
        return path

    return shorten


@pytest.mark.parametrize("kind", KINDS)
def test_an_impossible_size_is_refused_by_the_header(save, kind, drawings, with_chunk_changed):
    path = save(kind, drawings(2))
    if kind == "png":
        with_chunk_changed(path, b"IHDR", 0, lambda content: struct.pack(">II", 60000, 60000) + content[8:])
    else:
        data = bytearray(path.read_bytes())
        place, size = (6, struct.pack("<HH", 60000, 60000)) if kind == "gif" else (24, b"\xff\xff\x0f" * 2)
        data[place : place + len(size)] = size
        path.write_bytes(data)
    with pytest.raises(video.MediaError, match="impossible size"):
        probe_animation(path, Options())


def test_an_impossible_size_of_a_later_frame_is_refused_too(build, tmp_path):
    path = build((8, 6), [((0, 0), (8, 6), BLUE, 1), ((0, 0), (4, 4), RED, 1)])
    data = bytearray(path.read_bytes())
    place = data.rindex(b"," + struct.pack("<4H", 0, 0, 4, 4))
    data[place + 5 : place + 9] = struct.pack("<HH", 60000, 60000)
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="impossible size.*\n.*found more than"):
        probe_animation(path, Options())


def test_too_many_frames_are_refused(save, monkeypatch, drawings):
    monkeypatch.setattr(animation_survey, "MAX_FRAMES", 4)
    with pytest.raises(video.MediaError, match="too many frames.*\nexpected at most 4"):
        probe_animation(save("gif", drawings(5)), Options())


def test_an_animation_of_a_day_is_refused(save, drawings, with_chunk_changed):
    path = save("png", drawings(2))
    for number in range(2):
        with_chunk_changed(path, b"fcTL", number, lambda c: c[:20] + struct.pack(">HH", 43200, 1) + c[24:])
    with pytest.raises(video.MediaError, match="too long.*\nexpected at most 6 h; found 24.0 h"):
        probe_animation(path, Options())


@pytest.mark.parametrize("kind, frame", [("gif", "[2-6]"), ("png", "[2-6]"), ("webp", "0")])
def test_an_animation_that_is_cut_short_is_found_before_any_work(save, cut, kind, frame, drawings):
    path = cut(save(kind, drawings(8)))
    with pytest.raises(video.MediaError, match=f"cut short or damaged at frame {frame}: .*\n.*\nfix: copy"):
        probe_animation(path, Options())


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_the_frames_before_the_damage_can_be_asked_for(save, cut, kind, drawings, read):
    path = cut(save(kind, drawings(8)))
    found = probe_animation(path, Options(on_bad_frame="skip"))
    source, frames = read(path, on_bad_frame="skip")
    assert 2 <= len(frames) == found.frames_total < 8
    assert f"damaged at frame {len(frames)}" in found.warnings[0]
    np.testing.assert_array_equal(frames[1].picture.pixels, list(drawings(2))[1])


def test_a_webp_that_is_cut_short_is_refused_whatever_is_asked_for(save, cut, drawings):
    with pytest.raises(video.MediaError, match="cut short or damaged at frame 0"):
        probe_animation(cut(save("webp", drawings(8))), Options(on_bad_frame="skip"))


def test_an_apng_that_declares_more_frames_than_it_has_is_damaged(save, drawings, with_chunk_changed):
    path = save("png", drawings(3))
    with_chunk_changed(path, b"acTL", 0, lambda content: struct.pack(">I", 5) + content[4:])
    with pytest.raises(video.MediaError, match="damaged at frame 3"):
        probe_animation(path, Options())


@pytest.mark.parametrize("end", [b"", b"; and more"])
def test_a_gif_that_does_not_end_with_its_mark_is_read_with_a_warning(build, read, end):
    path = build((8, 6), [((0, 0), (8, 6), BLUE, 1), ((0, 0), (8, 6), RED, 1)], end=end)
    assert "does not end with its end mark" in probe_animation(path, Options()).warnings[0]
    assert len(read(path)[1]) == 2


def test_an_apng_with_a_wrong_byte_is_read_up_to_it_at_most(save, drawings, read):
    path = save("png", drawings(8), duration=50)
    data = bytearray(path.read_bytes())
    place = -1
    for _ in range(3):
        place = data.index(b"fdAT", place + 1)
    data[place + 12] ^= 255
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="damaged at frame 3: .*\nthe checksum of its data"):
        probe_animation(path, Options())
    source, frames = read(path, on_bad_frame="repeat")
    assert (source.frames_skipped, source.frames_repeated, source.frames_read) == (0, 0, 3)
    assert [frame.duration for frame in frames] == [50, 50, 50]


def test_damaged_pixels_of_a_gif_are_found_before_any_work(save, draw):
    path = save("gif", draw(4))
    data = bytearray(path.read_bytes())
    descriptor = data.index(b",", data.rindex(b"!\xf9\x04") + 8)
    palette = 3 << (data[descriptor + 9] & 7) + 1 if data[descriptor + 9] & 0x80 else 0
    # Right after the first code of LZW, no other high code is defined.
    start = descriptor + 10 + palette + 2
    data[start + 2 : start + 8] = b"\xff" * 6
    path.write_bytes(data)
    with pytest.raises(video.MediaError, match="damaged at frame 3: .*\nthe decoder said"):
        probe_animation(path, Options())


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "jpg", "bmp"])
def test_one_picture_is_not_a_clip(tmp_path, suffix, drawings):
    Image.fromarray(next(drawings(1))).save(tmp_path / f"still.{suffix}")
    with pytest.raises(video.MediaError, match="one picture, not a clip"):
        probe_animation(tmp_path / f"still.{suffix}", Options())


@pytest.mark.parametrize("content", [b"", b"just text", bytes(200)])
def test_anything_but_a_picture_is_refused(tmp_path, content):
    (tmp_path / "a.gif").write_bytes(content)
    with pytest.raises(video.MediaError, match=r"not an animated picture \(GIF, APNG, WebP\)"):
        probe_animation(tmp_path / "a.gif", Options())


def test_a_missing_file_a_folder_and_a_pipe_are_refused_unopened(tmp_path):
    os.mkfifo(tmp_path / "pipe.gif")
    for path in (tmp_path / "gone.gif", tmp_path, tmp_path / "pipe.gif"):
        with pytest.raises(video.MediaError, match="the animation (is not a regular file|cannot be read)"):
            probe_animation(path, Options())


@pytest.mark.parametrize("kind", KINDS)
def test_changed_bytes_end_in_an_error_of_ours_or_in_frames(save, kind, monkeypatch, drawings, read):
    # Changed sizes below the limit are slow, not wrong.
    monkeypatch.setattr(limits, "MAX_PIXELS", 10_000)
    path = save(kind, drawings(3))
    data, random = path.read_bytes(), np.random.default_rng(4)
    outcomes = set()
    for number in range(60):
        mutated = bytearray(data)
        for place in random.integers(0, len(data), random.integers(1, 4)):
            mutated[place] = random.integers(0, 256)
        # Another name each time: a survey is kept for a file whose time and size are the same.
        path = path.with_name(f"{number}.{kind}")
        path.write_bytes(mutated)
        try:
            read(path)
            outcomes.add("frames")
        except video.MediaError as error:
            assert "fix: " in str(error)
            outcomes.add("error")
    # Every byte of an APNG has a checksum.
    assert outcomes == ({"error"} if kind == "png" else {"frames", "error"})
