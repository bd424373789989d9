"""The command `demo`: every part of the program, in minutes."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import JsonOption, ProgressOption
from cyclegan_tf.cli.printing import print_json, print_paths, start_tensorflow


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write.")] = Path("demo"),
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """See it all work in minutes: train on drawn landscapes, measure, translate a clip, export."""
    start_tensorflow()
    from cyclegan_tf.demo.run import run_demo

    report = run_demo(folder, lambda line: typer.echo(f"demo: {line}", err=True), progress)
    if as_json:
        print_json(asdict(report))
        return
    typer.echo(f"PSNR to the true translation of held-out pictures, in dB ({report.seconds:.0f} s in all)")
    typer.echo(f"{'':18}{'input as it is':>16}{'before training':>18}{'after training':>16}")
    for label, score in (
        ("summer to winter", report.scores["ab"]),
        ("winter to summer", report.scores["ba"]),
    ):
        typer.echo(f"{label:18}{score.unchanged:>16.1f}{score.before:>18.1f}{score.after:>16.1f}")
    print_paths(report.files)
    typer.echo(
        "next: cyclegan-tf video in.mp4 out.mp4   (a clip of horses; the bundled model makes zebras of them)"
    )
    typer.echo("then: cyclegan-tf fit DATA               (DATA holds trainA and trainB, your own pictures)")
