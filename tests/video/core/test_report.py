import json

import pytest

import video


@pytest.fixture
def report(make_clip, tmp_path, identity):
    path = make_clip(count=12, sounds=["aac", "flac"])
    return video.translate_video(path, tmp_path / "out.webm", identity, video.Options(batch_size=4, crf=40))


def test_a_report_survives_json_whole(report):
    fields = json.loads(json.dumps(report.to_dict()))
    assert fields == report.to_dict()
    assert set(fields) == set(type(report).__dataclass_fields__)


def test_a_report_says_what_was_read_and_written(report, tmp_path):
    assert (report.source, report.target) == (str(tmp_path / "in.mp4"), str(tmp_path / "out.webm"))
    assert (report.width, report.height, report.duration_seconds) == (96, 64, pytest.approx(0.48))
    assert (report.frames_read, report.frames_written, report.frames_translated) == (12, 12, 12)
    assert (report.frames_reused, report.frames_skipped, report.frames_repeated) == (0, 0, 0)
    assert report.batch_size == 4
    assert report.encoder.startswith("libvpx-vp9 yuv420p ")
    assert "crf=40" in report.encoder.split()


def test_a_report_says_what_became_of_every_other_stream(report):
    assert [(one["index"], one["kind"], one["codec"]) for one in report.streams] == [
        (1, "audio", "aac"),
        (2, "audio", "flac"),
    ]
    assert {(one["action"], one["detail"]) for one in report.streams} == {("converted", "opus")}
    assert len(report.warnings) == 2
    assert report.verified[0] == "12 frames"
    assert report.verified[-1] == "2 other streams, every packet"


def test_a_report_says_how_busy_each_stage_was(report):
    assert set(report.busy) == {"decode", "translate", "encode"}
    assert all(0 <= share <= 1 for share in report.busy.values())
    stage = max(report.busy, key=report.busy.get)
    assert report.bottleneck.startswith(f"{stage}: ")
    assert report.frames_per_second > 0
    assert report.seconds > 0
