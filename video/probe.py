"""What is in an input, found out before any work and with nothing but local reads."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

import av

from video.core.errors import MediaError
from video.core.frames import fraction
from video.core.limits import MAX_DURATION_SECONDS, MAX_PIXELS
from video.core.options import Options
from video.core.source import Source
from video.pictures.animation import probe_animation
from video.pictures.sequence_survey import probe_sequence
from video.reading.opening import family, format_name, kind_of, main_video, open_source
from video.reading.packets import PacketSummary, summarize_packets
from video.reading.structure import Damage, damage_of
from video.streams.dry_mux import Beginning

# Demuxers of these mark packets in front of which something is missing.
_MARKS_LOSSES = ("mpegts", "mpeg")


def look(path: str | os.PathLike, options: Options) -> Source:
    """Check an input and look through all of it without decoding; see `looked_at`."""
    with looked_at(path, options) as (source, _):
        return source


@contextmanager
def looked_at(path: str | os.PathLike, options: Options) -> Iterator[tuple[Source, Beginning | None]]:
    """Check an input, look through all of it without decoding, and keep it open in the context.

    Args:
        path: a clip (mp4, mov, mkv, webm, avi, ts, mpg), an animated picture (GIF, APNG, WebP), a folder
            of pictures, or a pattern of their names.
        options: `on_bad_frame` decides whether a clip that is cut short or damaged will do.

    Yields:
        What was found, and the first packets of a clip, by which its streams are planned.

    Raises:
        UsageError: the path is a URL or stands for standard input.
        MediaError: no readable video; too large, too long, cut short or damaged.
    """
    kind = kind_of(path)
    if kind != "clip":
        yield (probe_animation if kind == "animation" else probe_sequence)(path, options), None
        return
    with open_source(path) as container:
        beginning = Beginning(container)
        yield _look_at_clip(path, beginning, options), beginning


def check_source(path: str | os.PathLike) -> None:
    """Checks in milliseconds that an input is there and has a picture; raises like `look`."""
    if kind_of(path) == "clip":
        with open_source(path) as container:
            main_video(container, path)


def _look_at_clip(path: str | os.PathLike, beginning: Beginning, options: Options) -> Source:
    container, kind = beginning.source, family(path)
    damage = damage_of(path, kind)
    video = main_video(container, path)
    _check_size(video.codec_context.width, video.codec_context.height, path)
    _check_duration(Fraction(container.duration or 0, av.time_base), path)
    seen = summarize_packets(container, video, damage.broken_at, beginning.add)
    time_base = fraction(video.time_base)
    start = _start(container, seen, time_base)
    declared = start + Fraction(container.duration or 0, av.time_base)
    duration = max(seen.end - start, Fraction(1 if not seen.num_untimed else len(seen.times)) / seen.rate)
    _check_duration(duration, path)
    missing = _missing_end(seen, declared, damage)
    cut = damage.cut or seen.failure or missing
    if not seen.times:
        raise _nothing_there(path, round((declared - start) * seen.rate), cut)
    loss = _loss(seen, damage, bool(missing))
    if loss is None and not cut and (damage.may_lack_packets or (kind in _MARKS_LOSSES and seen.num_corrupt)):
        loss = _gap(seen)
    if options.on_bad_frame == "stop":
        _check_is_whole(path, loss, loss.pts * time_base - start if loss else Fraction(0))
        _check_is_complete(path, cut)
    return Source(
        path=os.path.abspath(path),
        kind="clip",
        format=format_name(kind),
        video_index=video.index,
        frames_total=len(seen.times),
        start=start,
        duration=duration,
        warnings=tuple(_oddities(cut, loss)),
        is_cut_short=bool(cut),
        is_damaged=loss is not None,
    )


def _start(container, seen: PacketSummary, time_base: Fraction) -> Fraction:
    """Returns when the clip's clock starts, which FFmpeg rounds to microseconds, exactly."""
    if container.start_time is None:
        return min(seen.times, default=0) * time_base
    rounded = Fraction(container.start_time, av.time_base)
    starts = [
        stream.start_time * fraction(stream.time_base)
        for stream in container.streams
        if stream.start_time is not None
    ]
    return min(starts, key=lambda start: abs(start - rounded), default=rounded)


def _missing_end(seen: PacketSummary, declared: Fraction, damage: Damage) -> str:
    """Returns why something must be missing behind a break in the structure, empty when nothing is."""
    if damage.broken_at is None or declared - seen.end_of_all <= Fraction(3, 2) / seen.rate:
        return ""
    return f"it declares {float(declared):.2f} s; its data end at {float(seen.end_of_all):.2f} s"


@dataclass(frozen=True)
class _Loss:
    """Where packets must be missing: the frame's index, its pts, and how that shows."""

    index: int
    pts: int
    reason: str


def _loss(seen: PacketSummary, damage: Damage, lacks_end: bool) -> _Loss | None:
    """Returns where a break in the file's structure must have cost packets, None when it did not."""
    if damage.broken_at is None or not (damage.broken_at < seen.last_position or lacks_end):
        return None
    reason = f"the file's structure is broken at byte {damage.broken_at}"
    return _Loss(seen.num_before, seen.last_before or min(seen.times), reason)


def _gap(seen: PacketSummary) -> _Loss | None:
    """Returns the first place with more time between frames than usual, None when there is none."""
    times = sorted(seen.times)
    steps = [after - before for before, after in zip(times, times[1:])]
    typical = median(steps) if steps else 0
    for index, step in enumerate(steps):
        if 2 * step > 3 * typical:
            return _Loss(index + 1, times[index], "the file's packets are not without a gap")
    return None


def _check_size(width: int, height: int, path: str | os.PathLike) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise MediaError(
            f"the clip declares frames of an impossible size: {path}",
            detail=f"expected 1 to {MAX_PIXELS} pixels a frame; found {width}x{height}"
            if width * height
            else f"expected 1 to {MAX_PIXELS} pixels a frame; found a size that no decoder takes",
            fix="scale the clip down first, or copy it again if it is smaller than that",
        )


def _check_duration(seconds: Fraction, path: str | os.PathLike) -> None:
    if seconds > MAX_DURATION_SECONDS:
        found = f"{float(seconds / 3600):.1f} h"
        raise MediaError(
            f"the clip is too long: {path}",
            detail=f"expected at most {MAX_DURATION_SECONDS // 3600} h; it declares {found}",
            fix="cut it into parts",
        )


def _nothing_there(path: str | os.PathLike, expected: int, cut: str) -> MediaError:
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
        fix="copy or download the clip again, or go on without it (--on-bad-frame skip or repeat)",
    )


def _check_is_complete(path: str | os.PathLike, cut: str) -> None:
    if cut:
        raise MediaError(
            f"the clip is cut short or damaged: {path}",
            detail=cut,
            fix="copy or download it again, or translate what there is (--on-bad-frame skip)",
        )


def _oddities(cut: str, loss: _Loss | None) -> Iterator[str]:
    if cut:
        yield f"The clip is cut short ({cut}); what there is was translated."
    if loss:
        yield f"The clip is damaged ({loss.reason}): frames, sound or subtitles may be missing there."
