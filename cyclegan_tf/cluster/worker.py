"""A worker of a Ray cluster: a process that loads the model once and then translates what it is given."""

import os
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cyclegan_tf import __version__
from cyclegan_tf.cluster.transfer import SentPath, receive
from cyclegan_tf.errors import ModelError
from video.assembling.segments import move_segment
from video.core.source_info import SourceInfo
from video.segment_run import ClipWork
from video.segment_translation import SegmentOutcome, SegmentTranslator

# The names of the variables that libraries read their number of threads from.
_THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class ModelRequest:
    """A model as a worker loads it.

    Attributes:
        folder: the path of the model folder; for a worker perhaps a `SentPath`.
        direction: "ab" or "ba".
        options: further arguments of `Translator`.
        for_clips: whether it has to take and give RGB.
    """

    folder: Any
    direction: str
    options: Mapping[str, object] = field(default_factory=dict)
    for_clips: bool = True


@dataclass(frozen=True)
class LoadedModel:
    """What a worker says of the model that it has loaded.

    Attributes:
        version: of this package there.
        translation_id: the identity of the translation.
        is_masked: whether it has a mask network.
        output_channels: of its generator.
        process_id: of the worker, on its machine.
    """

    version: str
    translation_id: str
    is_masked: bool
    output_channels: int
    process_id: int


@dataclass(frozen=True)
class ClipRequest:
    """A clip as a worker gets it.

    Attributes:
        key: tells clips apart.
        source: what was found about it.
        work: what to do.
        sent: the clip, and then its masks if there are any, in the object store; () where the worker reads
            the files themselves.
    """

    key: str
    source: SourceInfo
    work: ClipWork
    sent: tuple[SentPath, ...] = ()


class Worker:
    """Loads the model at its first task, and keeps the clip of its last one open.

    Args:
        model: which, and how.
        threads: for TensorFlow and other libraries.
    """

    def __init__(self, model: ModelRequest, threads: int):
        # Ray has set the second one; libraries read them when they are loaded.
        os.environ.update(dict.fromkeys(_THREADS, str(threads)))
        self._request, self._translator = model, None
        self._clip = ""
        self._segments: SegmentTranslator | None = None
        self._scratch: tempfile.TemporaryDirectory | None = None

    def ready(self) -> LoadedModel:
        """Load the model, and say what it is."""
        translator = self._loaded()
        return LoadedModel(
            __version__,
            translator.translation_id,
            translator.card.masked,
            translator.module.spec.output_channels,
            os.getpid(),
        )

    def find_batch_size(self, clip: ClipRequest) -> int:
        """Return the fastest batch size for a clip."""
        return self._opened(clip).find_batch_size()

    def translate_segment(
        self, clip: ClipRequest, number: int, folder: Path | None
    ) -> tuple[SegmentOutcome, dict[str, bytes]]:
        """Translate one segment.

        Args:
            clip: of which.
            number: of the segment.
            folder: for its files; None returns them.

        Returns:
            The outcome, and the files by their names.
        """
        segments = self._opened(clip)
        # Two workers may have the same segment, if one of them is only believed to be dead.
        name = f"worker-{os.getpid()}-{uuid.uuid4().hex}"
        scratch = (Path(self._scratch.name) / name) if folder is None else (folder / f"{name}.part")
        scratch.mkdir()
        try:
            outcome = segments.translate(number, scratch)
            if folder is None:
                return outcome, {path.name: path.read_bytes() for path in scratch.iterdir()}
            if outcome.num_frames:
                move_segment(number, scratch, folder)
            return outcome, {}
        finally:
            for path in scratch.glob("*"):
                path.unlink()
            scratch.rmdir()

    def translate_pictures(self, pairs: list, options) -> list:
        """Translate some pictures; see `cyclegan_tf.inference.pictures.translate_pairs`."""
        from cyclegan_tf.inference.pictures import translate_pairs

        return list(translate_pairs(self._loaded(), pairs, options))

    def close(self) -> None:
        """Close the clip, and remove what was sent of it."""
        if self._segments is not None:
            self._segments.close()
            self._scratch.cleanup()
            self._clip, self._segments, self._scratch = "", None, None

    def _opened(self, clip: ClipRequest) -> SegmentTranslator:
        if self._clip != clip.key:
            self.close()
            self._scratch = tempfile.TemporaryDirectory(prefix="cyclegan-tf-ray-")
            source, work = _received(clip, Path(self._scratch.name))
            self._segments = SegmentTranslator(source, work, self._loaded())
            self._clip = clip.key
        return self._segments

    def _loaded(self):
        if self._translator is None:
            from cyclegan_tf.system.tensorflow import import_tensorflow

            import_tensorflow()
            from cyclegan_tf.inference.translator import Translator

            request = self._request
            if isinstance(request.folder, SentPath):
                with tempfile.TemporaryDirectory(prefix="cyclegan-tf-ray-") as scratch:
                    folder = receive(request.folder, Path(scratch))
                    translator = Translator(folder, request.direction, **request.options)
            else:
                translator = Translator(request.folder, request.direction, **request.options)
            if request.for_clips:
                check_for_clips(translator)
            self._translator = translator
        return self._translator


def check_for_clips(translator) -> None:
    """Check that a model takes and gives RGB; raise ModelError if not."""
    channels = translator.module.spec.input_channels, translator.module.spec.output_channels
    if channels != (3, 3):
        raise ModelError(
            f"the model is not for clips: {translator.model_folder}",
            detail="expected 3 channels in and out; found {} in and {} out".format(*channels),
            fix="give a model that was trained on RGB pictures",
        )


def _received(clip: ClipRequest, folder: Path) -> tuple[SourceInfo, ClipWork]:
    """Return the clip and its work with the paths that they have on this machine."""
    if not clip.sent:
        return clip.source, clip.work
    source, *masks = (str(receive(sent, folder / str(place))) for place, sent in enumerate(clip.sent))
    work = clip.work
    if masks:
        work = replace(work, options=replace(work.options, masks=masks[0]))
    return replace(clip.source, path=source), work
