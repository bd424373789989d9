"""Translation of pictures of any size with a trained generator."""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.errors import DivergedError
from cyclegan_tf.inference.engines.choosing import Verdict, choose_engine
from cyclegan_tf.inference.engines.kinds import REFERENCE, Engine, engines_for
from cyclegan_tf.inference.graph_functions import PictureFunctions
from cyclegan_tf.inference.large_pictures import LargePicture, fits_in_memory, whole_pass_bytes
from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator, load_mask_network
from cyclegan_tf.models.run import find_model
from cyclegan_tf.models.weights import weights_digest
from cyclegan_tf.networks.layer_graph import run_layers
from cyclegan_tf.networks.mask_network import MaskNetwork, composite
from cyclegan_tf.networks.norm_statistics import Statistics, check_statistics
from cyclegan_tf.networks.padding import cropped, mirrored_indices, side_padding
from cyclegan_tf.networks.ranges import to_levels, to_unit
from cyclegan_tf.networks.specs import GeneratorSpec
from video.core.errors import FrameError

DTYPES = (np.uint8, np.uint16)
# Larger pictures are normalised by more precise statistics than TensorFlow's own; see `precise_moments`.
LARGE_PIXELS = 2**16
_LOGGER = logging.getLogger("cyclegan_tf")


class PictureTranslator(tf.Module):
    """A generator with its pre- and postprocessing: uint8 pictures of any size in, the same size out.

    Pictures are padded by reflection to the generator's stride and cropped back; they are never resized.

    Args:
        generator: from float images in [-1, 1] to such images of the same size.
        spec: its architecture.
        mask_network: where translations are composited over their input; None for everywhere.
    """

    def __init__(self, generator: keras.Model, spec: GeneratorSpec, mask_network: MaskNetwork | None = None):
        super().__init__(name="picture_translator")
        self.generator, self.spec, self.mask_network = generator, spec, mask_network
        image = tf.TensorSpec((None, None, None, spec.input_channels), tf.uint8, name="image")
        # One trace whatever the batch and the size.
        self.serve = tf.function(lambda image: self.translate(image)[0], input_signature=[image])
        self.serve_checked = tf.function(self.translate, input_signature=[image])

    def translate(self, image, instead=None):
        """Translate pictures, for use in a graph.

        Args:
            image: uint8 or uint16 (batch, height, width, channels).
            instead: what computes kinds of layers in their place; see `layer_graph.run_layers`.

        Returns:
            The translated pictures of the same dtype, and for each whether all its values were finite.
        """
        height, width = tf.shape(image)[1], tf.shape(image)[2]
        (top, bottom), (left, right) = side_padding(self.spec, height), side_padding(self.spec, width)
        padded = tf.gather(image, mirrored_indices(height, top, bottom), axis=1)
        padded = to_unit(tf.gather(padded, mirrored_indices(width, left, right), axis=2))
        if instead is None:
            translated = self.generator(padded, training=False)
        else:
            translated = run_layers(self.generator, padded, instead)
        # A mean of numbers in [-1, 1] is finite, unless one is not; a sum may be too large for 16 bits.
        finite = tf.math.is_finite(tf.reduce_mean(translated, axis=[1, 2, 3]))
        translated = cropped(translated, top, left, height, width)
        if self.mask_network is not None:
            translated = composite(translated, to_unit(image), self.mask_network(image))
        return to_levels(translated, image.dtype), finite


class NonFinitePicture(FrameError, DivergedError):
    """A picture for which a generator's output is not finite; `video` takes its place for the frame's.

    Args:
        place: its place in the batch, from 0.
        model_folder: whose generator it was.
    """

    def __init__(self, place: int, model_folder: Path):
        self.place, self.why = place, "expected numbers in [-1, 1]; found NaN or infinity"
        DivergedError.__init__(
            self,
            f"the model's output for picture {place} is not finite: {model_folder}",
            detail=self.why,
            fix="use an earlier checkpoint of the run, or train again with a lower learning rate",
        )


