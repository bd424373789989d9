"""The command line: each command parses, calls one function, and prints what it returned."""

from typing import Annotated

import typer

from cyclegan_tf import __version__
from cyclegan_tf.cli import (
    check_data,
    demo,
    distill,
    evaluate,
    evaluate_video,
    export,
    fit,
    image,
    import_model,
    info,
    masks,
    models,
    report,
    video,
)
from cyclegan_tf.cli.shell import guarded, prepare_process, show_tracebacks
from cyclegan_tf.cli.usage import Commands

HELP = "CycleGAN on TensorFlow: train on two folders of unpaired pictures, translate video, export."

app = typer.Typer(
    name="cyclegan-tf", help=HELP, cls=Commands, invoke_without_command=True, add_completion=False
)


def main() -> None:
    """Run the command line."""
    prepare_process()
    app()


def _version(show: bool) -> None:
    if show:
        typer.echo(f"cyclegan-tf {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    show_tracebacks(debug)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


for _name, _function in {
    "fit": fit.fit,
    "distill": distill.distill,
    "masks": masks.masks,
    "image": image.image,
    "video": video.video,
    "evaluate": evaluate.evaluate,
    "evaluate-video": evaluate_video.evaluate_video,
    "info": info.info,
    "models": models.models,
    "import": import_model.import_model,
    "export": export.export,
    "demo": demo.demo,
    "report": report.report,
    "check-data": check_data.check_data,
}.items():
    app.command(_name)(guarded(_function))  # type: ignore[arg-type]
