"""A source beside its translation: a picture for each pair, or all pairs on one contact sheet."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf.images.grid import displayable, image_grid
from cyclegan_tf.images.writing import Output, write_output

LABELS = ("original", "translated")
SHEET_NAME = "contact_sheet.png"
THUMBNAIL = 256
MOST_PAIRS = 100
_PAIRS_IN_A_ROW = 2


class Comparison:
    """What `--compare` writes: nothing, a picture beside each result, or one contact sheet.

    Args:
        kind: None, "pairs" or "sheet".
        sheet: where the contact sheet goes.
    """

    def __init__(self, kind: str | None, sheet: Path):
        self._kind, self.sheet = kind, sheet
        self._thumbnails: list[np.ndarray] = []

    def paths(self, targets: Iterable[Path]) -> list[Path]:
        """Return the files that will be written beside the targets."""
        return {
            None: [],
            "pairs": [pair_path(target) for target in targets],
            "sheet": [self.sheet],
        }[self._kind]

    def add(self, original: np.ndarray, translated: np.ndarray, target: Path) -> None:
        """Take a pair in, and write it if it is to be a file.

        Args:
            original: uint8 (height, width, channels).
            translated: the same, of the same size.
            target: the translation's file.

        Raises:
            OutputError: if it cannot be written.
        """
        if self._kind == "pairs":
            write_output(pair_path(target), Output(image_grid([[original, translated]], labels=LABELS)))
        elif self._kind == "sheet" and len(self._thumbnails) < 2 * MOST_PAIRS:
            self._thumbnails += [_thumbnail(original), _thumbnail(translated)]

    def finish(self) -> Path | None:
        """Write the contact sheet, if there is to be one, and return where.

        Raises:
            OutputError: if it cannot be written.
        """
        if not self._thumbnails:
            return None
        across = min(2 * _PAIRS_IN_A_ROW, len(self._thumbnails))
        blank = np.full((THUMBNAIL, THUMBNAIL, 3), 255, np.uint8)
        cells = self._thumbnails + [blank] * (-len(self._thumbnails) % across)
        rows = [cells[start : start + across] for start in range(0, len(cells), across)]
        write_output(self.sheet, Output(image_grid(rows, labels=LABELS * (across // 2))))
        return self.sheet


def pair_path(target: Path) -> Path:
    """Return where a pair goes: beside its translation."""
    return target.with_name(f"{target.name}.compare.png")


def _thumbnail(pixels: np.ndarray) -> np.ndarray:
    """Return the picture, not enlarged, in the middle of a white square."""
    picture = Image.fromarray(displayable(pixels))
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (THUMBNAIL, THUMBNAIL), "white")
    square.paste(picture, ((THUMBNAIL - picture.width) // 2, (THUMBNAIL - picture.height) // 2))
    return np.asarray(square)
