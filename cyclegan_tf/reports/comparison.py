"""The page that compares runs."""

import json
from collections.abc import Sequence
from pathlib import Path

from cyclegan_tf.errors import UsageError
from cyclegan_tf.reports.charts import charts_of
from cyclegan_tf.reports.curves import (
    Panel,
    direction_words,
    loss_panels,
    overlaid,
    score_panels,
    score_title,
    scores_of,
    training_panels,
)
from cyclegan_tf.reports.page import number_text, write_page
from cyclegan_tf.reports.pictures import file_uri
from cyclegan_tf.reports.run_files import RunFiles, read_run

MOST_RUNS = 24
# As many pictures as there are runs: 24 x 280 kB are 9 MB in base64.
SAMPLE_SIZE = {"most_side": 1600, "most_bytes": 280_000}
_MISSING = object()


def write_comparison(folders: Sequence[str | Path], path: str | Path) -> Path:
    """Write a page that compares runs: curves over each other, final measures, differences of configuration.

    Args:
        folders: of the runs, from two to MOST_RUNS.
        path: the page; an earlier file is replaced.

    Returns:
        The path of the page.

    Raises:
        UsageError: a folder is not that of a run, or there are too few or too many.
        OutputError: the page cannot be written.
    """
    if not 2 <= len(folders) <= MOST_RUNS:
        raise UsageError(
            f"cannot compare {len(folders)} runs",
            detail=f"expected from 2 to {MOST_RUNS} folders of runs",
            fix="name some of them",
        )
    runs = [read_run(folder) for folder in folders]
    names = _names(runs)
    sorts = {"score": _scores, "loss": loss_panels, "training": training_panels}
    panels = {kind: overlaid([sort(run) for run in runs], names) for kind, sort in sorts.items()}
    charts = {kind: charts_of(found, kind) for kind, found in panels.items()}
    return write_page(
        Path(path),
        "comparison.html.jinja",
        title=f"Comparison of {len(runs)} runs",
        names=names,
        state_rows=_state_rows(runs),
        problems=[f"{name}: {problem}" for name, run in zip(names, runs) for problem in run.problems],
        score_rows=_score_rows(runs),
        last_rows=_last_rows([*panels["loss"], *panels["training"]], len(runs)),
        difference_rows=_difference_rows(runs),
        score_charts=charts["score"],
        loss_charts=charts["loss"],
        training_charts=charts["training"],
        samples=[(name, *_last_sample(run)) for name, run in zip(names, runs)],
        chart_items={chart.key: chart.item for found in charts.values() for chart in found},
    )


def _scores(run: RunFiles) -> list[Panel]:
    return score_panels(run.evaluations)


def _names(runs: list[RunFiles]) -> list[str]:
    """Return the names of the runs; their folders where two have one name."""
    names = [run.name for run in runs]
    return [str(run.run.folder) if names.count(name) > 1 else name for name, run in zip(names, runs)]


def _state_rows(runs: list[RunFiles]) -> list[tuple]:
    return [
        ("state", *(run.state for run in runs)),
        ("step", *(run.step for run in runs)),
        ("steps in all", *(run.num_steps for run in runs)),
    ]


def _score_rows(runs: list[RunFiles]) -> list[tuple]:
    """Return for each measure its name, what is better, and of each run the value and whether it is best."""
    found: dict[str, list[tuple[float, float | None] | None]] = {}
    better: dict[str, str] = {}
    for number, run in enumerate(runs):
        for direction, score in scores_of(run.evaluations[-1].metrics) if run.evaluations else ():
            name = f"{direction_words(direction)}, {score_title(score)}"
            better[name] = score.get("better", "")
            row = found.setdefault(name, [None] * len(runs))
            row[number] = (score["value"], score.get("standard_error"))
    return [(name, better[name], _marked(row, better[name])) for name, row in found.items()]


def _marked(row: list[tuple[float, float | None] | None], better: str) -> list[tuple[str, bool]]:
    values = [cell[0] for cell in row if cell]
    choose = {"lower": min, "higher": max}.get(better)
    best = choose(values) if choose and len(set(values)) > 1 else None
    return [(_cell(cell), cell is not None and cell[0] == best) for cell in row]


def _cell(cell: tuple[float, float | None] | None) -> str:
    if cell is None:
        return number_text(None)
    value, error = (number_text(float(number or 0)) for number in cell)
    return f"{value} ± {error}" if cell[1] else value


def _last_rows(panels: list[Panel], num_runs: int) -> list[tuple]:
    rows = []
    for panel in panels:
        for direction in dict.fromkeys(curve.direction for curve in panel.curves):
            curves = [curve for curve in panel.curves if curve.direction == direction]
            last = {curve.run: curve.values[-1] for curve in curves}
            title = f"{panel.title}, {direction_words(direction)}" if direction else panel.title
            rows.append((title, *(last.get(number) for number in range(num_runs))))
    return rows


def _difference_rows(runs: list[RunFiles]) -> list[tuple]:
    keys = dict.fromkeys(key for run in runs for key in run.values if key != "name")
    rows = [(key, [run.values.get(key, _MISSING) for run in runs]) for key in keys]
    return [
        (key, *("" if value is _MISSING else json.dumps(value) for value in values))
        for key, values in rows
        if any(value != values[0] for value in values)
    ]


def _last_sample(run: RunFiles) -> tuple[int, str | None]:
    for step, path in reversed(run.samples):
        if uri := file_uri(path, **SAMPLE_SIZE):
            return step, uri
    return 0, None
