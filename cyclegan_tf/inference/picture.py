"""Translation of one picture file with a loaded model, including what bypasses the network."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cyclegan_tf.images.levels import Range, from_wide
from cyclegan_tf.images.parts import PictureParts, read_parts
from cyclegan_tf.images.writing import Output, storable_dtype, write_output
from cyclegan_tf.inference.translator import Translator


@dataclass(frozen=True)
class TranslatedPicture:
    """A translation that was written.

    Attributes:
        size: (height, width) in pixels.
        notes: what was not read, and what the file could not hold.
        original: what the network saw, uint8 (height, width, channels).
        translated: its output, likewise.
    """

    size: tuple[int, int]
    notes: list[str]
    original: np.ndarray
    translated: np.ndarray


def translate_file(
    translator: Translator, source: Path, target: Path, *, max_pixels: int, mask_target: Path | None = None
) -> TranslatedPicture:
    """Translate a picture.

    Pixels of 16 bits, or floats, are mapped by the model's pixel range of the source domain, and back by that
    of the target domain.

    Args:
        translator: the model.
        source: the picture.
        target: the file to write; its folder must exist.
        max_pixels: refuse larger pictures.
        mask_target: the file for the mask, a grey picture; None writes no mask.

    Raises:
        DataError: the picture cannot be read.
        DivergedError: the model's output is not finite.
        MachineError: there is not enough scratch space for it.
        OutputError: the result cannot be written.
        MemoryError: the memory of this machine does not suffice for it.
    """
    card, direction = translator.card, translator.direction
    suffix = target.suffix.lower()
    parts = read_parts(
        source,
        channels=card.generators[direction].input_channels,
        value_range=card.pixel_ranges.get(direction[0]),
        keep_depth=storable_dtype(suffix, np.dtype(np.uint16)) == np.uint16,
        max_pixels=max_pixels,
    )
    levels = translator(parts.pixels)
    dtype = storable_dtype(suffix, parts.dtype)
    pixels = _stored(levels, parts, dtype, card.pixel_ranges.get(direction[1]))
    notes = [
        *parts.lost,
        *([] if pixels.dtype == parts.dtype else [f"{parts.dtype} pixels became {pixels.dtype}"]),
    ]
    notes += write_output(target, Output(pixels, parts.alpha, parts.profile, parts.exif))
    if mask_target is not None:
        write_output(mask_target, Output(translator.masks(parts.pixels)))
    return TranslatedPicture(parts.pixels.shape[:2], notes, _for_the_eye(parts.pixels), _for_the_eye(levels))


def _stored(
    levels: np.ndarray, parts: PictureParts, dtype: np.dtype, value_range: Range | None
) -> np.ndarray:
    if levels.dtype == dtype == np.uint8:
        return levels
    # A dtype that is not the source's uses its full range.
    return from_wide(levels, dtype, value_range if dtype == parts.dtype else None)


def _for_the_eye(levels: np.ndarray) -> np.ndarray:
    return levels if levels.dtype == np.uint8 else from_wide(levels, np.dtype(np.uint8))
