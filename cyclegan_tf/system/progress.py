"""Progress on stderr: a bar with ETA on a terminal, a line now and then elsewhere."""

import json
import sys
import time
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

SECONDS_BETWEEN_LINES = 10.0
SMOOTHING = 0.98


class ProgressDisplay(Protocol):
    """Shows how far a piece of work is."""

    def __enter__(self): ...
    def __exit__(self, *exception): ...
    def expect(self, total: int | None) -> None:
        """Sets the number of steps in all, None if unknown."""

    def advance(self, values: dict[str, float] | None = None, count: int = 1) -> None:
        """Counts steps, with the last one's values by name."""


class Rate:
    """Steps per second and time left of a piece of work.

    Args:
        total: steps in all, None if unknown.
        done: steps done before it started.
    """

    def __init__(self, total: int | None, done: int = 0):
        self.total, self.done, self.first = total, done, done
        self.began: float | None = None

    def advance(self, count: int) -> None:
        """Counts steps; the clock starts after the first, which also compile."""
        self.done += count
        if self.began is None:
            self.began, self.first = time.perf_counter(), self.done

    @property
    def per_second(self) -> float:
        """Steps per second; 0 while unknown."""
        elapsed = time.perf_counter() - (self.began or time.perf_counter())
        return (self.done - self.first) / elapsed if elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> int | None:
        """Time left, None while unknown."""
        if not self.per_second or self.total is None:
            return None
        return round((self.total - self.done) / self.per_second)

    @property
    def eta(self) -> str:
        """Time left as h:mm:ss."""
        seconds = self.seconds_left
        if seconds is None:
            return "-:--:--"
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class TerminalProgress:
    """A bar with the time left, and the smoothed values on the line below it.

    Args:
        title: what is being done.
        total: steps in all, None if unknown.
        done: steps done before.
        unit: what a step is called.
    """

    def __init__(self, title: str, total: int | None, done: int = 0, unit: str = "steps"):
        self.rate, self.unit, self.values = Rate(total, done), unit, {}
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns)
        self.task = self.bar.add_task(title, total=total, completed=done)
        self.live = Live(get_renderable=self._render, console=Console(stderr=True), refresh_per_second=4)

    def __enter__(self):
        self.live.start()
        return self

    def __exit__(self, *exception):
        self.live.stop()

    def expect(self, total: int | None) -> None:
        """Sets the number of steps in all, None if unknown."""
        self.rate.total = total
        self.bar.update(self.task, total=total)

    def advance(self, values: dict[str, float] | None = None, count: int = 1) -> None:
        """Counts steps."""
        self.rate.advance(count)
        _smooth(self.values, values or {})
        self.bar.update(self.task, advance=count)

    def _render(self) -> Group:
        # A line of its own: beside the bar it would leave a narrow terminal no room for the bar.
        values = Text(_text(self.rate, self.unit, self.values), no_wrap=True, overflow="ellipsis")
        return Group(self.bar.get_renderable(), values)


class LineProgress:
    """A line every few seconds, for logs and pipes; arguments as in `TerminalProgress`."""

    seconds_between_lines = SECONDS_BETWEEN_LINES

    def __init__(self, title: str, total: int | None, done: int = 0, unit: str = "steps"):
        self.title, self.rate, self.unit, self.values = title, Rate(total, done), unit, {}
        self.printed, self.printed_at = time.perf_counter(), done

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.rate.done != self.printed_at:
            self._print()

    def expect(self, total: int | None) -> None:
        """Sets the number of steps in all, None if unknown."""
        self.rate.total = total

    def advance(self, values: dict[str, float] | None = None, count: int = 1) -> None:
        """Counts steps."""
        self.rate.advance(count)
        _smooth(self.values, values or {})
        if time.perf_counter() - self.printed >= self.seconds_between_lines:
            self._print()

    def _print(self) -> None:
        self.printed, self.printed_at = time.perf_counter(), self.rate.done
        counts = f"{self.rate.done}/{self.rate.total or '?'}"
        text = _text(self.rate, self.unit, self.values)
        print(f"{self.title} {counts} ETA {self.rate.eta} {text}", file=sys.stderr, flush=True)  # noqa: T201


class JsonProgress(LineProgress):
    """A line of JSON at most twice a second, for other programs; arguments as in `TerminalProgress`."""

    seconds_between_lines = 0.5

    def _print(self) -> None:
        self.printed, self.printed_at = time.perf_counter(), self.rate.done
        fields = {
            "stage": self.title,
            self.unit: self.rate.done,
            "total": self.rate.total,
            f"{self.unit}_per_second": round(self.rate.per_second, 3),
            "eta_seconds": self.rate.seconds_left,
            **self.values,
        }
        print(json.dumps(fields), file=sys.stderr, flush=True)  # noqa: T201


class NoProgress(LineProgress):
    """Shows nothing."""

    def _print(self) -> None:
        self.printed_at = self.rate.done


def progress_display(
    title: str, total: int | None, done: int = 0, unit: str = "steps", kind: str = "auto"
) -> ProgressDisplay:
    """Returns a display of progress.

    Args:
        title: what is being done.
        total: steps in all, None if unknown.
        done: steps done before.
        unit: what a step is called.
        kind: 'auto' is a bar if stderr is a terminal, and lines otherwise; 'json' lines of JSON; 'none'.
    """
    automatic = TerminalProgress if sys.stderr.isatty() else LineProgress
    display = {"auto": automatic, "json": JsonProgress, "none": NoProgress}[kind]
    return display(title, total, done, unit)


def _smooth(values: dict[str, float], new: dict[str, float]) -> None:
    for name, value in new.items():
        values[name] = SMOOTHING * values.get(name, value) + (1 - SMOOTHING) * value


def _text(rate: Rate, unit: str, values: dict[str, float]) -> str:
    losses = " ".join(f"{name} {value:.3f}" for name, value in values.items())
    return f"{rate.per_second:.2f} {unit}/s {losses}".rstrip()
