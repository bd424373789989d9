"""A frame and the clip it belongs to: plain values that pass from reader to writer."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import av
import cv2
import numpy as np

from video.core.colour_codes import Colour


@dataclass(frozen=True)
class Picture:
    """The pixels of one frame.

    Attributes:
        pixels: uint8 RGB, full range, (height, width, 3), C-contiguous: the input of the callable.
        alpha: uint8 (height, width), 255 is opaque; None when the clip has none. It bypasses the callable.
        residual: int16 (height, width, 3): the rest that eight bits cannot hold, in units of 1/65535 of full
            scale (`pixels * 257 + residual` is the picture in 16 bits); None unless depth is kept.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    residual: np.ndarray | None = None


@dataclass(frozen=True)
class Frame:
    """An upright picture and when it is shown.

    Attributes:
        index: its number among the frames of the result, from 0.
        picture: what it shows.
        pts: when it is shown, in units of the clip's time base.
        duration: for how long, in the same units; at least 1.
        captions: closed captions of the source's frame (see `video.colour.captions`), None without any.
        source_index: the number of what it shows among all frames of the source's part, from 0, also those
            that cannot be decoded; `index` if it is not given.
    """

    index: int
    picture: Picture
    pts: int
    duration: int
    captions: av.VideoFrame | None = None
    source_index: int | None = None

    def __post_init__(self) -> None:
        if self.source_index is None:
            object.__setattr__(self, "source_index", self.index)


@dataclass(frozen=True)
class Clip:
    """The properties that all frames of a clip share, as the result will have them.

    Attributes:
        width: upright width in pixels.
        height: upright height in pixels.
        time_base: seconds in one unit of `Frame.pts`.
        rate: nominal frames per second; a hint for the encoder, not a clock.
        sample_aspect_ratio: width of a pixel over its height, upright; None when the clip does not say.
        colour: how the written clip stores its pixels.
        depth: bits per sample that are kept: 8, or more with `Picture.residual`.
        has_alpha: whether every picture has alpha.
        is_rgb: the source stores RGB, so its chroma was not subsampled.
        has_full_chroma: the source stores YUV with as many chroma samples as luma samples.
        has_captions: whether the first frame has closed captions.
        hdr_metadata: static metadata of an HDR clip that stays HDR (see `video.colour.hdr`), else None.
    """

    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    sample_aspect_ratio: Fraction | None
    colour: Colour
    depth: int = 8
    has_alpha: bool = False
    is_rgb: bool = False
    has_full_chroma: bool = False
    has_captions: bool = False
    hdr_metadata: object | None = None


class FrameSource(Protocol):
    """A source of frames: a clip, an animated picture, or a folder of pictures.

    Use it as a context manager: leaving it closes its files. Iterate `frames` once.

    Attributes:
        clip: what all frames share.
        warnings: sentences for the report; complete after the last frame.
        frames_read: frames of the result so far, including those that were not wanted.
        frames_skipped: frames that could not be decoded and were left out.
        frames_repeated: frames that could not be decoded and show the previous picture.
    """

    clip: Clip
    warnings: list[str]
    frames_read: int
    frames_skipped: int
    frames_repeated: int

    def frames(self, wanted: Callable[[int], bool]) -> Iterator[Frame]:
        """Yield the frames whose index is wanted, in order; only count the others."""
        ...

    def __enter__(self) -> "FrameSource": ...

    def __exit__(self, *exception: object) -> None: ...


def fraction(rational: Any) -> Fraction | None:
    """Return PyAV's rational as a Fraction, None when unset; PyAV 18 and 19 have different types."""
    return Fraction(rational.numerator, rational.denominator) if rational else None


def display_matrix(frame: Any) -> tuple[int, int, int, int] | None:
    """Return (a, b, c, d) of a decoded frame's display matrix, None when it has none.

    A pixel (x, y) is shown at (a x + c y, b x + d y), y pointing down, in 16.16 fixed point.
    """
    side_data = frame.side_data.get("DISPLAYMATRIX")
    if side_data is None:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(side_data))
    return a, b, c, d


def is_quarter_turn(matrix: Sequence[int] | None) -> bool:
    """Tell whether the matrix swaps width and height."""
    return matrix is not None and abs(matrix[1]) > abs(matrix[0])


def upright(pixels: np.ndarray, matrix: Sequence[int] | None) -> np.ndarray:
    """Rotate and mirror stored pixels into the picture that a player shows.

    Args:
        pixels: (height, width, 3).
        matrix: (a, b, c, d) of the display matrix; None leaves the picture as it is. All eight
            right-angled positions are exact; any other angle counts as the nearest of them.

    Returns:
        The upright picture, C-contiguous; height and width are swapped by a quarter turn.
    """
    if matrix is None:
        return pixels
    a, b, c, d = matrix
    across, down = (c, b) if is_quarter_turn(matrix) else (a, d)
    turned = pixels.transpose(1, 0, 2) if is_quarter_turn(matrix) else pixels
    turned = turned[:, ::-1] if across < 0 else turned
    turned = turned[::-1] if down < 0 else turned
    return np.ascontiguousarray(turned)


def padded_to_even(pixels: np.ndarray) -> np.ndarray:
    """Repeat the last column and row where needed, so that both sides are even.

    Args:
        pixels: (height, width) or (height, width, channels).

    Returns:
        The same picture, at most one pixel wider and one pixel higher; not rescaled.
    """
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    channels = ((0, 0),) * (pixels.ndim - 2)
    return np.pad(pixels, ((0, height % 2), (0, width % 2), *channels), mode="edge")


def letterboxed(pixels: np.ndarray, width: int, height: int, stretch: Fraction = Fraction(1)) -> np.ndarray:
    """Scale a picture into a frame of another size, centred on black (0), with its aspect ratio.

    Args:
        pixels: uint8 or int16, (height, width) or (height, width, channels).
        width: of the result in pixels.
        height: of the result in pixels.
        stretch: how much wider the picture's pixels are than those of the result.

    Returns:
        The picture as large as it fits, with the given dtype and channels, C-contiguous.
    """
    full_width = float(pixels.shape[1] * stretch)
    scale = min(width / full_width, height / pixels.shape[0])
    inner_width = min(width, max(1, round(full_width * scale)))
    inner_height = min(height, max(1, round(pixels.shape[0] * scale)))
    # Area averaging avoids shimmering in a smaller picture, but does not enlarge smoothly.
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    inner = cv2.resize(pixels, (inner_width, inner_height), interpolation=method)
    result = np.zeros((height, width, *pixels.shape[2:]), pixels.dtype)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    # cv2 drops a last axis of one channel.
    result[top : top + inner_height, left : left + inner_width] = inner.reshape(
        inner_height, inner_width, *pixels.shape[2:]
    )
    return result
