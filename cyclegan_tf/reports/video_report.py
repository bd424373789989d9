"""The page about a translated clip: how steady and how sharp it is, shot by shot."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from cyclegan_tf.errors import UsageError, UserError
from cyclegan_tf.reports.charts import charts_of
from cyclegan_tf.reports.curves import Curve, Panel
from cyclegan_tf.reports.page import write_page
from cyclegan_tf.reports.stills import stills_at

MOST_MOMENTS = 12
_WHOLE = {
    "num_frames": "frames",
    "warping_error": "warping error",
    "input_warping_error": "warping error of the input",
    "warping_ratio": "warping error over the input's",
    "reliable_share": "share of pixels whose motion is known",
    "colour_flicker": "colour flicker beyond the input's, grey levels",
    "input_colour_flicker": "colour flicker of the input, grey levels",
    "sharpness": "sharpness over the input's",
}
# Title, note, and the curves' labels by the names of the measures.
_PANELS = (
    (
        "Warping error",
        "How much a frame differs from the one before it, moved along the input's motion; low is steady.",
        {"warping_error": "output", "input_warping_error": "input"},
    ),
    (
        "Colour flicker",
        "Change of the mean colour from frame to frame, in grey levels; of the output beyond the input's.",
        {"colour_flicker": "output", "input_colour_flicker": "input"},
    ),
    ("Warping error over the input's", "1 is as steady as the input.", {"warping_ratio": "ratio"}),
    ("Sharpness over the input's", "Below 1 is blurred.", {"sharpness": "ratio"}),
)


@dataclass(frozen=True)
class Moment:
    """A moment that flickers.

    Attributes:
        seconds: when the input shows it.
        errors: the warping error of the output and that of the input.
        pairs: for input and output, the frame before and the frame itself as data URIs; None without a clip.
    """

    seconds: float
    errors: tuple[float, float]
    pairs: tuple[tuple[str, str], tuple[str, str]] | None


def write_video_report(measures: dict, path: str | Path) -> Path:
    """Write a page about a translated clip, from what `cyclegan-tf evaluate-video --json` has measured.

    The stills of the worst moments are read from the two clips, where those still are.

    Args:
        measures: the fields of that JSON, or `ClipMeasures.to_dict()`.
        path: the page; an earlier file is replaced.

    Returns:
        The path of the page.

    Raises:
        UsageError: these are not the measures of a clip.
        OutputError: the page cannot be written.
    """
    try:
        shots, worst = measures["shots"], measures["worst"][:MOST_MOMENTS]
        source, result = Path(measures["source"]), Path(measures["result"])
        panels = [_panel(*about, shots) for about in _PANELS]
        whole = [(words, measures["whole"][name]) for name, words in _WHOLE.items()]
        moments, problem = _moments(worst, source, result, shots)
        rows = [_shot_row(number, shot) for number, shot in enumerate(shots, 1)]
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "these are not the measures of a clip",
            detail=f"expected the result of evaluate-video; found no {error}",
            fix="cyclegan-tf evaluate-video IN OUT --json > MEASURES.json",
        ) from error
    charts = charts_of(panels, "shots")
    return write_page(
        Path(path),
        "video.html.jinja",
        title=f"Clip {result.name}",
        source=source,
        result=result,
        size=measures.get("size", ""),
        flow_size=measures.get("flow_size", ""),
        whole=whole,
        charts=charts,
        shot_rows=rows,
        moments=moments,
        problem=problem,
        chart_items={chart.key: chart.item for chart in charts},
    )


def read_measures(path: Path) -> dict:
    """Read the JSON of `cyclegan-tf evaluate-video --json` from a file.

    Raises:
        UsageError: it is missing or is not JSON.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the measures of a clip: {path}",
            detail=f"expected JSON; found: {error}",
            fix=f"cyclegan-tf evaluate-video IN OUT --json > {path}",
        ) from error
    return content if isinstance(content, dict) else {}


def _panel(title: str, note: str, labels: dict[str, str], shots: list[dict]) -> Panel:
    """Draw each shot as a level line from its start to its end."""
    seconds = [time for shot in shots for time in (shot["start_seconds"], shot["end_seconds"])]
    curves = []
    for name, label in labels.items():
        values = [math.nan if shot[name] is None else shot[name] for shot in shots for _ in range(2)]
        curves.append(Curve(label, seconds, values))
    return Panel(title, title, note, curves, x_label="second")


def _shot_row(number: int, shot: dict) -> tuple:
    times = (float(shot["start_seconds"]), float(shot["end_seconds"]))
    names = (
        "num_frames",
        "warping_error",
        "input_warping_error",
        "warping_ratio",
        "colour_flicker",
        "sharpness",
    )
    return (number, *times, *(shot[name] for name in names))


def _moments(worst: list[dict], source: Path, result: Path, shots: list[dict]) -> tuple[list[Moment], str]:
    """Return the worst moments with their stills, and why there are none."""
    seconds = [moment["seconds"] for moment in worst]
    # The output of a part of a clip begins at its own zero.
    begin = shots[0]["start_seconds"] if shots else 0.0
    problem, befores, afters = "", {}, {}
    try:
        befores = stills_at(source, seconds, from_first=False)
        afters = stills_at(result, [time - begin for time in seconds], from_first=True)
    except (UserError, OSError) as error:
        problem = getattr(error, "what", str(error))
    moments = []
    for moment in worst:
        time, errors = moment["seconds"], (moment["warping_error"], moment["input_warping_error"])
        pairs = befores.get(time), afters.get(time - begin)
        moments.append(Moment(time, errors, pairs if all(pairs) else None))
    return moments, problem
