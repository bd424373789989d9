"""The check of masks for `check-data`: names, shapes, and masks that cover nothing or everything."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cyclegan_tf.config.schema import DataConfig
from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.loading import find_pictures
from cyclegan_tf.data.masks import EMPTY_BELOW, FULL_FROM, as_files, covered, find_masks
from cyclegan_tf.errors import DataError

_NAMED = 3
# Sides may be rounded: 1 % is less than a pixel of a small mask.
_SAME_SHAPE = 0.02


class MaskFindings(NamedTuple):
    """The problems found in masks.

    Attributes:
        errors: sentences about what prevents training.
        warnings: sentences about what may harm the result.
    """

    errors: list[str]
    warnings: list[str]


def check_masks(data: DataConfig, *, quick: bool = False) -> MaskFindings:
    """Look at the masks of the training pictures.

    Args:
        data: where pictures and masks are.
        quick: read headers only.

    Returns:
        The findings; empty where the configuration names no masks.
    """
    found = MaskFindings([], [])
    if data.masks_a is None:
        return found
    items = find_pictures(data, ("trainA", "trainB"))
    for part, folder in (("trainA", data.masks_a), ("trainB", data.masks_b)):
        try:
            pictures = as_files(items[part])
            masks = find_masks(folder, pictures, part[-1])
        except DataError as error:
            found.errors.append(f"{error.what}; {error.detail}")
            continue
        _look(part, list(zip(pictures, masks)), found, quick=quick)
    return found


def _look(
    part: str, pairs: Sequence[tuple[PictureFile, PictureFile]], found: MaskFindings, *, quick: bool
) -> None:
    unreadable, stretched, empty, full = [], [], [], []
    for picture, mask in pairs:
        try:
            if not _same_shape(picture.header().size, mask.header().size):
                stretched.append(mask)
            share = 0.5 if quick else covered(mask.read())
        except DataError:
            unreadable.append(mask)
            continue
        if share < EMPTY_BELOW:
            empty.append(mask)
        elif share >= FULL_FROM:
            full.append(mask)
    found.errors.extend(_sentences(part, unreadable, "cannot be read"))
    found.warnings.extend(
        _sentences(part, stretched, "of another shape than the picture, so it will be stretched")
    )
    found.warnings.extend(_sentences(part, empty, "without a subject: nothing of the picture is translated"))
    found.warnings.extend(_sentences(part, full, "over the whole picture"))


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= _SAME_SHAPE


def _sentences(part: str, masks: list[PictureFile], what: str) -> Iterator[str]:
    if masks:
        names = ", ".join(mask.path.name for mask in masks[:_NAMED])
        more = " ..." if len(masks) > _NAMED else ""
        yield f"{len(masks)} of the masks of {part} {what}: {names}{more}"
