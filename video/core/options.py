"""The options of a translation, in one place for the command, the plan and the journal."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, get_args

from video.core.errors import UsageError

Quality = Literal["lossless", "high", "good", "small"]
OnBadFrame = Literal["stop", "skip", "repeat"]
OnSizeChange = Literal["stop", "letterbox"]
OnTimeJump = Literal["auto", "close", "stop"]
Hdr = Literal["tone-map", "keep"]
Deinterlace = Literal["auto", "on", "off"]
Compare = Literal["side-by-side", "wipe"]
# Of `--steady auto`; docs/video.md has the measurements.
STEADY_STRENGTH = 0.6
QUALITIES = get_args(Quality)
CHOICES = {
    "quality": QUALITIES,
    "on_bad_frame": get_args(OnBadFrame),
    "on_size_change": get_args(OnSizeChange),
    "on_time_jump": get_args(OnTimeJump),
    "hdr": get_args(Hdr),
    "deinterlace": get_args(Deinterlace),
    "compare": (None, *get_args(Compare)),
}


@dataclass(frozen=True)
class Options:
    """Options of a translation; the defaults suit most users.

    Attributes:
        start: first second to translate, on the clip's own clock (0 is its beginning); None for all.
        end: second to stop before; None for all.
        video_stream: index of the video stream to translate, as `info` prints it; None chooses the one that a
            player shows.
        fps: constant rate of the result in frames per second; None keeps the time of every frame.
        codec: 'h264', 'h265', 'av1', 'vp9', 'prores', 'ffv1', or the name of an encoder; None takes
            the container's default.
        quality: 'lossless', 'high' (most eyes see no difference), 'good' or 'small'.
        crf: the encoder's own constant rate factor, instead of `quality`.
        preset: the encoder's own preset; slower ones give smaller files.
        encoder_options: further options of the encoder, by FFmpeg's names.
        batch_size: frames in one call of the callable; None finds the fastest by a short search.
        overwrite: whether an existing target may be replaced.
        keep_partial: whether an unfinished file stays beside the target.
        on_bad_frame: what happens at a frame that cannot be decoded: 'stop'; or 'skip' it (the previous frame
            is shown longer); or 'repeat' the previous frame in its place. At most 1 % of all frames.
        on_size_change: what happens at a frame of another size: 'stop', or 'letterbox' it into the first.
        on_time_jump: what happens where times jump, as in joined recordings: 'close', and what follows begins
            there; 'stop'; or 'auto', which closes jumps of MPEG-TS and MPEG-PS alone.
        hdr: 'tone-map' HDR and high bit depth to tagged BT.709, or 'keep' depth and tags.
        deinterlace: 'auto' (frames that are marked as interlaced), 'on', or 'off'.
        masks: a clip, or a folder or pattern of pictures, with a frame for each of the source's: the result
            is the translation where it is white, the source where it is black. None translates everywhere.
        steady: 0, or how much of the earlier frames' change is blended into that of each, below 1; it lessens
            flicker and blurs a little (see `video.pipeline.steadying`).
        compare: None, or the source beside the result: 'side-by-side', or 'wipe' with a border that moves.
        translation_id: identity of the callable, such as a model's digest, in addition to its attribute of
            this name. Only work with the same identity is resumed; without an identity none is.

    Raises:
        UsageError: a value is out of range.
    """

    start: float | Fraction | None = None
    end: float | Fraction | None = None
    video_stream: int | None = None
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
    on_time_jump: OnTimeJump = "auto"
    hdr: Hdr = "tone-map"
    deinterlace: Deinterlace = "auto"
    masks: str | os.PathLike | None = None
    steady: float = 0.0
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
                detail=f"expected more than 0 and at most 1000 frames per second; found {self.fps}",
                fix="leave it out, and every frame keeps its own time",
            )
        if not 0 <= self.steady < 1:
            raise UsageError(
                "the strength of steadying is out of range",
                detail=f"expected 0 or more, and less than 1; found {self.steady}",
                fix="0 leaves every frame as it is; 0.6 is usual",
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
