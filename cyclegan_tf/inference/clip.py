"""A loaded model as the callable that the video package wants."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

import video
from cyclegan_tf.errors import ModelError
from cyclegan_tf.inference.translator import NonFinitePicture, Translator
from cyclegan_tf.models.folder import mask_checksum, weights_checksum
from cyclegan_tf.system.progress import progress_display


class FrameTranslator:
    """Frames through a model, with its troubles told in the video package's words.

    Args:
        model_folder: a model folder.
        direction: "ab" or "ba".
        tile: rows of a strip; see `Translator`.

    Attributes:
        translation_id: a digest of what the model is: frames of another one are not gone on with.

    Raises:
        ModelError: if the model cannot be loaded, or is not for RGB.
    """

    def __init__(self, model_folder: Path, direction: str, *, tile: int | None = None):
        self._translator = Translator(model_folder, direction, tile=tile)
        spec = self._translator.card.generators[direction]
        if (spec.input_channels, spec.output_channels) != (3, 3):
            raise ModelError(
                f"the model is not for clips: {model_folder}",
                detail="expected 3 channels in and out; "
                f"found {spec.input_channels} in and {spec.output_channels} out",
                fix="give a model that was trained on RGB pictures",
            )
        described = {
            "generator": asdict(spec),
            "weights": weights_checksum(model_folder, direction),
        }
        if self._translator.card.masked:
            described["mask"] = mask_checksum(model_folder)
        self.translation_id = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Translates uint8 RGB frames (batch, height, width, 3).

        Raises:
            MemoryError: if the batch is too large for this machine.
            FrameError: if the model's output for a frame is not finite.
        """
        try:
            return self._translator(frames)
        except tf.errors.ResourceExhaustedError as error:
            raise MemoryError(error.message.splitlines()[0]) from error
        except NonFinitePicture as error:
            raise video.FrameError(error.place, error.detail) from error


def translate_clip(plan: video.Plan, translator: FrameTranslator, progress: str = "auto") -> video.Report:
    """Carries out a plan of `video.plan_video` with a loaded model and shows progress on stderr.

    Args:
        plan: what to do; its `translation_id` becomes the model's.
        translator: the model.
        progress: 'auto', 'json' or 'none', as in `progress_display`.

    Raises:
        VideoError: if the clip cannot be read, translated or written.
    """
    plan = replace(plan, options=replace(plan.options, translation_id=translator.translation_id))
    shown = 0
    with progress_display("translating", None, unit="frames", kind=progress) as display:

        def show(done: int, total: int | None) -> None:
            nonlocal shown
            display.expect(total)
            display.advance(count=done - shown)
            shown = done

        return video.translate_planned(plan, translator, show)
