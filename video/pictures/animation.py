"""Reading of animated pictures: GIF, APNG and WebP, complete frames with their own delays."""

import os
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from itertools import accumulate, islice
from math import lcm
from pathlib import Path

import av
import numpy as np
from PIL import Image

from video.core.errors import MediaError
from video.core.frames import Clip, Frame
from video.core.limits import check_duration
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import Timed, on_grid, snapped_rate, span_of, trimmed
from video.pictures.animation_survey import Survey, one_picture, seek_all, survey_animation
from video.pictures.values import PICTURE_COLOUR, as_picture

# A delay of 0 means unspecified; every browser then shows the frame this long.
_UNSPECIFIED_DELAY = Fraction(1, 10)
_MILLISECONDS, _MAX_TIME_SCALE = 1000, 1_000_000
_MAX_RATE_DENOMINATOR = 1001
_GIF_SIZE_BYTE, _GIF_BACKGROUND_BYTE = 6, 11


def probe_animation(path: str | os.PathLike, options: Options) -> SourceInfo:
    """Inspect an animated picture.

    Args:
        path: a local GIF, APNG or WebP file.
        options: `on_bad_frame` decides whether the frames before the damage are enough.

    Returns:
        Its properties: the number of frames, and the sum of their delays.

    Raises:
        MediaError: not an animated picture, too large, too long, cut short or damaged.
    """
    survey = survey_animation(path, may_be_cut=options.on_bad_frame != "stop")
    if len(survey.delays) < 2:
        raise one_picture(path, survey.format)
    duration = sum(_shown_delays(survey), Fraction(0))
    check_duration(duration, "the animation", path)
    return SourceInfo(
        path=os.path.abspath(path),
        kind="animation",
        format=survey.format,
        video_index=None,
        frames_total=len(survey.delays),
        start=Fraction(0),
        duration=duration,
        warnings=tuple(_warnings(survey)),
    )


def _shown_delays(survey: Survey) -> list[Fraction]:
    return [delay or _UNSPECIFIED_DELAY for delay in survey.delays]


def _warnings(survey: Survey) -> Iterator[str]:
    if number := survey.delays.count(0):
        yield f"Without a delay, and shown for 0.1 s as in browsers: {number} of {len(survey.delays)} frames."
    if survey.cut:
        yield (
            f"The {survey.format} is cut short or damaged at frame {len(survey.delays)} ({survey.cut}); "
            "the frames before it were translated."
        )
    elif survey.lacks_end:
        yield f"The {survey.format} does not end with its end mark; frames at its end may be missing."


