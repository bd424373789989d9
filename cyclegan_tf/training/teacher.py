"""The model that a student learns from, and what it answers."""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from cyclegan_tf.models.folder import load_generator, load_mask_network
from cyclegan_tf.models.weights import weights_digest
from cyclegan_tf.networks.mask_network import MaskNetwork, composite
from cyclegan_tf.networks.ranges import to_levels, to_unit
from video.core.files import make_folder, write_atomic


class Teacher:
    """One direction of a trained model.

    Args:
        folder: a model folder.
        direction: "ab" or "ba".
        mask_network: of the model, shared by its directions; None translates whole pictures.

    Attributes:
        direction: as given.
        generator: its generator.
        mask_network: as given.
        digest: SHA-256 of its weights, in hexadecimal digits.
        channels: of an answer.

    Raises:
        ModelError: if the folder is damaged or does not hold the direction.
    """

    def __init__(self, folder: Path, direction: str, mask_network: MaskNetwork | None = None):
        self.direction, self.mask_network = direction, mask_network
        self.generator = load_generator(folder, direction)
        decoder = "" if mask_network is None else weights_digest(mask_network.decoder)
        self.digest = hashlib.sha256((weights_digest(self.generator) + decoder).encode()).hexdigest()
        self.channels = self.generator.output_shape[-1] + (mask_network is not None)
        spec = tf.TensorSpec((None, None, None, self.generator.input_shape[-1]), tf.uint8)
        self._answer = tf.function(self._answered, input_signature=[spec])

    def answer(self, pictures: np.ndarray) -> np.ndarray:
        """Translate pictures.

        Args:
            pictures: uint8 (batch, height, width, channels), of sizes that the generator takes.

        Returns:
            uint8 (batch, height, width, self.channels): the translation of the whole picture; the mask, if
            the model has masks, is the last channel.
        """
        return self._answer(tf.constant(pictures)).numpy()

    def translate(self, pictures: np.ndarray) -> np.ndarray:
        """Translate pictures as the model does at use, composited by its masks; arguments as of `answer`."""
        answers = self.answer(pictures)
        if self.mask_network is None:
            return answers
        translated, masks = (
            to_unit(tf.constant(answers[..., :-1])),
            answers[..., -1:].astype(np.float32) / 255,
        )
        return to_levels(composite(translated, to_unit(tf.constant(pictures)), masks)).numpy()

    def _answered(self, pictures):
        translated = to_levels(self.generator(to_unit(pictures), training=False))
        if self.mask_network is None:
            return translated
        masks = tf.cast(tf.round(self.mask_network(pictures) * 255.0), tf.uint8)
        return tf.concat([translated, masks], axis=3)


def load_teachers(folder: Path, directions: tuple[str, ...]) -> dict[str, Teacher]:
    """Load directions of a model folder, by their names.

    Raises:
        ModelError: as `Teacher`.
    """
    masks = load_mask_network(folder)
    return {direction: Teacher(folder, direction, masks) for direction in directions}


class Answers:
    """What a teacher answers, kept in a folder: each crop is translated once, when it is first needed.

    Args:
        folder: of the files; made when the first is written.
        teacher: whose answers they are.
    """

    def __init__(self, folder: Path, teacher: Teacher):
        self.folder, self.teacher = folder, teacher

    def of(self, crop: np.ndarray, name: str) -> np.ndarray:
        """Return the answer to a crop, uint8 (height, width, channels), which is known by its name."""
        path = self.folder / f"{name}.npy"
        found = _load(path)
        if found is None or found.shape[:2] != crop.shape[:2]:
            found = self.teacher.answer(crop[np.newaxis])[0]
            make_folder(self.folder)
            with write_atomic(path) as file:
                np.save(file, found)
        return found


def _load(path: Path) -> np.ndarray | None:
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        # Missing, or damaged: it is computed again.
        return None
