"""What commands print: results on stdout, progress and notes on stderr."""

import json
from collections.abc import Mapping

import typer

# Of the results of --json; it rises when a field changes its meaning or is removed.
SCHEMA = 1


def print_json(fields: Mapping[str, object], *, err: bool = False) -> None:
    """Print a result for other programs, with the number of its schema."""
    typer.echo(json.dumps({"schema": SCHEMA, **fields}, indent=2), err=err)


def print_paths(paths: Mapping[str, object]) -> None:
    """Print paths below each other, each with what it is."""
    width = max(map(len, paths)) + 2
    for label, path in paths.items():
        typer.echo(f"{label:{width}}{path}")


def start_tensorflow(*, find_devices: bool = True) -> None:
    """Import TensorFlow, which takes seconds, and say so; `find_devices` is as of `import_tensorflow`."""
    from cyclegan_tf.system.tensorflow import import_tensorflow

    typer.echo("starting TensorFlow", err=True)
    import_tensorflow(find_devices=find_devices)
