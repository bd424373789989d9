"""What is in a clip, found out before any work and with nothing but local reads.

FFmpeg opens playlists, URLs and other people's files when a "clip" tells it to. So the first bytes
decide here what the file is, FFmpeg is told that answer, and it may read no other file and no network.
"""

import os
import re
import stat
from dataclasses import dataclass
from fractions import Fraction

import av

from video.errors import MediaError, UsageError
from video.frames import fraction

MAX_PIXELS = 8192 * 8192
MAX_DURATION_SECONDS = 6 * 3600
MAX_STREAMS = 100
_ACCEPTED = "mp4, mov, mkv, webm, avi"
_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp")
_WHITELIST = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_COVER = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails

# A header may promise a little more than there is; half a second more means that the end is missing.
_MISSING_SECONDS = Fraction(1, 2)


@dataclass(frozen=True)
class Source:
    """A clip that was looked through once, packet by packet, without decoding.

    Attributes:
        path: absolute path.
        video_index: index of the stream to translate.
        audio_index: index of the audio track to keep, None without audio.
        dropped: the streams that are not kept, as "subtitle stream 2 (mov_text)".
        frames_total: video packets that show a frame: the expected number of frames.
    """

    path: str
    video_index: int
    audio_index: int | None
    dropped: tuple[str, ...]
    frames_total: int


def probe(path: str | os.PathLike) -> Source:
    """Checks a clip and looks through its packets.

    Args:
        path: a local mp4, mov, mkv, webm or avi file.

    Returns:
        What there is to translate, to keep and to drop.

    Raises:
        UsageError: the path is a URL or stands for standard input.
        MediaError: no readable video, too large, too long, or cut short.
    """
    with open_source(path) as container:
        video = _main_video(container, path)
        _check_size(video.codec_context.width, video.codec_context.height, path)
        _check_duration(container, path)
        audio = container.streams.audio[0] if container.streams.audio else None
        kept = {video.index} | ({audio.index} if audio else set())
        frames_total = _count_frames(container, video, path)
        return Source(
            os.path.abspath(path),
            video.index,
            audio.index if audio else None,
            _dropped(container, kept),
            frames_total,
        )


def check_source(path: str | os.PathLike) -> None:
    """Checks in milliseconds that a clip can be opened and has a picture; raises like `probe`."""
    with open_source(path) as container:
        _main_video(container, path)


def open_source(path: str | os.PathLike) -> av.container.InputContainer:
    """Opens a local video file and nothing else.

    Raises:
        UsageError: the path is a URL or stands for standard input.
        MediaError: the file is missing, not a regular file, not a video, or has too many streams.
    """
    family = _family(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _WHITELIST,
        "max_streams": str(MAX_STREAMS),
    }
    try:
        return av.open("file:" + os.path.abspath(path), "r", format=family, options=options)
    except av.error.MemoryError as error:
        raise MediaError(
            f"the clip has too many streams: {path}",
            detail=f"expected at most {MAX_STREAMS}",
            fix="copy the streams you need into a new file",
        ) from error
    except (av.FFmpegError, ValueError) as error:
        if family == "mov" and not _has_index(path):
            raise _no_video(path, "no index (moov) among the file's boxes") from error
        raise _not_a_video(path, getattr(error, "strerror", None) or str(error)) from error


def _family(path: str | os.PathLike) -> str:
    """Returns FFmpeg's name for the kind of file, from its first bytes."""
    _check_is_file(path)
    try:
        with open(path, "rb") as file:
            head = file.read(16)
    except OSError as error:
        raise MediaError(
            f"the clip cannot be read: {path}",
            detail=f"the system said: {error.strerror}",
            fix="check the file's permissions",
        ) from error
    if head[4:8] in _MOV_BOXES:
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    raise _not_a_video(path, f"its first bytes are {head!r}" if head else "the file is empty")


