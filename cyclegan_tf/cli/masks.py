"""The command `masks`: masks of the subject, for every picture of a data set."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import JsonOption, ProgressOption, SetOption
from cyclegan_tf.cli.printing import print_json, start_tensorflow


def masks(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Folder with trainA and trainB, and tests if there are any."),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write; existing masks are kept.")],
    subject: Annotated[
        str | None,
        typer.Option(
            help="ImageNet names of the subject, as sorrel,zebra; leaves out a boy in front of the horse.",
            show_default="all that stands out",
        ),
    ] = None,
    overrides: SetOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing masks.")] = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Make masks of the subject, so that training translates it and leaves the rest as it is.

    Look at the contact sheet; correct or redraw masks as you like: grey pictures, white where the subject is.
    """
    from cyclegan_tf.config.loading import load_config, parse_overrides
    from cyclegan_tf.masking.making import make_masks

    config = load_config(None, {**parse_overrides(overrides or []), "data.root": data})
    names = [name for name in (subject or "").split(",") if name.strip()]
    if names:
        # The network that finds named subjects.
        start_tensorflow()
    report = make_masks(config.data, out, names, overwrite=overwrite, progress=progress)
    print_json(asdict(report)) if as_json else typer.echo(str(report))
