import json
import math

import pytest

from cyclegan_tf.reports.curves import (
    Curve,
    loss_panels,
    overlaid,
    score_panels,
    thinned,
    training_panels,
    words_of,
)
from cyclegan_tf.reports.run_files import read_run


def test_both_domains_of_a_loss_are_in_one_panel(run_folder):
    (panel,) = loss_panels(read_run(run_folder))
    assert (panel.title, [curve.label for curve in panel.curves]) == ("Cycle loss", ["A", "B"])
    assert (panel.curves[0].steps, panel.curves[0].values) == ([2, 4, 6, 8], [2, 1, 4 / 6, 0.5])


def test_the_learning_rate_is_not_a_loss(run_folder):
    (panel,) = training_panels(read_run(run_folder))
    assert (panel.title, panel.curves[0].label) == ("Learning rate", "Learning rate")


def test_lines_of_evaluations_in_the_log_are_no_losses(run_folder):
    with (run_folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 8, "evaluation": {"ab/kid/net": 0.1}}) + "\n")
    assert [panel.key for panel in loss_panels(read_run(run_folder))] == ["cycle"]


def test_a_loss_that_is_not_known_gets_a_panel_of_its_name(run_folder):
    with (run_folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 10, "style_of_ink_ab": 1.0}) + "\n")
    assert loss_panels(read_run(run_folder))[-1].title == "Style of ink"


def test_a_score_has_a_curve_for_each_direction_with_its_errors(run_folder):
    kid, cycle = score_panels(read_run(run_folder).evaluations)
    assert (kid.title, kid.note, cycle.title) == ("KID (net)", "Lower is better.", "Cycle L1 (grey levels)")
    assert [(c.label, c.steps, c.values) for c in kid.curves] == [
        ("A to B", [4, 8], [0.25, 0.125]),
        ("B to A", [4, 8], [0.25, 0.125]),
    ]
    assert (kid.curves[0].errors, cycle.curves[0].errors) == ([0.01, 0.01], [])


def test_a_long_curve_becomes_the_means_of_neighbours():
    curve = thinned(Curve("a", [1, 2, 3, 4, 5], [1.0, 3.0, math.nan, 5.0, 7.0]), most=3)
    assert (curve.steps, curve.values) == ([2, 4, 5], [2.0, 5.0, 7.0])


def test_a_short_curve_stays_as_it_is():
    curve = Curve("a", [1, 2], [1.0, 3.0])
    assert thinned(curve, most=2) is curve


def test_curves_of_several_runs_are_in_one_panel_under_their_names(run_folder):
    panels = loss_panels(read_run(run_folder))
    (both,) = overlaid([panels, panels], ["one", "two"])
    assert [(c.label, c.run) for c in both.curves] == [
        ("one: A", 0),
        ("one: B", 0),
        ("two: A", 1),
        ("two: B", 1),
    ]


@pytest.mark.parametrize(
    ("name", "words"), [("cycle_a", "Cycle, A"), ("generator_ab", "Generator, A to B"), ("a", "A")]
)
def test_names_of_the_log_in_words(name, words):
    assert words_of(name) == words
