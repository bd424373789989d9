"""The curves of a run: what metrics.jsonl and the evaluations hold, sorted into panels."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cyclegan_tf.reports.run_files import Evaluation, RunFiles

MOST_POINTS = 500
_SUFFIXES = {"a": "A", "b": "B", "ab": "A to B", "ba": "B to A"}
# By the names of the log without their suffix: a title, and what the curve says.
_LOG_PANELS = {
    "adversarial": ("Adversarial loss of the generators", "How far the translations are from fooling."),
    "discriminator": ("Loss of the discriminators", "Near zero for long, a discriminator has won."),
    "cycle": ("Cycle loss", "The weighted difference between a picture and itself, there and back."),
    "identity": ("Identity loss", "What a generator changes in a picture that needs no change, weighted."),
    "background": ("Background loss", "What changes outside the masks, weighted."),
    "stability": ("Stability loss", "What a small shift and noise change in a translation, weighted."),
    "mask": ("Mask loss", "How far the predicted masks are from the given ones."),
    "learning_rate": ("Learning rate", ""),
    "generator_gradient_norm": ("Gradient norm of the generators", ""),
    "discriminator_gradient_norm": ("Gradient norm of the discriminators", ""),
    "seconds_per_step": ("Seconds per step", "Of this machine, with what it did beside the training."),
}
_NOT_LOSSES = ("learning_rate", "generator_gradient_norm", "discriminator_gradient_norm", "seconds_per_step")
_SCORES = {
    "kid": "KID",
    "fid": "FID",
    "cycle_l1": "Cycle L1",
    "identity_l1": "Identity L1",
    "background_l1": "Background change L1",
    "truth_l1": "L1 to the truth",
    "psnr": "PSNR to the truth",
    "ssim": "SSIM to the truth",
    "share": "Share of the class",
}


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        label: what it is called in the legend.
        steps: where it has values; in a clip, seconds.
        values: at each step; not a number where the log has none.
        errors: standard errors of the values; empty if unknown.
        run: number of the run it belongs to.
        direction: "a", "b", "ab", "ba", or "" for both.
    """

    label: str
    steps: Sequence[float]
    values: list[float]
    errors: list[float] = field(default_factory=list)
    run: int = 0
    direction: str = ""


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        key: unique among the panels of a page.
        title: what is shown.
        note: a sentence about it, or "".
        curves: its lines.
        x_label: what the steps are called.
    """

    key: str
    title: str
    note: str
    curves: list[Curve]
    x_label: str = "step"


def loss_panels(files: RunFiles) -> list[Panel]:
    """Sort the losses of a run's log into panels, both directions or domains of a loss in one."""
    return [panel for panel in _log_panels(files) if panel.key not in _NOT_LOSSES]


def training_panels(files: RunFiles) -> list[Panel]:
    """Sort learning rate, gradient norms and time per step of a run's log into panels."""
    return [panel for panel in _log_panels(files) if panel.key in _NOT_LOSSES]


def score_panels(evaluations: Sequence[Evaluation]) -> list[Panel]:
    """Sort the scores of a run's evaluations into panels, both directions of a score in one."""
    curves: dict[str, dict[str, list[tuple[int, float, float]]]] = {}
    notes: dict[str, str] = {}
    for evaluation in evaluations:
        for direction, score in scores_of(evaluation.metrics):
            title = score_title(score)
            notes[title] = f"{str(score.get('better', '')).capitalize()} is better." * ("better" in score)
            point = (evaluation.step, score["value"], score.get("standard_error") or 0.0)
            curves.setdefault(title, {}).setdefault(direction, []).append(point)
    return [
        Panel(f"score {title}", title, notes[title], [_scored(*item) for item in by_direction.items()])
        for title, by_direction in curves.items()
    ]


def scores_of(metrics: dict) -> Iterator[tuple[str, dict]]:
    """Yield the direction and the fields of every score of an evaluation that has a value."""
    for direction, found in metrics["directions"].items():
        for score in found.get("scores", ()):
            if isinstance(score.get("value"), int | float) and isinstance(score.get("name"), str):
                yield direction, score


def score_title(score: dict) -> str:
    """Name a score with its network or its unit, as "KID (efficientnet-lite0)"."""
    name = _SCORES.get(score["name"], words_of(score["name"]))
    about = score.get("network") or score.get("unit")
    return f"{name} ({about})" if about else name


def words_of(name: str) -> str:
    """Write a name of the log, as cycle_a, for people: Cycle, A."""
    stem, suffix = _split(name)
    words = stem.replace("_", " ").capitalize()
    return f"{words}, {_SUFFIXES[suffix]}" if suffix else words


def direction_words(direction: str) -> str:
    """Write a direction or a domain for people: A to B."""
    return _SUFFIXES.get(direction, direction)


def overlaid(panels_of_runs: Sequence[list[Panel]], names: Sequence[str]) -> list[Panel]:
    """Lay the panels of several runs over each other.

    Args:
        panels_of_runs: of each run.
        names: of the runs.
    """
    merged: dict[str, Panel] = {}
    for number, (panels, name) in enumerate(zip(panels_of_runs, names)):
        for panel in panels:
            shown = [replace(c, label=f"{name}: {c.label}", run=number) for c in panel.curves]
            first = merged.get(panel.key, replace(panel, curves=[]))
            merged[panel.key] = replace(first, curves=[*first.curves, *shown])
    return list(merged.values())


def thinned(curve: Curve, most: int = MOST_POINTS) -> Curve:
    """Replace the points of a long curve by the means of neighbours, so that at most so many are left."""
    size = -(-len(curve.steps) // most)
    if size <= 1:
        return curve
    starts = range(0, len(curve.steps), size)
    return replace(
        curve,
        steps=[curve.steps[start : start + size][-1] for start in starts],
        values=[_mean(curve.values[start : start + size]) for start in starts],
        errors=[_mean(curve.errors[start : start + size]) for start in starts] if curve.errors else [],
    )


def _mean(values: Iterable[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.nan


def _log_panels(files: RunFiles) -> list[Panel]:
    entries = [entry for entry in files.log if "evaluation" not in entry]
    names = dict.fromkeys(name for entry in entries for name in entry if name not in ("step", "epoch"))
    panels: dict[str, list[Curve]] = {}
    for name in names:
        stem, suffix = _split(name)
        points = [(e["step"], float(e[name])) for e in entries if isinstance(e.get(name), int | float)]
        if points:
            steps, values = map(list, zip(*points))
            label = _SUFFIXES.get(suffix, words_of(stem))
            panels.setdefault(stem, []).append(Curve(label, steps, values, direction=suffix))
    order = [*filter(panels.__contains__, _LOG_PANELS), *(key for key in panels if key not in _LOG_PANELS)]
    return [Panel(key, *_LOG_PANELS.get(key, (words_of(key), "")), panels[key]) for key in order]


def _split(name: str) -> tuple[str, str]:
    stem, _, suffix = name.rpartition("_")
    return (stem, suffix) if stem and suffix in _SUFFIXES else (name, "")


def _scored(direction: str, points: list[tuple[int, float, float]]) -> Curve:
    steps, values, errors = map(list, zip(*points))
    label = direction_words(direction)
    return Curve(label, steps, values, errors if any(errors) else [], direction=direction)