class Translator:
    """A loaded model: `Translator.load("runs/horses")(pictures)`, or the callable of `video.translate_video`.

    Pictures that do not fit in memory in one pass are translated in strips of rows, with the same result.

    Args:
        model_folder: a model folder.
        direction: "ab" or "ba".
        strip_rows: rows of a strip for every picture; 0 never uses strips; None uses them when memory
            requires it.
        own_masks: composite translations over their input by the model's mask network, if it has one;
            False translates everywhere.
        engine: "tensorflow", "openvino", or "auto" for the fastest that keeps 45 dB PSNR to float32
            TensorFlow on the first pictures; see `settle`.
        precision: "float32", "bfloat16", "float16", or "auto".

    Attributes:
        direction: "ab" or "ba".
        model_folder: where the model came from.
        card: what it is.
        verdict: the engine and why it is this one; None while it is still to be chosen.
        request_id: a digest of the generator, its weights, and the engine as it was asked for.
    """

    def __init__(
        self,
        model_folder: Path,
        direction: str = "ab",
        *,
        strip_rows: int | None = None,
        own_masks: bool = True,
        engine: str = "tensorflow",
        precision: str = "float32",
    ):
        if strip_rows is not None and strip_rows < 0:
            raise ValueError(f"expected strips of 0 rows or more. Received: strip_rows={strip_rows}")
        self.model_folder, self.direction, self._strip_rows = model_folder, direction, strip_rows
        self._allowed = engines_for(engine, precision)
        reason = "the only one here" if "auto" in (engine, precision) else "as asked"
        self.verdict = Verdict(self._allowed[0], reason) if len(self._allowed) == 1 else None
        self.card = load_card(model_folder)
        self._generator = load_generator(model_folder, direction)
        spec = self.card.generators[direction]
        self.module = PictureTranslator(
            self._generator, spec, load_mask_network(model_folder) if own_masks else None
        )
        self._model_id = self._digest()
        request = f"{self._model_id} {engine} {precision}"
        self.request_id = hashlib.sha256(request.encode()).hexdigest()
        self._built, self._said = {}, set()
        self._functions = PictureFunctions(self.module)
        self._pass_bytes = lru_cache(64)(lambda size: whole_pass_bytes(self._generator, size))
        # Pixels of a picture that was too large for the device's memory.
        self._pixels_too_many = float("inf")

    @classmethod
    def load(cls, path: str | Path, direction: str = "ab", **options) -> "Translator":
        """Load a model.

        Args:
            path: a run folder or a model folder.
            direction: "ab" translates A to B, "ba" B to A.
            options: `strip_rows`, `own_masks`, `engine` and `precision`, as of the class.

        Raises:
            ModelError: if there is no model, it is damaged, or it lacks the direction.
            MachineError: if the engine is not installed, or nothing here computes in the precision.
        """
        return cls(find_model(Path(path)), direction, **options)

    @property
    def translation_id(self) -> str:
        """A digest of the generator, its weights and its engine; '' while the engine is to be chosen.

        Strips are not part of it: they change no pixel by more than 1, and a clip that memory did not hold is
        resumed in strips.
        """
        return self._identity(self.verdict.engine) if self.verdict else ""

    @property
    def allowed(self) -> tuple[Engine, ...]:
        """The engines that were asked for; one of them, unless memory takes the reference."""
        return tuple(self._allowed)

    @property
    def identities(self) -> dict[str, Engine]:
        """The engines that may be taken, by the `translation_id` that each gives."""
        reference = [REFERENCE] if len(self._allowed) > 1 else []
        return {self._identity(engine): engine for engine in [*self._allowed, *reference]}

    def settle(self, pictures: Sequence[np.ndarray]) -> Verdict:
        """Choose among the engines that were asked for, by measuring them on pictures.

        Args:
            pictures: as for a translation, one at a time; at least one.
        """
        height, width = max((picture.shape[:2] for picture in pictures), key=lambda size: size[0] * size[1])
        if self._takes_strips(np.empty((1, height, width, 0), np.uint8)):
            return self.settle_on(Verdict(REFERENCE, "pictures go through in strips"))
        try:
            verdict = choose_engine(
                self._allowed,
                lambda engine, picture: self._computed(engine, picture[np.newaxis], None)[0][0],
                list(pictures),
            )
        except (tf.errors.ResourceExhaustedError, MemoryError):
            verdict = Verdict(REFERENCE, "too little memory to compare engines")
        return self.settle_on(verdict)

    def settle_on(self, verdict: Verdict) -> Verdict:
        """Take an engine without measuring, as the one that began a clip."""
        self.verdict = verdict
        return verdict

    def __call__(self, pictures: np.ndarray, statistics: Statistics | None = None) -> np.ndarray:
        """Translate one picture or a batch.

        Args:
            pictures: uint8 (height, width, channels) or (batch, height, width, channels), any size; or
                uint16, where 65535 is white.
            statistics: of `collect_statistics`, to normalise by in place of each picture's own.

        Returns:
            Pictures of the same dtype and shape, except for the channels where the domains differ.

        Raises:
            ValueError: for another dtype or shape, or statistics of another model.
            MemoryError: if the pictures are too many at a time, or one is too large and strips are forbidden.
            NonFinitePicture: if the generator's values for a picture are not numbers; it would be black.
            MachineError: if there is not enough scratch space for a large picture.
        """
        pictures = np.asarray(pictures)
        self._check(pictures)
        if statistics is not None:
            check_statistics(self._generator, statistics)
        batch = pictures if pictures.ndim == 4 else pictures[np.newaxis]
        if self.verdict is None:
            _LOGGER.info("engine: %s", self.settle(batch[:1]))
        with _exhaustion_as_memory_error():
            translated, finite = self._translate(batch, statistics)
        if not finite.all():
            raise NonFinitePicture(int(np.argmin(finite)), self.model_folder)
        return translated if pictures.ndim == 4 else translated[0]

    def masks(self, pictures: np.ndarray) -> np.ndarray:
        """Return where a model with a mask network translates.

        Args:
            pictures: as for a translation.

        Returns:
            uint8 ([batch,] height, width, 1): 255 is translated, 0 stays as it is.

        Raises:
            ValueError: for another dtype or shape, or a model without a mask network.
        """
        pictures = np.asarray(pictures)
        self._check(pictures)
        if self.module.mask_network is None:
            raise ValueError(f"expected a model with a mask network. Received: {self.model_folder}")
        batch = pictures if pictures.ndim == 4 else pictures[np.newaxis]
        masks = tf.cast(tf.round(self.module.mask_network(tf.constant(batch)) * 255.0), tf.uint8).numpy()
        return masks if pictures.ndim == 4 else masks[0]

    def collect_statistics(self, pictures: np.ndarray) -> Statistics:
        """Take the means and variances of all normalizations over a picture.

        Args:
            pictures: as for a translation; a batch is taken as one whole, as the frames of a shot.

        Returns:
            Mean and variance, float32 (channels,) each, by the name of the normalization.

        Raises:
            ValueError: for another dtype or shape.
            MemoryError: if the pictures are too many at a time.
            MachineError: if there is not enough scratch space for a large picture.
        """
        pictures = np.asarray(pictures)
        self._check(pictures)
        batch = pictures if pictures.ndim == 4 else pictures[np.newaxis]
        with _exhaustion_as_memory_error():
            if len(batch) == 1 and self._takes_strips(batch):
                return self._large(batch[0]).collect_statistics()
            taken = self._functions.collect(tf.constant(batch))
        return {name: (mean.numpy(), variance.numpy()) for name, (mean, variance) in taken.items()}

    def _identity(self, engine: Engine) -> str:
        version = ""
        if engine.name == "openvino":
            from cyclegan_tf.inference.engines.openvino_runtime import import_openvino

            version = import_openvino().__version__
        return hashlib.sha256(f"{self._model_id} {engine} {version}".encode()).hexdigest()

    def _digest(self) -> str:
        spec, weights = self.module.spec, weights_digest(self._generator)
        described = {"direction": self.direction, "generator": asdict(spec), "weights": weights}
        if self.module.mask_network is not None:
            masks = self.module.mask_network
            described["mask"] = [weights_digest(masks.decoder), *masks.settings]
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    def _translate(self, batch, statistics) -> tuple[np.ndarray, np.ndarray]:
        """Return the translated batch, and for each picture whether its values were finite."""
        if not self._takes_strips(batch):
            try:
                return self._computed(self.verdict.engine, batch, statistics)
            except (tf.errors.ResourceExhaustedError, MemoryError):
                # Of a batch the caller may take less at a time.
                if len(batch) > 1 or self._strip_rows == 0:
                    raise
                self._pixels_too_many = batch.shape[1] * batch.shape[2]
        if len(batch) == 1:
            self._say_strips()
            translated, finite = self._large(batch[0]).translate(statistics)
            return translated[np.newaxis], np.array([finite])
        results = [self._translate(batch[place : place + 1], statistics) for place in range(len(batch))]
        return tuple(np.concatenate(parts) for parts in zip(*results))

    def _computed(self, engine: Engine, batch, statistics) -> tuple[np.ndarray, np.ndarray]:
        """Translate a batch in one pass; what only TensorFlow's float32 can do is done by it."""
        if engine == REFERENCE or statistics is not None:
            return self._in_one_pass(batch, statistics)
        if engine not in self._built:
            self._built[engine] = self._build(engine)
        return self._built[engine](batch)

    def _build(self, engine: Engine):
        if engine.name == "openvino":
            from cyclegan_tf.inference.engines.openvino_engine import OpenVinoEngine

            return OpenVinoEngine(self.module, self._model_id, engine.precision)
        from cyclegan_tf.inference.engines.tensorflow_engine import TensorFlowEngine

        return TensorFlowEngine(self.module, engine.precision)

    def _in_one_pass(self, batch, statistics) -> tuple[np.ndarray, np.ndarray]:
        image = tf.constant(batch)
        is_large = batch.shape[1] * batch.shape[2] > LARGE_PIXELS
        if statistics is None and batch.dtype == np.uint8 and not is_large:
            results = self.module.serve_checked(image)
        else:
            results = self._functions.translate(image, statistics)
        return tuple(tensor.numpy() for tensor in results)

    def _takes_strips(self, batch) -> bool:
        if self._strip_rows is not None:
            return self._strip_rows > 0
        height, width = batch.shape[1:3]
        too_large = height * width >= self._pixels_too_many
        return too_large or not fits_in_memory(len(batch) * self._pass_bytes((height, width)))

    def _say_strips(self) -> None:
        engine = self.verdict.engine
        if engine != REFERENCE and engine not in self._said:
            self._said.add(engine)
            _LOGGER.info("pictures that need strips are translated by %s, not %s", REFERENCE, engine)

    def _large(self, picture) -> LargePicture:
        module = self.module
        return LargePicture(self._generator, module.spec, picture, self._strip_rows, module.mask_network)

    def _check(self, pictures: np.ndarray) -> None:
        channels = self.card.generators[self.direction].input_channels
        if 0 in pictures.shape:
            raise ValueError(f"expected pictures with pixels. Received: {pictures.shape}")
        if pictures.dtype not in DTYPES or pictures.ndim not in (3, 4) or pictures.shape[-1] != channels:
            raise ValueError(
                f"expected uint8 ([batch,] height, width, {channels}). "
                f"Received: {pictures.dtype} {pictures.shape}"
            )


@contextmanager
def _exhaustion_as_memory_error() -> Iterator[None]:
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(error.message.splitlines()[0]) from error
