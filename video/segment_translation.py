"""Single segments of a clip, translated without the others: what a worker of a cluster does."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from video.carrying_out import Ending
from video.core.frames import Frame, FrameSource
from video.core.source_info import SourceInfo
from video.masks import opened_masks
from video.pipeline.batching import Translate, find_batch_size
from video.pipeline.stages import StageTimes
from video.probe import open_frames
from video.segment_run import ClipWork, SegmentRunner


@dataclass(frozen=True)
class SegmentOutcome:
    """The outcome of one segment.

    Attributes:
        number: of the segment.
        num_frames: frames in it; 0 if the clip ends before it, and then there is no file.
        pictures_translated: pictures that the callable translated, with those that lead in.
        batch_size: the last one.
        times: of the stages.
        ending: of the source; None unless it was read to its end.
    """

    number: int
    num_frames: int
    pictures_translated: int
    batch_size: int
    times: StageTimes
    ending: Ending | None


class SegmentTranslator:
    """Translates segments of one clip, each as a run over the whole clip would; use it as a context manager.

    The clip stays open between calls: numbers in ascending order decode it once, a number that is not above
    the last one decodes it again from its beginning.

    Args:
        source: the clip, as `video.probe.inspect_source` found it.
        work: what to do.
        translate: as of `video.translate_video`.
    """

    def __init__(self, source: SourceInfo, work: ClipWork, translate: Translate):
        self._source, self._work, self._translate = source, work, translate
        self._opened = ExitStack()
        self._reader: _Reader | None = None
        self._mask_of: Callable[[int], np.ndarray] | None = None

    def __enter__(self) -> "SegmentTranslator":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the clip; a later call opens it again."""
        self._reader = None
        self._opened.close()

    def find_batch_size(self) -> int:
        """Return the batch size with the least time per picture, by a short search on the first frame."""
        first = next(self._reader_from(0).frames(0, 1), None)
        self.close()
        return 1 if first is None else find_batch_size(self._translate, first)

    def translate(self, number: int, folder: Path) -> SegmentOutcome:
        """Translate a segment, and close it in a folder.

        Args:
            number: of the segment; one after the clip's end tells where that is.
            folder: for the segment's files.

        Raises:
            UserError, Exception: as of `video.translate_video`.
        """
        grouping = self._work.grouping
        start = number * grouping.segment_frames
        first, end = max(0, start - grouping.lead_frames), start + grouping.segment_frames
        runner = SegmentRunner(self._work, self._translate, folder)
        try:
            reader = self._reader_from(first)
            run = runner.run(
                reader.frames(first, end), lambda other: other != number, self._mask_of, lambda: None
            )
        except BaseException:
            self.close()
            raise
        return SegmentOutcome(
            number, run.frames_encoded, run.pictures_translated, run.batch_size, run.times, reader.ending
        )

    def _reader_from(self, first: int) -> "_Reader":
        if self._reader is None or not self._reader.can_give(first):
            self.close()
            masks = opened_masks(self._work.options, self._work.frames_total)
            self._mask_of = self._opened.enter_context(masks)
            source = self._opened.enter_context(open_frames(self._source, self._work.options))
            self._reader = _Reader(source, self._work.grouping.lead_frames)
        return self._reader


class _Reader:
    """Reads ranges of frames, in order; a range may begin up to `num_kept` frames before the last one's end.

    Args:
        source: the clip's frames, not read yet.
        num_kept: frames that stay in memory for the next range.

    Attributes:
        ending: of the source, once it was read to its end.
    """

    def __init__(self, source: FrameSource, num_kept: int):
        self._source, self._first = source, 0
        self._frames = source.frames(lambda index: index >= self._first)
        # One more, because the end of a range is only known by the frame after it.
        self._kept: deque[Frame] = deque(maxlen=num_kept + 1)
        self.ending: Ending | None = None

    def can_give(self, first: int) -> bool:
        """Tell whether a range from there on needs no second reading."""
        if self._kept:
            return first >= self._kept[0].index
        return self.ending is None

    def frames(self, first: int, end: int) -> Iterator[Frame]:
        """Yield the frames from index `first` up to `end`, or to the clip's end."""
        self._first = first
        for frame in tuple(self._kept):
            if first <= frame.index < end:
                yield frame
        while self.ending is None and (not self._kept or self._kept[-1].index < end):
            frame = next(self._frames, None)
            if frame is None:
                self.ending = Ending.of(self._source)
                return
            if self._kept and frame.index != self._kept[-1].index + 1:
                self._kept.clear()
            self._kept.append(frame)
            if frame.index < end:
                yield frame
