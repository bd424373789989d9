"""A store of pictures: each is checked once, then served resized from memory or from the disk."""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypedDict

import numpy as np

from cyclegan_tf.data.file import PictureFile
from cyclegan_tf.data.traits import Traits, traits_of
from cyclegan_tf.errors import ConfigError, DataError
from cyclegan_tf.images.preprocess import Preprocess, prepare, resized_size
from cyclegan_tf.images.sizes import MAX_PIXELS
from cyclegan_tf.system.memory import available_memory_bytes

_LOGGER = logging.getLogger("cyclegan_tf")
_NAMED_ERRORS = 10
# Pillow decodes and resizes without the interpreter's lock, so threads are enough.
NUM_THREADS = min(4, os.cpu_count() or 1)
SKIPPED_SHARE = 0.01


Item = Path | str | PictureFile | np.ndarray


class LoadingOptions(TypedDict, total=False):
    """Keyword arguments of `PictureStore` that `UnpairedImages` passes on."""

    cache: str
    max_pixels: int
    on_bad_image: str
    on_progress: Callable[[int, int], None] | None


class PictureStore:
    """A store of pictures by index; all could be decoded when it was made.

    Args:
        items: paths of RGB pictures, `PictureFile`s, or uint8 arrays (height, width, channels).
        preprocess: mode and sizes of the resize.
        cache: "memory" keeps the resized pixels; "off" decodes a picture whenever it is asked for; "auto"
            chooses memory when the resized pictures fit in a quarter of what is available.
        max_pixels: see `images.read_image`.
        on_bad_image: "stop" raises when pictures cannot be used; "skip" warns of each and leaves it out, up
            to 1 % of all.
        on_progress: called with (pictures checked, pictures in all), from the constructing thread.

    Raises:
        ConfigError: an unknown `cache` or `on_bad_image`.
        DataError: pictures that cannot be used, all in one error; or in mode `none` pictures of several
            sizes.
    """

    def __init__(
        self,
        items: Sequence[Item],
        preprocess: Preprocess,
        *,
        cache: str = "auto",
        max_pixels: int = MAX_PIXELS,
        on_bad_image: str = "stop",
        on_progress: Callable[[int, int], None] | None = None,
    ):
        _check_choice("cache", cache, ("auto", "memory", "off"))
        _check_choice("on_bad_image", on_bad_image, ("stop", "skip"))
        self.items, self.preprocess, self.max_pixels = [_opened(i) for i in items], preprocess, max_pixels
        self.in_memory = cache == "memory" or (cache == "auto" and self._fits_in_memory())
        self._cached: dict[int, np.ndarray] = {}
        self.errors: dict[int, DataError] = {}
        self.sizes: dict[int, tuple[int, int]] = {}
        self.traits: dict[int, Traits] = {}
        self._check_all(on_progress)
        self._judge_errors(on_bad_image)
        self._judge_sizes()

    def original(self, index: int) -> np.ndarray:
        """Return a picture before the resize: uint8 (height, width, channels)."""
        item = self.items[index]
        return item if isinstance(item, np.ndarray) else item.read(self.max_pixels)

    def channels(self, index: int) -> int:
        """Return the number of channels of a picture."""
        item = self.items[index]
        return item.shape[2] if isinstance(item, np.ndarray) else item.channels

    def prepared(self, index: int) -> np.ndarray:
        """Return a picture after the resize: uint8 (height, width, channels).

        Raises:
            DataError: the file is not kept in memory and was removed or damaged since the store was made.
        """
        cached = self._cached.get(index)
        return self._decode(index)[1] if cached is None else cached

    def _decode(self, index: int) -> tuple[tuple[int, int], np.ndarray]:
        image = self.original(index)
        try:
            resized = prepare(image, self.preprocess)
        except DataError as error:
            raise _at(error, self.name(index)) from error
        if image.shape[:2] != self.sizes.get(index, image.shape[:2]):
            raise DataError(
                f"a picture changed its size during the run: {self.name(index)}",
                detail=f"expected (height, width) {self.sizes[index]}; found {image.shape[:2]}",
                fix="put the first picture back and resume",
            )
        return image.shape[:2], resized

    def _check_all(self, on_progress: Callable[[int, int], None] | None) -> None:
        pool = ThreadPoolExecutor(NUM_THREADS)
        try:
            for done, _ in enumerate(pool.map(self._check_one, range(len(self.items))), start=1):
                if on_progress is not None:
                    on_progress(done, len(self.items))
        finally:
            # Otherwise Ctrl-C would wait until the last picture is decoded.
            pool.shutdown(cancel_futures=True)

    def _check_one(self, index: int) -> None:
        try:
            self.sizes[index], resized = self._decode(index)
        except DataError as error:
            self.errors[index] = error
            return
        self.traits[index] = traits_of(resized)
        if self.in_memory:
            self._cached[index] = resized

    def _judge_errors(self, on_bad_image: str) -> None:
        errors = [self.errors[index] for index in sorted(self.errors)]
        if not errors:
            return
        if on_bad_image == "stop" or len(errors) > SKIPPED_SHARE * len(self.items):
            raise _all_in_one(errors, len(self.items))
        for error in errors:
            _LOGGER.warning("skipped: %s; %s", error.what, error.detail)
        _LOGGER.warning("skipped %d of %d pictures", len(errors), len(self.items))

    def _judge_sizes(self) -> None:
        usable = sorted(self.sizes)
        if self.preprocess.mode == "none":
            for index in usable:
                if self.sizes[index] != self.sizes[usable[0]]:
                    raise self._several_sizes(usable[0], index)
        oblong = sum(height != width for height, width in self.sizes.values())
        if self.preprocess.mode == "resize_and_crop" and oblong:
            _LOGGER.warning(
                "%d of %d pictures are not square, and resize_and_crop squashes them as the reference does; "
                "scale_shortside_and_crop keeps the aspect",
                oblong,
                len(usable),
            )

    def _several_sizes(self, first: int, other: int) -> DataError:
        (height, width), (other_height, other_width) = self.sizes[first], self.sizes[other]
        return DataError(
            f"pictures of several sizes in mode none, first {self.name(other)}",
            detail=f"expected {width}x{height} as {self.name(first)}; found {other_width}x{other_height}",
            fix="use a mode with a crop, such as scale_shortside_and_crop",
        )

    def name(self, index: int) -> str:
        """Name a picture for people: its path, or its number."""
        item = self.items[index]
        return f"array number {index}" if isinstance(item, np.ndarray) else str(item)

    def _fits_in_memory(self) -> bool:
        limit, total = available_memory_bytes() // 4, 0
        for index, item in enumerate(self.items):
            try:
                size = resized_size(self._header_size(item), self.preprocess)
                total += size[0] * size[1] * self.channels(index)
            except DataError:
                # The check that follows names the file.
                continue
            if total > limit:
                return False
        return True

    def _header_size(self, item: PictureFile | np.ndarray) -> tuple[int, int]:
        if self.preprocess.mode == "resize_and_crop" and self.preprocess.zoom == 1.0:
            return 1, 1  # Whatever it is, so no file is opened.
        return item.shape[:2] if isinstance(item, np.ndarray) else item.header(self.max_pixels).size


def _opened(item: Item) -> PictureFile | np.ndarray:
    return item if isinstance(item, PictureFile | np.ndarray) else PictureFile(Path(item))


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(
            f"unknown value {value!r} of {name}",
            detail=f"expected one of {', '.join(choices)}",
            fix="choose one of these",
        )


def _at(error: DataError, name: str) -> DataError:
    return DataError(f"{error.what}: {name}", detail=error.detail, fix=error.fix)


def _all_in_one(errors: list[DataError], num_items: int) -> DataError:
    if len(errors) == 1:
        return errors[0]
    lines = [f"{error.what}\n    {error.detail}" for error in errors[:_NAMED_ERRORS]]
    if len(errors) > _NAMED_ERRORS:
        lines.append(f"... and {len(errors) - _NAMED_ERRORS} more")
    return DataError(
        f"{len(errors)} of {num_items} pictures cannot be used",
        detail="\n".join(lines),
        fix="; ".join(dict.fromkeys(error.fix for error in errors[:_NAMED_ERRORS])),
    )
