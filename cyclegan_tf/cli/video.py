"""The command `video`: clips through a model."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import (
    HOW,
    DirectionOption,
    DryRunOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    ProgressOption,
    StripRowsOption,
)
from cyclegan_tf.errors import UsageError
from video.core.options import Compare, Deinterlace, Hdr, OnBadFrame, OnSizeChange, Options, Quality

_PART, _LOOK, _ODD = "Part of the clip", "Encoding", "Unusual sources"


def video(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN", help="Clip, animated picture, folder or pattern of clips or pictures; - is stdin."
        ),
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="Clip to write (.mp4 .mov .mkv .webm .gif .apng .webp), pattern of pictures (out/%05d.png), "
            "folder for many clips; - is stdout.",
        ),
    ],
    model: ModelOption = None,
    direction: DirectionOption = "ab",
    start: Annotated[
        str | None, typer.Option(help="First second, as 12.5 or 1:02:03.", rich_help_panel=_PART)
    ] = None,
    end: Annotated[str | None, typer.Option(help="Second to stop before.", rich_help_panel=_PART)] = None,
    fps: Annotated[
        str | None,
        typer.Option(
            help="Constant rate, as 25, 29.97 or 30000/1001; without it every frame keeps its own time.",
            rich_help_panel=_PART,
        ),
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(
            help="h264, h265, av1, vp9, prores, ffv1, or an encoder's name.",
            show_default="the container's usual one",
            rich_help_panel=_LOOK,
        ),
    ] = None,
    quality: Annotated[
        Quality, typer.Option(help="Visible quality, the same for every codec.", rich_help_panel=_LOOK)
    ] = "high",
    crf: Annotated[
        int | None,
        typer.Option(help="The encoder's own rate factor, instead of --quality.", rich_help_panel=_LOOK),
    ] = None,
    encoder_preset: Annotated[
        str | None, typer.Option(help="The encoder's own preset, as veryfast or slow.", rich_help_panel=_LOOK)
    ] = None,
    encoder_option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A further option of the encoder.", rich_help_panel=_LOOK),
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="Clip or pictures, one for each frame: translated where white, as it was where black.",
            show_default="the model's own, if it has any",
            rich_help_panel=_LOOK,
        ),
    ] = None,
    compare: Annotated[
        Compare | None, typer.Option(help="Show the source beside the result.", rich_help_panel=_LOOK)
    ] = None,
    on_bad_frame: Annotated[
        OnBadFrame, typer.Option(help="What to do with a frame that cannot be decoded.", rich_help_panel=_ODD)
    ] = "stop",
    on_size_change: Annotated[
        OnSizeChange, typer.Option(help="What to do with a frame of another size.", rich_help_panel=_ODD)
    ] = "stop",
    hdr: Annotated[
        Hdr, typer.Option(help="Bring more than 8 bits to 8, or keep depth and tags.", rich_help_panel=_ODD)
    ] = "tone-map",
    deinterlace: Annotated[
        Deinterlace, typer.Option(help="Whether to deinterlace.", rich_help_panel=_ODD)
    ] = "auto",
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Frames translated at a time.",
            show_default="found by a short search",
            rich_help_panel=HOW,
        ),
    ] = None,
    strip_rows: StripRowsOption = None,
    dry_run: DryRunOption = False,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview", help="Write stills side by side, print the time, and stop.", rich_help_panel=HOW
        ),
    ] = False,
    overwrite: OverwriteOption = False,
    keep_partial: Annotated[
        bool,
        typer.Option("--keep-partial", help="Keep a file that could not be finished.", rich_help_panel=HOW),
    ] = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Translate clips: every frame, at its own time, with all other streams.

    After a crash or Ctrl-C the same command resumes where it stopped.
    """
    options = Options(
        start=_seconds("--start", start),
        end=_seconds("--end", end),
        fps=_rate(fps),
        codec=codec,
        quality=quality,
        crf=crf,
        preset=encoder_preset,
        encoder_options=_key_values(encoder_option or []),
        batch_size=batch_size,
        overwrite=overwrite,
        keep_partial=keep_partial,
        on_bad_frame=on_bad_frame,
        on_size_change=on_size_change,
        hdr=hdr,
        deinterlace=deinterlace,
        masks=masks,
        compare=compare,
    )
    from cyclegan_tf.cli import clips as video_command
    from video.collection import is_collection

    job = video_command.VideoJob(model, direction, strip_rows, options, progress, as_json)
    if is_collection(source):
        if masks is not None:
            raise UsageError("--masks belong to one clip", fix="give one clip of the folder")
        if dry_run or preview:
            raise UsageError("--dry-run and --preview look at one clip", fix="give one clip of the folder")
        video_command.translate_many(job, source, target)
    elif dry_run:
        video_command.show_plan(job, source, target)
    elif preview:
        video_command.show_preview(job, source, target)
    else:
        video_command.translate(job, source, target)


def _seconds(option: str, text: str | None) -> Fraction | None:
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


def _rate(text: str | None) -> Fraction | None:
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


def _key_values(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for key, equals, value in pairs:
        if not (key and equals and value):
            raise UsageError(
                f"--encoder-option is not KEY=VALUE: {key}{equals}{value}",
                fix="give it as --encoder-option tune=film",
            )
    return {key: value for key, _, value in pairs}
