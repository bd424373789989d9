"""The unpaired data set: two sets of pictures, and each batch as a pure function of (seed, step, replica)."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from cyclegan_tf.data.domains import check_apart
from cyclegan_tf.data.file import PictureFile, identity
from cyclegan_tf.data.masks import MaskStore, resized_mask
from cyclegan_tf.data.order import EndlessPermutations, augmentation_generator
from cyclegan_tf.data.store import NUM_THREADS, Item, LoadingOptions, PictureStore
from cyclegan_tf.data.traits import warn_of_traits
from cyclegan_tf.errors import ConfigError, DataError, UserError
from cyclegan_tf.images.listing import list_images
from cyclegan_tf.images.preprocess import Preprocess, augment, center, resize, resized_size

if TYPE_CHECKING:
    import tensorflow as tf


class UnpairedImages:
    """A data set of pictures of domain A and of domain B, without pairs.

    Each domain is an endless concatenation of fresh permutations of its pictures; step s takes the positions
    s * batch_size to (s + 1) * batch_size - 1 of both. No picture is dropped or drawn with replacement. The
    shorter domain starts its next permutation while the longer is still in its first, and the last batch of a
    permutation continues with the next one instead of being cut short. Where several replicas train together,
    the batch of a step is that many times as large, and each replica has its part of it.

    Args:
        items_a: pictures of domain A: paths of RGB pictures, `PictureFile`s, or uint8 arrays (height, width,
            channels).
        items_b: those of domain B.
        preprocess: resize, crop and flip; its zoom counts where there are masks.
        batch_size: pictures of each domain in a step, of each replica.
        seed: of order and augmentation, at least 0.
        masks: of all pictures of A, then of B, `PictureFile`s or uint8 arrays (height, width, 1); see
            `data.masks`. With masks every batch has four parts.
        **loading: cache, max_pixels, on_bad_image and on_progress; see `PictureStore`.

    Attributes:
        num_a: usable pictures of domain A.
        num_b: usable pictures of domain B.

    Raises:
        ConfigError: batch_size or seed out of range.
        DataError: pictures that cannot be used, or none in a domain.
    """

    def __init__(
        self,
        items_a: Sequence[Item],
        items_b: Sequence[Item],
        preprocess: Preprocess | None = None,
        batch_size: int = 1,
        seed: int = 0,
        masks: Sequence[PictureFile | np.ndarray] = (),
        **loading: Unpack[LoadingOptions],
    ):
        _check_at_least("batch_size", batch_size, 1)
        _check_at_least("seed", seed, 0)
        preprocess = preprocess or Preprocess()
        self.preprocess = preprocess if len(masks) else replace(preprocess, zoom=1.0)
        self.batch_size, self.seed = batch_size, seed
        self.store = PictureStore([*items_a, *items_b], self.preprocess, **loading)
        self.masks = MaskStore(masks, keep=self.store.in_memory) if len(masks) else None
        self._members = (
            [index for index in sorted(self.store.sizes) if index < len(items_a)],
            [index for index in sorted(self.store.sizes) if index >= len(items_a)],
        )
        self.num_a, self.num_b = (len(members) for members in self._members)
        self._check_not_empty()
        self._check_channels()
        warn_of_traits(*(self._traits(members) for members in self._members))
        self._orders = [EndlessPermutations(n, seed, d) for d, n in enumerate((self.num_a, self.num_b))]
        self._errors: dict[int, UserError] = {}

    @classmethod
    def from_folders(
        cls,
        folder_a: str | Path,
        folder_b: str | Path,
        preprocess: Preprocess | None = None,
        batch_size: int = 1,
        seed: int = 0,
        **loading: Unpack[LoadingOptions],
    ) -> "UnpairedImages":
        """Make the data set of all pictures below two folders; arguments as in the class.

        Raises:
            ConfigError: both are the same folder, or one lies inside the other.
            DataError: a folder is missing or holds no picture, or pictures cannot be used.
        """
        items_a, items_b = list_images(folder_a, "A"), list_images(folder_b, "B")
        check_apart(Path(folder_a), Path(folder_b))
        return cls(items_a, items_b, preprocess, batch_size, seed, **loading)

    @property
    def error(self) -> UserError | None:
        """The error that stopped a `dataset`, or None.

        TensorFlow reports it as an OpError that does not name the file: catch tf.errors.OpError around the
        training loop and raise this one if set.
        """
        # Later steps are loaded ahead and may fail first: the error of the earliest step is reported.
        return self._errors[min(self._errors)] if self._errors else None

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one replica in which every picture of the longer domain is seen at least once."""
        return self.steps_per_epoch_of(1)

    def steps_per_epoch_of(self, replicas: int) -> int:
        """Return the same for several replicas that train together."""
        return -(-max(self.num_a, self.num_b) // (self.batch_size * replicas))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture of domain A in a batch."""
        return self.image_shapes[0]

    @property
    def image_shapes(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """(height, width, channels) of every picture of a batch, for A and for B."""
        side = self.preprocess.crop_size
        size = (side, side) if self.preprocess.crops else self.store.sizes[self._members[0][0]]
        a, b = (self.store.channels(members[0]) for members in self._members)
        return (*size, a), (*size, b)

    @property
    def part_shapes(self) -> list[tuple[int, int, int]]:
        """(height, width, channels) of the pictures in every part of a batch."""
        masks = [(*shape[:2], 1) for shape in self.image_shapes] if self.masks else []
        return [*self.image_shapes, *masks]

    @property
    def fingerprint(self) -> str:
        """A digest of the names, file sizes and order of all usable pictures: changes with the data set."""
        digest = hashlib.sha256()
        for domain, members in zip("AB", self._members):
            for index in members:
                digest.update(_encoded(f"{domain} {identity(self.store.items[index])}\n"))
                if self.masks:
                    digest.update(_encoded(f"mask {identity(self.masks.items[index])}\n"))
        return digest.hexdigest()

    def batch(self, step: int, replica: int = 0, replicas: int = 1) -> tuple[np.ndarray, ...]:
        """Make a replica's part of the batch of a step; it does not depend on earlier calls.

        Args:
            step: counted from 0 over the whole run, not from the start of an epoch.
            replica: whose part, from 0.
            replicas: how many train together.

        Returns:
            Pictures of A and of B, each uint8 (batch_size, height, width, channels). Where there are masks,
            those of A and of B follow, each uint8 (batch_size, height, width, 1).

        Raises:
            DataError: with the cache off, a file was removed or damaged since; the error names the step and
                the file.
        """
        step = int(step)
        _check_at_least("step", step, 0)
        first = (step * replicas + int(replica)) * self.batch_size
        positions = range(first, first + self.batch_size)
        try:
            return self._parts_of(positions)
        except DataError as error:
            raise DataError(f"step {step}: {error.what}", detail=error.detail, fix=error.fix) from error

    def dataset(
        self, first_step: int, stop_step: int, own: range = range(1), replicas: int = 1
    ) -> "tf.data.Dataset":
        """Serve the batches of steps first_step to stop_step - 1, in order, prepared ahead of their use.

        Args:
            first_step: counted from 0.
            stop_step: that after the last.
            own: the replicas that are served here; of each step first the part of the first, and so on.
            replicas: how many train together.

        Returns:
            A tf.data.Dataset of (a, b), or of (a, b, mask_a, mask_b), each uint8 of static shape
            (batch_size, height, width, channels).
            If a picture cannot be read, iterating raises tf.errors.OpError and the reason is in `self.error`.
        """
        import tensorflow as tf

        self._errors = {}
        shapes = [(self.batch_size, *shape) for shape in self.part_shapes]

        def load(number: "tf.Tensor") -> tuple["tf.Tensor", ...]:
            place = [number // len(own), own.start + number % len(own), replicas]
            parts = tf.numpy_function(self._batch_or_note, place, [tf.uint8] * len(shapes))
            return tuple(tf.ensure_shape(part, shape) for part, shape in zip(parts, shapes))

        # Pictures in memory are only cropped; for those on the disk one decoding thread may be too slow.
        num_threads = None if self.store.in_memory else NUM_THREADS
        numbers = tf.data.Dataset.range(first_step * len(own), stop_step * len(own))
        return numbers.map(load, num_threads).prefetch(2 * len(own))

    def samples(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Choose pictures to watch during training: evenly spaced, not randomly cropped, not flipped.

        Args:
            count: pictures of each domain; fewer come back when a domain has fewer.

        Returns:
            Pictures of A and of B, each uint8 (count, height, width, channels).
        """
        count = min(count, self.num_a, self.num_b)
        a, b = (np.stack([self._sample(i) for i in _spread(m, count)]) for m in self._members)
        return a, b

    def _sample(self, index: int) -> np.ndarray:
        return center(self.store.original(index), self.preprocess)

    def _batch_or_note(self, step: int, replica: int, replicas: int) -> tuple[np.ndarray, ...]:
        try:
            return self.batch(step, replica, replicas)
        except UserError as error:
            self._errors[int(step)] = error
            raise

    def _parts_of(self, positions: range) -> tuple[np.ndarray, ...]:
        pictures = self._batch_of(0, positions), self._batch_of(1, positions)
        return pictures if self.masks is None else (*pictures, *self._masks_of(positions))

    def _batch_of(self, domain: int, positions: range) -> np.ndarray:
        return np.stack([self._crop(domain, position) for position in positions])

    def _masks_of(self, positions: range) -> list[np.ndarray]:
        return [np.stack([self._mask_crop(domain, position) for position in positions]) for domain in (0, 1)]

    def _crop(self, domain: int, position: int) -> np.ndarray:
        picture = self.store.prepared(self._index(domain, position))
        crop = self._augmented(picture, domain, position)
        return resize(crop, self._crop_size) if self._zooms else crop

    def _mask_crop(self, domain: int, position: int) -> np.ndarray:
        mask = self.masks.prepared(*self._mask_place(domain, position))
        crop = self._augmented(mask, domain, position)
        return resized_mask(crop, self._crop_size) if self._zooms else crop

    def _augmented(self, image: np.ndarray, domain: int, position: int) -> np.ndarray:
        # The same chance for a picture and its mask: they are of one size.
        generator = augmentation_generator(self.seed, domain, position)
        subject = self.masks.subject(*self._mask_place(domain, position)) if self._zooms else None
        return augment(image, self.preprocess, generator, subject)

    def _mask_place(self, domain: int, position: int) -> tuple[int, tuple[int, int]]:
        """Return the number of a mask and the (height, width) of its prepared picture."""
        index = self._index(domain, position)
        return index, resized_size(self.store.sizes[index], self.preprocess)

    @property
    def _zooms(self) -> bool:
        return self.preprocess.resizes and self.preprocess.zoom > 1.0

    @property
    def _crop_size(self) -> tuple[int, int]:
        return self.preprocess.crop_size, self.preprocess.crop_size

    def _index(self, domain: int, position: int) -> int:
        return self._members[domain][self._orders[domain](position)]

    def _traits(self, members: list[int]) -> dict:
        return {self.store.name(index): self.store.traits[index] for index in members}

    def _check_channels(self) -> None:
        for name, members in zip("AB", self._members):
            found = {self.store.channels(index) for index in members}
            if len(found) > 1:
                raise DataError(
                    f"domain {name}: pictures of several numbers of channels",
                    detail=f"expected the same number in every picture; found {sorted(found)}",
                    fix="give arrays of one number of channels",
                )

    def _check_not_empty(self) -> None:
        for name, count in (("A", self.num_a), ("B", self.num_b)):
            if not count:
                raise DataError(
                    f"domain {name}: no usable picture",
                    detail="expected at least 1; found 0",
                    fix="add pictures to this domain",
                )


def _spread(members: list[int], count: int) -> list[int]:
    return [members[round(i)] for i in np.linspace(0, len(members) - 1, count)]


def _encoded(text: str) -> bytes:
    """Return a text with names in it as bytes; names need not be UTF-8."""
    return text.encode(errors="surrogateescape")


def _check_at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ConfigError(
            f"{name} is out of range",
            detail=f"expected at least {least}; found {value}",
            fix=f"give {name} a value of {least} or more",
        )
