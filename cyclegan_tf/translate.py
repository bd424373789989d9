"""Translation of pictures of any size with a trained generator."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import DivergedError
from cyclegan_tf.model_folder import load_card, load_generator
from cyclegan_tf.networks import GeneratorSpec
from cyclegan_tf.ranges import to_uint8, to_unit
from cyclegan_tf.run_folder import find_model


class PictureTranslator(tf.Module):
    """A generator with everything around it: uint8 pictures of any size in, the same size out.

    Pictures are padded by reflection to the generator's stride and cropped back; they are never resized.

    Args:
        generator: from float images in [-1, 1] to such images of the same size.
        spec: what the generator is.
    """

    def __init__(self, generator: keras.Model, spec: GeneratorSpec):
        super().__init__(name="picture_translator")
        self.generator, self.spec = generator, spec
        image = tf.TensorSpec((None, None, None, spec.input_channels), tf.uint8, name="image")
        # One trace whatever the batch and the size.
        self.serve = tf.function(lambda image: self._translate(image)[0], input_signature=[image])
        self.serve_checked = tf.function(self._translate, input_signature=[image])

    def _translate(self, image):
        """Returns the translated pictures, and for each whether all its values were finite."""
        height, width = tf.shape(image)[1], tf.shape(image)[2]
        (top, bottom), (left, right) = self._padding(height), self._padding(width)
        padded = tf.gather(image, _mirrored_indices(height, top, bottom), axis=1)
        padded = tf.gather(padded, _mirrored_indices(width, left, right), axis=2)
        translated = self.generator(to_unit(padded), training=False)
        finite = tf.reduce_all(tf.math.is_finite(translated), axis=[1, 2, 3])
        return to_uint8(translated[:, top : top + height, left : left + width]), finite

    def _padding(self, size):
        """Pixels to add before and after, to a size that the generator takes."""
        padding = tf.maximum(size + -size % self.spec.stride, self.spec.smallest_size) - size
        return padding // 2, padding - padding // 2


class NonFinitePicture(DivergedError):
    """A picture for which a generator gave something else than numbers.

    Args:
        place: its place in the batch, from 0.
        model_folder: whose generator it was.
    """

    def __init__(self, place: int, model_folder: Path):
        super().__init__(
            f"the model's output for picture {place} is not finite: {model_folder}",
            detail="expected numbers in [-1, 1]; found NaN or infinity",
            fix="use an earlier checkpoint of the run, or train again with a lower learning rate",
        )
        self.place = place


class Translator:
    """A loaded model: `Translator.load("runs/horses")(pictures)`.

    Attributes:
        direction: "ab" or "ba".
        model_folder: where the model came from.
        card: what it is.
    """

    def __init__(self, model_folder: Path, direction: str = "ab"):
        self.model_folder, self.direction = model_folder, direction
        self.card = load_card(model_folder)
        generator = load_generator(model_folder, direction)
        self.module = PictureTranslator(generator, self.card.generators[direction])

    @classmethod
    def load(cls, path: str | Path, direction: str = "ab") -> "Translator":
        """Loads a model.

        Args:
            path: a run folder or a model folder.
            direction: "ab" translates A to B, "ba" B to A.

        Raises:
            ModelError: if there is no model, it is damaged, or it has no such direction.
        """
        return cls(find_model(Path(path)), direction)

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Translates one picture or a batch.

        Args:
            pictures: uint8 (height, width, channels) or (batch, height, width, channels), any size.

        Returns:
            uint8 pictures of the same shape, except for the channels where the domains differ.

        Raises:
            ValueError: for another dtype or shape.
            NonFinitePicture: if the generator's values for a picture are not numbers; it would be black.
        """
        pictures = np.asarray(pictures)
        channels = self.card.generators[self.direction].input_channels
        if pictures.dtype != np.uint8 or pictures.ndim not in (3, 4) or pictures.shape[-1] != channels:
            raise ValueError(
                f"expected uint8 ([batch,] height, width, {channels}). "
                f"Received: {pictures.dtype} {pictures.shape}"
            )
        batch = pictures if pictures.ndim == 4 else pictures[np.newaxis]
        translated, finite = (tensor.numpy() for tensor in self.module.serve_checked(tf.constant(batch)))
        if not finite.all():
            raise NonFinitePicture(int(np.argmin(finite)), self.model_folder)
        return translated if pictures.ndim == 4 else translated[0]


def _mirrored_indices(size, before, after):
    """Indices that extend a side of `size` pixels by mirroring at its edges.

    By index rather than by tf.pad, which cannot mirror a side that is shorter than its padding.
    """
    period = tf.maximum(2 * (size - 1), 1)
    folded = tf.range(-before, size + after) % period
    return tf.minimum(folded, period - folded) % size
