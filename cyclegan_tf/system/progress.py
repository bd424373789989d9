"""Progress on stderr: a bar with ETA on a terminal, a line now and then elsewhere; rich estimates."""

import json
import sys
import time
from collections.abc import Iterable
from typing import Any, Self

from rich.console import Console, RenderableType
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
# Some steps take minutes, and rich forgets by default what is older than 30 seconds.
_RATE_SECONDS = 3600
_ETA = TimeRemainingColumn()


class ProgressDisplay:
    """A display that counts steps and shows nothing.

    Args:
        title: what is being done.
        total: steps in all, None if unknown.
        done: steps done before.
        unit: what a step is called.
    """

    def __init__(self, title: str, total: int | None, done: int = 0, unit: str = "steps"):
        self.title, self.unit = title, unit
        self.values: dict[str, float] = {}
        self.progress = self._progress(get_time=time.perf_counter, speed_estimate_period=_RATE_SECONDS)
        self.progress.add_task(title, total=total, completed=done)
        (self.task,) = self.progress.tasks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Show the end."""

    def expect(self, total: int | None) -> None:
        """Set the number of steps in all, None if unknown."""
        self.progress.update(self.task.id, total=total)

    def advance(self, values: dict[str, float] | None = None, count: int = 1) -> None:
        """Count steps, with the values of the last one by name; the first, which compiles, has no rate."""
        for name, value in (values or {}).items():
            self.values[name] = SMOOTHING * self.values.get(name, value) + (1 - SMOOTHING) * value
        self.progress.update(self.task.id, advance=count)

    @property
    def per_second(self) -> float:
        """Steps per second; 0 while unknown."""
        return self.task.speed or 0.0

    def _progress(self, **options: Any) -> Progress:
        return Progress(disable=True, **options)

    def _text(self) -> str:
        values = "".join(f" {name} {value:.3f}" for name, value in self.values.items())
        return f"{self.per_second:.2f} {self.unit}/s{values}"


class TerminalProgress(ProgressDisplay):
    """A bar with the time left, and the smoothed values on the line below it."""

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def _progress(self, **options: Any) -> Progress:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(),
        )
        display = self

        class BarAndText(Progress):
            def get_renderables(self) -> Iterable[RenderableType]:
                yield from super().get_renderables()
                # A line of its own: beside the bar it would leave a narrow terminal no room for the bar.
                yield Text(display._text() if self.tasks else "", no_wrap=True, overflow="ellipsis")

        return BarAndText(*columns, console=Console(stderr=True), refresh_per_second=4, **options)


class LineProgress(ProgressDisplay):
    """A line every few seconds, for logs and pipes."""

    seconds_between_lines = SECONDS_BETWEEN_LINES

    def __init__(self, title: str, total: int | None, done: int = 0, unit: str = "steps"):
        super().__init__(title, total, done, unit)
        self.printed, self.printed_at = time.perf_counter(), float(done)

    def __exit__(self, *exception: object) -> None:
        if self.task.completed != self.printed_at:
            self._print()

    def advance(self, values: dict[str, float] | None = None, count: int = 1) -> None:
        """Count steps."""
        super().advance(values, count)
        if time.perf_counter() - self.printed >= self.seconds_between_lines:
            self._print()

    def _print(self) -> None:
        self.printed, self.printed_at = time.perf_counter(), self.task.completed
        print(self._line(), file=sys.stderr, flush=True)  # noqa: T201

    def _line(self) -> str:
        eta = _ETA.render(self.task).plain or "-:--:--"
        return f"{self.title} {self.task.completed}/{self.task.total or '?'} ETA {eta} {self._text()}"


class JsonProgress(LineProgress):
    """A line of JSON at most twice a second, for other programs."""

    seconds_between_lines = 0.5

    def _line(self) -> str:
        seconds_left = self.task.time_remaining
        fields = {
            "stage": self.title,
            self.unit: self.task.completed,
            "total": self.task.total,
            f"{self.unit}_per_second": round(self.per_second, 3),
            "eta_seconds": None if seconds_left is None else round(seconds_left),
            **self.values,
        }
        return json.dumps(fields)


def progress_display(
    title: str, total: int | None, done: int = 0, unit: str = "steps", kind: str = "auto"
) -> ProgressDisplay:
    """Return a display of progress.

    Args:
        title: what is being done.
        total: steps in all, None if unknown.
        done: steps done before.
        unit: what a step is called.
        kind: 'auto' is a bar if stderr is a terminal, and lines otherwise; 'json' lines of JSON; 'none'.
    """
    automatic = TerminalProgress if sys.stderr.isatty() else LineProgress
    display = {"auto": automatic, "json": JsonProgress, "none": ProgressDisplay}[kind]
    return display(title, total, done, unit)
