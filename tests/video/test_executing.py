import random
from dataclasses import replace

import numpy as np
import pytest

import video
from video import translation
from video.executing import translate_elsewhere
from video.plan import plan_video
from video.segment_translation import SegmentTranslator

SEGMENT = 20


def negative(frames):
    return 255 - frames


negative.translation_id = "negative"


class InOneProcess:
    """An executor that translates segments here, in an order of its own, each with nothing of the others."""

    translation_id = "negative"

    def __init__(self, fails_at=None):
        self.numbers, self._fails_at = [], fails_at

    def find_batch_size(self, source, work):
        with SegmentTranslator(source, work, negative) as segments:
            return segments.find_batch_size()

    def translate(self, source, work, folder, numbers):
        for number in random.Random(0).sample(numbers, len(numbers)):
            if len(self.numbers) == self._fails_at:
                raise RuntimeError("stopped by the test")
            self.numbers.append(number)
            with SegmentTranslator(source, work, negative) as segments:
                yield segments.translate(number, folder)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)


@pytest.fixture
def masks(tmp_path):
    """A clip of masks for fifty frames: a white bar that moves."""
    pictures = np.zeros((50, 64, 96, 3), np.uint8)
    for index, picture in enumerate(pictures):
        picture[:, index : index + 30] = 255
    video.write_clip(tmp_path / "masks.mkv", pictures, 25)
    return tmp_path / "masks.mkv"


@pytest.mark.parametrize("what", ["plain", "steady", "masks", "compared"])
def test_the_file_is_that_of_one_process_to_the_byte(make_clip, tmp_path, masks, what):
    options = video.Options(
        batch_size=4,
        steady=0.6 if what == "steady" else 0.0,
        masks=masks if what == "masks" else None,
        compare="wipe" if what == "compared" else None,
    )
    source = make_clip(count=50, sounds=["aac"])
    one = video.translate_video(source, tmp_path / "one.mp4", negative, options)
    other = translate_elsewhere(plan_video(source, tmp_path / "other.mp4", options), InOneProcess())
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()
    assert (other.frames_read, other.frames_written, other.batch_size) == (50, 50, 4)
    assert (other.streams, other.verified, other.warnings) == (one.streams, one.verified, one.warnings)


def test_a_size_of_batches_that_is_not_given_is_found_elsewhere(make_clip, tmp_path):
    plan = plan_video(make_clip(count=30), tmp_path / "out.mp4", video.Options())
    assert translate_elsewhere(plan, InOneProcess()).batch_size in (1, 2, 4, 8)


@pytest.mark.parametrize("expected", [1, 45, 300])
def test_a_wrong_expectation_of_the_number_of_frames_loses_none(make_clip, tmp_path, look, expected):
    options = video.Options(batch_size=4)
    plan = replace(plan_video(make_clip(count=50), tmp_path / "out.mp4", options), frames_total=expected)
    assert translate_elsewhere(plan, InOneProcess()).frames_written == 50
    assert len(look(tmp_path / "out.mp4").times) == 50


def test_what_elsewhere_began_is_finished_here(make_clip, tmp_path):
    options, source = video.Options(batch_size=4), make_clip(count=100)
    with pytest.raises(RuntimeError) as caught:
        translate_elsewhere(plan_video(source, tmp_path / "out.mp4", options), InOneProcess(fails_at=2))
    assert "40 of 100 frames are finished and kept" in caught.value.__notes__[0]
    report = video.translate_video(source, tmp_path / "out.mp4", negative, options)
    assert (report.frames_reused, report.frames_written) == (40, 100)


def test_what_elsewhere_began_is_finished_elsewhere(make_clip, tmp_path):
    options, source = video.Options(batch_size=4), make_clip(count=100)
    plan = plan_video(source, tmp_path / "out.mp4", options)
    first, second = InOneProcess(fails_at=3), InOneProcess()
    with pytest.raises(RuntimeError):
        translate_elsewhere(plan, first)
    report = translate_elsewhere(plan, second)
    assert report.frames_reused == 60
    assert set(first.numbers).isdisjoint(set(second.numbers) & set(range(5)))
    video.translate_video(source, tmp_path / "one.mp4", negative, options)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "out.mp4").read_bytes()


def test_progress_counts_the_frames_of_finished_segments(make_clip, tmp_path):
    seen = []
    plan = plan_video(make_clip(count=50), tmp_path / "out.mp4", video.Options(batch_size=4))
    translate_elsewhere(plan, InOneProcess(), lambda *now: seen.append(now))
    assert seen[-1] == (50, 50)
    assert len(seen) == 3
