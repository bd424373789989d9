"""Masks of the training pictures: grey pictures of the same names, white where the subject is."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.errors import DataError, UsageError
from cyclegan_tf.images.listing import list_images
from video.core.box import Box

_NAMED = 5
# A mask that covers less than the first share is empty; from the second share on it is full.
EMPTY_BELOW, FULL_FROM = 0.01, 0.95
# Edges softer than this do not count as the subject.
_SUBJECT_FROM = 127


def as_files(pictures: Sequence[PictureFile | np.ndarray]) -> list[PictureFile]:
    """Return pictures as files: masks are matched to them by name.

    Raises:
        UsageError: they are decoded pictures of TensorFlow Datasets, which have no names.
    """
    files = [picture for picture in pictures if isinstance(picture, PictureFile)]
    if len(files) < len(pictures):
        raise UsageError("masks need pictures in files", fix="give a folder with trainA and trainB")
    return files


def find_masks(folder: str | Path, pictures: Sequence[PictureFile], domain: str) -> list[PictureFile]:
    """Find the mask of each picture: a file of the folder with the picture's name, whatever its suffix.

    Args:
        folder: holds the masks; it may hold more than there are pictures.
        pictures: of one domain.
        domain: its name, "A" or "B".

    Returns:
        A file for each picture, in their order, read as grey.

    Raises:
        DataError: the folder is missing or empty, or pictures have no mask; the first of them are named.
    """
    check_names(pictures, domain)
    try:
        by_name = {Path(path).stem: Path(path) for path in list_images(folder)}
    except DataError as error:
        raise DataError(
            f"masks of domain {domain}: {error.what}", detail=error.detail, fix=error.fix
        ) from error
    missing = [Path(picture).name for picture in pictures if Path(picture).stem not in by_name]
    if missing:
        raise DataError(
            f"domain {domain}: {len(missing)} of {len(pictures)} pictures have no mask in {folder}",
            detail=f"expected a file with the picture's name; missing for {', '.join(missing[:_NAMED])}"
            f"{' ...' if len(missing) > _NAMED else ''}",
            fix="make the missing masks, or remove these pictures",
        )
    return [PictureFile(by_name[Path(picture).stem], channels=1) for picture in pictures]


def check_names(pictures: Sequence[PictureFile], domain: str) -> None:
    """Refuse pictures of the same name, whose masks would have the same name too.

    Raises:
        DataError: naming two of them.
    """
    seen: dict[str, Path] = {}
    for path in map(Path, pictures):
        if path.stem in seen:
            raise DataError(
                f"domain {domain}: two pictures have the same name, so each cannot have its own mask",
                detail=f"expected different names; found {seen[path.stem]} and {path}",
                fix="rename one of them",
            )
        seen[path.stem] = path


def covered(mask: np.ndarray) -> float:
    """Return the share of a picture that its uint8 mask covers."""
    return float(np.mean(mask >= 128))


class MaskStore:
    """The masks of pictures by index, resized to what their pictures were resized to.

    Args:
        items: files, or uint8 arrays (height, width, 1), by index.
        keep: keep the resized masks in memory.
    """

    def __init__(self, items: Sequence[PictureFile | np.ndarray], *, keep: bool):
        self.items, self._keep = list(items), keep
        self._cached: dict[int, np.ndarray] = {}
        self._subjects: dict[int, Box] = {}

    def prepared(self, index: int, size: tuple[int, int]) -> np.ndarray:
        """Return a mask, uint8 (height, width, 1) of the given (height, width)."""
        cached = self._cached.get(index)
        if cached is not None and cached.shape[:2] == size:
            return cached
        item = self.items[index]
        mask = resized_mask(item if isinstance(item, np.ndarray) else item.read(), size)
        if self._keep:
            self._cached[index] = mask
        return mask

    def subject(self, index: int, size: tuple[int, int]) -> Box:
        """Return what holds the subject of a mask that `prepared` returns; an index has always one size."""
        if index not in self._subjects:
            self._subjects[index] = subject_box(self.prepared(index, size))
        return self._subjects[index]


def resized_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a mask, uint8 (height, width, 1), to (height, width)."""
    if mask.shape[:2] == size:
        return mask
    # Not bicubic, which would overshoot at the subject's edge.
    resized = Image.fromarray(mask[..., 0]).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(resized)[..., np.newaxis]


def subject_box(mask: np.ndarray) -> Box:
    """Return what holds the subject of a mask, uint8 (height, width, 1); all of it where there is none."""
    left, top, width, height = cv2.boundingRect((mask[..., 0] > _SUBJECT_FROM).astype(np.uint8))
    if not width:
        return Box(0, 0, *mask.shape[:2])
    return Box(top, left, top + height, left + width)
