"""The command `video`: clips through a model."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.clip_options import (
    ODD,
    DeinterlaceOption,
    EndOption,
    FpsOption,
    OnBadFrameOption,
    OnSizeChangeOption,
    OnTimeJumpOption,
    StartOption,
    VideoStreamOption,
    parse_rate,
    parse_seconds,
)
from cyclegan_tf.cli.options import (
    HOW,
    DirectionOption,
    DryRunOption,
    EngineOption,
    FastOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    PrecisionOption,
    ProgressOption,
    StripRowsOption,
)
from cyclegan_tf.cli.ray_options import (
    CpusOption,
    GpusOption,
    RayOption,
    TransferOption,
    WorkersOption,
    cluster_options,
)
from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.engines.kinds import check_request
from video.core.options import STEADY_STRENGTH, Compare, Hdr, Options, Quality

_LOOK = "Encoding"


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
    fast: FastOption = False,
    direction: DirectionOption = "ab",
    start: StartOption = None,
    end: EndOption = None,
    fps: FpsOption = None,
    video_stream: VideoStreamOption = None,
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
    steady: Annotated[
        str,
        typer.Option(
            metavar="off|auto|STRENGTH",
            help="Lessen flicker: blend each change with earlier ones along the motion; 0.1 to 0.9.",
            rich_help_panel=_LOOK,
        ),
    ] = "auto",
    compare: Annotated[
        Compare | None, typer.Option(help="Show the source beside the result.", rich_help_panel=_LOOK)
    ] = None,
    on_bad_frame: OnBadFrameOption = "stop",
    on_size_change: OnSizeChangeOption = "stop",
    on_time_jump: OnTimeJumpOption = "auto",
    hdr: Annotated[
        Hdr, typer.Option(help="Bring more than 8 bits to 8, or keep depth and tags.", rich_help_panel=ODD)
    ] = "tone-map",
    deinterlace: DeinterlaceOption = "auto",
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Frames translated at a time.",
            show_default="found by a short search",
            rich_help_panel=HOW,
        ),
    ] = None,
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
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
    ray: RayOption = None,
    ray_workers: WorkersOption = None,
    ray_cpus: CpusOption = 1.0,
    ray_gpus: GpusOption = 0.0,
    ray_transfer: TransferOption = "shared",
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Translate clips: every frame, at its own time, with all other streams.

    After a crash or Ctrl-C the same command resumes where it stopped.
    """
    options = Options(
        start=parse_seconds("--start", start),
        end=parse_seconds("--end", end),
        video_stream=video_stream,
        fps=parse_rate(fps),
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
        on_time_jump=on_time_jump,
        hdr=hdr,
        deinterlace=deinterlace,
        masks=masks,
        steady=_strength(steady),
        compare=compare,
    )
    check_request(engine, precision)
    from cyclegan_tf.cli import clips as video_command
    from cyclegan_tf.models.run import find_student
    from video.collection import is_collection

    cluster = cluster_options(ray, ray_workers, ray_cpus, ray_gpus, ray_transfer)
    model = find_student(model) if fast else model
    job = video_command.VideoJob(
        model, direction, strip_rows, options, progress, as_json, engine, precision, cluster
    )
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


def _strength(text: str) -> float:
    """Return the strength of steadying: 0 for off, the one that measurements recommend for auto."""
    if text in ("off", "auto"):
        return STEADY_STRENGTH if text == "auto" else 0.0
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"--steady is not off, auto or a strength: {text}",
            detail="expected off, auto, or a number from 0 to less than 1",
            fix="give it as --steady auto or --steady 0.5",
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
