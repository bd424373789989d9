"""Options that say which frames of a clip are read, and how times and rates are written."""

from fractions import Fraction
from typing import Annotated

import typer

from cyclegan_tf.errors import UsageError
from video.core.options import Deinterlace, OnBadFrame, OnSizeChange, OnTimeJump

PART, ODD = "Part of the clip", "Unusual sources"

StartOption = Annotated[
    str | None, typer.Option(help="First second, as 12.5 or 1:02:03.", rich_help_panel=PART)
]
EndOption = Annotated[str | None, typer.Option(help="Second to stop before.", rich_help_panel=PART)]
FpsOption = Annotated[
    str | None,
    typer.Option(
        help="Constant rate, as 25, 29.97 or 30000/1001; without it every frame keeps its own time.",
        rich_help_panel=PART,
    ),
]
VideoStreamOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Video stream to translate, by its number in `info`.",
        show_default="the one that players show",
        rich_help_panel=PART,
    ),
]
OnBadFrameOption = Annotated[
    OnBadFrame, typer.Option(help="What to do with a frame that cannot be decoded.", rich_help_panel=ODD)
]
OnSizeChangeOption = Annotated[
    OnSizeChange, typer.Option(help="What to do with a frame of another size.", rich_help_panel=ODD)
]
OnTimeJumpOption = Annotated[
    OnTimeJump,
    typer.Option(
        help="Where times jump, as in joined recordings, let the rest follow; auto: in ts and mpg.",
        rich_help_panel=ODD,
    ),
]
DeinterlaceOption = Annotated[Deinterlace, typer.Option(help="Whether to deinterlace.", rich_help_panel=ODD)]


def parse_seconds(option: str, text: str | None) -> Fraction | None:
    """Return seconds from 12.5, 1:02.5 or 1:02:03."""
    if text is None:
        return None
    try:
        parts = [Fraction(part) for part in text.split(":")]
    except (ValueError, ZeroDivisionError):
        parts = []
    if not 1 <= len(parts) <= 3:
        raise UsageError(
            f"{option} is not a time: {text}",
            detail="expected seconds, minutes:seconds or hours:minutes:seconds",
            fix=f"give it as {option} 12.5 or {option} 1:02:03",
        )
    seconds = Fraction(0)
    for part in parts:
        seconds = 60 * seconds + part
    return seconds


def parse_rate(text: str | None) -> Fraction | None:
    """Return frames a second from 25, 29.97 or 30000/1001."""
    if text is None:
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(
            f"--fps is not a rate: {text}",
            detail="expected frames a second",
            fix="give it as --fps 25, --fps 29.97 or --fps 30000/1001",
        ) from None
