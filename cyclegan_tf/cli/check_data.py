"""The command `check-data`: a look at every picture before training."""

from typing import Annotated

import typer

from cyclegan_tf.cli.options import (
    AOption,
    BOption,
    ConfigOption,
    DataArgument,
    JsonOption,
    ProgressOption,
    SetOption,
)
from cyclegan_tf.cli.printing import print_json
from cyclegan_tf.errors import DataError


def check_data(
    data: DataArgument = None,
    a: AOption = None,
    b: BOption = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read headers alone: no damage, duplicates or estimate.")
    ] = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Look at every picture before training: damage, duplicates, sizes, and what the training will take.

    Ends with 4 when something would stop the training. Nothing is changed.
    """
    from cyclegan_tf.cli.run_config import configure
    from cyclegan_tf.config.loading import parse_overrides
    from cyclegan_tf.training.check_data import check_data as check

    resolved = configure(config, parse_overrides(overrides or []), data=data, a=a, b=b)
    report = check(resolved, quick=quick, progress=progress)
    print_json(report.to_dict()) if as_json else typer.echo(str(report))
    if report.errors:
        raise typer.Exit(DataError.exit_code)
