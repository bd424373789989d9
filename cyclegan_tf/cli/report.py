"""The command `report`: a page about a run, or one that compares runs."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import JsonOption, OverwriteOption, ProgressOption
from cyclegan_tf.cli.printing import print_json, print_paths

COMPARISON = Path("comparison.html")


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folder of a run; several are compared.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The page of a comparison.", show_default=str(COMPARISON)),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read the headers of the pictures alone, not the pictures.")
    ] = False,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write a page about a run, RUN/report.html: curves, samples, best and worst pictures, how to go on.

    One file that opens in any browser. Of several runs it writes a page that compares them.
    """
    page = _report(runs, out, overwrite, quick=quick, progress=progress)
    print_json({"report": str(page)}) if as_json else print_paths({"report": page})


def _report(runs: list[Path], out: Path | None, overwrite: bool, *, quick: bool, progress: str) -> Path:
    from cyclegan_tf.errors import OutputError, UsageError

    if len(runs) == 1:
        from cyclegan_tf.reports.run_report import write_report

        if out is not None:
            raise UsageError(
                "--out is for comparisons",
                detail="the page about a run lies in its folder, as report.html",
                fix="leave --out away, or name a second run",
            )
        return write_report(runs[0], check_pictures=not quick, progress=progress)
    from cyclegan_tf.reports.comparison import write_comparison

    path = out or COMPARISON
    if path.exists() and not overwrite:
        raise OutputError(f"the output exists: {path}", fix="use --overwrite, or give another --out")
    return write_comparison(runs, path)
