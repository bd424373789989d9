"""Reduction of a picture to a palette of 256 colours, for GIF."""

from fractions import Fraction

import av
import cv2
import numpy as np

MAX_COLOURS = 256
_TIME_BASE = Fraction(1, 1000)


def reduced(
    pixels: np.ndarray, drawn: np.ndarray, num_colours: int, dither: str, *, has_alpha: bool
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Reduce the colours of a picture; exactly, if it has few enough.

    Args:
        pixels: uint8 RGB (height, width, 3).
        drawn: bool (height, width): the pixels to keep; the others become transparent.
        num_colours: the size of the palette, at most 256, if the picture has too many colours.
        dither: FFmpeg's name of the dithering for that case.
        has_alpha: whether to reserve a transparent colour even if every pixel is drawn: some readers use the
            first one for the whole file.

    Returns:
        (indices, palette, whether the colours are exact): uint8 (height, width), and uint8 (256, 4) in
        FFmpeg's order alpha, red, green, blue.
    """
    room = MAX_COLOURS - (has_alpha or not drawn.all())
    box = _bounds(drawn)
    inside, matters = pixels[box], drawn[box]
    exact = _exactly(inside, matters, room)
    indices, colours = exact or _dithered(inside, min(room, num_colours), dither)
    palette = np.zeros((MAX_COLOURS, 4), np.uint8)
    palette[: len(colours)] = np.insert(colours, 0, 255, axis=1)
    whole = np.full(drawn.shape, len(colours) % MAX_COLOURS, np.uint8)
    whole[box][matters] = indices[matters]
    return whole, palette, exact is not None


def _bounds(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of the bounding box; the first pixel for an empty mask."""
    if not mask.any():
        return slice(0, 1), slice(0, 1)
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return slice(y, y + height), slice(x, x + width)


def _exactly(pixels: np.ndarray, drawn: np.ndarray, room: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the picture's own colours when there are at most `room`."""
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    packed = np.where(drawn, packed, packed[drawn][0] if drawn.any() else 0)
    # A few rows tell most photographs from drawings, without sorting all pixels.
    if len(np.unique(packed[:: max(1, len(packed) // 8)])) > room:
        return None
    found, indices = np.unique(packed, return_inverse=True)
    if len(found) > room:
        return None
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8)
    return indices.reshape(packed.shape), colours


def _dithered(pixels: np.ndarray, num_colours: int, dither: str) -> tuple[np.ndarray, np.ndarray]:
    """Return FFmpeg's best palette for one picture, and the picture in it."""
    height, width = pixels.shape[:2]
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=_TIME_BASE)
    split, sink = graph.add("split"), graph.add("buffersink")
    choose = graph.add("palettegen", f"stats_mode=single:reserve_transparent=0:max_colors={num_colours}")
    use = graph.add("paletteuse", f"new=1:dither={dither}")
    source.link_to(split)
    split.link_to(choose, 0, 0)
    split.link_to(use, 1, 0)
    choose.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame.pts, frame.time_base = 0, _TIME_BASE
    source.push(frame)
    source.push(None)
    indices, palette = sink.pull().to_ndarray()
    # Alpha is first; the unused end of the palette repeats.
    return indices, palette[: int(indices.max()) + 1, 1:]
