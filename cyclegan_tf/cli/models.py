"""The command `models`: the models that can translate."""

from pathlib import Path

import typer

from cyclegan_tf.cli.options import JsonOption
from cyclegan_tf.cli.printing import print_json
from cyclegan_tf.models.bundled import about, bundled_models
from cyclegan_tf.models.run import RUNS, Run


def models(as_json: JsonOption = False) -> None:
    """List the models: of finished runs in ./runs, the newest first, and those that come with the package."""
    runs = {str(folder): {"finished": finished} for folder, finished in _finished_runs()}
    bundled = {name: about(folder) for name, folder in bundled_models().items()}
    if as_json:
        print_json({"runs": runs, "bundled": bundled})
        return
    width = max(map(len, [*runs, *bundled]), default=0)
    for folder in runs:
        typer.echo(f"{folder:{width}}  a finished run")
    for name, says in bundled.items():
        typer.echo(f"{name:{width}}  comes with the package; {says.get('summary', '')}".rstrip("; "))
    if not (runs or bundled):
        typer.echo("no model yet: train one with cyclegan-tf fit DATA")


def _finished_runs() -> list[tuple[Path, float]]:
    summaries = [Run(path).summary for path in RUNS.glob("*") if Run(path).summary.is_file()]
    found = [(path.parent, path.stat().st_mtime) for path in summaries if Run(path.parent).model.is_dir()]
    return sorted(found, key=lambda one: -one[1])
