"""The page about one run."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from cyclegan_tf.config.loading import key_table
from cyclegan_tf.reports.charts import charts_of
from cyclegan_tf.reports.commands import commands_of, evaluate_command
from cyclegan_tf.reports.curves import (
    Panel,
    direction_words,
    loss_panels,
    score_panels,
    score_title,
    scores_of,
    training_panels,
)
from cyclegan_tf.reports.data_glance import DataGlance, glance_at
from cyclegan_tf.reports.extremes import extremes_of
from cyclegan_tf.reports.page import write_page
from cyclegan_tf.reports.pictures import file_uri, spread
from cyclegan_tf.reports.run_files import Evaluation, RunFiles, read_run

# With the other pictures and Bokeh's script the page stays below 15 MB: 24 x 280 kB are 9 MB in base64.
MOST_SAMPLES = 24
SAMPLE_SIZE = {"most_side": 1600, "most_bytes": 280_000}


def write_report(folder: str | Path, *, check_pictures: bool = False, progress: str = "none") -> Path:
    """Write report.html into the folder of a run: one page that opens in any browser, without a server.

    The run may still be going. An earlier report is replaced.

    Args:
        folder: of the run, such as runs/horses.
        check_pictures: decode every picture of the data set to find damage and equal ones, unless that was
            done before and the files are the same; otherwise read the headers alone.
        progress: of that check, on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Returns:
        The path of the page.

    Raises:
        UsageError: the folder is not that of a run.
        OutputError: the page cannot be written.
    """
    files = read_run(folder)
    evaluation = files.evaluations[-1] if files.evaluations else None
    panels = {"score": score_panels(files.evaluations), "loss": loss_panels(files)}
    panels["training"] = training_panels(files)
    charts = {kind: charts_of(found, kind) for kind, found in panels.items()}
    data = glance_at(files.config, files.run.data_check, quick=not check_pictures, progress=progress)
    return write_page(
        files.run.report,
        "run.html.jinja",
        title=f"Run {files.name}",
        files=files,
        evaluation=evaluation,
        evaluate_command=evaluate_command(files),
        score_rows=_score_rows(evaluation, panels["score"]) if evaluation else [],
        score_charts=charts["score"] if len(files.evaluations) > 1 else [],
        loss_charts=charts["loss"],
        training_charts=charts["training"],
        curve_rows=_curve_rows([*panels["loss"], *panels["training"]]),
        samples=_samples(files.samples),
        num_samples=len(files.samples),
        extremes=extremes_of(evaluation) if evaluation else [],
        data=data,
        folder_rows=_folder_rows(data),
        changed_rows=_changed_rows(files),
        config_rows=[(key, json.dumps(value)) for key, value in files.values.items()],
        environment_rows=_environment_rows(files),
        commands=commands_of(files),
        chart_items={chart.key: chart.item for found in charts.values() for chart in found},
    )


def _samples(samples: Sequence[tuple[int, Path]]) -> list[dict]:
    shown = [(step, file_uri(path, **SAMPLE_SIZE)) for step, path in spread(samples, MOST_SAMPLES)]
    return [{"step": step, "uri": uri} for step, uri in shown if uri]


def _score_rows(evaluation: Evaluation, panels: list[Panel]) -> list[tuple]:
    rows = []
    curves = {(panel.title, curve.label): curve for panel in panels for curve in panel.curves}
    for direction, score in scores_of(evaluation.metrics):
        title, words = score_title(score), direction_words(direction)
        curve, better = curves[title, words], score.get("better", "")
        choose = {"lower": min, "higher": max}.get(better)
        best = choose(zip(curve.values, curve.steps))[1] if choose else None
        counts = (score.get("num_translated"), score.get("num_real"), score.get("independent"))
        value = (score["value"], score.get("standard_error"), score.get("real_value"))
        rows.append((words, title, *value, better, best, *counts))
    return rows


def _curve_rows(panels: list[Panel]) -> list[tuple]:
    rows = []
    for panel in panels:
        for curve in panel.curves:
            values = [value for value in curve.values if math.isfinite(value)]
            name = f"{panel.title}, {curve.label}" if len(panel.curves) > 1 else panel.title
            rows.append((name, curve.values[0], min(values, default=None), curve.values[-1], curve.steps[-1]))
    return rows


def _folder_rows(data: DataGlance) -> list[tuple]:
    rows = []
    for part, folder in data.report.get("folders", {}).items():
        modes = ", ".join(f"{mode} {count:,}" for mode, count in folder["modes"].items())
        num_unusable = sum(map(len, folder["unusable"].values()))
        sizes = (folder["num_sizes"], folder["smallest"], folder["median"], folder["largest"])
        rows.append((part, folder["count"], num_unusable, *sizes, modes))
    return rows


def _changed_rows(files: RunFiles) -> list[tuple[str, str, str]]:
    defaults = {key: default for key, default, *_ in key_table()}
    return [
        (key, json.dumps(value), json.dumps(defaults[key]) if key in defaults else "")
        for key, value in files.values.items()
        if key not in defaults or value != defaults[key]
    ]


def _environment_rows(files: RunFiles) -> list[tuple[str, object]]:
    about = {key: files.card.get(key) for key in ("precision", "training_size", "masked")}
    if size := about["training_size"]:
        about["training_size"] = "x".join(map(str, reversed(size)))
    named = {**files.provenance, **about}
    return [
        (key.replace("_", " "), value)
        for key, value in named.items()
        # The losses are in the configuration.
        if value is not None and not isinstance(value, dict)
    ]
