import json
from fractions import Fraction
from pathlib import Path

import pytest

import video
from video.core.options import Options
from video.plan import describe, plan_video


@pytest.fixture
def plan(make_clip, tmp_path):
    """A function that plans a small clip with two sounds."""

    def make(target="out.mp4", clip=None, **options):
        path = make_clip(**{"count": 10, "sounds": ["aac", "libopus"], **(clip or {})})
        return plan_video(path, tmp_path / target, Options(**options))

    return make


def test_a_plan_writes_nothing(plan, tmp_path, only_files):
    plan()
    assert only_files(tmp_path) == ["in.mp4"]


def test_a_plan_knows_size_rate_frames_and_length(plan):
    found = plan()
    assert (found.clip.width, found.clip.height, found.clip.rate) == (96, 64, 25)
    assert found.frames_total == 10
    assert found.seconds == Fraction(10, 25)
    assert found.source.kind == "clip"


def test_a_plan_survives_json_as_a_whole(plan, tmp_path):
    found = plan("out.mov").to_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["source"] == str(tmp_path / "in.mp4")
    assert found["target"] == str(tmp_path / "out.mov")
    assert (found["kind"], found["format"]) == ("clip", "mp4")
    assert (found["width"], found["height"]) == (96, 64)
    assert (found["frames"], found["frames_per_second"], found["duration_seconds"]) == (10, 25.0, 0.4)
    assert found["encoder"].startswith("libx264 yuv420p ")
    assert [(one["action"], one["detail"]) for one in found["streams"]] == [
        ("copied", ""),
        ("converted", "aac"),
    ]
    assert any("opus" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    "target, encoder",
    [("o.mp4", "libx264"), ("o.webm", "libvpx-vp9"), ("o.gif", "ffv1"), ("o_%d.png", "ffv1")],
)
def test_the_target_decides_the_encoder(plan, target, encoder):
    assert plan(f"new/{target}" if "%" in target else target).encoder.name == encoder


def test_pictures_drop_other_streams_with_a_warning(plan):
    found = plan("out.gif")
    assert {stream.action for stream in found.streams.all} == {"dropped"}
    assert sum("audio stream" in warning for warning in found.warnings) == 2
    assert any("256 colours" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "options, frames, seconds",
    [
        ({"start": 0.08, "end": 0.2}, 3, 0.12),
        ({"start": 0.2, "fps": 5}, 1, 0.2),
        ({"end": 99}, 10, 0.4),
    ],
)
def test_a_part_or_another_rate_is_counted(plan, options, frames, seconds):
    found = plan(clip={"sounds": []}, **options)
    assert found.frames_total == frames
    assert float(found.seconds) == pytest.approx(seconds)


def test_odd_sides_are_reported_with_the_size_that_they_become(plan):
    odd = {"name": "in.mkv", "codec": "ffv1", "size": (95, 63), "sounds": []}
    (warning,) = plan(clip=odd).warnings
    assert "95x63 became 96x64" in warning
    assert not plan("out.webm", clip=odd).warnings


def test_what_is_odd_about_a_clip_is_in_the_plan(plan):
    found = plan(clip={"pix_fmt": "yuv420p10le", "sounds": []})
    assert any("more than 8 bits" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"codec": "vp9"}, video.UsageError, "vp9 does not belong in mp4"),
        ({"crf": 99}, video.UsageError, r"out of range for libx264"),
        ({"preset": "medum"}, video.UsageError, "did you mean medium"),
        ({"encoder_options": {"tunee": "film"}}, video.UsageError, "did you mean tune"),
        ({"encoder_options": {"x264-params": "no-such=1"}}, video.UsageError, "does not understand"),
        ({"start": 5}, video.UsageError, "the start is after the end"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(plan, options, error, words):
    with pytest.raises(error, match=words) as caught:
        plan(**options)
    assert caught.value.exit_code == 2


def test_the_target_is_checked_before_the_source(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with pytest.raises(video.OutputError, match="the output exists"):
        plan_video(tmp_path / "missing.mp4", tmp_path / "out.mp4", Options())


@pytest.mark.parametrize(
    "source, suffix, target",
    [("in.mkv", None, "OUT.mkv"), ("in.avi", None, "OUT.mp4"), ("in.mkv", ".webm", "OUT.webm")],
)
def test_a_clip_is_described_as_if_it_became_its_own_kind(make_clip, source, suffix, target):
    options = {"codec": "mpeg4"} if source == "in.avi" else {}
    if source == "in.avi":
        options |= {"time_base": Fraction(1, 25)}
    found = describe(make_clip(source, **options), suffix)
    assert found.target == Path(target)
    assert found.frames_total == 8


def test_describing_needs_no_place_to_write_to(make_clip, tmp_path, monkeypatch):
    path = make_clip()
    (tmp_path / "OUT.mp4").write_bytes(b"in the way")
    monkeypatch.chdir(tmp_path)
    assert describe(path).frames_total == 8


def test_a_file_that_is_not_a_clip_cannot_be_described(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"text")
    with pytest.raises(video.MediaError, match="not a supported video"):
        describe(tmp_path / "a.mp4")
