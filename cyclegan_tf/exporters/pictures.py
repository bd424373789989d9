"""The pictures that an export is calibrated on and verified with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.data.scenes import draw_scene
from cyclegan_tf.images.levels import Range
from cyclegan_tf.images.listing import list_images
from cyclegan_tf.images.reading import read_image

_LARGEST_SIDE = 256
_NUM_COMPARED, _NUM_CALIBRATION = 4, 32
# Sizes of a batch of two pictures, and of a picture that no stride divides.
_BATCH_SIZE, _ODD_SIZE = (96, 64), (75, 101)


@dataclass(frozen=True)
class ExportPictures:
    """Pictures for an export.

    Attributes:
        compared: pictures to verify with, uint8 (height, width, channels) each.
        calibration: pictures for quantization, in the same form; empty for drawn pictures.
    """

    compared: tuple[np.ndarray, ...]
    calibration: tuple[np.ndarray, ...] = ()


def draw_pictures(channels: int) -> ExportPictures:
    """Draw landscapes. Other numbers of channels than three repeat red, green and blue."""
    scenes = [draw_scene(seed, "summer", width=128, height=128, unit=64) for seed in range(_NUM_COMPARED)]
    return ExportPictures(tuple(scene[..., np.arange(channels) % 3] for scene in scenes))


def read_pictures(folder: Path, channels: int, value_range: Range | None = None) -> ExportPictures:
    """Read the centres of up to 36 pictures, evenly spread over a folder.

    Up to 4 are compared and the rest calibrates. If none is left, the compared ones calibrate as well.

    Args:
        folder: of the pictures.
        channels: of the model's input.
        value_range: of the input's domain, the values of 16-bit and float pixels that become 0 and 255.

    Raises:
        DataError: there are no pictures, or one cannot be read.
    """
    paths = list_images(folder)
    wanted = min(len(paths), _NUM_COMPARED + _NUM_CALIBRATION)
    chosen = np.linspace(0, len(paths) - 1, wanted).round().astype(int)
    read = (read_image(paths[index], channels=channels, value_range=value_range) for index in chosen)
    pictures = [_centre(picture) for picture in read]
    compared = np.linspace(0, wanted - 1, min(wanted, _NUM_COMPARED)).round().astype(int)
    rest = [picture for index, picture in enumerate(pictures) if index not in compared]
    return ExportPictures(tuple(pictures[index] for index in compared), tuple(rest or pictures))


def batches(
    pictures: ExportPictures, *, size: tuple[int, int] | None = None, multiple: int = 1
) -> list[np.ndarray]:
    """Return the compared pictures in batches that the export accepts.

    Args:
        pictures: from `draw_pictures` or `read_pictures`.
        size: (height, width) of every picture; None for several sizes and a batch of two.
        multiple: number that height and width must be multiples of.

    Returns:
        uint8 (batch, height, width, channels) each.
    """
    if size:
        return [crop_or_pad(picture, size)[np.newaxis] for picture in pictures.compared]
    first, last = pictures.compared[0], pictures.compared[-1]
    single = [crop_or_pad(picture, _round_up(picture.shape[:2], multiple)) for picture in pictures.compared]
    single.append(crop_or_pad(first, _round_up(_ODD_SIZE, multiple)))
    pair = [crop_or_pad(picture, _round_up(_BATCH_SIZE, multiple)) for picture in (first, last)]
    return [*(picture[np.newaxis] for picture in single), np.stack(pair)]


def crop_or_pad(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the centre of a picture, padded by mirroring (edge repeated) where it is too small.

    Args:
        picture: uint8 (height, width, channels).
        size: (height, width) of the result.
    """
    missing = [max(0, wanted - side) for wanted, side in zip(size, picture.shape)]
    padding = [(count // 2, count - count // 2) for count in missing]
    padded = np.pad(picture, [*padding, (0, 0)], mode="symmetric")
    top, left = ((side - wanted) // 2 for wanted, side in zip(size, padded.shape))
    return padded[top : top + size[0], left : left + size[1]]


def _centre(picture: np.ndarray) -> np.ndarray:
    return crop_or_pad(picture, tuple(min(side, _LARGEST_SIDE) for side in picture.shape[:2]))


def _round_up(size, multiple: int) -> tuple[int, int]:
    return tuple(-(-side // multiple) * multiple for side in size)
