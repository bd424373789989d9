"""What FFmpeg knows about a video stream and PyAV does not tell: chroma position, cropping, Dolby Vision.

FFmpeg's Matroska muxer tells: it writes all of it into the header of a file (RFC 9559, 5.1.4.1.28).
"""

import io
from dataclasses import dataclass
from typing import Any

import av

from video.core.ebml import children, content_at

_TRACK = (0x18538067, 0x1654AE6B, 0xAE)
_VIDEO, _ACROSS, _DOWN = (*_TRACK, 0xE0), (0x55B0, 0x55B7), (0x55B0, 0x55B8)
# Horizontal and vertical position: 1 on a luma sample, 2 between two.
_POSITIONS = {(1, 1): "topleft", (1, 2): "left", (2, 1): "top", (2, 2): "center"}
_LEFT, _TOP, _RIGHT, _BOTTOM = 0x54CC, 0x54BB, 0x54DD, 0x54AA
_ADDITION, _ADDED_TYPE, _ADDED_DATA = 0x41E4, 0x41E7, 0x41ED
_DOLBY_VISION = (b"dvcC", b"dvvC", b"dvwC")


@dataclass(frozen=True)
class StreamFacts:
    """Properties of a video stream.

    Attributes:
        chroma_position: FFmpeg's name of it; 'left' where the stream says nothing. H.264, HEVC, MPEG-2 and
            MPEG-4 define it so, and players read every codec so.
        crop: pixels to cut off the stored picture: left, top, right, bottom.
        dolby_vision: the profile; None without Dolby Vision.
    """

    chroma_position: str = "left"
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    dolby_vision: int | None = None


def stream_facts(stream: Any) -> StreamFacts:
    """Return what the container and the packets say about a video stream."""
    file = io.BytesIO()
    try:
        with av.open(file, "w", format="matroska") as output:
            output.add_stream_from_template(stream, opaque=True)
            output.start_encoding()
    except (av.FFmpegError, ValueError):
        # Matroska does not hold the codec.
        return StreamFacts()
    track = content_at(file.getvalue(), *_TRACK) or b""
    picture = content_at(file.getvalue(), *_VIDEO) or b""
    position = _POSITIONS.get((_number(picture, *_ACROSS), _number(picture, *_DOWN)), "left")
    crop = (
        _number(picture, _LEFT),
        _number(picture, _TOP),
        _number(picture, _RIGHT),
        _number(picture, _BOTTOM),
    )
    return StreamFacts(position, crop, _dolby_vision(track))


def _number(data: bytes, *path: int) -> int:
    return int.from_bytes(content_at(data, *path) or b"")


def _dolby_vision(track: bytes) -> int | None:
    """Return the profile: seven bits after two bytes of version."""
    for identifier, start, end in children(track):
        addition = track[start:end]
        if identifier == _ADDITION and content_at(addition, _ADDED_TYPE) in _DOLBY_VISION:
            return (content_at(addition, _ADDED_DATA) or bytes(3))[2] >> 1
    return None
