"""The outcomes of pictures: a table for people, fields for programs."""

from dataclasses import dataclass, field
from pathlib import Path

from cyclegan_tf.errors import UserError
from cyclegan_tf.images.opening import UnreadKind
from cyclegan_tf.images.sizes import size_text
from cyclegan_tf.inference.comparison import MOST_PAIRS
from cyclegan_tf.inference.pairs import Pair


@dataclass(frozen=True)
class Outcome:
    """The outcome of a picture.

    Attributes:
        pair: which.
        size: (height, width) in pixels, None if it failed.
        seconds: it took.
        notes: what its file could not hold.
        error: why it failed, or None.
    """

    pair: Pair
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    error: UserError | None = None

    @property
    def status(self) -> str:
        """Either "translated" or "failed"."""
        return "failed" if self.error else "translated"

    def to_dict(self) -> dict:
        """Return the outcome for programs, ready for JSON."""
        return {
            "source": str(self.pair.source),
            "target": str(self.pair.target),
            "status": self.status,
            "size": self.size and size_text(self.size),
            "seconds": round(self.seconds, 3),
            "notes": self.notes,
            "error": self.error and str(self.error),
        }


@dataclass(frozen=True)
class PicturesReport:
    """The outcomes of all pictures.

    Attributes:
        outcomes: of each picture, in the order of their names.
        contact_sheet: where it was written, or None.
    """

    outcomes: list[Outcome]
    contact_sheet: Path | None

    @property
    def failed(self) -> list[Outcome]:
        """Those that could not be translated."""
        return [outcome for outcome in self.outcomes if outcome.error]

    def to_dict(self) -> dict:
        """Return the report for programs, ready for JSON."""
        sheet = self.contact_sheet and str(self.contact_sheet)
        return {"pictures": [outcome.to_dict() for outcome in self.outcomes], "contact_sheet": sheet}

    def __str__(self) -> str:
        """Return a line for each picture, those that failed last, and the counts."""
        width = max(len(shown(outcome.pair.source)) for outcome in self.outcomes)
        ordered = sorted(self.outcomes, key=lambda outcome: outcome.error is not None)
        lines = [f"{each.status:10}  {shown(each.pair.source):{width}}  {_detail(each)}" for each in ordered]
        failed = len(self.failed)
        translated = len(self.outcomes) - failed
        if self.contact_sheet:
            more = f" (the first {MOST_PAIRS})" if translated > MOST_PAIRS else ""
            lines.append(f"contact sheet: {self.contact_sheet}{more}")
        return "\n".join([*lines, f"{translated} translated, {failed} failed"])


def shown(path: Path) -> str:
    """Return a path on one line, whatever is in its name."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(path))


def _detail(outcome: Outcome) -> str:
    if outcome.error:
        # Of a kind that is not read the file itself is all right: what to do is all there is to say.
        found = outcome.error.fix if isinstance(outcome.error, UnreadKind) else outcome.error.detail
        return f"{outcome.error.what}; {found}" if found else outcome.error.what
    notes = f"  ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"{shown(outcome.pair.target)}  {size_text(outcome.size)}, {outcome.seconds:.1f} s{notes}"
