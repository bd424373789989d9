import av
import pytest

import video
from video.plan import plan_video


def captions(path):
    with av.open(str(path)) as container:
        found = [frame.side_data.get("A53_CC") for frame in container.decode(video=0)]
    return [bytes(data) if data else None for data in found]


@pytest.mark.parametrize("name, codec", [("out.mp4", "h264"), ("out.mkv", "h265")])
@pytest.mark.parametrize("first", [0, 4])
def test_captions_stay_with_their_frames(captioned, tmp_path, identity, name, codec, first):
    path, written = captioned(first=first)
    assert captions(path) == written
    report = video.translate_video(path, tmp_path / name, identity, video.Options(codec=codec))
    assert captions(tmp_path / name) == written
    assert not any("captions" in warning for warning in report.warnings)


def test_captions_do_not_change_the_pictures_or_force_keyframes(captioned, tmp_path, identity, look):
    path, _ = captioned()
    video.translate_video(path, tmp_path / "out.mp4", identity)
    before, after = look(path), look(tmp_path / "out.mp4")
    assert after.keyframes == 1
    assert max(abs(a.astype(int) - b).max() for a, b in zip(before.pixels, after.pixels)) < 12


@pytest.mark.parametrize(
    "name, options, words",
    [
        ("out.webm", {}, "libvpx-vp9 does not store them; .mp4 or .mkv with h264"),
        ("out.mp4", {"fps": 10}, "without --fps they are kept"),
        ("out.gif", {}, "captions"),
    ],
)
def test_captions_that_are_lost_are_announced_and_reported(
    captioned, tmp_path, identity, name, options, words
):
    path, _ = captioned()
    options = video.Options(**options)
    assert any(words in warning for warning in plan_video(path, tmp_path / name, options).warnings)
    report = video.translate_video(path, tmp_path / name, identity, options)
    assert any(words in warning for warning in report.warnings)


def test_captions_that_begin_later_and_are_lost_are_reported(captioned, tmp_path, identity):
    path, _ = captioned(first=5)
    report = video.translate_video(path, tmp_path / "out.webm", identity)
    assert any("captions" in warning for warning in report.warnings)


def test_a_part_of_a_clip_keeps_its_captions(captioned, tmp_path, identity):
    path, written = captioned()
    video.translate_video(path, tmp_path / "out.mp4", identity, video.Options(start=0.16))
    assert captions(tmp_path / "out.mp4") == written[4:]
