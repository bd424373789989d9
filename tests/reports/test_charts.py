import json

from cyclegan_tf.reports.charts import COLOURS, DASHES, charts_of
from cyclegan_tf.reports.comparison import MOST_RUNS
from cyclegan_tf.reports.curves import Curve, Panel

DASHED = '"line_dash": [6]'
TWO = [Curve("A", [1, 2], [3.0, 1.0]), Curve("B", [1, 2], [4.0, 2.0])]


def test_a_chart_says_in_words_what_it_shows():
    (chart,) = charts_of([Panel("cycle", "Cycle loss", "", TWO)], "loss")
    assert (chart.key, chart.summary) == ("loss-0", "step 1 to 2: A from 3 to 1; B from 4 to 2")


def test_the_curves_of_a_run_differ_in_colour():
    (chart,) = charts_of([Panel("cycle", "Cycle loss", "", TWO)], "loss")
    text = json.dumps(chart.item)
    assert COLOURS[0] in text and COLOURS[1] in text and DASHED not in text


def test_of_several_runs_colour_says_which_and_dashes_the_direction():
    curves = [
        Curve(f"{run}{way}", [1], [1.0], run=run, direction=way) for run in (0, 1) for way in ("ab", "ba")
    ]
    (chart,) = charts_of([Panel("cycle", "Cycle loss", "", curves)], "loss")
    text = json.dumps(chart.item)
    assert COLOURS[0] in text and COLOURS[1] in text and COLOURS[2] not in text and DASHED in text


def test_gradient_norms_are_on_a_logarithmic_scale_unless_one_is_zero():
    panels = [Panel("generator_gradient_norm", "Norm", "", [Curve("", [1], [value])]) for value in (1.0, 0.0)]
    positive, zero = (json.dumps(chart.item) for chart in charts_of(panels, "norm"))
    assert "LogScale" in positive and "LogScale" not in zero


def test_standard_errors_are_a_band():
    (chart,) = charts_of([Panel("kid", "KID", "", [Curve("", [1, 2], [1.0, 2.0], [0.1, 0.1])])], "score")
    assert "VArea" in json.dumps(chart.item)


def test_a_curve_without_points_is_an_empty_chart():
    (chart,) = charts_of([Panel("kid", "KID", "", [Curve("", [], [])])], "score")
    assert chart.summary == "nothing to show"


def test_every_run_that_may_be_compared_has_a_look_of_its_own():
    assert len(set(COLOURS)) * (len(DASHES) // 2) >= MOST_RUNS
