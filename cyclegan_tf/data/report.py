"""The report of `check-data`, as text and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

NAMED_FILES = 5
TABLE_WIDTH = 110


@dataclass(frozen=True)
class FolderReport:
    """The report on one of trainA, trainB, testA and testB.

    Attributes:
        count: pictures in all.
        num_sizes: distinct sizes.
        smallest: WIDTHxHEIGHT in pixels of the picture with the fewest pixels; None if none can be read.
        median: likewise of the middle one.
        largest: likewise of the one with the most.
        modes: count by what the files store: RGB, grey, 16-bit, CMYK, palette, alpha ...
        profiles: count by colour profile of those whose profile is not sRGB.
        unusable: (file, reason) by kind of problem.
        flat: files of a single colour.
        num_grey: pictures of three channels that are equal everywhere.
        num_grey_as_rgb: those of them that are stored as RGB.
    """

    count: int
    num_sizes: int
    smallest: str | None
    median: str | None
    largest: str | None
    modes: dict[str, int]
    profiles: dict[str, int]
    unusable: dict[str, list[tuple[str, str]]]
    flat: list[str]
    num_grey: int
    num_grey_as_rgb: int


@dataclass(frozen=True)
class DuplicateGroup:
    """A group of pictures whose decoded pixels are equal.

    Attributes:
        files: by part, in the order trainA, trainB, testA, testB.
        within_a_folder: two are in the same part.
        across_domains: one is of domain A and one of B.
        train_and_test: one is for training and one for testing.
    """

    files: dict[str, list[str]]
    within_a_folder: bool
    across_domains: bool
    train_and_test: bool


@dataclass(frozen=True)
class Estimate:
    """What training by the chosen configuration will take.

    Attributes:
        num_steps: of the whole run.
        seconds_per_step: on this machine.
        memory_bytes: the networks' peak, and the pictures kept in memory.
        available_bytes: memory that is free now.
    """

    num_steps: int
    seconds_per_step: float
    memory_bytes: int
    available_bytes: int


@dataclass(frozen=True)
class DataReport:
    """The report on a whole data set.

    Attributes:
        folders: by part; tests only where there are any.
        duplicates: groups of equal pictures; empty after a quick check, which decodes nothing.
        errors: sentences about what stops a training.
        warnings: sentences about what does not stop a training but may spoil its result.
        suggestion: a preset and why, in one line.
        estimate: None after a quick check, or when errors leave nothing to estimate.
        is_quick: whether pixels were left alone.
    """

    folders: dict[str, FolderReport]
    duplicates: list[DuplicateGroup]
    errors: list[str]
    warnings: list[str]
    suggestion: str
    estimate: Estimate | None = None
    is_quick: bool = False

    def to_dict(self) -> dict:
        """Return everything, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join([_table(self.folders), *self._lines()])

    def _lines(self) -> Iterator[str]:
        yield from _unusable_lines(self.folders)
        if not self.is_quick:
            yield _duplicates_line(self.duplicates)
        yield from (f"error: {text}" for text in self.errors)
        yield from (f"warning: {text}" for text in self.warnings)
        if self.estimate is not None:
            yield _estimate_line(self.estimate)
        yield f"suggested preset: {self.suggestion}"


def count_of(number: int, noun: str) -> str:
    """Write a number with its noun: 1 picture, 2 pictures."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _table(folders: dict[str, FolderReport]) -> str:
    # Plain text, which any terminal and encoding can show.
    table = Table(
        "",
        "pictures",
        "unusable",
        "sizes",
        "smallest",
        "median",
        "largest",
        "stored as",
        box=None,
        pad_edge=False,
    )
    for name, folder in folders.items():
        sizes = (size or "-" for size in (folder.smallest, folder.median, folder.largest))
        modes = ", ".join(f"{mode} {count}" for mode, count in folder.modes.items())
        num_unusable = sum(map(len, folder.unusable.values()))
        table.add_row(name, str(folder.count), str(num_unusable), str(folder.num_sizes), *sizes, modes or "-")
    console = Console(width=TABLE_WIDTH, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip("\n")


def _unusable_lines(folders: dict[str, FolderReport]) -> Iterator[str]:
    for name, folder in folders.items():
        for problem, files in folder.unusable.items():
            yield f"{name}: {len(files)} {problem}"
            yield from (f"  {file}: {reason}" for file, reason in files[:NAMED_FILES])
            if len(files) > NAMED_FILES:
                yield f"  ... and {len(files) - NAMED_FILES} more; --json lists all"


def _duplicates_line(groups: list[DuplicateGroup]) -> str:
    if not groups:
        return "equal pictures: none"
    within = sum(group.within_a_folder for group in groups)
    across = sum(group.across_domains for group in groups)
    leaked = sum(group.train_and_test for group in groups)
    return (
        f"equal pictures: {count_of(len(groups), 'group')}; {within} within a folder, "
        f"{across} across A and B, {leaked} across train and test; --json lists all"
    )


def _estimate_line(estimate: Estimate) -> str:
    hours = estimate.num_steps * estimate.seconds_per_step / 3600
    return (
        f"estimate: {estimate.num_steps:,} steps of about {estimate.seconds_per_step:.2g} s, {hours:.1f} h "
        f"in all; about {estimate.memory_bytes / 2**30:.1f} GiB of memory, "
        f"{estimate.available_bytes / 2**30:.1f} GiB are free"
    )
