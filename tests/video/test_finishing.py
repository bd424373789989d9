import pytest

import video
from video import translation
from video.finishing import finish
from video.plan import plan_video


def test_a_missing_segment_is_an_error_that_says_how_many(make_clip, tmp_path, monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 2)

    def stop(done, total):
        if done == 18:
            raise RuntimeError("stopped by the test")

    path, options = make_clip(count=20), video.Options(translation_id="identity", batch_size=2)
    with pytest.raises(RuntimeError):
        video.translate_video(path, tmp_path / "o.mkv", lambda frames: frames, options, on_progress=stop)
    work = tmp_path / ".o.mkv.work"
    (work / "000000.json").unlink()
    with pytest.raises(video.OutputError, match=r"segment is missing: .*\nexpected \d+ segments; missing: 1"):
        finish(plan_video(path, tmp_path / "o.mkv", options), work)
    assert not (tmp_path / "o.mkv").exists()
