"""What an animated picture is made of: rectangles that are drawn onto a canvas one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, Protocol

import numpy as np

KEEP, CLEAR, RESTORE = "keep", "clear", "restore"


class DamagedFile(Exception):
    """An animation whose structure is broken; `frame` counts the frames before the damage."""

    def __init__(self, frame: int, reason: str):
        super().__init__(reason)
        self.frame, self.reason = frame, reason


@dataclass(frozen=True)
class Layer:
    """One stored frame: a rectangle to draw onto the canvas.

    Attributes:
        left: its place on the canvas in pixels; of a GIF it may reach beyond the canvas.
        top: the same downwards.
        width: in pixels.
        height: in pixels.
        delay: seconds it is shown for, as stored; 0 where the file does not say.
        disposal: what happens to its rectangle afterwards: KEEP, CLEAR or RESTORE what was there before.
        blends: whether it is laid over what is there, instead of replacing it.
        has_alpha: whether it can have pixels that are not opaque.
        pieces: (offset, number of bytes) of its data in the file.
    """

    left: int
    top: int
    width: int
    height: int
    delay: Fraction
    disposal: str
    blends: bool
    has_alpha: bool
    pieces: tuple[tuple[int, int], ...]


class AnimationReader(Protocol):
    """The structure of one animated file; nothing is decoded.

    Attributes:
        format: 'GIF', 'APNG' or 'WebP'.
        width: of the canvas in pixels.
        height: of the canvas in pixels.
        depth: bits a sample, 8 or 16.
        plays: how often it is shown, 0 for ever; certain after the last layer.
        is_animated: whether it says that it is more than a still.
        lacks_end: whether the file ends without saying so; certain after the last layer.
    """

    format: str
    width: int
    height: int
    depth: int
    plays: int
    is_animated: bool
    lacks_end: bool

    def layers(self) -> Iterator[Layer]:
        """Yields every stored frame from the first; raises DamagedFile."""
        ...

    def still(self, layer: Layer) -> bytes:
        """Returns a layer as a still picture's file of its own; raises BadPicture when it is damaged."""
        ...


def read_exactly(file: BinaryIO, count: int, frame: int) -> bytes:
    """Reads `count` bytes; raises DamagedFile with the frame's index when the file ends before."""
    data = file.read(count)
    if len(data) < count:
        raise DamagedFile(frame, f"its data end at byte {file.tell()}")
    return data


class Canvas:
    """The canvas of an animation, as browsers keep it: it starts transparent.

    Args:
        width: in pixels.
        height: in pixels.
        dtype: uint8 or uint16.
    """

    def __init__(self, width: int, height: int, dtype: type = np.uint8):
        self._pixels = np.zeros((height, width, 4), dtype)
        self._opaque = np.iinfo(dtype).max
        self._undo = None

    def draw(self, layer: Layer, pixels: np.ndarray) -> np.ndarray:
        """Draws one layer and returns a copy of the whole canvas, RGBA, as it is shown then.

        Args:
            layer: where and how.
            pixels: RGBA of the layer, (layer.height, layer.width, 4).
        """
        if self._undo:
            rectangle, before = self._undo
            self._pixels[rectangle] = before
        rectangle = (
            slice(layer.top, layer.top + layer.height),
            slice(layer.left, layer.left + layer.width),
        )
        under = self._pixels[rectangle]
        self._undo = None
        if layer.disposal != KEEP:
            self._undo = rectangle, under.copy() if layer.disposal == RESTORE else 0
        inside = pixels[: under.shape[0], : under.shape[1]]
        under[...] = self._over(inside, under) if layer.blends else inside
        return self._pixels.copy()

    def _over(self, above: np.ndarray, below: np.ndarray) -> np.ndarray:
        """Lays one picture over another (PNG specification, 13.16), alpha not multiplied in."""
        alpha = above[..., 3:]
        is_half = (alpha > 0) & (alpha < self._opaque) & (below[..., 3:] > 0)
        result = np.where(alpha == 0, below, above)
        if is_half.any():
            above_weight = alpha.astype(np.float64) / self._opaque
            below_weight = below[..., 3:] / self._opaque * (1 - above_weight)
            total = np.where(is_half, above_weight + below_weight, 1)
            colour = (above[..., :3] * above_weight + below[..., :3] * below_weight) / total
            mixed = np.concatenate([colour, total * self._opaque], axis=2)
            result = np.where(is_half, np.rint(mixed).astype(above.dtype), result)
        return result
