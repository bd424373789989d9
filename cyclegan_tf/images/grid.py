"""Grids of pictures under headings, for people to look at."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_LARGEST_FONT, _SMALLEST_FONT = 16, 8
_MARGIN = 4

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


def displayable(picture: np.ndarray) -> np.ndarray:
    """Make RGB of a picture of any number of channels, to be looked at.

    Args:
        picture: uint8 (height, width, channels).

    Returns:
        uint8 (height, width, 3): fewer than three channels show the first as grey, more show the first three.
    """
    return picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)


def image_grid(
    rows: Sequence[Sequence[np.ndarray]], *, labels: Sequence[str] = (), gap: int = 2, scale: int = 1
) -> np.ndarray:
    """Lay pictures out as a table on white.

    Args:
        rows: lists of the same length of uint8 pictures (height, width, channels), all of one height and
            width; see `displayable`.
        labels: a heading for each column, such as "real A", "translated", "cycled"; none leaves the headings
            out.
        gap: white pixels between neighbours.
        scale: how many times to enlarge each pixel, so that small pictures can be seen.

    Returns:
        uint8 RGB array (height, width, 3).

    Raises:
        ValueError: pictures of several sizes, rows of several lengths, or a heading too many or too few.
    """
    _check(rows, labels, gap, scale)
    height, width = (scale * side for side in rows[0][0].shape[:2])
    heading = _heading(labels, width, gap)
    top = heading.shape[0]
    canvas = np.full(
        (top + len(rows) * (height + gap) - gap, len(rows[0]) * (width + gap) - gap, 3), 255, np.uint8
    )
    canvas[:top, : heading.shape[1]] = heading
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            y, x = top + i * (height + gap), j * (width + gap)
            enlarged = displayable(image).repeat(scale, axis=0).repeat(scale, axis=1)
            canvas[y : y + height, x : x + width] = enlarged
    return canvas


def _check(rows: Sequence[Sequence[np.ndarray]], labels: Sequence[str], gap: int, scale: int) -> None:
    if not rows or not rows[0]:
        raise ValueError(f"`rows` should hold at least one picture. Received: {len(rows)} rows")
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise ValueError(
            f"every row should hold the same number of pictures. Received lengths: {sorted(lengths)}"
        )
    images = [image for row in rows for image in row]
    same = {(image.shape[:2], image.ndim, image.dtype.name) for image in images}
    if same != {(rows[0][0].shape[:2], 3, "uint8")}:
        kinds = sorted({(image.shape, image.dtype.name) for image in images})
        raise ValueError(f"pictures should be uint8 (height, width, channels) of one size. Received: {kinds}")
    if labels and len(labels) != len(rows[0]):
        raise ValueError(
            f"`labels` should name every column. Received: {len(labels)} for {len(rows[0])} columns"
        )
    if gap < 0 or scale < 1:
        raise ValueError(f"`gap` should be >= 0 and `scale` >= 1. Received: gap={gap}, scale={scale}")


def _heading(labels: Sequence[str], width: int, gap: int) -> np.ndarray:
    if not labels:
        return np.zeros((0, 0, 3), np.uint8)
    font = _largest_font_that_fits(labels, width)
    text_height = max(int(font.getbbox(label)[3]) for label in labels)
    strip = Image.new("RGB", (len(labels) * (width + gap) - gap, text_height + 2 * _MARGIN), "white")
    draw = ImageDraw.Draw(strip)
    for j, label in enumerate(labels):
        left = j * (width + gap) + max(0, (width - font.getlength(label)) / 2)
        draw.text((left, _MARGIN), label, fill="black", font=font)
    return np.asarray(strip)


def _largest_font_that_fits(labels: Sequence[str], width: int) -> Font:
    for size in range(_LARGEST_FONT, _SMALLEST_FONT, -1):
        font = ImageFont.load_default(size)
        if max(font.getlength(label) for label in labels) <= width:
            return font
    return ImageFont.load_default(_SMALLEST_FONT)
