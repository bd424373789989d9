"""The command `fit`: train on two folders of unpaired pictures."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import (
    AOption,
    BOption,
    ConfigOption,
    DataArgument,
    DryRunOption,
    JsonOption,
    ProgressOption,
    SetOption,
)
from cyclegan_tf.cli.printing import print_json, print_paths, start_tensorflow
from cyclegan_tf.errors import UsageError


def fit(
    data: DataArgument = None,
    a: AOption = None,
    b: BOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    name: Annotated[str | None, typer.Option(help="Name of the run's folder.")] = None,
    start_from: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Model or run whose generators to start from, as horse2zebra."),
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(
            metavar="all|N",
            help="Devices of each host that train together, each on a batch of its own.",
            show_default="1",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume from the last checkpoint; DATA may be the run.")
    ] = False,
    allow_data_change: Annotated[
        bool, typer.Option("--allow-data-change", help="Resume although the pictures have changed.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier run of this name, which is deleted.")
    ] = False,
    dry_run: DryRunOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Train on two folders of unpaired pictures.

    Without --config it is the paper's recipe at 256 px on a GPU, and cpu-128 on a machine without one.
    """
    from cyclegan_tf.cli.run_config import configure, configure_resumed
    from cyclegan_tf.config.yaml_loader import parse_scalar

    if resume and (overwrite or start_from is not None):
        other = "--overwrite" if overwrite else "--start-from"
        raise UsageError(f"--resume and {other} exclude each other", fix="give one of them")
    given = _overrides(overrides or [], name, start_from)
    if devices is not None:
        given["train.devices"] = parse_scalar(devices)
    resolve = configure_resumed if resume else configure
    resolved = resolve(config, given, data=data, a=a, b=b)
    # What a run computes on must be chosen before TensorFlow starts its devices.
    start_tensorflow(find_devices=False)
    if dry_run:
        from cyclegan_tf.models.run import Run
        from cyclegan_tf.training.fit import check_run
        from cyclegan_tf.training.plan import plan

        place = Run(Path(resolved.output.folder) / resolved.name)
        check_run(place, resolved, resume=resume, overwrite=overwrite)
        planned = plan(resolved, resume=resume)
        print_json(planned.to_dict()) if as_json else typer.echo(str(planned))
        return
    from cyclegan_tf.training import fit as training

    run = training.fit(
        resolved, resume=resume, overwrite=overwrite, allow_data_change=allow_data_change, progress=progress
    )
    from cyclegan_tf.training.hosts import find_hosts

    if find_hosts(resolved.train.hosts).is_chief:
        print_run(run, resolved, as_json=as_json)


def _overrides(texts: list[str], name: str | None, start_from: Path | None) -> dict[str, object]:
    from cyclegan_tf.cli.run_config import lasting_model
    from cyclegan_tf.config.loading import parse_overrides

    given = parse_overrides(texts)
    if start_from is not None:
        given["train.start_from"] = lasting_model(start_from)
    if name is not None:
        given["name"] = name
    return given


def print_run(run, config, *, as_json: bool) -> None:
    """Print where a run's results are, and the scores of its best and last model."""
    paths = {"run": run.folder, "model": run.model, "samples": run.samples, "metrics": run.metrics}
    from cyclegan_tf.models.card import load_card
    from cyclegan_tf.models.run import CARD_FILE
    from cyclegan_tf.reports.commands import next_command
    from cyclegan_tf.training.session import read_summary

    summary = read_summary(run)
    if "best" in summary:
        paths["best"] = run.best
    if as_json:
        scores = {label: summary[label] for label in ("best", "last") if label in summary}
        print_json({**{label: str(path) for label, path in paths.items()}, "evaluation": scores})
        return
    print_paths({**paths, "curves": f"tensorboard --logdir {run.tensorboard}"})
    for label in ("best", "last"):
        if label in summary:
            found = summary[label]
            score = f"{found['metric']} {found['value']:.4g} by {found['network']}"
            typer.echo(f"{label}: {score} at step {found['step']}")
    if (run.model / CARD_FILE).is_file():
        # A student knows the directions of its teacher, which may be one alone.
        directions = load_card(run.model).generators
        channels = (config.data.channels_a, config.data.channels_b)
        typer.echo(f"next: {next_command(run.folder, directions, channels)}")
