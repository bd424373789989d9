"""Steadying: the change that a translation makes is blended with earlier ones, along the motion."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from video.core.box import Box, differing_box
from video.core.frames import Frame
from video.motion.flow import FlowFinder, Motion, grey, reduced_size, resized
from video.motion.shots import ShotFinder
from video.pipeline.grouping import Grouping

# Even at strength 0.9 a blend that began so many frames ago is within a tenth of a grey level of older ones.
LEAD_FRAMES = 16
_MAX_SIDE_PIXELS = 456
# Where the source itself differs by so many grey levels after it was moved, its motion is not believed.
_TRUSTED_DIFFERENCE = 12.0
_SMOOTHING_PIXELS = 2.0
# Finer detail than this is left as it is: moving a picture blurs it, so blending it would too.
_FINEST_PIXELS = 0.7
# OpenCV's filter of that blur reaches 3 pixels; what is moved needs 1 that is 0.
_MARGIN_PIXELS = 4


class Steadier:
    """A stage that steadies translated frames.

    The change from a source frame to its translation is a picture of its own. It is moved along the source's
    motion and blended with the next frame's change, which is then added to that frame: the source's own
    detail is never blended, and the finest detail of the change neither. Each segment begins anew with the
    frames that lead into it, so it does not depend on where a run began.

    Args:
        strength: share of the earlier change, above 0 and below 1, where the motion is sure.
        grouping: of the clip's frames.
        is_wanted: tells of a frame's index whether the frame is passed on; the others only lead in.
    """

    def __init__(self, strength: float, grouping: Grouping, is_wanted: Callable[[int], bool]):
        self._strength, self._grouping, self._is_wanted = strength, grouping, is_wanted
        self._links = _Links()
        self._changes: dict[int, _Change] = {}

    def __call__(self, pairs: Iterable[tuple[Frame, Frame]]) -> Iterator[tuple[Frame, Frame]]:
        """Yield every wanted frame before and after its translation, the latter steadied."""
        for before, after in pairs:
            link = self._links.link(before)
            change = _Change.of(before.picture.pixels, after.picture.pixels)
            own, next_one = (
                place(before.index) for place in (self._grouping.segment, self._grouping.segment_led_into)
            )
            self._changes = {
                segment: self._blended(change, self._changes.get(segment), link)
                for segment in range(own, next_one + 1)
            }
            if self._is_wanted(before.index):
                pixels = self._changes[own].added_to(before.picture.pixels)
                yield before, replace(after, picture=replace(after.picture, pixels=pixels))

    def _blended(self, change: "_Change", earlier: "_Change | None", link: "_Link | None") -> "_Change":
        if earlier is None or link is None:
            return change
        return link.blended(change, earlier, self._strength)


@dataclass(frozen=True)
class _Change:
    """What a translation changes in a frame.

    Attributes:
        box: outside of it nothing, and at its sides neither, unless they are the frame's.
        values: float32 (height, width, 3) of the box, in grey levels.
        changed: bool (height, width) of the box: where the translation changed anything at all.
    """

    box: Box
    values: np.ndarray
    changed: np.ndarray

    @classmethod
    def of(cls, before: np.ndarray, after: np.ndarray) -> "_Change":
        """Return the change from a frame to its translation, both uint8 (height, width, 3)."""
        box = differing_box(before, after, _MARGIN_PIXELS)
        values = cv2.subtract(box.of(after), box.of(before), dtype=cv2.CV_32F)
        return cls(box, values, _any_channel(cv2.absdiff(box.of(after), box.of(before))))

    def added_to(self, before: np.ndarray) -> np.ndarray:
        """Return the frame with this change, uint8."""
        pixels = before.copy()
        self.box.of(pixels)[:] = cv2.add(self.box.of(before), self.values, dtype=cv2.CV_8U)
        return pixels


class _Link:
    """The way from a frame back to the one before it, at the frames' full size.

    Args:
        motion: between them, at a reduced size.
        trust: float32 of that size, 0 to 1: how sure the motion is.
        size: (width, height) of the frames.
    """

    def __init__(self, motion: Motion, trust: np.ndarray, size: tuple[int, int]):
        self._motion = motion.enlarged(size)
        self._trust = cv2.resize(trust, size, interpolation=cv2.INTER_LINEAR)

    def blended(self, change: _Change, earlier: _Change, strength: float) -> _Change:
        """Return a change blended with an earlier one.

        Where the translation changes nothing, as outside of a mask, that stays so.
        """
        begin = earlier.box.top, earlier.box.left
        moved = self._motion.warped_part(earlier.values, begin, change.box)
        difference = cv2.GaussianBlur(moved - change.values, (0, 0), _FINEST_PIXELS)
        weight = strength * change.box.of(self._trust) * change.changed
        values = change.values + cv2.multiply(difference, cv2.merge([weight] * 3))
        return replace(change, values=values)


class _Links:
    """Finds the links between frames that follow each other in one shot."""

    def __init__(self):
        self._flow, self._shots = FlowFinder("good"), ShotFinder()
        self._index = -2
        self._small: np.ndarray | None = None

    def link(self, frame: Frame) -> _Link | None:
        """Return the link from a frame to the one before it; None after a cut or a gap."""
        height, width = frame.picture.pixels.shape[:2]
        begins_shot = self._shots.begins_shot(frame.picture.pixels)
        small = resized(frame.picture.pixels, reduced_size(width, height, _MAX_SIDE_PIXELS))
        follows = frame.index == self._index + 1
        previous, self._small, self._index = self._small, small, frame.index
        if begins_shot or not follows:
            return None
        motion = self._flow.motion(grey(previous), grey(small))
        return _Link(motion, _trust(motion, previous, small), (width, height))


def _trust(motion: Motion, previous: np.ndarray, small: np.ndarray) -> np.ndarray:
    difference = cv2.absdiff(motion.warped(previous), small).astype(np.float32).mean(axis=-1)
    difference = cv2.GaussianBlur(difference, (0, 0), _SMOOTHING_PIXELS)
    return np.exp(-((difference / _TRUSTED_DIFFERENCE) ** 2)) * motion.reliable


def _any_channel(values: np.ndarray) -> np.ndarray:
    """Return where any of three channels is not 0; much sooner than NumPy does over a last axis."""
    red, green, blue = cv2.split(values)
    return cv2.bitwise_or(cv2.bitwise_or(red, green), blue) > 0
