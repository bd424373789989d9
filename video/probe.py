"""Inspection of an input before any work, with local reads only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import av

from video.core.errors import MediaError, UsageError
from video.core.frames import FrameSource, fraction
from video.core.limits import check_duration, check_pixels
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.pictures.animation import AnimationSource, probe_animation
from video.pictures.sequence import SequenceSource
from video.pictures.sequence_survey import probe_sequence
from video.reading.joins import check_jump, join_warning, joins_of
from video.reading.losses import Loss, check_is_complete, check_is_whole, gap_in, loss_of, missing_end
from video.reading.main_stream import has_video, main_video
from video.reading.opening import family, format_name, kind_of, open_source
from video.reading.packets import PacketSummary, summarize_packets
from video.reading.reader import ClipSource
from video.reading.structure import damage_of
from video.streams.dry_mux import Beginning

# The demuxers of these mark a packet as corrupt when data before it are missing. Their clocks start anywhere.
_BROADCASTS = ("mpegts", "mpeg")
# No header says how large their frames are, only their first packets.
_BARE_STREAMS = ("h264", "hevc")
# Muxers start a clock this late at most; the clock of a broadcast shows any hour.
_LONGEST_DELAY_SECONDS = 10
_READERS: dict[str, Any] = {
    "clip": ClipSource,
    "animation": AnimationSource,
    "sequence": SequenceSource,
}


def inspect_source(path: str | os.PathLike, options: Options) -> SourceInfo:
    """Check an input and read all of its packets without decoding; see `inspected_source`."""
    with inspected_source(path, options) as (source, _):
        return source


@contextmanager
def inspected_source(
    path: str | os.PathLike, options: Options
) -> Iterator[tuple[SourceInfo, Beginning | None]]:
    """Check an input, read all of its packets without decoding, and keep it open in the context.

    Args:
        path: a clip (mp4, mov, mkv, webm, avi, ts, mpg), an animated picture (GIF, APNG, WebP), a folder
            of pictures, or a pattern of their names.
        options: `video_stream`, and `on_bad_frame`, which decides whether a clip that is cut short or damaged
            is accepted.

    Yields:
        The properties of the input, and the first packets of a clip, for planning its streams.

    Raises:
        UsageError: the path is a URL or stands for standard input.
        MediaError: no readable video; too large, too long, cut short or damaged.
    """
    kind = kind_of(path)
    if kind != "clip":
        _check_no_stream_is_named(path, options)
        yield (probe_animation if kind == "animation" else probe_sequence)(path, options), None
        return
    with open_source(path) as container:
        beginning = Beginning(container)
        yield _inspect_clip(path, beginning, options), beginning


def open_frames(source: SourceInfo, options: Options) -> FrameSource:
    """Open what `inspect_source` found; use it as a context manager.

    Raises:
        UsageError: the requested part starts after the end.
        MediaError: not one frame can be decoded, or the file changed since it was inspected.
    """
    return _READERS[source.kind](source, options)


def check_source(path: str | os.PathLike) -> None:
    """Check that an input exists and has a picture, in milliseconds; raise what `inspect_source` raises."""
    if kind_of(path) == "clip":
        with open_source(path) as container:
            has_video(container, path)


def _check_no_stream_is_named(path: str | os.PathLike, options: Options) -> None:
    if options.video_stream is not None:
        raise UsageError(
            f"pictures have no streams to choose from: {path}",
            detail=f"found a video stream {options.video_stream} to translate",
            fix="leave out --video-stream",
        )


def _inspect_clip(path: str | os.PathLike, beginning: Beginning, options: Options) -> SourceInfo:
    container, kind = beginning.source, family(path)
    damage = damage_of(path, kind)
    video = main_video(container, path, options)
    if not video.codec_context.width and kind in _BARE_STREAMS:
        raise MediaError(
            f"the clip does not say how large its frames are: {path}",
            detail="the beginning of its video is missing or damaged",
            fix="copy or download the clip again",
        )
    check_pixels(video.codec_context.width, video.codec_context.height, "the clip", path)
    if kind not in _BROADCASTS:
        # A broadcast declares none: FFmpeg takes its first clock from its last, and joins come between.
        check_duration(Fraction(container.duration or 0, av.time_base), "the clip", path)
    seen = summarize_packets(container, video, damage.broken_at, beginning.add)
    if seen.is_encrypted:
        raise _encrypted(path)
    time_base = fraction(video.time_base)
    joins = joins_of(path, seen.jumps) if seen.jumps else ()
    is_closed = options.on_time_jump != "auto" or kind in _BROADCASTS
    if joins and options.on_time_jump == "stop":
        check_jump(path, joins[0], _start(container, seen, time_base), options)
    if joins and is_closed:
        with open_source(path) as again:
            seen = summarize_packets(again, again.streams[video.index], damage.broken_at, joins=joins)
    start = _start(container, seen, time_base)
    declared = start + Fraction(container.duration or 0, av.time_base)
    duration = max(seen.end - start, Fraction(1 if not seen.num_untimed else len(seen.times)) / seen.rate)
    check_duration(duration, "the clip", path)
    missing = missing_end(seen, declared, damage)
    cut = damage.cut or seen.failure or missing
    if not seen.times:
        raise _no_frames(path, round((declared - start) * seen.rate), cut)
    loss = loss_of(seen, damage, bool(missing))
    if loss is None and not cut and (damage.may_lack_packets or (kind in _BROADCASTS and seen.num_corrupt)):
        loss = gap_in(seen)
    if options.on_bad_frame == "stop":
        check_is_whole(path, loss, loss.pts * time_base - start if loss else Fraction(0))
        check_is_complete(path, cut)
    video_start, video_end = _video_span(container, seen, time_base, start, start + duration)
    steps = _steps(seen, time_base)
    first = seen.first or Fraction(0)
    is_clock = kind in _BROADCASTS and first > _LONGEST_DELAY_SECONDS
    zero = first if is_clock else min(first, Fraction(0))
    return SourceInfo(
        path=os.path.abspath(path),
        kind="clip",
        format=format_name(kind),
        video_index=video.index,
        frames_total=len(seen.times),
        start=start,
        duration=duration,
        video_start=video_start - start,
        video_end=video_end - start,
        zero=zero,
        shortest_step=min(steps, default=Fraction(0)),
        longest_step=max([*steps, seen.end - max(seen.times) * time_base]),
        joins=joins if is_closed else (),
        warnings=(*_warnings(cut, loss, zero), *(join_warning(join, start, is_closed) for join in joins)),
        is_cut_short=bool(cut),
        is_damaged=loss is not None,
    )


def _start(container, seen: PacketSummary, time_base: Fraction) -> Fraction:
    """Return the exact start of the clip, which FFmpeg rounds to microseconds."""
    if container.start_time is None:
        return min(seen.times, default=0) * time_base
    rounded = Fraction(container.start_time, av.time_base)
    starts = [
        stream.start_time * fraction(stream.time_base)
        for stream in container.streams
        if stream.start_time is not None
    ]
    return min(starts, key=lambda start: abs(start - rounded), default=rounded)


def _video_span(
    container, seen: PacketSummary, time_base: Fraction, start: Fraction, end: Fraction
) -> tuple[Fraction, Fraction]:
    """Return when the first frame begins and the last one ends, in seconds like the clip's start and end.

    Where there is sound too, the last frame counts as long as the others are on average.
    """
    if seen.num_untimed:
        return start, end
    first, last = (time * time_base for time in (min(seen.times), max(seen.times)))
    num_steps = len(seen.times) - 1
    if not container.streams.audio or not num_steps:
        return first, end
    return first, min(end, last + (last - first) / num_steps)


def _steps(seen: PacketSummary, time_base: Fraction) -> list[Fraction]:
    """Return the different times between two frames; none where frames have no times."""
    times = sorted(set(seen.times)) if not seen.num_untimed else []
    return [step * time_base for step in {after - before for before, after in zip(times, times[1:])}]


def _encrypted(path: str | os.PathLike) -> MediaError:
    return MediaError(
        f"the clip is encrypted: {path}",
        detail="its pictures need a key (Common Encryption, as of a shop or a streaming service)",
        fix="use a copy without encryption",
    )


def _no_frames(path: str | os.PathLike, expected: int, cut: str) -> MediaError:
    return MediaError(
        f"0 of {expected or 'all'} frames can be read: {path}",
        detail=cut or "the video has no packet",
        fix="copy or download the clip again",
    )


def _warnings(cut: str, loss: Loss | None, zero: Fraction) -> Iterator[str]:
    if zero:
        yield f"The source's clock begins at {float(zero):.3f} s; all streams were moved to begin at 0."
    if cut:
        yield f"The clip is cut short ({cut}); the rest was translated."
    if loss:
        yield f"The clip is damaged ({loss.reason}): frames, sound or subtitles may be missing there."
