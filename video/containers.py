"""The containers that can be written, and what goes into each."""

from dataclasses import dataclass
from pathlib import Path

from video.errors import UsageError

MAX_QUALITY = 51
_X264 = {"preset": "medium"}
_VP9 = {"deadline": "good", "cpu-used": "4", "row-mt": "1"}


@dataclass(frozen=True)
class Container:
    """One kind of file to write.

    Attributes:
        muxer: FFmpeg's name of the container.
        video_encoder: FFmpeg's name of the encoder.
        video_options: the encoder's options; the quality is added to them.
        audio_encoder: what audio becomes when its packets cannot be copied.
        needs_even_sides: the encoder refuses odd widths and heights.
        is_indexed: an mp4 or mov: an index of times instead of times in the packets.
    """

    muxer: str
    video_encoder: str
    video_options: dict[str, str]
    audio_encoder: str
    needs_even_sides: bool
    is_indexed: bool


CONTAINERS = {
    ".mp4": Container("mp4", "libx264", _X264, "aac", True, True),
    ".mov": Container("mov", "libx264", _X264, "aac", True, True),
    ".mkv": Container("matroska", "libx264", _X264, "aac", True, False),
    ".webm": Container("webm", "libvpx-vp9", _VP9, "libopus", False, False),
}


def container_for(target: Path) -> Container:
    """Returns the container that the suffix of `target` asks for.

    Raises:
        UsageError: no container has this suffix.
    """
    container = CONTAINERS.get(target.suffix.lower())
    if container is None:
        accepted = ", ".join(CONTAINERS)
        raise UsageError(
            f"the suffix does not name a video container: {target}",
            detail=f"expected one of {accepted}; found {target.suffix or 'no suffix'}",
            fix=f"end the output's name in one of {accepted}",
        )
    return container


def check_quality(quality: int) -> None:
    """Raises UsageError unless `quality` is a whole number from 0 (lossless) to 51 (worst)."""
    if isinstance(quality, bool) or not isinstance(quality, int) or not 0 <= quality <= MAX_QUALITY:
        raise UsageError(
            "the quality is out of range",
            detail=f"expected a whole number from 0 (best) to {MAX_QUALITY} (worst); found {quality!r}",
            fix="use 18, which most eyes cannot tell from the original",
        )
