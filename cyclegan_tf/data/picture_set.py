"""Pictures of one domain that are measured: all of one size, decoded, each with its name."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.masks import resized_mask
from cyclegan_tf.data.store import NUM_THREADS
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.preprocess import Preprocess, center, resize
from cyclegan_tf.images.sizes import MAX_PIXELS, size_text

Item = PictureFile | np.ndarray


class Fit(NamedTuple):
    """How a picture of any size becomes one of the size that is measured.

    Attributes:
        text: for people.
        apply: from uint8 (height, width, channels) to the same number of channels.
    """

    text: str
    apply: Callable[[np.ndarray], np.ndarray]


def fit_to(size: tuple[int, int]) -> Fit:
    """Resize to (height, width), also what has another aspect."""
    return Fit(f"bicubic to {size_text(size)}", lambda picture: resize(picture, size))


def fit_as(preprocess: Preprocess) -> Fit:
    """Crop as the samples of a training run, without chance; see `images.preprocess.center`."""
    size, mode = size_text((preprocess.crop_size, preprocess.crop_size)), preprocess.mode
    texts = {
        "resize_and_crop": f"bicubic to {size}",
        "scale_shortside_and_crop": f"bicubic, shorter side to {preprocess.crop_size}, middle {size}",
        "scale_width_and_crop": f"bicubic, width to {preprocess.load_size}, middle {size}",
        "crop": f"middle {size}",
        "none": "as they are",
    }
    return Fit(texts[mode], lambda picture: center(picture, preprocess))


@dataclass(frozen=True)
class PictureSet:
    """Pictures in memory.

    Attributes:
        names: of the files without folder and suffix, each once.
        pixels: uint8 (count, height, width, channels).
        masks: uint8 (count, height, width, 1), white where the subject is; None if there are none.
    """

    names: list[str]
    pixels: np.ndarray
    masks: np.ndarray | None = None


def read_picture_set(
    items: Sequence[Item], fit: Fit, masks: Sequence[PictureFile] = (), *, max_pixels: int = MAX_PIXELS
) -> PictureSet:
    """Read pictures, and their masks if there are any.

    Args:
        items: at least one.
        fit: what makes all of them the same size.
        masks: a file for each picture, or none at all.
        max_pixels: refuse larger pictures.

    Raises:
        DataError: a picture cannot be read, or `fit` leaves them different sizes.
    """

    def read(index: int) -> tuple[np.ndarray, np.ndarray | None]:
        item = items[index]
        picture = item if isinstance(item, np.ndarray) else item.read(max_pixels)
        mask = resized_mask(masks[index].read(max_pixels), picture.shape[:2]) if masks else None
        return fit.apply(picture), None if mask is None else fit.apply(mask)

    with ThreadPoolExecutor(NUM_THREADS) as pool:
        pictures, read_masks = zip(*pool.map(read, range(len(items))))
    names = _names(items)
    for name, picture in zip(names, pictures):
        if picture.shape != pictures[0].shape:
            raise DataError(
                f"pictures of several sizes, first {name}",
                detail=f"expected {size_text(pictures[0].shape[:2])} as {names[0]}; "
                f"found {size_text(picture.shape[:2])}",
                fix="give a size that all of them are resized to",
            )
    return PictureSet(names, np.stack(pictures), np.stack(read_masks) if masks else None)


def spread(items: Sequence[Item], count: int | None) -> list[Item]:
    """Choose items at even distances; all of them if there are not more than `count`, or it is None."""
    if count is None or len(items) <= count:
        return list(items)
    return [items[round(place)] for place in np.linspace(0, len(items) - 1, count)]


def _names(items: Sequence[Item]) -> list[str]:
    stems = [
        f"{number:05d}" if isinstance(item, np.ndarray) else Path(item).stem
        for number, item in enumerate(items)
    ]
    repeated = {stem for stem, times in Counter(stems).items() if times > 1}
    # Files of several subfolders may share a name; results are files named after them.
    return [f"{stem}.{number}" if stem in repeated else stem for number, stem in enumerate(stems)]
