"""Reads animated pictures: GIF, APNG and WebP, every frame whole and with its own delay.

The structure of the file is read here, and each stored frame goes to the decoder as a still picture of its
own. So damage is known by frame, nothing is decoded before its size was judged, and one set of rules puts
all three kinds together.
"""

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, islice
from math import lcm

import numpy as np

from video.core.errors import MediaError
from video.core.frames import Clip, Frame
from video.core.limits import MAX_DURATION_SECONDS
from video.core.options import Options
from video.core.source import Source
from video.core.timing import on_grid, snapped_rate, span_of, trimmed, with_durations
from video.pictures.animation_parts import CLEAR, AnimationReader, Canvas, Layer
from video.pictures.animation_survey import Survey, one_picture, open_animation, survey_animation
from video.pictures.png import BadPicture
from video.pictures.still import decode
from video.pictures.still_header import Header
from video.pictures.values import PICTURE_COLOUR, Place, as_picture
from video.reading.bad_frames import BadFrames, CountsBadFrames, mended

# A delay of 0 means that the file does not say; every browser then shows the frame this long.
_UNSAID_DELAY = Fraction(1, 10)
_MILLISECONDS, _MAX_TIME_SCALE = 1000, 1_000_000
_MAX_RATE_DENOMINATOR = 1001


def probe_animation(path: str | os.PathLike, options: Options) -> Source:
    """Looks through the structure of an animated picture without decoding it.

    Args:
        path: a local GIF, APNG or WebP file.
        options: `on_bad_frame` decides whether a file that is cut short will do.

    Returns:
        What there is: the number of frames, and their delays added up.

    Raises:
        MediaError: no picture, a still, too large, too long, or cut short.
    """
    survey = survey_animation(path, may_be_cut=options.on_bad_frame != "stop")
    if len(survey.delays) < 2:
        raise one_picture(path, survey.format)
    duration = sum(_shown_delays(survey), Fraction(0))
    if duration > MAX_DURATION_SECONDS:
        raise MediaError(
            f"the animation is too long: {path}",
            detail=f"expected at most {MAX_DURATION_SECONDS // 3600} h; found {float(duration) / 3600:.1f} h",
            fix="cut it into parts",
        )
    return Source(
        path=os.path.abspath(path),
        kind="animation",
        format=survey.format,
        video_index=None,
        frames_total=len(survey.delays),
        start=Fraction(0),
        duration=duration,
        warnings=tuple(_oddities(survey)),
    )


def _shown_delays(survey: Survey) -> list[Fraction]:
    return [delay or _UNSAID_DELAY for delay in survey.delays]


def _oddities(survey: Survey) -> Iterator[str]:
    unsaid = survey.delays.count(0)
    if unsaid:
        yield f"Without a delay, and shown for 0.1 s as in browsers: {unsaid} of {len(survey.delays)} frames."
    if survey.cut:
        yield f"The {survey.format} is cut short ({survey.cut}); what there is was translated."
    if survey.lacks_end:
        yield f"The {survey.format} has no end mark; frames at its end may be missing."