class AnimationSource(AbstractContextManager):
    """A reader of the frames of an animated picture; see `video.core.frames.FrameSource`.

    Holds two frames and, of a GIF or WebP, the compressed file. Transparent pixels are white.

    Args:
        source: what `probe_animation` found.
        options: `start`, `end`, `fps`, `on_bad_frame` and `hdr` are used.

    Attributes:
        loop: how often the animation plays, 0 for ever.

    Raises:
        MediaError: the file changed since it was inspected.
        UsageError: the requested part starts after the end.
    """

    # Reading stops at a damaged frame, so none is skipped or repeated.
    frames_skipped = frames_repeated = 0

    def __init__(self, source: SourceInfo, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        survey = survey_animation(source.path, may_be_cut=options.on_bad_frame != "stop")
        self._survey = survey
        self._running: Generator[np.ndarray, None, None] = None
        self.frames_read, self.loop = 0, survey.plays
        self.warnings = []
        if survey.depth == 16 and options.hdr != "keep":
            self.warnings.append("The source has 16 bits per sample; the result has 8.")
        delays = _shown_delays(survey)
        self._time_base = _time_base(delays)
        ends = [round(seconds / self._time_base) for seconds in accumulate(delays)]
        self._times = list(zip([0, *ends], ends))
        rate = (len(delays) / sum(delays, Fraction(0))).limit_denominator(_MAX_RATE_DENOMINATOR)
        rate = rate if options.fps is None else snapped_rate(options.fps)
        self.clip = Clip(
            width=survey.width,
            height=survey.height,
            time_base=self._time_base if options.fps is None else 1 / rate,
            rate=rate,
            sample_aspect_ratio=None,
            colour=PICTURE_COLOUR,
            depth=survey.depth if options.hdr == "keep" else 8,
            has_alpha=_is_transparent(source.path, os.stat(source.path).st_mtime_ns, survey),
            is_rgb=True,
        )

    def __exit__(self, *exception) -> None:
        if self._running is not None:
            self._running.close()

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yield the frames whose index is wanted, in order; only count the others.

        Raises:
            MediaError: a frame cannot be decoded.
        """
        self._running = _decoded(self._source.path, self._survey)
        shown: Iterator[Timed] = (
            Timed(pixels, pts, end - pts) for pixels, (pts, end) in zip(self._running, self._times)
        )
        shown = trimmed(shown, self._time_base, self._span)
        if self._options.fps is not None:
            shown = on_grid(shown, self._time_base, self.clip.rate)
        has_alpha, keeps_depth = self.clip.has_alpha, self.clip.depth > 8
        for index, timed in enumerate(shown):
            self.frames_read += 1
            if wanted(index):
                picture = as_picture(timed.item, has_alpha=has_alpha, keeps_depth=keeps_depth)
                yield Frame(index, picture, timed.pts, timed.duration)


def _time_base(delays: list[Fraction]) -> Fraction:
    """Return milliseconds, or the finer unit in which an APNG's fractions are exact."""
    scale = lcm(_MILLISECONDS, *(delay.denominator for delay in set(delays)))
    return Fraction(1, scale if scale <= _MAX_TIME_SCALE else _MILLISECONDS)


@lru_cache(maxsize=8)
def _is_transparent(path: str, _changed: int, survey: Survey) -> bool:
    """Tell whether any pixel of any frame is not opaque.

    Most animations use transparency only for compression, so every frame has to be decoded.
    """
    return any(pixels[..., 3].min() < np.iinfo(pixels.dtype).max for pixels in _decoded(path, survey))


def _decoded(path: str, survey: Survey) -> Generator[np.ndarray, None, None]:
    """Yield every composited frame as RGBA: uint8, or uint16 at 16 bits per sample.

    Raises:
        MediaError: there are fewer frames, or one cannot be decoded.
    """
    count, total = 0, len(survey.delays)
    reason = f"expected {total} frames"
    try:
        for pixels in islice(_decoder(path, survey), total):
            yield pixels
            count += 1
    except (av.error.FFmpegError, OSError, EOFError) as error:
        reason = str(error)
    if count < total:
        raise MediaError(
            f"frame {count} of the animation cannot be decoded: {path}",
            detail=reason,
            fix="copy the file again, or convert it with another program",
        )


def _decoder(path: str, survey: Survey) -> Iterator[np.ndarray]:
    """Decode with FFmpeg if possible: Pillow keeps 8 of 16 bits, and blends half-transparent pixels wrongly.

    FFmpeg does not decode animated WebP, nor APNG of grey in less than 8 bits.
    """
    if survey.format == "GIF":
        return _by_ffmpeg(BytesIO(_gif_as_in_browsers(path, survey)), "gif")
    return _by_ffmpeg("file:" + path, "apng") if survey.suits_ffmpeg else _by_pillow(path)


def _gif_as_in_browsers(path: str, survey: Survey) -> bytes:
    """Return a GIF with a header that makes FFmpeg decode it as browsers do.

    In browsers a GIF without a size has that of its first frame, and is cleared to transparent instead of the
    background colour. FFmpeg takes a background index past the palette for transparent.
    """
    data = bytearray(Path(path).read_bytes())
    struct.pack_into("<HH", data, _GIF_SIZE_BYTE, survey.width, survey.height)
    data[_GIF_BACKGROUND_BYTE] = 255
    return bytes(data)


def _by_ffmpeg(file: BytesIO | str, format: str) -> Iterator[np.ndarray]:
    with av.open(file, "r", format=format) as container:
        for frame in container.decode(container.streams.video[0]):
            is_deep = any(component.bits > 8 for component in frame.format.components)
            yield frame.to_ndarray(format="rgba64le" if is_deep else "rgba")


def _by_pillow(path: str) -> Iterator[np.ndarray]:
    with Image.open(path, formats=["PNG", "WEBP"]) as image:
        for _ in seek_all(image, path):
            yield np.asarray(image.convert("RGBA"))
