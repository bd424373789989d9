"""The command line: each command parses, calls one function, and prints what it returned."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf import __version__
from cyclegan_tf.cli import export as cli_export
from cyclegan_tf.cli import image as cli_image
from cyclegan_tf.cli import importing as cli_import
from cyclegan_tf.cli import info as cli_info
from cyclegan_tf.cli import masks as cli_masks
from cyclegan_tf.cli import models as cli_models
from cyclegan_tf.cli import video as cli_video
from cyclegan_tf.cli.options import (
    AOption,
    BOption,
    ConfigOption,
    DataArgument,
    JsonOption,
    SetOption,
)
from cyclegan_tf.cli.shell import guarded, prepare_process, show_tracebacks
from cyclegan_tf.errors import DataError, UsageError

HELP = "CycleGAN on TensorFlow: train on two folders of unpaired pictures, translate video, export."

app = typer.Typer(name="cyclegan-tf", help=HELP, no_args_is_help=True, add_completion=False)


def main() -> None:
    """Runs the command line."""
    prepare_process()
    app()


def _command(function: Callable) -> Callable:
    return app.command()(guarded(function))


def _version(show: bool) -> None:
    if show:
        typer.echo(f"cyclegan-tf {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    show_tracebacks(debug)


@_command
def fit(
    data: DataArgument = None,
    a: AOption = None,
    b: BOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the run's folder.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print configuration, steps, rate, memory and time, and stop.")
    ] = False,
    init: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Model or run folder whose generators to start from.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete an earlier run of this name.")] = False,
    allow_data_change: Annotated[
        bool, typer.Option("--allow-data-change", help="Resume although the pictures have changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Train on two folders of unpaired pictures.

    Default is the paper's recipe at 256 px, which wants a GPU; on a CPU take --config cpu-128.
    """
    from cyclegan_tf.cli.run_config import configure, configure_resumed

    if resume and fresh:
        raise UsageError("--resume and --fresh exclude each other", fix="give one of them")
    if resume and init is not None:
        raise UsageError("--resume and --init exclude each other", fix="--init starts a new run")
    given = [*(overrides or [])]
    if init is not None:
        given.append(f"model.initial={json.dumps(str(init.absolute()))}")
    if name is not None:
        given.append(f"name={json.dumps(name)}")
    resolve = configure_resumed if resume else configure
    resolved = resolve(config, given, data=data, a=a, b=b)
    _import_tensorflow()
    if dry_run:
        from cyclegan_tf.training.plan import plan

        planned = plan(resolved, resume=resume)
        _print(planned.to_dict() if as_json else str(planned))
        return
    from cyclegan_tf.training import fit as training

    run = training.fit(resolved, resume=resume, fresh=fresh, allow_data_change=allow_data_change)
    paths = {"run": run.folder, "model": run.model, "samples": run.samples, "metrics": run.metrics}
    if as_json:
        _print({label: str(path) for label, path in paths.items()})
        return
    _print_paths({**paths, "curves": f"tensorboard --logdir {run.tensorboard}"})
    _print(f"next: cyclegan-tf video IN.mp4 OUT.mp4 --model {run.folder}")


_command(cli_masks.masks)
_command(cli_image.image)
_command(cli_video.video)
_command(cli_info.info)
_command(cli_models.models)
app.command("import")(guarded(cli_import.import_weights))
_command(cli_export.export)


@_command
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write.")] = Path("demo"),
    as_json: JsonOption = False,
) -> None:
    """See it all work in minutes: train on drawn landscapes, measure, translate a clip, export."""
    _import_tensorflow()
    from dataclasses import asdict

    from cyclegan_tf.demo.run import run_demo

    report = run_demo(folder, lambda line: typer.echo(f"demo: {line}", err=True))
    if as_json:
        _print(asdict(report))
        return
    _print(f"PSNR to the true translation of held-out pictures, in dB ({report.seconds:.0f} s in all)")
    _print(f"{'':18}{'input as it is':>16}{'before training':>18}{'after training':>16}")
    for label, score in (
        ("summer to winter", report.scores["ab"]),
        ("winter to summer", report.scores["ba"]),
    ):
        _print(f"{label:18}{score.unchanged:>16.1f}{score.before:>18.1f}{score.after:>16.1f}")
    _print_paths(report.files)
    _print("next: cyclegan-tf fit DATA --config cpu-128   (DATA holds trainA and trainB, your own pictures)")


@_command
def check_data(
    data: DataArgument = None,
    a: AOption = None,
    b: BOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read headers alone: no damage, duplicates or estimate.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at every picture before training: damage, duplicates, sizes, and what the training will take.

    Ends with 4 when something would stop the training. Nothing is changed.
    """
    from cyclegan_tf.cli.run_config import configure
    from cyclegan_tf.training.check_data import check_data as check

    resolved = configure(config, [*(overrides or [])], data=data, a=a, b=b)
    report = check(resolved, quick=quick, show_progress=True)
    _print(report.to_dict() if as_json else str(report))
    if report.errors:
        raise typer.Exit(DataError.exit_code)


def _import_tensorflow() -> None:
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow()


def _print_paths(paths: dict) -> None:
    width = max(map(len, paths)) + 2
    for label, path in paths.items():
        _print(f"{label:{width}}{path}")


def _print(result: dict | str) -> None:
    typer.echo(json.dumps(result, indent=2) if isinstance(result, dict) else result)
