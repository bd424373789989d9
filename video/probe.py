"""Inspection of an input before any work, with local reads only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

import av

from video.core.errors import MediaError, UsageError
from video.core.frames import FrameSource, fraction
from video.core.limits import check_duration, check_pixels
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.timing import exact_seconds
from video.pictures.animation import AnimationSource, probe_animation
from video.pictures.sequence import SequenceSource
from video.pictures.sequence_survey import probe_sequence
from video.reading.joins import Join, joins_of
from video.reading.main_stream import has_video, main_video
from video.reading.opening import family, format_name, kind_of, open_source
from video.reading.packets import PacketSummary, summarize_packets
from video.reading.reader import ClipSource
from video.reading.structure import Damage, damage_of
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
    check_duration(Fraction(container.duration or 0, av.time_base), "the clip", path)
    seen = summarize_packets(container, video, damage.broken_at, beginning.add)
    if seen.is_encrypted:
        raise _encrypted(path)
    time_base = fraction(video.time_base)
    joins = joins_of(path, seen.jumps) if seen.jumps else ()
    is_closed = options.on_time_jump != "auto" or kind in _BROADCASTS
    if joins and options.on_time_jump == "stop":
        _check_jump(path, joins[0], joins[0].end - _start(container, seen, time_base), options)
    if joins and is_closed:
        with open_source(path) as again:
            seen = summarize_packets(again, again.streams[video.index], damage.broken_at, joins=joins)
    start = _start(container, seen, time_base)
    declared = start + Fraction(container.duration or 0, av.time_base)
    duration = max(seen.end - start, Fraction(1 if not seen.num_untimed else len(seen.times)) / seen.rate)
    check_duration(duration, "the clip", path)
    missing = _missing_end(seen, declared, damage)
    cut = damage.cut or seen.failure or missing
    if not seen.times:
        raise _no_frames(path, round((declared - start) * seen.rate), cut)
    loss = _loss(seen, damage, bool(missing))
    if loss is None and not cut and (damage.may_lack_packets or (kind in _BROADCASTS and seen.num_corrupt)):
        loss = _gap(seen)
    if options.on_bad_frame == "stop":
        _check_is_whole(path, loss, loss.pts * time_base - start if loss else Fraction(0))
        _check_is_complete(path, cut)
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
        zero=zero,
        shortest_step=min(steps, default=Fraction(0)),
        longest_step=max([*steps, seen.end - max(seen.times) * time_base]),
        joins=joins if is_closed else (),
        warnings=(*_warnings(cut, loss, zero), *(_join_warning(join, start, is_closed) for join in joins)),
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


def _steps(seen: PacketSummary, time_base: Fraction) -> list[Fraction]:
    """Return the different times between two frames; none where frames have no times."""
    times = sorted(set(seen.times)) if not seen.num_untimed else []
    return [step * time_base for step in {after - before for before, after in zip(times, times[1:])}]


def _missing_end(seen: PacketSummary, declared: Fraction, damage: Damage) -> str:
    """Return why data must be missing after a break in the structure; empty when nothing is missing."""
    if damage.broken_at is None or declared - seen.end_of_all <= Fraction(3, 2) / seen.rate:
        return ""
    return f"it declares {float(declared):.2f} s; its data end at {float(seen.end_of_all):.2f} s"


@dataclass(frozen=True)
class _Loss:
    """A place where packets are missing: index and PTS of the frame, and the reason to think so."""

    index: int
    pts: int
    reason: str


def _loss(seen: PacketSummary, damage: Damage, lacks_end: bool) -> _Loss | None:
    """Return where a break in the file's structure lost packets, None when it did not."""
    if damage.broken_at is None or not (damage.broken_at < seen.last_position or lacks_end):
        return None
    reason = f"the file's structure is broken at byte {damage.broken_at}"
    return _Loss(seen.num_before, seen.last_before or min(seen.times), reason)


def _gap(seen: PacketSummary) -> _Loss | None:
    """Return the first gap in the timestamps that is longer than usual, None without a gap."""
    times = sorted(seen.times)
    steps = [after - before for before, after in zip(times, times[1:])]
    typical = median(steps) if steps else 0
    for index, step in enumerate(steps):
        if 2 * step > 3 * typical:
            return _Loss(index + 1, times[index], "the timestamps of its packets have a gap")
    return None


def _check_jump(path: str | os.PathLike, join: Join, seconds: Fraction, options: Options) -> None:
    if options.end is not None and exact_seconds(options.end) <= seconds:
        return
    raise MediaError(
        f"the times jump at {float(seconds):.2f} s: {path}",
        detail="from {:.2f} s to {:.2f} s; the file is whole, but holds several recordings".format(
            *map(float, join.jump)
        ),
        fix="let each follow the one before (--on-time-jump close), or translate the first alone "
        f"(--end {float(seconds):.2f})",
    )


def _join_warning(join: Join, start: Fraction, is_closed: bool) -> str:
    before, after = map(float, join.jump)
    result = (
        "what follows begins there" if is_closed else "--on-time-jump close lets what follows begin there"
    )
    return (
        f"The times jump at {float(join.end - start):.2f} s, from {before:.2f} s to {after:.2f} s, as where "
        f"recordings are joined; {result}."
    )


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


def _check_is_whole(path: str | os.PathLike, loss: _Loss | None, seconds: Fraction) -> None:
    if loss is None:
        return
    raise MediaError(
        f"frame {loss.index} cannot be read: {path}",
        detail=f"the data are damaged after {float(seconds):.2f} s ({loss.reason})",
        fix="copy or download the clip again, or continue without it (--on-bad-frame skip or repeat)",
    )


def _check_is_complete(path: str | os.PathLike, cut: str) -> None:
    if cut:
        raise MediaError(
            f"the clip is cut short or damaged: {path}",
            detail=cut,
            fix="copy or download it again, or translate the rest (--on-bad-frame skip)",
        )


def _warnings(cut: str, loss: _Loss | None, zero: Fraction) -> Iterator[str]:
    if zero:
        yield f"The source's clock begins at {float(zero):.3f} s; all streams were moved to begin at 0."
    if cut:
        yield f"The clip is cut short ({cut}); the rest was translated."
    if loss:
        yield f"The clip is damaged ({loss.reason}): frames, sound or subtitles may be missing there."
