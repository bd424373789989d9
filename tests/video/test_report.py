import json

import video


def test_a_report_survives_json(make_clip, tmp_path, identity):
    report = video.translate_video(make_clip(sounds=["aac", "aac"]), tmp_path / "out.mp4", identity)
    fields = json.loads(json.dumps(report.to_dict()))
    assert fields["frames_written"] == 8
    assert fields["dropped"] == ["audio stream 2 (aac)"]
    assert fields["verified"] is True
