"""The command `import`: generators that another program trained become a model folder."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cyclegan_tf.cli.options import Direction, DryRunOption, JsonOption, OverwriteOption, ProgressOption
from cyclegan_tf.cli.printing import print_json, start_tensorflow
from cyclegan_tf.errors import UsageError

_NOT_IN_WEIGHTS = "Not stored in weights"


def import_model(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="PyTorch checkpoint (.pth), .safetensors, Keras weights (.h5), or TensorFlow checkpoint.",
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Model folder to write.")],
    ba: Annotated[
        Path | None, typer.Option("--ba", help="File of the generator B to A; FILE is A to B.")
    ] = None,
    direction: Annotated[
        Direction | None, typer.Option(help="What FILE translates.", show_default="what its names say, or ab")
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which of several generators in FILE.")
    ] = None,
    ba_network: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which is B to A, in FILE or in that of --ba.")
    ] = None,
    epsilon: Annotated[
        float | None,
        typer.Option(
            help="What the instance normalization adds to the variance.",
            show_default="1e-5 from PyTorch, 1e-3 from Keras",
            rich_help_panel=_NOT_IN_WEIGHTS,
        ),
    ] = None,
    padding: Annotated[
        Literal["symmetric", "same"] | None,
        typer.Option(
            help="How a ResNet pads where it halves and doubles.",
            show_default="symmetric from PyTorch, same from Keras",
            rich_help_panel=_NOT_IN_WEIGHTS,
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    dry_run: DryRunOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Make a model folder of generators that PyTorch or an older Keras trained.

    Nothing in the files is run, and neither PyTorch nor tensorflow-addons is needed.
    """
    both = ba is not None or ba_network is not None
    if both and direction is not None:
        raise UsageError("--direction and --ba exclude each other", fix="with --ba, FILE is A to B")
    if epsilon is not None and not 0 < epsilon < 1:
        raise UsageError(
            f"--epsilon is {epsilon}", detail="expected more than 0 and less than 1", fix="try 1e-5"
        )
    start_tensorflow()
    from cyclegan_tf.importers import importing
    from cyclegan_tf.importers.importing import Source

    sources = [Source(source, "ab" if both else direction, network)]
    if both:
        sources.append(Source(ba or source, "ba", ba_network))
    given: dict[str, Any] = {"norm_epsilon": epsilon, "padding": padding}
    if dry_run:
        importing.check_target(target, overwrite=overwrite)
        imported = importing.inspect_files(sources, **given)
    else:
        imported = importing.import_model(sources, target, **given, overwrite=overwrite, progress=progress)
    if as_json:
        described = {way: asdict(found) for way, found in imported.items()}
        print_json({"model": str(target), "directions": described})
        return
    _show(imported, target)


def _show(imported: dict, target: Path) -> None:
    from cyclegan_tf.reports.commands import next_command

    typer.echo(str(target))
    for direction, found in imported.items():
        spec = found.generator
        norm = f"instance normalization {'with' if spec.norm_affine else 'without'} scale and offset"
        network = f", {found.network!r}" if found.network else ""
        typer.echo(f"{direction}  {found.file} ({found.format}{network})")
        blurred = ", blurred downsampling" if spec.downsampling == "blur" else ""
        typer.echo(
            f"    {spec.architecture}, width {spec.width}, {spec.input_channels} to {spec.output_channels} "
            f"channels, {found.parameters:,} parameters in the file, "
            f"{spec.upsampling} upsampling{blurred}, {norm}"
        )
        typer.echo(f"    taken as given: epsilon {spec.norm_epsilon:g}, {spec.padding} padding")
        for note in found.notes:
            typer.echo(f"    note: {note}")
    spec = imported["ab" if "ab" in imported else "ba"].generator
    typer.echo(f"next: {next_command(target, imported, (spec.input_channels, spec.output_channels))}")
    if len(imported) == 2:
        _show_training(imported, target)


def _show_training(imported: dict, target: Path) -> None:
    from cyclegan_tf.training.resuming import as_options
    from cyclegan_tf.training.warm_start import reversed_spec, settings

    spec = imported["ab"].generator
    if imported["ba"].generator != reversed_spec(spec):
        typer.echo("note: training cannot start from it: its two generators differ in architecture")
        return
    # The settings are those that differ from the paper's.
    keys = settings(spec)
    if spec.input_channels != spec.output_channels:
        # A picture that is already of the other domain has no translation to compare it with.
        keys["losses.lambda_identity"] = "0"
    typer.echo(
        f"to train on: cyclegan-tf fit DATA --config paper-256 --start-from {shlex.quote(str(target))}"
        f"{as_options(keys)}"
    )