class AnimationSource(CountsBadFrames):
    """Streams the frames of an animated picture; see `video.core.frames.FrameSource`.

    Holds the canvas and two frames, whatever the number of frames. Transparent pixels are white.

    Args:
        source: what `probe_animation` found.
        options: `start`, `end`, `fps`, `on_bad_frame` and `hdr` are used.

    Attributes:
        loop: how often the animation is shown, 0 for ever.

    Raises:
        MediaError: the file is not what it was.
        UsageError: the part that is asked for lies behind the end.
    """

    def __init__(self, source: Source, options: Options):
        self._source, self._options = source, options
        self._span = span_of(source, options)
        survey = survey_animation(source.path, may_be_cut=options.on_bad_frame != "stop")
        self._bad = BadFrames(source.path, source.frames_total, options.on_bad_frame)
        self._running, self.frames_read, self.loop = None, 0, survey.plays
        self.warnings = []
        if survey.depth == 16 and options.hdr != "keep":
            self.warnings.append("The source has 16 bits a sample; the result has 8.")
        delays = _shown_delays(survey)
        self._time_base = _time_base(delays)
        ends = [round(seconds / self._time_base) for seconds in accumulate(delays)]
        self._times = list(zip([0, *ends], ends))
        rate = (len(delays) / sum(delays)).limit_denominator(_MAX_RATE_DENOMINATOR)
        rate = rate if options.fps is None else snapped_rate(options.fps)
        self.clip = Clip(
            width=survey.width,
            height=survey.height,
            time_base=self._time_base if options.fps is None else 1 / rate,
            rate=rate,
            sample_aspect_ratio=None,
            colour=PICTURE_COLOUR,
            depth=survey.depth if options.hdr == "keep" else 8,
            has_alpha=_is_transparent(source.path, os.stat(source.path).st_mtime_ns, len(delays)),
            is_rgb=True,
        )

    def __enter__(self) -> "AnimationSource":
        return self

    def __exit__(self, *exception) -> None:
        if self._running is not None:
            self._running.close()

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yields the frames whose index is wanted, in order; the others are only counted.

        Raises:
            MediaError: a frame cannot be decoded, and `on_bad_frame` does not allow for it.
        """
        self._running = self._places()
        end = self._times[-1][1]
        shown = with_durations(mended(self._running, self._told), lambda _, pts: end - pts)
        shown = trimmed(shown, self._time_base, self._span)
        if self._options.fps is not None:
            shown = on_grid(shown, self._time_base, self.clip.rate)
        has_alpha, keeps_depth = self.clip.has_alpha, self.clip.depth > 8
        for index, timed in enumerate(shown):
            self.frames_read += 1
            if wanted(index):
                picture = as_picture(timed.item.frame, has_alpha=has_alpha, keeps_depth=keeps_depth)
                yield Frame(index, picture, timed.pts, timed.duration)
        self.warnings += self._bad.warnings()

    def _places(self) -> Iterator[Place]:
        """Yields every frame as RGBA, or why it cannot be decoded."""
        with open_animation(self._source.path) as reader:
            composed = _composed(reader, len(self._times))
            for index, ((pixels, reason), (pts, _)) in enumerate(zip(composed, self._times)):
                yield Place(pixels, pts, index, reason)

    def _told(self, place: Place, has_picture: bool) -> bool:
        return self._bad.add(place.index, place.reason, has_picture=has_picture)


def _time_base(delays: list[Fraction]) -> Fraction:
    """Returns milliseconds, or the finer unit in which an APNG's fractions are exact."""
    scale = lcm(_MILLISECONDS, *(delay.denominator for delay in set(delays)))
    return Fraction(1, scale if scale <= _MAX_TIME_SCALE else _MILLISECONDS)


def _composed(reader: AnimationReader, num_frames: int) -> Iterator[tuple[np.ndarray | None, str]]:
    """Yields (RGBA of the whole canvas, "") for every frame; (None, the reason) for one that is bad."""
    canvas = Canvas(reader.width, reader.height, np.uint16 if reader.depth == 16 else np.uint8)
    for layer in islice(reader.layers(), num_frames):
        try:
            pixels = _decoded(reader, layer)
        except BadPicture as error:
            yield None, str(error)
        else:
            yield canvas.draw(layer, pixels), ""


def _decoded(reader: AnimationReader, layer: Layer) -> np.ndarray:
    kind = {"APNG": "PNG"}.get(reader.format, reader.format)
    return decode(reader.still(layer), Header(kind, layer.width, layer.height, reader.depth, True, 1))


@lru_cache(maxsize=8)
def _is_transparent(path: str, _changed: int, num_frames: int) -> bool:
    """Returns whether any pixel of any frame is not opaque.

    Most animations only use transparency to save what stays as it was, so all frames have to be seen, but
    not again for the same file.
    """
    with open_animation(path) as reader:
        if not any(_may_be_transparent(reader, num_frames)):
            return False
        opaque = np.iinfo(np.uint16 if reader.depth == 16 else np.uint8).max
        composed = _composed(reader, num_frames)
        return any(pixels is not None and pixels[..., 3].min() < opaque for pixels, _ in composed)


def _may_be_transparent(reader: AnimationReader, num_frames: int) -> Iterator[bool]:
    for index, layer in enumerate(islice(reader.layers(), num_frames)):
        starts_bare = index == 0 and (layer.width < reader.width or layer.height < reader.height)
        yield layer.has_alpha or layer.disposal == CLEAR or starts_bare
