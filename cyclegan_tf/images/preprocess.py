"""From a decoded picture to a training crop: the preprocess modes of the PyTorch reference, by name."""

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from PIL import Image

from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.sizes import size_text
from cyclegan_tf.images.subject_crop import square_around
from video.core.box import Box

Mode = Literal["resize_and_crop", "scale_width_and_crop", "scale_shortside_and_crop", "crop", "none"]
MODES = get_args(Mode)


@dataclass(frozen=True)
class Preprocess:
    """How a picture becomes a crop.

    Args:
        mode: `resize_and_crop` makes it load_size x load_size, squashing what is not square;
            `scale_width_and_crop` and `scale_shortside_and_crop` keep the aspect and bring the width or the
            shorter side to load_size; `crop` keeps the size; `none` neither resizes nor crops.
        load_size: pixels after the resize.
        crop_size: side of the square crop, in pixels.
        flip: whether half of the crops are mirrored left to right.
        zoom: how many times as near as at load_size the nearest crops are, where `augment` is told the
            subject. Pictures are prepared so many times as large, if they have the pixels.
        multiple_of: what the sides must be divisible by in mode `none`: the generators' stride.
        at_least: the shortest side that the networks take, in pixels; required in mode `none`.

    Raises:
        ConfigError: an unknown mode, or a size or zoom below 1.
    """

    mode: Mode = "resize_and_crop"
    load_size: int = 286
    crop_size: int = 256
    flip: bool = True
    # Not in the text, by which a student's kept answers are found again: their crops are never zoomed.
    zoom: float = field(default=1.0, repr=False)
    multiple_of: int = 4
    at_least: int = 1

    def __post_init__(self):
        if self.mode not in MODES:
            raise ConfigError(
                f"unknown preprocess mode {self.mode!r}",
                detail=f"expected one of {', '.join(MODES)}",
                fix="choose one of these",
            )
        sizes = {name: getattr(self, name) for name in ("load_size", "crop_size", "zoom", "multiple_of")}
        if min(sizes.values()) < 1:
            raise ConfigError(
                "a size of the preprocessing is out of range",
                detail=f"expected at least 1; found {sizes}",
                fix="give sizes in pixels and the zoom as a factor, from 1",
            )

    @property
    def resizes(self) -> bool:
        """Whether load_size has a meaning in this mode."""
        return self.mode in MODES[:3]

    @property
    def crops(self) -> bool:
        """Whether crop_size has a meaning in this mode."""
        return self.mode != "none"


def resized_size(size: tuple[int, int], preprocess: Preprocess) -> tuple[int, int]:
    """Compute the (height, width) that `prepare` gives a picture of the given (height, width), in pixels."""
    target = preprocess.load_size
    if preprocess.zoom > 1.0:
        pixels = size[1] if preprocess.mode == "scale_width_and_crop" else min(size)
        target = min(round(target * preprocess.zoom), max(target, pixels))
    return _scaled(size, preprocess, target)


def prepare(image: np.ndarray, preprocess: Preprocess) -> np.ndarray:
    """Resize a picture, bicubic and antialiased; the result is the same in every epoch and can be cached.

    Args:
        image: uint8 (height, width, channels).
        preprocess: mode and sizes.

    Returns:
        uint8 of the same number of channels, at least crop_size on each side unless the mode is `none`.

    Raises:
        DataError: too small for the crop; in mode `none` for the networks, or not divisible by their stride.
    """
    check_size(image.shape[:2], preprocess)
    return resize(image, resized_size(image.shape[:2], preprocess))


