"""Reopens a written file and counts, before anybody relies on it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from video.audio import AudioTrack
from video.errors import MediaError, OutputError
from video.frames import fraction
from video.probe import open_source
from video.writer import Writer


def verify(path: Path, writer: Writer, time_base: Fraction) -> None:
    """Checks that a finished file has every frame at its time and every audio packet.

    Packets are counted, nothing is decoded.

    Args:
        path: the finished file.
        writer: what wrote it.
        time_base: seconds in one unit of the writer's times.

    Raises:
        OutputError: something is missing or at another time.
    """
    try:
        with open_source(path) as container:
            found = _look_through(container)
    except (av.FFmpegError, MediaError, IndexError) as error:
        raise _wrong(path, "a readable clip", str(error).splitlines()[0]) from error
    _check_frames(path, found, writer, time_base)
    if writer.audio:
        _check_audio(path, found, writer.audio)


@dataclass
class _Found:
    """What a file has: frames, their first and last time and tick in seconds; audio packets and bytes."""

    tick: Fraction
    num_frames: int = 0
    first: Fraction | None = None
    last: Fraction | None = None
    num_audio_packets: int = 0
    num_audio_bytes: int = 0


def _look_through(container) -> _Found:
    video = container.streams.video[0]
    found = _Found(fraction(video.time_base))
    for packet in container.demux():
        if packet.size == 0:
            continue
        if packet.stream_index != video.index:
            found.num_audio_packets += 1
            found.num_audio_bytes += packet.size
            continue
        time = packet.pts * found.tick
        found.num_frames += 1
        found.first = time if found.first is None else min(found.first, time)
        found.last = time if found.last is None else max(found.last, time)
    return found


def _check_frames(path: Path, found: _Found, writer: Writer, time_base: Fraction) -> None:
    if found.num_frames != writer.frames_written:
        raise _wrong(path, f"{writer.frames_written} frames", f"{found.num_frames}")
    tick = max(found.tick, time_base)
    start, last = writer.start * time_base, writer.last * time_base
    if abs((found.last - found.first) - (last - start)) > 2 * tick:
        raise _wrong(path, f"{float(last - start):.4f} s", f"{float(found.last - found.first):.4f} s")
    # Matroska holds no negative time: priming before 0 moves the whole file, sound and picture alike.
    priming = -(writer.audio.first_time or 0) if writer.audio else 0
    if not start - tick <= found.first <= start + max(0, priming) + tick:
        raise _wrong(path, f"a start at {float(start):.4f} s", f"{float(found.first):.4f} s")


def _check_audio(path: Path, found: _Found, audio: AudioTrack) -> None:
    # A mov gives PCM back in packets of another length; then the bytes decide.
    if found.num_audio_packets == audio.packets_written or found.num_audio_bytes == audio.bytes_written:
        return
    raise _wrong(path, f"{audio.packets_written} audio packets", f"{found.num_audio_packets}")


def _wrong(path: Path, expected: str, found: str) -> OutputError:
    return OutputError(
        f"the written file did not come out right: {path}",
        detail=f"expected {expected}; found {found}",
        fix="write to .mkv instead, and report this clip as a bug",
    )
