"""Measure the driver of a large job: python benchmarks/driver_scale.py [--segments N] [--clips N].

The real planner, work folder, journal, assembly and verification of `video.executing`, with an executor that
encodes nothing: each "translated" segment is a copy of one that was really encoded, with the times and the
checksum of its own place. What is left is what the driver itself costs: its time and its memory. Pictures are
small, because the driver does not look at them.
"""

import argparse
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import video
from video import translation
from video.assembling.segments import closed_segments, segment_checksum
from video.collection import find_pairs, translate_each
from video.core.source_info import SourceInfo
from video.executing import translate_elsewhere
from video.pipeline.stages import StageTimes
from video.plan import plan_video
from video.segment_run import ClipWork
from video.segment_translation import SegmentOutcome, SegmentTranslator

RATE, SEGMENT = 25, 4


class Copies:
    """An executor whose segments are copies of the clip's first one.

    Attributes:
        seconds: spent here by clock and processor, which are not the driver's.
        last: when the last segment was done.
    """

    translation_id = "copies"

    def __init__(self):
        self.seconds = self.last = np.zeros(2)
        self._first: dict[str, tuple[Path, dict]] = {}

    def find_batch_size(self, source: SourceInfo, work: ClipWork) -> int:
        """Return 1."""
        return 1

    def translate(
        self, source: SourceInfo, work: ClipWork, folder: Path, numbers: Sequence[int]
    ) -> Iterator[SegmentOutcome]:
        """Copy the first segment to each place; the last one is really translated, and sees the end."""
        with SegmentTranslator(source, work, lambda frames: frames) as segments:
            began = _now()
            yield segments.translate(0, folder)
            first = closed_segments(folder)[0]
            step = work.segment_frames * first.durations[0]
            for number in numbers[1:-1]:
                path = folder / f"{number:06d}.mkv"
                shutil.copyfile(first.path, path)
                pts = [time_ + number * step for time_ in first.pts]
                note = {
                    "sha256": segment_checksum(path, pts, first.durations),
                    "pts": pts,
                    "durations": first.durations,
                }
                path.with_suffix(".json").write_text(json.dumps(note))
                self.seconds = self.seconds + _now() - began
                yield SegmentOutcome(number, len(pts), len(pts), 1, StageTimes(1.0, {"translate": 1.0}), None)
                began = _now()
            last = segments.translate(numbers[-1], folder)
            self.seconds = self.seconds + _now() - began
            self.last = _now()
            yield last


def main() -> None:
    """Print what the driver took for one long clip, and for many short ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--clips", type=int, default=1, help="in which the segments are")
    arguments = parser.parse_args()
    translation.SEGMENT_FRAMES = SEGMENT
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), arguments.segments, arguments.clips)


def run(folder: Path, segments: int, clips: int) -> None:
    """Carry out one job, and print a line."""
    (folder / "in").mkdir()
    frames = segments // clips * SEGMENT
    first = folder / "in" / "00000.mp4"
    grey = np.full((16, 16, 3), 128, np.uint8)
    video.write_clip(first, (grey for _ in range(frames)), RATE)
    for number in range(1, clips):
        shutil.copyfile(first, folder / "in" / f"{number:05d}.mp4")
    before, executor, after_last = _peak_mb(), Copies(), np.zeros(2)
    options = video.Options(batch_size=1, translation_id="copies")
    began = _now()

    def translate_one(source: Path, target: Path) -> video.Report:
        nonlocal after_last
        report = translate_elsewhere(plan_video(source, target, options), executor)
        after_last = after_last + _now() - executor.last
        return report

    outcomes = list(
        translate_each(find_pairs(folder / "in", folder / "out"), folder / "out", translate_one, options)
    )
    driver = _now() - began - executor.seconds
    written = sum(outcome.report.frames_written for outcome in outcomes if outcome.report)
    print(f"{clips} clips, {segments} segments, {written} of {frames * clips} frames")
    for name, seconds, ending in zip(("clock", "processor"), driver, after_last):
        each = seconds / segments * 1000
        print(
            f"driver by {name}: {seconds:.1f} s, {each:.2f} ms a segment; {ending:.1f} s after the last one"
        )
    print(f"memory: {before:.0f} MB before, {_peak_mb():.0f} MB at most")
    size = sum(path.stat().st_size for path in (folder / "out").iterdir() if path.name.startswith("."))
    print(f"journal of clips: {size / max(clips, 1):.0f} bytes a clip")


def _now() -> np.ndarray:
    """Return the seconds by the clock and of this process's processor time: other work disturbs the first."""
    return np.array([time.perf_counter(), time.process_time()])


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
