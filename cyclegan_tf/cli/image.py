"""The command `image`: stills through a model."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import HOW, Direction, DirectionOption, JsonOption, OverwriteOption, TileOption
from cyclegan_tf.images.reading import MAX_PIXELS

Format = StrEnum("Format", ("png", "jpg", "webp", "tif"))
Compare = StrEnum("Compare", ("pairs", "sheet"))
Progress = StrEnum("Progress", ("auto", "json", "none"))


def image(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Run or model folder.")],
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Picture, folder (with its subfolders) or pattern in quotes.")
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder, or for one picture a file (.png .jpg .webp .tif .bmp .npy)."
        ),
    ],
    direction: DirectionOption = Direction.AB,
    kind: Annotated[
        Format | None,
        typer.Option("--format", help="What to write.", show_default="as each picture was"),
    ] = None,
    compare: Annotated[
        Compare | None,
        typer.Option(
            help="Also write each picture beside its translation, or (the first 100) on one contact sheet."
        ),
    ] = None,
    write_masks: Annotated[
        bool,
        typer.Option("--write-masks", help="Also write where the model translates, as OUT.mask.png."),
    ] = False,
    overwrite: OverwriteOption = False,
    tile: TileOption = None,
    max_pixels: Annotated[
        int, typer.Option(min=1, help="Refuse pictures with more pixels.", rich_help_panel=HOW)
    ] = MAX_PIXELS,
    progress: Annotated[
        Progress, typer.Option(help="How progress is shown on stderr.", rich_help_panel=HOW)
    ] = Progress.auto,
    as_json: JsonOption = False,
) -> None:
    """Translate pictures: same names, same sizes, with alpha, 16 bits and colour profile where they can be.

    A picture that cannot be read stops no other; the table at the end and the exit code say so.
    """
    from cyclegan_tf.inference.pictures import ImageJob, translate_pictures

    job = ImageJob(
        model=model,
        direction=direction.value,
        suffix=f".{kind.value}" if kind else None,
        compare=compare and compare.value,
        tile=tile,
        max_pixels=max_pixels,
        overwrite=overwrite,
        progress=progress.value,
        as_json=as_json,
        write_masks=write_masks,
    )
    translate_pictures(job, source, target)
