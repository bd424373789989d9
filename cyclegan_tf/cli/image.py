"""The command `image`: stills through a model."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import (
    HOW,
    BadImage,
    Direction,
    DirectionOption,
    DryRunOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    Progress,
    ProgressOption,
    StripRowsOption,
)
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.images.reading import MAX_PIXELS

Format = StrEnum("Format", ("png", "jpg", "webp", "tif"))
Compare = StrEnum("Compare", ("pairs", "sheet"))


def image(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Picture, folder (with its subfolders) or pattern in quotes.")
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder, or for one picture a file (.png .jpg .webp .tif .bmp .npy)."
        ),
    ],
    model: ModelOption = None,
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
    overwrite: OverwriteOption = False,
    on_bad_image: Annotated[
        BadImage,
        typer.Option(help="Stop at a picture that cannot be translated, or skip it and report it."),
    ] = BadImage.skip,
    strip_rows: StripRowsOption = None,
    max_pixels: Annotated[
        int, typer.Option(min=1, help="Refuse pictures with more pixels.", rich_help_panel=HOW)
    ] = MAX_PIXELS,
    dry_run: DryRunOption = False,
    progress: ProgressOption = Progress.auto,
    as_json: JsonOption = False,
) -> None:
    """Translate pictures: same names, same sizes, with alpha, 16 bits and colour profile where they can be.

    A picture that cannot be read stops no other; the table at the end and the exit code say so.
    """
    from cyclegan_tf.inference.pictures import PictureOptions, plan_pictures, translate_planned
    from cyclegan_tf.models.run import find_model

    options = PictureOptions(
        kind and kind.value, compare and compare.value, max_pixels, overwrite, on_bad_image.value
    )
    folder = find_model(model)
    result = plan_pictures(source, target, options)
    if not dry_run:
        translator = _load(folder, direction.value, strip_rows)
        result = translate_planned(result, translator, progress.value)
    if as_json:
        print_json({"model": str(folder), "direction": direction.value, **result.to_dict()})
    else:
        typer.echo(f"model: {folder}\n{result}")
    if not dry_run and result.failed:
        raise typer.Exit(result.failed[0].error.exit_code)


def _load(folder: Path, direction: str, strip_rows: int | None):
    start_tensorflow()
    from cyclegan_tf.inference.translator import Translator

    return Translator(folder, direction, strip_rows=strip_rows)
