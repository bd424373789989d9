"""The command `report`: a page about a run or a translated clip, or one that compares runs."""

from pathlib import Path
from typing import Annotated

import typer

from cyclegan_tf.cli.options import JsonOption, OverwriteOption, ProgressOption
from cyclegan_tf.cli.printing import print_json, print_paths
from cyclegan_tf.errors import OutputError, UsageError

COMPARISON = Path("comparison.html")


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Folder of a run, several to compare; or MEASURES.json of evaluate-video --json.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The page of a comparison or clip.", show_default="comparison.html, MEASURES.html"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Read the headers of the pictures alone, not the pictures.")
    ] = False,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write a page about a run, RUN/report.html: curves, samples, best and worst pictures, how to go on.

    One file that opens in any browser. Of several runs it writes a page that compares them; of the measures
    of a translated clip, one with its shots and its worst moments.
    """
    page = _report(runs, out, overwrite, quick=quick, progress=progress)
    print_json({"report": str(page)}) if as_json else print_paths({"report": page})


def _report(runs: list[Path], out: Path | None, overwrite: bool, *, quick: bool, progress: str) -> Path:
    if len(runs) == 1 and runs[0].suffix == ".json":
        from cyclegan_tf.reports.video_report import read_measures, write_video_report

        page = _free(out or runs[0].with_suffix(".html"), overwrite)
        return write_video_report(read_measures(runs[0]), page)
    if len(runs) > 1:
        from cyclegan_tf.reports.comparison import write_comparison

        return write_comparison(runs, _free(out or COMPARISON, overwrite))
    from cyclegan_tf.reports.run_report import write_report

    if out is not None:
        raise UsageError(
            "--out is not for the page about a run",
            detail="that lies in the folder of the run, as report.html",
            fix="leave --out away, or name a second run",
        )
    return write_report(runs[0], check_pictures=not quick, progress=progress)


def _free(path: Path, overwrite: bool) -> Path:
    if path.exists() and not overwrite:
        raise OutputError(f"the output exists: {path}", fix="use --overwrite, or give another --out")
    return path
