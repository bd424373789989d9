"""The pictures that a student learns from, each with what its teacher makes of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.order import augmentation_generator
from cyclegan_tf.images.preprocess import augment, resize
from cyclegan_tf.training.teacher import Answers, Teacher

DOMAINS = {"ab": 0, "ba": 1}
# Of the draws that mirror a crop; those of the crops have the numbers of the domains.
_FLIPS = 2


class Lessons(UnpairedImages):
    """Crops of training pictures with the teacher's answers.

    Of each picture there are a few crops, always the same, so that each is translated by the teacher once. A
    crop has a scale of its own: from that at which its shorter side is the whole picture's, to that of
    load_size. So a student meets small subjects and large ones. Half of the crops are mirrored, with their
    answers.

    The batch of a step has for each direction in turn pictures, uint8 (batch_size, height, width, channels),
    and answers, as of `Teacher.answer`.

    Args:
        *pictures: as of `UnpairedImages`.
        teachers: of the directions to learn.
        folder: of the answers.
        crops: number of crops of each picture.
        **options: as of `UnpairedImages`, without masks: those of the teacher count.
    """

    def __init__(self, *pictures, teachers: Mapping[str, Teacher], folder: Path, crops: int, **options):
        super().__init__(*pictures, **options)
        self.teachers, self.crops = dict(teachers), crops
        self._cropped = replace(self.preprocess, flip=False)
        # All that a crop depends on: an answer that is kept must be to the same crop.
        place = hashlib.sha256(f"{super().fingerprint} {self.seed} {self.crops} {self._cropped}".encode())
        self._answers = {
            way: Answers(folder / f"{way}-{teacher.digest[:12]}-{place.hexdigest()[:12]}", teacher)
            for way, teacher in self.teachers.items()
        }

    @property
    def fingerprint(self) -> str:
        """A digest of the pictures and of the teacher: changes with either."""
        digests = [super().fingerprint, *(teacher.digest for teacher in self.teachers.values())]
        return hashlib.sha256(" ".join(digests).encode()).hexdigest()

    @property
    def part_shapes(self) -> list[tuple[int, int, int]]:
        """(height, width, channels) of every part of a batch."""
        shapes: list[tuple[int, int, int]] = []
        for way, teacher in self.teachers.items():
            height, width, channels = self.image_shapes[DOMAINS[way]]
            shapes += [(height, width, channels), (height, width, teacher.channels)]
        return shapes

    def _parts_of(self, positions: range) -> tuple[np.ndarray, ...]:
        parts: list[np.ndarray] = []
        for way in self.teachers:
            pairs = [self._lesson(way, position) for position in positions]
            parts += [np.stack(part) for part in zip(*pairs)]
        return tuple(parts)

    def _lesson(self, way: str, position: int) -> tuple[np.ndarray, np.ndarray]:
        domain = DOMAINS[way]
        index = self._index(domain, position)
        number = position // len(self._members[domain]) % self.crops
        crop = self._fixed_crop(domain, index, number)
        answer = self._answers[way].of(crop, f"{index:06d}-{number}")
        if (
            self.preprocess.flip
            and augmentation_generator(self.seed, _FLIPS + domain, position).random() < 0.5
        ):
            crop, answer = crop[:, ::-1], answer[:, ::-1]
        return crop, answer

    def _fixed_crop(self, domain: int, index: int, number: int) -> np.ndarray:
        random = augmentation_generator(self.seed, domain, index * self.crops + number)
        picture = self.store.prepared(index)
        if not self.preprocess.crops:
            return picture
        height, width = picture.shape[:2]
        scale = (self.preprocess.crop_size / min(height, width)) ** random.random()
        size = round(height * scale), round(width * scale)
        return augment(resize(picture, size), self._cropped, random)
