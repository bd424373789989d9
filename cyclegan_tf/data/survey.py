"""A survey of pictures, each on its own: what it is, and what is wrong with it."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.traits import Traits, traits_of
from cyclegan_tf.errors import DataError
from cyclegan_tf.images.opening import AnimatedPicture, OversizedPicture, UnreadKind
from cyclegan_tf.images.preprocess import Preprocess, check_size
from cyclegan_tf.images.sizes import MAX_PIXELS

NUM_THREADS = 2
UNREADABLE, TRUNCATED, OVERSIZED, ANIMATED = "unreadable", "truncated", "oversized", "animated"
NOT_READ = "of a kind that is not read here"
TOO_SMALL, NOT_DIVISIBLE = "too small", "not divisible"


@dataclass(frozen=True)
class Finding:
    """What the survey of one picture found.

    Attributes:
        name: its path, or its number in a data set that has no files.
        size: (height, width) in pixels; None if even the header cannot be read.
        mode: what it stores; see `images.ImageHeader`. Empty if the size is None.
        profile: its colour profile, where that is not sRGB.
        traits: of its decoded pixels; None if they were not or could not be decoded.
        problem: why it cannot be used, one of the constants of this module; empty if it can.
        reason: the problem in words.
    """

    name: str
    size: tuple[int, int] | None = None
    mode: str = ""
    profile: str = ""
    traits: Traits | None = None
    problem: str = ""
    reason: str = ""


def survey(
    items: Sequence[PictureFile | np.ndarray],
    preprocess: Preprocess,
    *,
    max_pixels: int = MAX_PIXELS,
    quick: bool = False,
    on_picture: Callable[[], None] = lambda: None,
) -> list[Finding]:
    """Survey pictures in two threads; Pillow decodes without the interpreter's lock.

    Args:
        items: files, or decoded pictures.
        preprocess: what the pictures must be large enough for.
        max_pixels: see `images.read_image`.
        quick: read headers alone.
        on_picture: called after each picture, from the calling thread.

    Returns:
        A finding for each item, in their order.
    """

    def look(numbered: tuple[int, PictureFile | np.ndarray]) -> Finding:
        number, item = numbered
        if isinstance(item, np.ndarray):
            return _fitting(_of_array(number, item, quick), preprocess)
        return _fitting(_of_file(item, max_pixels, quick), preprocess)

    pool = ThreadPoolExecutor(NUM_THREADS)
    try:
        return list(_counted(pool.map(look, enumerate(items)), on_picture))
    finally:
        # Otherwise Ctrl-C would wait until the last picture is decoded.
        pool.shutdown(cancel_futures=True)


def _counted(findings: Iterable[Finding], on_picture: Callable[[], None]) -> Iterable[Finding]:
    for finding in findings:
        on_picture()
        yield finding


def _of_array(number: int, image: np.ndarray, quick: bool) -> Finding:
    mode = {1: "grey", 3: "RGB"}.get(image.shape[-1], f"{image.shape[-1]} channels")
    return Finding(f"number {number}", image.shape[:2], mode, "", None if quick else traits_of(image))


def _of_file(file: PictureFile, max_pixels: int, quick: bool) -> Finding:
    size, mode, profile = None, "", ""
    try:
        size, mode, profile = file.header(max_pixels)
        if quick:
            return Finding(str(file), size, mode, profile)
        image = file.read(max_pixels)
    except DataError as error:
        return Finding(str(file), size, mode, profile, None, _kind(error), _without_path(error, file.path))
    # A PNG may state its orientation after its pixels, so the size is that of the decoded picture.
    return Finding(str(file), image.shape[:2], mode, profile, traits_of(image))


def _kind(error: DataError) -> str:
    if isinstance(error, OversizedPicture):
        return OVERSIZED
    if isinstance(error, AnimatedPicture):
        return ANIMATED
    if isinstance(error, UnreadKind):
        return NOT_READ
    return TRUNCATED if "truncated" in error.detail.lower() else UNREADABLE


def _without_path(error: DataError, path: Path) -> str:
    """Return what was found, in one line, without the expectation, which is the same for all."""
    if isinstance(error, UnreadKind):
        return f"{error.kind.name}: {error.fix}"
    return error.detail.rpartition("; found")[2].lstrip(": ").replace(str(path), path.name)


def _fitting(finding: Finding, preprocess: Preprocess) -> Finding:
    if finding.problem or finding.size is None:
        return finding
    try:
        check_size(finding.size, preprocess)
    except DataError as error:
        is_too_small = preprocess.crops or min(finding.size) < preprocess.at_least
        problem = TOO_SMALL if is_too_small else NOT_DIVISIBLE
        reason = _without_path(error, Path(finding.name))
        return replace(finding, problem=problem, reason=reason)
    return finding
