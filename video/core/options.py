"""Everything a translation can be told, in one place: the command, the plan and the journal share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from video.core.errors import UsageError

Quality = Literal["lossless", "high", "good", "small"]
OnBadFrame = Literal["stop", "skip", "repeat"]
OnSizeChange = Literal["stop", "letterbox"]
Hdr = Literal["tone-map", "keep"]
Deinterlace = Literal["auto", "on", "off"]
Compare = Literal["side-by-side", "wipe"]
QUALITIES = get_args(Quality)
CHOICES = {
    "quality": QUALITIES,
    "on_bad_frame": get_args(OnBadFrame),
    "on_size_change": get_args(OnSizeChange),
    "hdr": get_args(Hdr),
    "deinterlace": get_args(Deinterlace),
    "compare": (None, *get_args(Compare)),
}


@dataclass(frozen=True)
class Options:
    """How to translate a clip; every field has the default that a user would want.

    Attributes:
        start: first second to translate, on the clip's own clock (0 is its beginning); None for all.
        end: second to stop before; None for all.
        fps: constant rate of the result, frames a second; None keeps every frame at its own time.
        codec: 'h264', 'h265', 'av1', 'vp9', 'prores', 'ffv1', or the name of an encoder; None takes the
            container's usual one.
        quality: 'lossless', 'high' (most eyes see no difference), 'good' or 'small'.
        crf: the encoder's own constant rate factor, instead of `quality`.
        preset: the encoder's own preset, from fast to small.
        encoder_options: further options of the encoder, by its own names.
        batch_size: frames in one call of the callable; None finds the fastest by a short search.
        overwrite: whether an existing target may be replaced.
        keep_partial: whether a file that could not be finished stays beside the target.
        on_bad_frame: what a frame that cannot be decoded does: 'stop', or 'skip' it (the frame before is
            shown longer), or 'repeat' the frame before in its place; at most 1 % of all.
        on_size_change: what a frame of another size does: 'stop', or 'letterbox' it into the first one's.
        hdr: 'tone-map' what eight bits cannot hold to tagged BT.709, or 'keep' depth and tags.
        deinterlace: 'auto' where frames say that they are interlaced, 'on', or 'off'.
        compare: None, or the source beside the result: 'side-by-side', or 'wipe', a border that moves.
        translation_id: what the callable is, as a model's digest, beside what its own attribute of this name
            says: work of another one is not resumed, and of one that does not say what it is none.

    Raises:
        UsageError: a value is out of range.
    """

    start: float | Fraction | None = None
    end: float | Fraction | None = None
    fps: float | Fraction | None = None
    codec: str | None = None
    quality: Quality = "high"
    crf: int | None = None
    preset: str | None = None
    encoder_options: Mapping[str, str] = field(default_factory=dict)
    batch_size: int | None = None
    overwrite: bool = False
    keep_partial: bool = False
    on_bad_frame: OnBadFrame = "stop"
    on_size_change: OnSizeChange = "stop"
    hdr: Hdr = "tone-map"
    deinterlace: Deinterlace = "auto"
    compare: Compare | None = None
    translation_id: str = ""

    def __post_init__(self) -> None:
        for name, accepted in CHOICES.items():
            if getattr(self, name) not in accepted:
                named = ", ".join(str(choice) for choice in accepted if choice)
                raise UsageError(
                    f"there is no such choice for {name}",
                    detail=f"expected one of {named}; found {getattr(self, name)!r}",
                    fix=f"use one of {named}",
                )
        _check_seconds(self.start, self.end)
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise UsageError(
                "the rate is out of range",
                detail=f"expected more than 0 and at most 1000 frames a second; found {self.fps}",
                fix="leave it out, and every frame keeps its own time",
            )
        size = self.batch_size
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise UsageError(
                "the batch size is out of range",
                detail=f"expected a whole number from 1; found {size!r}",
                fix="leave it out, and the fastest is found by a short search",
            )


def _check_seconds(start: float | Fraction | None, end: float | Fraction | None) -> None:
    if start is not None and start < 0:
        raise UsageError(
            "the start is out of range",
            detail=f"expected 0 seconds or more; found {float(start):g}",
            fix="0 is the beginning of the clip",
        )
    if end is not None and end <= (start or 0):
        raise UsageError(
            "the end is not after the start",
            detail=f"expected more than {float(start or 0):g} seconds; found {float(end):g}",
            fix="give the second to stop before",
        )
