"""The frames of some segments on their way: translated, steadied, composited, compared and encoded."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from video.assembling.segments import SegmentWriter
from video.core.frames import Clip, Frame
from video.core.options import Options
from video.encoding.encoder import Encoder
from video.masks import composited
from video.pipeline.batching import Batcher, Translate
from video.pipeline.comparison import compared
from video.pipeline.grouping import Grouping
from video.pipeline.stages import StageTimes, run_stages
from video.pipeline.steadying import LEAD_FRAMES, Steadier
from video.plan import Plan


@dataclass(frozen=True)
class ClipWork:
    """Everything that the frames of a segment depend on but the callable: values that can be sent.

    Attributes:
        options: as given.
        clip: the properties that all translated frames share.
        written: the same for the written frames.
        encoder: how they are encoded.
        frames_total: the number of frames to expect.
        segment_frames: frames of a segment.
        batch_size: frames in each call of the callable.
    """

    options: Options
    clip: Clip
    written: Clip
    encoder: Encoder
    frames_total: int
    segment_frames: int
    batch_size: int

    @classmethod
    def of(cls, plan: Plan, segment_frames: int, batch_size: int) -> "ClipWork":
        """Return the work of a plan."""
        return cls(
            plan.options,
            plan.clip,
            plan.written,
            plan.encoder,
            plan.frames_total,
            segment_frames,
            batch_size,
        )

    @property
    def grouping(self) -> Grouping:
        """The division of the frames into segments."""
        return grouping_of(self.options, self.segment_frames)


@dataclass(frozen=True)
class SegmentRun:
    """What came out of the stages.

    Attributes:
        frames_encoded: frames in the segments.
        pictures_translated: pictures that the callable translated.
        batch_size: the last one; it is halved whenever memory runs out.
        times: how long it took.
    """

    frames_encoded: int
    pictures_translated: int
    batch_size: int
    times: StageTimes


def grouping_of(options: Options, segment_frames: int) -> Grouping:
    """Return the division of a clip's frames into segments."""
    return Grouping(segment_frames, LEAD_FRAMES if options.steady else 0)


class SegmentRunner:
    """Translates segments of a clip, and closes each in a folder.

    Args:
        work: what to do.
        translate: as of `video.translate_video`.
        folder: for the segments.
    """

    def __init__(self, work: ClipWork, translate: Translate, folder: Path):
        self._work, self._translate, self._folder = work, translate, folder

    def run(
        self,
        frames: Iterable[Frame],
        is_finished: Callable[[int], bool],
        mask_of: Callable[[int], np.ndarray] | None,
        report: Callable[[], None],
    ) -> SegmentRun:
        """Translate some segments.

        Args:
            frames: those of the segments and those that lead into them, in order.
            is_finished: tells of a segment's number whether its frames only lead into another.
            mask_of: from a frame's `source_index` to its mask, see `video.masks.opened_masks`.
            report: called in a thread after each frame.

        Raises:
            BaseException: the first error of any stage, unchanged.
        """
        work, grouping = self._work, self._work.grouping
        batcher = Batcher(self._translate, work.batch_size, grouping.group)
        with SegmentWriter(self._folder, work.encoder, work.written, work.segment_frames) as segments:
            finish_frames = partial(_finished, mask_of=mask_of, work=work, report=report)
            works: dict[str, Callable[[Iterator], Iterator]] = {
                "translate": lambda items: finish_frames(batcher(items))
            }
            if work.options.steady:
                steadier = Steadier(
                    work.options.steady, grouping, lambda index: not is_finished(grouping.segment(index))
                )
                works = {"translate": batcher, "steady": lambda items: finish_frames(steadier(items))}
            times = run_stages(frames, works, segments.write, capacity=2 * batcher.batch_size)
            segments.close()
        return SegmentRun(segments.frames_written, batcher.pictures_translated, batcher.batch_size, times)


def _finished(
    pairs: Iterable[tuple[Frame, Frame]],
    mask_of: Callable[[int], np.ndarray] | None,
    work: ClipWork,
    report: Callable[[], None],
) -> Iterator[Frame]:
    for before, after in pairs:
        if mask_of is not None:
            after = composited(before, after, mask_of(before.source_index))
        yield compared(before, after, work.options.compare, work.clip)
        report()
