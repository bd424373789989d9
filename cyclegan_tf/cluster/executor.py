"""Segments of clips on a cluster: the executor of `video.executing` over Ray."""

import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cyclegan_tf.cluster.cluster import Cluster, result_of
from cyclegan_tf.cluster.transfer import send
from cyclegan_tf.cluster.worker import ClipRequest
from cyclegan_tf.errors import UsageError
from video.assembling.segments import move_segment
from video.core.source_info import SourceInfo
from video.segment_run import ClipWork
from video.segment_translation import SegmentOutcome


class RayExecutor:
    """Translates segments on a cluster; several threads may use it, each for a clip of its own.

    Args:
        cluster: which is entered.

    Attributes:
        translation_id: the identity of the translation.
    """

    def __init__(self, cluster: Cluster):
        self._cluster, self.translation_id = cluster, cluster.model.translation_id

    def find_batch_size(self, source: SourceInfo, work: ClipWork) -> int:
        """Return the fastest batch size, as one of the workers finds it."""
        clip = self._sent(source, work)
        tasks = self._cluster.pool.run(lambda worker, _: worker.find_batch_size.remote(clip).future(), [None])
        ((_, task),) = tasks
        return result_of(task)

    def translate(
        self, source: SourceInfo, work: ClipWork, folder: Path, numbers: Sequence[int]
    ) -> Iterator[SegmentOutcome]:
        """Translate segments; see `video.executing.Executor`.

        Raises:
            UsageError: the clip cannot be sent.
            UserError, Exception: as of `video.translate_video`.
        """
        clip = self._sent(source, work)
        shared = None if self._cluster.by_store else Path(os.path.abspath(folder))
        tasks = self._cluster.pool.run(
            lambda worker, number: worker.translate_segment.remote(clip, number, shared).future(), numbers
        )
        for number, task in tasks:
            outcome, files = result_of(task)
            if files:
                _place(number, files, folder)
            yield outcome

    def _sent(self, source: SourceInfo, work: ClipWork) -> ClipRequest:
        key = uuid.uuid4().hex
        masks = work.options.masks
        if not self._cluster.by_store:
            if masks is not None:
                work = replace(work, options=replace(work.options, masks=os.path.abspath(masks)))
            return ClipRequest(key, source, work)
        if source.kind == "sequence":
            raise UsageError(
                f"a folder of pictures is not sent to the cluster as a clip: {source.path}",
                detail="--ray-transfer store was given, which sends a clip as one file",
                fix="give --ray-transfer shared",
            )
        paths = [source.path, *([masks] if masks is not None else [])]
        return ClipRequest(key, source, work, tuple(send(Path(path)) for path in paths))


def _place(number: int, files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a segment that came back, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=folder, suffix=".part") as scratch:
        for name, content in files.items():
            Path(scratch, name).write_bytes(content)
        move_segment(number, Path(scratch), folder)