def _has_index(path: str | os.PathLike) -> bool:
    """Returns whether an mp4 or mov has its index, which recorders write last (ISO/IEC 14496-12, 4.2)."""
    with open(path, "rb") as file:
        while len(head := file.read(16)) >= 8:
            size, kind = int.from_bytes(head[:4]), head[4:8]
            if kind == b"moov":
                return True
            size = int.from_bytes(head[8:16]) if size == 1 else size
            if size < 8:
                return False
            file.seek(size - len(head), os.SEEK_CUR)
    return False


def _check_is_file(path: str | os.PathLike) -> None:
    name = os.fspath(path)
    if name == "-" or (re.match(r"[A-Za-z][\w+.-]*://", name) and not os.path.exists(name)):
        raise UsageError(
            f"the clip must be a local file: {name}",
            detail="expected a path; found a URL or standard input",
            fix="download it first and give the file's path",
        )
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise MediaError(
            f"there is no such clip: {name}",
            detail=f"the system said: {error.strerror}",
            fix="check the path",
        ) from error
    if not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise MediaError(
            f"the clip is not a regular file: {name}",
            detail=f"expected a video file; found {found}",
            fix="give the path of one video file",
        )


def _not_a_video(path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(
        f"not a supported video ({_ACCEPTED}): {path}",
        detail=f"found: {found}",
        fix=f"convert the clip to one of {_ACCEPTED}",
    )


def _main_video(container, path):
    """Returns the first video stream that is not a cover picture."""
    for stream in container.streams.video:
        if not stream.disposition & _COVER and stream.codec_context is not None:
            return stream
    raise _no_video(path, ", ".join(stream.type for stream in container.streams) or "no stream at all")


def _no_video(path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(
        f"no video stream; the file may be incomplete (index missing): {path}",
        detail=f"found: {found}",
        fix="copy or download the clip again; a sound file cannot be translated",
    )


def _check_size(width: int, height: int, path: str | os.PathLike) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise MediaError(
            f"the clip declares frames of an impossible size: {path}",
            detail=f"expected 1 to {MAX_PIXELS} pixels a frame; found {width}x{height}",
            fix="scale the clip down first, or copy it again if it is smaller than that",
        )


def _check_duration(container, path: str | os.PathLike) -> None:
    seconds = (container.duration or 0) / av.time_base
    if seconds > MAX_DURATION_SECONDS:
        raise MediaError(
            f"the clip is too long: {path}",
            detail=f"expected at most {MAX_DURATION_SECONDS // 3600} h; it declares {seconds / 3600:.1f} h",
            fix="cut it into parts",
        )


def _count_frames(container, video, path: str | os.PathLike) -> int:
    """Reads every packet once; a missing end is found now and not after hours of translating."""
    count, end = 0, Fraction(0)
    try:
        for packet in container.demux():
            if packet.size == 0:
                continue
            count += packet.stream_index == video.index and not packet.is_discard
            if packet.pts is not None:
                end = max(end, (packet.pts + (packet.duration or 0)) * fraction(packet.time_base))
    except av.FFmpegError as error:
        raise _cut_short(path, f"its data end at {float(end):.2f} s ({error.strerror})") from error
    declared = Fraction((container.start_time or 0) + (container.duration or 0), av.time_base)
    if declared - end > _MISSING_SECONDS:
        raise _cut_short(path, f"it declares {float(declared):.2f} s; its data end at {float(end):.2f} s")
    return count


def _cut_short(path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(
        f"the clip is cut short or damaged: {path}",
        detail=found,
        fix="copy or download it again, or repair it by copying its streams into a new file",
    )


def _dropped(container, kept: set[int]) -> tuple[str, ...]:
    names = []
    for stream in container.streams:
        if stream.index in kept:
            continue
        codec = stream.codec_context.name if stream.codec_context else stream.name or "unknown"
        kind = "cover picture" if stream.disposition & _COVER else f"{stream.type} stream"
        names.append(f"{kind} {stream.index} ({codec})")
    chapters = len(container.chapters())
    return (*names, *([f"chapters ({chapters})"] if chapters else []))