def check_size(size: tuple[int, int], preprocess: Preprocess) -> None:
    """Refuse a picture of a (height, width) that cannot be prepared.

    Raises:
        DataError: as `prepare`.
    """
    multiple, side = preprocess.multiple_of, preprocess.crop_size
    # A zoom shows as much as there is without.
    resized = _scaled(size, preprocess, preprocess.load_size)
    if preprocess.crops and min(resized) < side:
        load = f"load size {preprocess.load_size}" if preprocess.resizes else "not resized"
        raise DataError(
            "a picture is too small to be cropped",
            detail=f"expected at least {side}x{side} for crop size {side}; "
            f"found a picture of {size_text(size)}, {load} in mode {preprocess.mode}, "
            f"so {size_text(resized)}",
            fix="lower crop_size, remove the picture, or use scale_shortside_and_crop, which enlarges it",
        )
    if not preprocess.crops and min(size) < preprocess.at_least:
        least = -(-preprocess.at_least // multiple) * multiple
        raise DataError(
            "a picture is too small for the networks",
            detail=f"expected at least {least}x{least} in mode none; found a picture of {size_text(size)}",
            fix="enlarge the pictures, use a mode that resizes, or a discriminator of fewer layers",
        )
    if not preprocess.crops and (size[0] % multiple or size[1] % multiple):
        raise DataError(
            "a picture's sides do not divide by the networks' stride",
            detail=f"expected multiples of {multiple} in mode none; found a picture of {size_text(size)}",
            fix=f"crop the pictures to multiples of {multiple}, or use a mode with a crop such as {MODES[2]}",
        )


def augment(
    image: np.ndarray, preprocess: Preprocess, generator: np.random.Generator, subject: Box | None = None
) -> np.ndarray:
    """Draw a random crop and flip from a prepared picture.

    Args:
        image: what `prepare` returned.
        preprocess: mode, sizes, flip and zoom.
        generator: the random numbers; the same state gives the same crop.
        subject: where it lies, if crops of any size are to be taken around it.

    Returns:
        uint8 (crop_size, crop_size, channels), or the whole picture in mode `none`; a view, not a copy. With
        a subject the sides are equal and crop_size or more, up to what a crop shows at load_size.
    """
    if preprocess.crops:
        side = preprocess.crop_size
        if subject is None:
            top, left = (int(generator.integers(0, length - side + 1)) for length in image.shape[:2])
            box = Box(top, left, top + side, left + side)
        else:
            shown = round(side * _enlargement(image.shape[:2], preprocess))
            sides = side, min(max(side, shown), *image.shape[:2])
            box = square_around(subject, image.shape[:2], sides, generator)
        image = box.of(image)
    if preprocess.flip and generator.random() < 0.5:
        image = image[:, ::-1]
    return image


def center(image: np.ndarray, preprocess: Preprocess) -> np.ndarray:
    """Make a crop that is not random, for fixed samples and test pictures; never flipped.

    `resize_and_crop` and `scale_shortside_and_crop` resize to crop_size instead of load_size, to show as
    much of the picture as possible; the other modes take the middle of the prepared picture.

    Args:
        image: uint8 (height, width, channels), not prepared.
        preprocess: mode and sizes.

    Returns:
        uint8 (crop_size, crop_size, channels), or the whole picture in mode `none`.

    Raises:
        DataError: as `prepare`.
    """
    if preprocess.mode in ("resize_and_crop", "scale_shortside_and_crop"):
        image = resize(image, _scaled(image.shape[:2], preprocess, preprocess.crop_size))
    else:
        image = prepare(image, replace(preprocess, zoom=1.0))
    if not preprocess.crops:
        return image
    side = preprocess.crop_size
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def _enlargement(size: tuple[int, int], preprocess: Preprocess) -> float:
    """Return how many times as large as at load_size a prepared picture of this (height, width) is."""
    if not preprocess.resizes:
        return 1.0
    return (size[1] if preprocess.mode == "scale_width_and_crop" else min(size)) / preprocess.load_size


def _scaled(size: tuple[int, int], preprocess: Preprocess, target: int) -> tuple[int, int]:
    height, width = size
    if preprocess.mode == "resize_and_crop":
        return target, target
    if preprocess.mode == "scale_width_and_crop":
        return max(1, round(height * target / width)), target
    if preprocess.mode == "scale_shortside_and_crop":
        shorter = min(height, width)
        return round(height * target / shorter), round(width * target / shorter)
    return height, width


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a picture, uint8 (height, width, channels), to (height, width); bicubic and antialiased."""
    if image.shape[:2] == tuple(size):
        return image
    # Pillow widens the bicubic kernel when it shrinks: this is the antialiasing that the reference trains
    # with.
    if image.shape[2] == 3:
        return np.array(Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BICUBIC))
    # Each channel on its own, which is how Pillow treats those of RGB as well.
    bands = (Image.fromarray(image[..., i]) for i in range(image.shape[2]))
    resized = [np.asarray(band.resize((size[1], size[0]), Image.Resampling.BICUBIC)) for band in bands]
    return np.stack(resized, axis=-1)
