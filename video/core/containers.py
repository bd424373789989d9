"""The containers that can be written, and the codecs that each of them holds."""

import re
from dataclasses import dataclass
from pathlib import Path

from video.core.errors import UsageError

_NUMBER = re.compile(r"%0?[0-9]*d")


@dataclass(frozen=True)
class Container:
    """A kind of file to write.

    Attributes:
        muxer: FFmpeg's name of the container; for pictures their format.
        codecs: names of the video codecs that it holds; the first is the default.
        audio_encoder: the encoder for audio whose packets cannot be copied.
        is_indexed: an mp4 or mov: timestamps lie in an index (moov), not in the packets.
        holds_pictures: an animated picture, or pictures in a folder: no packets, no other streams.
        is_sequence: one file per frame, named by a pattern.
    """

    muxer: str
    codecs: tuple[str, ...]
    audio_encoder: str = ""
    is_indexed: bool = False
    holds_pictures: bool = False
    is_sequence: bool = False


CONTAINERS = {
    ".mp4": Container("mp4", ("h264", "h265", "av1"), "aac", is_indexed=True),
    ".mov": Container("mov", ("h264", "h265", "prores"), "aac", is_indexed=True),
    ".mkv": Container("matroska", ("h264", "h265", "av1", "vp9", "ffv1", "prores"), "aac"),
    ".webm": Container("webm", ("vp9", "av1"), "libopus"),
}
# Their segments are FFV1, so that the pictures are made from lossless frames.
ANIMATIONS = {
    ".gif": Container("gif", ("ffv1",), holds_pictures=True),
    ".apng": Container("apng", ("ffv1",), holds_pictures=True),
    ".png": Container("apng", ("ffv1",), holds_pictures=True),
    ".webp": Container("webp", ("ffv1",), holds_pictures=True),
}
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
SEQUENCE = Container("sequence", ("ffv1",), holds_pictures=True, is_sequence=True)


def container_for(target: Path) -> Container:
    """Return the container that a name asks for: by its suffix, or by a number such as %05d in it.

    Raises:
        UsageError: the suffix is unknown.
    """
    suffix = target.suffix.lower()
    is_pattern = _NUMBER.search(target.name.replace("%%", "")) is not None
    known = dict.fromkeys(_PICTURE_SUFFIXES, SEQUENCE) if is_pattern else CONTAINERS | ANIMATIONS
    if suffix in known:
        return known[suffix]
    if is_pattern and suffix in CONTAINERS | ANIMATIONS:
        return (CONTAINERS | ANIMATIONS)[suffix]
    accepted = ", ".join(known)
    raise UsageError(
        f"the suffix does not name {'a kind of picture' if is_pattern else 'a video container'}: {target}",
        detail=f"expected one of {accepted}; found {target.suffix or 'no suffix'}",
        fix=f"end the output's name in one of {accepted}",
    )
