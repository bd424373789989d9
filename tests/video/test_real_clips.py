import numpy as np
import pytest

import video

CLIPS = [
    "av1_video.mkv",
    "bt601_full_range.mp4",
    "bt601_limited_range.mp4",
    "bt709_full_range.mp4",
    "discard_first_keyframe.mp4",
    "h264_10bits.mp4",
    "h265_video.mp4",
    "nasa_13013.mp4",
    "nasa_13013_hdr.mp4",
    "nasa_13013_rotated.mp4",
    "test_non_zero_start.mp4",
    "testsrc2_odd_height_and_width_mpeg2.mp4",
    "testsrc2_odd_height_and_width_vp9.mp4",
    "testsrc2_vp9.webm",
]
NO_CLIPS = [
    "animated.gif",
    "bad_huffman.jpg",
    "cmyk.jpg",
    "corrupt.jpg",
    "grayscale.jpg",
    "rgba.webp",
    "transparent.gif",
]


@pytest.mark.parametrize("name", CLIPS)
def test_a_real_clip_keeps_its_frames_and_times(real_clip, tmp_path, identity, look, name):
    source = real_clip(name)
    report = video.translate_video(source, tmp_path / "out.mp4", identity, quality=30)
    before, after = look(source), look(tmp_path / "out.mp4")
    assert report.verified
    assert report.frames_read == report.frames_written == len(before.times)
    tick = max(before.tick, after.tick)
    assert all(abs(new - old) <= tick for old, new in zip(before.times, after.times, strict=True))


@pytest.mark.parametrize("name", NO_CLIPS)
def test_a_still_picture_is_refused_with_a_word_about_it(real_clip, tmp_path, identity, only_files, name):
    with pytest.raises(video.MediaError, match="not a supported video"):
        video.translate_video(real_clip(name), tmp_path / "out.mp4", identity)
    assert only_files(tmp_path) == []


def test_horsejump_keeps_its_50_frames_its_times_and_its_sound_to_the_byte(
    real_clip, tmp_path, identity, look
):
    source = real_clip("horsejump.mp4")
    report = video.translate_video(source, tmp_path / "out.mp4", identity)
    before, after = look(source), look(tmp_path / "out.mp4")
    assert report.audio == "copied"
    assert after.times == before.times
    assert len(after.times) == 50
    assert after.audio == before.audio
    assert after.tags == before.tags
    difference = np.mean([abs(a.astype(int) - b).mean() for a, b in zip(before.pixels, after.pixels)])
    assert difference < 3


def test_the_streams_that_are_not_kept_are_listed(real_clip, tmp_path, identity):
    report = video.translate_video(real_clip("nasa_13013.mp4"), tmp_path / "o.mkv", identity, quality=40)
    assert report.dropped == (
        "subtitle stream 2 (mov_text)",
        "video stream 3 (h264)",
        "audio stream 4 (aac)",
        "subtitle stream 5 (mov_text)",
    )


def test_hdr_and_ten_bits_are_said(real_clip, tmp_path, identity, look):
    report = video.translate_video(real_clip("nasa_13013_hdr.mp4"), tmp_path / "o.mp4", identity, quality=40)
    assert any("more than 8 bits" in warning for warning in report.warnings)
    assert any("HDR" in warning for warning in report.warnings)
    assert look(tmp_path / "o.mp4").tags == (1, 1, 1, 1)


def test_a_phone_clip_stands_upright(real_clip, tmp_path, identity, look):
    report = video.translate_video(real_clip("nasa_13013_rotated.mp4"), tmp_path / "o.mp4", identity)
    assert (report.width, report.height) == (270, 480)
    assert look(tmp_path / "o.mp4").rotations == {0}
