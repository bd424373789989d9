"""Opening of local clips, and of nothing else.

FFmpeg opens playlists, URLs and other people's files if a "clip" refers to them. So the first bytes determine
the format here, FFmpeg gets that format, and it may not open any other file or use the network.
"""

import os
import re
import stat
from typing import Any

import av

from video.core.errors import MediaError, UsageError
from video.core.limits import MAX_PIXELS, MAX_STREAMS
from video.reading.first_bytes import (
    HEAD_BYTES,
    clip_family,
    has_index,
    is_animated,
    picture_family,
    unread_family,
)

_CLIPS: tuple[str, ...] = ("mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo")
_CLIPS += ("flv", "mxf", "asf", "dv", "ogg", "h264", "hevc", "yuv4mpegpipe", "ivf")
# The AVI demuxer passes subtitles to text demuxers.
_WHITELIST = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,srt,ass"
_WHITELIST += ",flv,mxf,asf,dv,ogg,h264,hevc,yuv4mpegpipe,ivf"
_NAMES = {"mov": "mp4", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "mpegvideo": "MPEG video"}
_NAMES |= {"flv": "FLV", "mxf": "MXF", "asf": "WMV", "dv": "DV", "ogg": "Ogg", "ivf": "IVF"}
_NAMES |= {"h264": "bare H.264", "hevc": "bare HEVC", "yuv4mpegpipe": "y4m"}
_ACCEPTED = "mp4, mov, mkv, webm, avi"
_ACCEPTED_TOO = (
    "ts, mpg, flv, mxf, wmv, ogv, dv, y4m, ivf, GIF, animated PNG and WebP, and folders of pictures work too"
)

# Only packets tell the sample rate of their sound, and FFmpeg looks for them for 7 s.
_BROADCASTS = ("mpegts", "mpeg")
# Bounded by bytes alone. All lists of streams (PMT) count, for only a later recording may have sound.
_LONGER_LOOK = {"analyzeduration": str(3600 * av.time_base), "probesize": "50000000", "scan_all_pmts": "1"}

_PATTERN = re.compile(r"%\d*d|[*?[]")

