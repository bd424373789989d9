import io
import json
import sys

import pytest

from cyclegan_tf.system import progress
from cyclegan_tf.system.progress import LineProgress, ProgressDisplay, TerminalProgress, progress_display


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves only when told: clock.now += seconds."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "perf_counter", lambda: Clock.now)
    return Clock


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("done", [0, 1000], ids=["new", "resumed"])
def test_the_rate_leaves_out_the_first_step_which_compiles_and_the_steps_before(clock, done):
    display = ProgressDisplay("training", 2000, done)
    clock.now += 60
    display.advance()
    assert display.per_second == 0
    clock.now += 10
    display.advance(count=20)
    assert display.per_second == 2.0


def test_steps_of_minutes_have_a_rate_too(clock):
    display = ProgressDisplay("training", 100)
    for _ in range(3):
        clock.now += 300
        display.advance()
    assert display.per_second == pytest.approx(1 / 300)


@pytest.mark.parametrize(
    ("left", "text"), [(1, "0:00:01"), (61, "0:01:01"), (3600, "1:00:00"), (90061, "25:01:01")]
)
def test_the_time_left_is_shown_in_hours_minutes_and_seconds(clock, capsys, left, text):
    with LineProgress("training", 11 + left) as display:
        display.advance()
        clock.now += 10
        display.advance(count=10)
    assert f"11/{11 + left} ETA {text} 1.00 steps/s" in capsys.readouterr().err


@pytest.mark.parametrize("total", [50, None])
def test_the_time_left_is_unknown_before_there_is_a_rate_or_a_total(clock, capsys, total):
    with LineProgress("training", total) as display:
        display.advance()
        if total is None:
            clock.now += 5
            display.advance(count=5)
    assert "ETA -:--:--" in capsys.readouterr().err


def test_lines_come_only_now_and_then_and_never_on_stdout(clock, capsys):
    with LineProgress("training", 100) as display:
        for _ in range(50):
            clock.now += progress.SECONDS_BETWEEN_LINES / 10
            display.advance()
        said = capsys.readouterr()
    assert len(said.err.splitlines()) == 5
    assert said.out == ""


def test_a_line_says_what_how_far_how_long_and_the_values(clock, capsys):
    with LineProgress("training", 21) as display:
        display.advance({"cycle_a": 2.0})
        clock.now += 10
        display.advance({"cycle_a": 2.0}, count=10)
        line = capsys.readouterr().err
    assert line == "training 11/21 ETA 0:00:10 1.00 steps/s cycle_a 2.000\n"


def test_the_last_line_says_where_the_work_ended(clock, capsys):
    with LineProgress("translating", None, unit="frames") as display:
        display.expect(30)
        display.advance()
        clock.now += 4
        display.advance(count=29)
    assert capsys.readouterr().err == "translating 30/30 ETA 0:00:00 7.25 frames/s\n"


def test_no_line_is_written_for_work_that_was_not_begun(clock, capsys):
    with LineProgress("training", 100):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("count", "left"), [(10, 10), (20, 0)])
def test_lines_for_programs_are_json_with_everything_in_them(clock, capsys, count, left):
    with progress_display("translating", 21, unit="frames", kind="json") as display:
        display.advance()
        clock.now += count
        display.advance(count=count)
    assert json.loads(capsys.readouterr().err.splitlines()[-1]) == {
        "stage": "translating",
        "frames": 1 + count,
        "total": 21,
        "frames_per_second": 1.0,
        "eta_seconds": left,
    }


def test_no_progress_is_nothing(clock, capsys):
    with progress_display("translating", 21, kind="none") as display:
        clock.now += 100
        display.advance(count=21)
    assert tuple(capsys.readouterr()) == ("", "")


def test_values_are_smoothed_and_start_at_the_first_one(clock):
    display = ProgressDisplay("training", 10)
    display.advance({"cycle_a": 1.0})
    assert display.values == {"cycle_a": 1.0}
    display.advance({"cycle_a": 2.0})
    assert display.values["cycle_a"] == pytest.approx(1.0 + (1 - progress.SMOOTHING))


@pytest.mark.parametrize(
    ("stream", "kind"), [(io.StringIO, LineProgress), (Terminal, TerminalProgress)], ids=["pipe", "terminal"]
)
def test_a_bar_is_drawn_only_on_a_terminal(monkeypatch, stream, kind):
    monkeypatch.setattr(sys, "stderr", stream())
    assert isinstance(progress_display("training", 10), kind)


@pytest.mark.parametrize("columns", ["200", "80"], ids=["wide", "narrow"])
def test_the_bar_of_a_terminal_shows_counts_the_time_left_and_values(monkeypatch, capsys, columns):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", columns)
    with progress_display("training", None, done=3) as display:
        display.expect(10)
        display.advance({f"a_rather_long_name_{index}": 1.5 for index in range(8)}, count=2)
    for part in ("training", "━", "5/10", "ETA", "steps/s a_rather_long_name_0 1.500"):
        assert part in terminal.getvalue()
    assert capsys.readouterr().out == ""
