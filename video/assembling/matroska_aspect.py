"""The sample aspect ratio of a Matroska or WebM file, which PyAV does not write.

FFmpeg's muxer takes it from a field of the stream that PyAV does not set. H.264 and H.265 also store it in
their packets; VP9, AV1, FFV1 and ProRes lose it. So the title of the track reserves some bytes in the header,
and in the finished file the display size replaces them (RFC 9559, 5.1.4.1.28). All later bytes stay in place.
"""

import os
import zlib
from fractions import Fraction

from video.core.ebml import children, element_at

_SEGMENT, _TRACKS, _CLUSTER = 0x18538067, 0x1654AE6B, 0x1F43B675
_ENTRY, _NAME, _VIDEO, _CRC, _VOID = 0xAE, 0x536E, 0xE0, 0xBF, 0xEC
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_AS_RATIO = 3
# Three elements of at most 7 bytes each, and sizes that may grow by a byte.
_RESERVED = "\x1f" * 32
_LONGEST_HEADER = 1 << 20


def reserve_aspect_ratio(stream) -> None:
    """Reserve room for the ratio in the stream's title; call it after setting tags, before the header."""
    stream.metadata["title"] = stream.metadata.get("title", "") + _RESERVED


def write_aspect_ratio(path: str | os.PathLike, width: int, height: int, ratio: Fraction) -> None:
    """Replace the reserved bytes of a finished file with its sample aspect ratio.

    Args:
        path: a Matroska or WebM file whose video stream went through `reserve_aspect_ratio`.
        width: width of the stored frames in pixels.
        height: height of the stored frames in pixels.
        ratio: width of a pixel over its height.

    Raises:
        ValueError: the file has no such stream.
        OSError: it cannot be read or written.
    """
    with open(path, "r+b") as file:
        header = file.read(_LONGEST_HEADER)
        start, end = _tracks(header)
        display = _display(width, height, ratio, is_webm=b"webm" in header[:64])
        tracks = _with_ratio(header[start:end], display)
        file.seek(start)
        file.write(tracks)


def _display(width: int, height: int, ratio: Fraction, *, is_webm: bool) -> bytes:
    if is_webm:
        # WebM supports only whole pixels.
        return _number(_DISPLAY_WIDTH, round(width * ratio)) + _number(_DISPLAY_HEIGHT, height)
    shown = Fraction(width, height) * ratio
    return (
        _number(_DISPLAY_WIDTH, shown.numerator)
        + _number(_DISPLAY_HEIGHT, shown.denominator)
        + _number(_DISPLAY_UNIT, _AS_RATIO)
    )


def _tracks(header: bytes) -> tuple[int, int]:
    """Return the start and end of the Tracks element's content."""
    position = 0
    while position < len(header):
        identifier, start, end = element_at(header, position)
        if identifier == _TRACKS and end <= len(header):
            return start, end
        if identifier == _CLUSTER:
            break
        position = start if identifier == _SEGMENT else end
    raise ValueError("the file has no Tracks element before its packets")


def _with_ratio(tracks: bytes, display: bytes) -> bytes:
    """Return the content of Tracks, of the same length, with the ratio in the entry that reserved room."""
    reserved = _RESERVED.encode()
    for identifier, start, end in children(tracks):
        if identifier == _ENTRY and reserved in tracks[start:end]:
            changed = tracks[:start] + _entry_with_ratio(tracks[start:end], display) + tracks[end:]
            return _with_sum(changed)
    raise ValueError("no track of the file has room for its sample aspect ratio")


def _with_sum(tracks: bytes) -> bytes:
    """Return the same with an updated CRC-32, if there is one: it is the first element."""
    identifier, start, end = element_at(tracks, 0)
    if identifier != _CRC:
        return tracks
    return tracks[:start] + zlib.crc32(tracks[end:]).to_bytes(4, "little") + tracks[end:]


def _entry_with_ratio(entry: bytes, display: bytes) -> bytes:
    changed = b""
    for identifier, start, end in children(entry):
        content = entry[start:end]
        if identifier == _NAME:
            content = content.replace(_RESERVED.encode(), b"")
            if not content:
                continue
        elif identifier == _VIDEO:
            content += display
        changed += _packed(identifier, content)
    # The rest of the reserved bytes; an element has at least 2 bytes.
    left = len(entry) - len(changed)
    return changed + _packed(_VOID, bytes(left - 2))


def _packed(identifier: int, content: bytes) -> bytes:
    length = len(content)
    # The highest value of each length means "unknown".
    size_length = next(count for count in range(1, 9) if length < (1 << 7 * count) - 1)
    size = (length | 1 << 7 * size_length).to_bytes(size_length)
    return identifier.to_bytes((identifier.bit_length() + 7) // 8) + size + content


def _number(identifier: int, value: int) -> bytes:
    return _packed(identifier, value.to_bytes((value.bit_length() + 7) // 8))
