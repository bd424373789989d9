"""The measures of a translated clip: its flicker and its sharpness, beside the input's own."""

import os
from collections.abc import Callable, Iterator

from video.core.errors import MediaError
from video.core.options import Options
from video.core.timing import span_of
from video.measuring.flicker import ChangeMeter
from video.measuring.measures import ClipMeasures
from video.measuring.pairing import Pair, check_sizes, paired
from video.measuring.summary import summarize
from video.probe import inspect_source, open_frames
from video.reading.main_stream import video_streams
from video.reading.opening import open_source


def evaluate_video(
    source: str | os.PathLike,
    result: str | os.PathLike,
    options: Options = Options(),
    *,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> ClipMeasures:
    """Measure how steady and how sharp a translated clip is, beside its input.

    The motion is that of the input, by optical flow at a longest side of at most 456 pixels; where the way
    back and forth does not agree, nothing is measured. Nothing is measured across cuts either. Both clips
    stream through, so memory does not grow with their length.

    Args:
        source: the input: whatever `translate_video` reads.
        result: its translation, of the same size and with the same frames.
        options: those that the translation was made with. `start`, `end`, `fps`, `video_stream`,
            `on_bad_frame`, `on_size_change`, `on_time_jump` and `deinterlace` say which frames that are.
        on_progress: called after each frame with the frames done and the expected total.

    Returns:
        The measures of the whole and of every shot, and the worst moments.

    Raises:
        UsageError: a path is a URL, or the part starts after the clip's end.
        MediaError: a clip cannot be read, the two do not fit each other, or nobody can tell which stream of
            the result is the translated one.
    """
    of_input = Options(
        start=options.start,
        end=options.end,
        fps=options.fps,
        video_stream=options.video_stream,
        on_bad_frame=options.on_bad_frame,
        on_size_change=options.on_size_change,
        on_time_jump=options.on_time_jump,
        deinterlace=options.deinterlace,
    )
    info = inspect_source(source, of_input)
    stream = None if options.video_stream is None else _place(options.video_stream, source, result)
    of_output = Options(on_bad_frame=options.on_bad_frame, video_stream=stream)
    infos = info, inspect_source(result, of_output)
    with open_frames(infos[0], of_input) as before, open_frames(infos[1], of_output) as after:
        check_sizes(before, after)
        meter = ChangeMeter(before.clip.height, before.clip.width)
        pairs = _counted(
            paired(before, after, span_of(infos[0], of_input).origin), infos[1].frames_total, on_progress
        )
        found = summarize(pairs, meter)
    return ClipMeasures(
        source=infos[0].path,
        result=infos[1].path,
        size=(before.clip.height, before.clip.width),
        flow_size=meter.size[::-1],
        whole=found.whole,
        shots=found.shots,
        worst=found.worst,
    )


def _place(index: int, source: str | os.PathLike, result: str | os.PathLike) -> int:
    """Return the index in the result of a video stream of the source."""
    with open_source(source) as before, open_source(result) as after:
        streams, found = ([one.index for one in video_streams(clip)] for clip in (before, after))
    if len(found) == 1:
        return found[0]
    if len(found) == len(streams):
        return found[streams.index(index)]
    raise MediaError(
        f"nobody can tell which stream is the translation of stream {index}: {result}",
        detail=f"expected one video stream, or as many as the source; found {len(found)} and {len(streams)}",
        fix=f"keep the translated stream alone: ffmpeg -i {os.fspath(result)!r} -map 0:v:N -c copy COPY.mkv",
    )


def _counted(
    pairs: Iterator[Pair], total: int, on_progress: Callable[[int, int | None], None] | None
) -> Iterator[Pair]:
    for done, pair in enumerate(pairs, start=1):
        yield pair
        if on_progress:
            on_progress(done, max(done, total))