# PyAV 19 always replaces characters in tags that it cannot decode, and has no such option.
_TAG_ERRORS: dict[str, Any] = (
    {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
)


def kind_of(path: str | os.PathLike) -> str:
    """Return 'clip', 'animation' or 'sequence', from the name or the first bytes.

    A folder is a sequence of pictures, and so is a name with %05d, * or ? that is not a file.

    Raises:
        UsageError: the path is a URL or standard input.
        MediaError: the file is missing, not a regular file, or neither a video nor an animated picture.
    """
    _check_is_local(path)
    if os.path.isdir(path) or (_PATTERN.search(os.path.basename(path)) and not os.path.lexists(path)):
        return "sequence"
    return "clip" if family(path) in _CLIPS else "animation"


def open_source(path: str | os.PathLike) -> av.container.InputContainer:
    """Open a local video file, and nothing else.

    Raises:
        UsageError: the path is a URL or standard input.
        MediaError: the file is missing, not a regular file, not a video, or has too many streams.
    """
    kind = family(path)
    if kind not in _CLIPS:
        raise _not_a_video(path, f"an animated picture ({kind.upper()})")
    container = _opened(path, kind)
    if kind in _BROADCASTS and _has_unknown_sound(container):
        container.close()
        container = _opened(path, kind, **_LONGER_LOOK)
    return container


def family(path: str | os.PathLike) -> str:
    """Return FFmpeg's name of the file format, from its first bytes alone.

    Returns:
        One of FFmpeg's names of clips, such as 'mov' or 'matroska'; 'gif', 'png' or 'webp' if animated.

    Raises:
        UsageError: the path is a URL or standard input.
        MediaError: the file is missing, not a regular file, unreadable, or none of these.
    """
    _check_is_file(path)
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise MediaError(
            f"the clip cannot be read: {path}",
            detail=f"the system said: {error.strerror}",
            fix="check the file's permissions",
        ) from error
    found = clip_family(head) or picture_family(head)
    if found in _CLIPS or (found and is_animated(path, found, head)):
        return found
    unread = unread_family(head)
    if unread:
        raise MediaError(
            f"{unread} is not read: {path}",
            detail=f"expected one of {_ACCEPTED}",
            fix="copy its streams into another container first: "
            f"ffmpeg -i {os.fspath(path)!r} -map 0 -c copy COPY.mkv",
        )
    if found:
        raise _not_a_video(path, f"a still picture ({found.upper()})")
    raise _not_a_video(path, f"its first bytes are {head[:16]!r}" if head else "the file is empty")


def format_name(kind: str) -> str:
    """Return the usual name of a format."""
    return _NAMES.get(kind, kind)


def no_video(path: str | os.PathLike, found: str) -> MediaError:
    """Return the error for a file without a video stream."""
    return MediaError(
        f"no video stream; the file may be incomplete (index missing): {path}",
        detail=f"found: {found}",
        fix="copy or download the clip again; a sound file cannot be translated",
    )


def _opened(path: str | os.PathLike, kind: str, **more_options: str) -> av.container.InputContainer:
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _WHITELIST,
        # One more than allowed: some demuxers silently drop the streams after the limit.
        "max_streams": str(MAX_STREAMS + 1),
        # If the header is incomplete, opening decodes a frame, in a buffer of the declared size.
        "max_pixels": str(MAX_PIXELS),
        **more_options,
    }
    try:
        # Tags are not always in the character encoding of their container format.
        container = av.open("file:" + os.path.abspath(path), "r", format=kind, options=options, **_TAG_ERRORS)
    except av.error.MemoryError as error:
        raise _too_many_streams(path) from error
    except (av.FFmpegError, ValueError) as error:
        if kind == "mov" and not has_index(path):
            raise no_video(path, "no index (moov) among the file's boxes") from error
        raise _not_a_video(path, getattr(error, "strerror", None) or str(error)) from error
    if len(container.streams) > MAX_STREAMS:
        container.close()
        raise _too_many_streams(path)
    return container


def _has_unknown_sound(container: av.container.InputContainer) -> bool:
    """Return whether there is sound that opening told nothing of, or may be: none was found."""
    contexts = [stream.codec_context for stream in container.streams.audio]
    return not contexts or any(context is not None and not context.sample_rate for context in contexts)


def _check_is_local(path: str | os.PathLike) -> None:
    name = os.fspath(path)
    if name == "-" or (re.match(r"[A-Za-z][\w+.-]+:/", name) and not os.path.exists(name)):
        raise UsageError(
            f"the clip must be a local file: {name}",
            detail="expected a path; found a URL or standard input",
            fix="download it first and give the file's path",
        )


def _check_is_file(path: str | os.PathLike) -> None:
    _check_is_local(path)
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise MediaError(
            f"there is no such clip: {os.fspath(path)}",
            detail=f"the system said: {getattr(error, 'strerror', None) or error}",
            fix="check the path",
        ) from error
    if not stat.S_ISREG(mode):
        found = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise MediaError(
            f"the clip is not a regular file: {os.fspath(path)}",
            detail=f"expected a video file; found {found}",
            fix="give the path of one video file",
        )


def _too_many_streams(path: str | os.PathLike) -> MediaError:
    return MediaError(
        f"the clip has too many streams: {path}",
        detail=f"expected at most {MAX_STREAMS}",
        fix="copy the streams you need into a new file",
    )


def _not_a_video(path: str | os.PathLike, found: str) -> MediaError:
    return MediaError(
        f"not a supported video ({_ACCEPTED}): {path}",
        detail=f"found: {found}",
        fix=f"convert the clip to one of {_ACCEPTED}; {_ACCEPTED_TOO}",
    )
