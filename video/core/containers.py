"""The files that can be written, and what goes into each."""

import re
from dataclasses import dataclass
from pathlib import Path

from video.core.errors import UsageError

_NUMBER = re.compile(r"%0?[0-9]*d")


@dataclass(frozen=True)
class Container:
    """One kind of file to write.

    Attributes:
        muxer: FFmpeg's name of the container, of pictures their kind.
        codecs: names of the video codecs that belong in it; the first is the usual one.
        audio_encoder: what audio becomes when its packets cannot be copied.
        is_indexed: an mp4 or mov: an index of times instead of times in the packets.
        holds_pictures: an animated picture, or pictures in a folder: no packets, no other streams.
        is_sequence: one file a frame, named by a pattern.
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
# Their segments are FFV1: what the pictures are made from has lost nothing.
ANIMATIONS = {
    ".gif": Container("gif", ("ffv1",), holds_pictures=True),
    ".apng": Container("apng", ("ffv1",), holds_pictures=True),
    ".png": Container("apng", ("ffv1",), holds_pictures=True),
    ".webp": Container("webp", ("ffv1",), holds_pictures=True),
}
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
SEQUENCE = Container("sequence", ("ffv1",), holds_pictures=True, is_sequence=True)


def container_for(target: Path) -> Container:
    """Returns the kind of file that a name asks for: by its suffix, or by a number such as %05d in it.

    Raises:
        UsageError: nothing that can be written has this suffix.
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
