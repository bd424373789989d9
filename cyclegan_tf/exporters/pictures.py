"""The pictures that an export is calibrated on and compared with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.data.scenes import draw_scene
from cyclegan_tf.images.listing import list_images
from cyclegan_tf.images.reading import read_image

LARGEST_SIDE = 256
NUM_COMPARED, NUM_CALIBRATING = 4, 32
# Another batch and another size, and one that no stride divides.
_BATCH_SIZE, _ODD_SIZE = (96, 64), (75, 101)


@dataclass(frozen=True)
class ProofPictures:
    """Pictures for an export.

    Attributes:
        compared: uint8 (height, width, channels) each.
        calibrating: as many as there are beside these, of the same kind; empty if they are drawn.
    """

    compared: tuple[np.ndarray, ...]
    calibrating: tuple[np.ndarray, ...] = ()


def draw_pictures(channels: int) -> ProofPictures:
    """Draw landscapes; of channels other than three, by repeating the three."""
    scenes = [draw_scene(seed, "summer", width=128, height=128, unit=64) for seed in range(NUM_COMPARED)]
    return ProofPictures(tuple(scene[..., np.arange(channels) % 3] for scene in scenes))


def read_pictures(folder: Path, channels: int) -> ProofPictures:
    """Read the middles of pictures from all over a folder; of few, the same for both purposes.

    Raises:
        DataError: if there are none, or one cannot be read.
    """
    paths = list_images(folder)
    wanted = min(len(paths), NUM_COMPARED + NUM_CALIBRATING)
    places = np.linspace(0, len(paths) - 1, wanted).round().astype(int)
    pictures = [_middle(read_image(paths[place], channels=channels)) for place in places]
    compared = np.linspace(0, wanted - 1, min(wanted, NUM_COMPARED)).round().astype(int)
    rest = [picture for place, picture in enumerate(pictures) if place not in compared]
    return ProofPictures(tuple(pictures[place] for place in compared), tuple(rest or pictures))


def batches(
    pictures: ProofPictures, *, size: tuple[int, int] | None = None, multiple: int = 1
) -> list[np.ndarray]:
    """Return the compared pictures as an export takes them.

    Args:
        pictures: of `draw_pictures` or `read_pictures`.
        size: (height, width) that every picture must have; without it there are several.
        multiple: what height and width must be multiples of.

    Returns:
        uint8 (batch, height, width, channels) each.
    """
    if size:
        return [fit(picture, size)[np.newaxis] for picture in pictures.compared]
    first, last = pictures.compared[0], pictures.compared[-1]
    single = [fit(picture, _round_up(picture.shape[:2], multiple)) for picture in pictures.compared]
    single.append(fit(first, _round_up(_ODD_SIZE, multiple)))
    pair = [fit(picture, _round_up(_BATCH_SIZE, multiple)) for picture in (first, last)]
    return [*(picture[np.newaxis] for picture in single), np.stack(pair)]


def fit(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the middle of a picture, mirrored outwards where it is too small.

    Args:
        picture: uint8 (height, width, channels).
        size: (height, width) of the result.
    """
    missing = [max(0, wanted - given) for wanted, given in zip(size, picture.shape)]
    sides = [(count // 2, count - count // 2) for count in missing]
    grown = np.pad(picture, [*sides, (0, 0)], mode="symmetric")
    top, left = ((given - wanted) // 2 for wanted, given in zip(size, grown.shape))
    return grown[top : top + size[0], left : left + size[1]]


def _middle(picture: np.ndarray) -> np.ndarray:
    return fit(picture, tuple(min(side, LARGEST_SIDE) for side in picture.shape[:2]))


def _round_up(size, multiple: int) -> tuple[int, int]:
    return tuple(-(-side // multiple) * multiple for side in size)
