"""The masks of a whole data set: one grey picture for each picture, and a sheet to look at."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from cyclegan_tf.config.schema import DataConfig
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.masks import EMPTY_BELOW, FULL_FROM, as_files, check_names, covered
from cyclegan_tf.images.grid import displayable, image_grid
from cyclegan_tf.images.reading import read_image
from cyclegan_tf.images.writing import Output, write_output
from cyclegan_tf.masking.saliency import Saliency
from cyclegan_tf.masking.soft_mask import soft_mask
from cyclegan_tf.masking.subject import SEEN_FROM, SubjectFinder
from cyclegan_tf.system.progress import progress_display
from video.core.files import make_folder

# The networks that make the masks see no more detail than that.
LONGEST_SIDE = 512
SHEET_NAME, _SHEET_ROWS, _CELL = "contact_sheet.png", 24, 128


@dataclass
class MaskReport:
    """The outcome of making the masks of a data set.

    Attributes:
        folders: of the masks, by part, such as trainA.
        made: how many were made.
        kept: how many were there before.
        doubtful: mask files, and what is odd about each.
        sheet: pictures beside their masks.
    """

    folders: dict[str, str] = field(default_factory=dict)
    made: int = 0
    kept: int = 0
    doubtful: dict[str, str] = field(default_factory=dict)
    sheet: str = ""

    def __str__(self) -> str:
        lines = [f"{name}: {text}" for name, text in self.doubtful.items()]
        lines += [f"{self.made} masks made, {self.kept} kept, {len(self.doubtful)} doubtful"]
        lines += [f"look at  {self.sheet}"]
        keys = (
            f"data.masks_{part[-1].lower()}={Path(self.folders[part]).absolute()}"
            for part in ("trainA", "trainB")
        )
        options = " ".join(f"--set {shlex.quote(key)}" for key in keys)
        return "\n".join([*lines, f"next: cyclegan-tf fit DATA {options}"])


def make_masks(
    data: DataConfig, out: Path, subject: list[str], *, overwrite: bool = False, progress: str = "none"
) -> MaskReport:
    """Write the masks of all pictures of a data set to OUT/trainA and so on.

    Args:
        data: where the pictures are, and what their pixels become.
        out: folder of the masks' folders.
        subject: names of what the masks show; empty for all that stands out.
        overwrite: replace existing masks, also those drawn by hand.
        progress: on stderr: "auto" a bar or lines, "json" lines of JSON, "none" nothing.

    Raises:
        UserError: a package is missing, a name is unknown, or pictures cannot be read.
    """
    items = {part: as_files(pictures) for part, pictures in find_pictures(data).items()}
    for part, pictures in items.items():
        check_names(pictures, part[-1])
        make_folder(out / part)
    saliency, finder = Saliency(), SubjectFinder(subject) if subject else None
    report = MaskReport(folders={part: str(out / part) for part in items})
    total = sum(map(len, items.values()))
    with progress_display("masking", total, unit="pictures", kind=progress) as display:
        for part, pictures in items.items():
            for picture in pictures:
                target = out / part / f"{Path(picture).stem}.png"
                if overwrite or not target.exists():
                    _make_one(picture, target, saliency, finder, report)
                else:
                    report.kept += 1
                display.advance()
    report.sheet = str(out / SHEET_NAME)
    write_output(out / SHEET_NAME, Output(_sheet(items, out)))
    return report


def _make_one(
    picture: PictureFile, target: Path, saliency: Saliency, finder: SubjectFinder | None, report: MaskReport
) -> None:
    pixels = displayable(picture.read())
    activation, highest = finder(pixels) if finder else (None, SEEN_FROM)
    mask = soft_mask(saliency(pixels), _mask_size(pixels), activation)
    write_output(target, Output(mask[..., np.newaxis]))
    report.made += 1
    share = covered(mask)
    if highest < SEEN_FROM:
        report.doubtful[str(target)] = "the subject is hardly visible"
    elif share < EMPTY_BELOW or share >= FULL_FROM:
        report.doubtful[str(target)] = f"the mask covers {share:.0%} of the picture"


def _mask_size(pixels: np.ndarray) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE / max(pixels.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    return height, width


def _sheet(items: dict, out: Path) -> np.ndarray:
    """Draw some pictures of A and of B, each beside its mask and what the mask leaves of it."""
    columns = [list(_cells(items[part], out / part)) for part in ("trainA", "trainB")]
    rows = [[*of_a, *of_b] for of_a, of_b in zip(*columns)]
    return image_grid(rows, labels=("A", "mask", "subject", "B", "mask", "subject"))


def _cells(pictures: list[PictureFile], folder: Path) -> Iterator[list[np.ndarray]]:
    places = np.linspace(0, len(pictures) - 1, min(_SHEET_ROWS, len(pictures))).round().astype(int)
    for place in places:
        pixels = _cell(displayable(pictures[place].read()))
        mask = _cell(read_image(folder / f"{Path(pictures[place]).stem}.png", channels=3))
        yield [pixels, mask, (pixels * (mask / 255)).astype(np.uint8)]


def _cell(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((_CELL, _CELL), Image.Resampling.BICUBIC))
