"""The command `info`: describe a model or a clip."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import JsonOption
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.models.bundled import bundled_models
from cyclegan_tf.models.run import find_model, holds_model, is_part_of_model


def info(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", help="Run, model or a name of `models`; clip, animated picture or folder."
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option(help="Suffix of a clip's result, as .mkv.", show_default="the clip's own, or .mp4"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a model is and where it came from; or what a clip is, and what `video` would do about it."""
    is_name = not path.exists() and str(path) in bundled_models()
    if is_name or holds_model(path):
        _show_model(path, as_json=as_json)
        return
    if is_part_of_model(path):
        # Says what to give instead.
        find_model(path)
    from cyclegan_tf.cli import clips as video_command

    video_command.show_clip(path, to, as_json=as_json)


def _show_model(path: Path, *, as_json: bool) -> None:
    start_tensorflow()
    from cyclegan_tf.inference.info import describe_model, model_text

    fields = describe_model(path)
    print_json(fields) if as_json else typer.echo(model_text(fields))
