from fractions import Fraction

import imageio.v3 as imageio
import numpy as np
import pytest

import video
from video.core.options import Options
from video.plan import plan_video
from video.preview import NUM_STILLS, first_pictures, predict, write_preview


@pytest.fixture
def plan(make_clip, tmp_path):
    """A function that plans a clip; its frame number n is as bright as 4 n."""

    def make(count=50, width=96, **options):
        frames = [np.full((64, width, 3), 4 * index, np.uint8) for index in range(count)]
        path = make_clip(count=count, frames=frames, size=(width, 64), colour=(1, 1, 1, 1))
        return plan_video(path, tmp_path / "out.mp4", Options(**options))

    return make


def inverted(frames):
    return 255 - frames


def rows_of(path, height=64):
    picture = imageio.imread(path)
    return picture.reshape(-1, height, *picture.shape[1:])


def test_stills_from_across_the_clip_stand_beside_their_translations(plan, tmp_path):
    found = write_preview(plan(), tmp_path / "look.png", inverted)
    rows = rows_of(tmp_path / "look.png")
    assert rows.shape == (NUM_STILLS, 64, 96 + 8 + 96, 3)
    assert found.times_seconds == pytest.approx([0.2, 0.6, 1.0, 1.4, 1.8], abs=0.041)
    for row, seconds in zip(rows.astype(int), found.times_seconds):
        value = 4 * round(seconds * 25)
        assert abs(row[:, :96] - value).max() <= 3
        assert (row[:, 96:104] == 255).all()
        assert abs(row[:, 104:] - (255 - value)).max() <= 3


def test_stills_of_a_part_come_from_the_part_on_the_clips_own_clock(plan, tmp_path):
    found = write_preview(plan(start=1, end=1.4), tmp_path / "look.png", inverted)
    assert all(1 <= seconds < 1.4 for seconds in found.times_seconds)
    for row, seconds in zip(rows_of(tmp_path / "look.png").astype(int), found.times_seconds):
        assert abs(row[:, :96] - 4 * round(seconds * 25)).max() <= 3


@pytest.mark.parametrize("fps", [10, 60])
def test_stills_have_the_clips_own_times_at_another_rate(plan, tmp_path, fps):
    found = write_preview(plan(fps=fps), tmp_path / "look.png", inverted)
    assert found.times_seconds == pytest.approx([0.2, 0.6, 1.0, 1.4, 1.8], abs=0.1)
    for row, seconds in zip(rows_of(tmp_path / "look.png").astype(int), found.times_seconds):
        assert abs(row[:, :96] - 4 * round(seconds * 25)).max() <= 3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_clip_has_as_many_stills_as_frames(plan, tmp_path, count):
    write_preview(plan(count), tmp_path / "look.png", inverted)
    assert len(rows_of(tmp_path / "look.png")) == count


def test_stills_of_a_large_clip_are_scaled_down(plan, tmp_path):
    write_preview(plan(1, width=1920), tmp_path / "look.png", inverted)
    assert imageio.imread(tmp_path / "look.png").shape == (32, 960 + 8 + 960, 3)


def test_a_folder_that_is_not_there_is_explained(plan, tmp_path):
    with pytest.raises(video.OutputError, match="cannot write: .*gone/look.png"):
        write_preview(plan(2), tmp_path / "gone" / "look.png", inverted)


def test_the_time_of_the_long_run_is_predicted_from_a_still(plan, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("video.pipeline.batching.time.perf_counter", lambda: now[0])

    def two_seconds(frames):
        now[0] += 2.0 * len(frames)
        return frames

    found = predict(plan(batch_size=3), two_seconds)
    assert (found.batch_size, found.seconds_a_frame) == (3, 2.0)
    assert found.predicted_seconds == 2.0 * 50


def test_the_fastest_batch_size_is_found_when_none_is_asked_for(plan, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("video.pipeline.batching.time.perf_counter", lambda: now[0])

    def constant(frames):
        now[0] += 0.1
        return frames

    found = write_preview(plan(), tmp_path / "look.png", constant)
    assert found.prediction.batch_size == 8
    assert found.prediction.predicted_seconds == pytest.approx(50 * 0.1 / 8)
    assert len(rows_of(tmp_path / "look.png")) == NUM_STILLS


def test_every_call_has_full_batches(plan, tmp_path):
    sizes = set()

    def translate(frames):
        sizes.add(len(frames))
        return frames

    write_preview(plan(batch_size=2), tmp_path / "look.png", translate)
    assert sizes == {2}


def test_a_wrong_result_is_named(plan, tmp_path, only_files):
    with pytest.raises(video.TranslationError, match="is not a batch of frames"):
        write_preview(plan(), tmp_path / "look.png", lambda frames: frames[:, 1:])
    assert only_files(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize("name", ["in.gif", "in.mp4"])
def test_frames_that_are_far_apart_can_be_previewed_too(make_clip, tmp_path, identity, name):
    ticks = [0, 100, 200, 5000]
    clip = make_clip(ticks=ticks, time_base=Fraction(1, 1000), bframes=0)
    source = clip if name == "in.mp4" else tmp_path / name
    if source != clip:
        video.translate_video(clip, source, identity)
    plan = plan_video(source, tmp_path / "o.mp4", Options())
    found = write_preview(plan, tmp_path / "look.png", identity)
    assert 1 <= len(found.times_seconds) <= 3
    assert predict(plan, identity).predicted_seconds > 0


@pytest.mark.parametrize(("count", "levels"), [(20, [0, 32, 64]), (9, [0, 32])], ids=["long", "short"])
def test_the_first_pictures_are_a_few_frames_apart(plan, count, levels):
    found = first_pictures(plan(count), 3, 8)
    assert [round(float(pixels.mean()) / 4) * 4 for pixels in found] == levels
