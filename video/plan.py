"""What will be done with a clip, decided before any work."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from video.core.containers import CONTAINERS, Container, container_for
from video.core.frames import Clip, FrameSource
from video.core.options import Options
from video.core.source_info import SourceInfo
from video.core.targets import check_target
from video.core.timing import exact_seconds, frames_expected, span_of
from video.encoding.choice import choose_encoder
from video.encoding.encoder import Encoder, check_encoder
from video.pictures.files import PictureFiles
from video.pipeline.comparison import compared_clip
from video.probe import inspected_source, open_frames
from video.streams.planning import plan_streams
from video.streams.stream_plan import StreamPlans


@dataclass(frozen=True)
class Plan:
    """Everything that is known before the first frame is translated.

    Attributes:
        source: what was found.
        target: the file or folder pattern to write.
        options: as they were asked for.
        container: the kind of file.
        clip: what all frames of the source share, as the result will have it.
        written: the same for the frames that are written: wider when the source is shown beside them.
        encoder: how they are encoded.
        streams: what becomes of every other stream, chapters and metadata.
        pictures: how they are written when the target is no container.
        frames_total: the number of frames to expect.
        warnings: what the user should know, in whole sentences.
    """

    source: SourceInfo
    target: Path
    options: Options
    container: Container
    clip: Clip
    written: Clip
    encoder: Encoder
    streams: StreamPlans
    pictures: PictureFiles
    frames_total: int
    warnings: tuple[str, ...]

    @property
    def seconds(self) -> Fraction:
        """How much of the clip is translated."""
        end = self.source.duration
        if self.options.end is not None:
            end = min(exact_seconds(self.options.end), end)
        return max(Fraction(0), end - exact_seconds(self.options.start or 0))

    def to_dict(self) -> dict:
        """Returns the plan for people and programs, ready for JSON."""
        return {
            "source": self.source.path,
            "kind": self.source.kind,
            "format": self.source.format,
            "target": os.fspath(self.target),
            "width": self.clip.width,
            "height": self.clip.height,
            "frames": self.frames_total,
            "frames_per_second": float(self.clip.rate),
            "duration_seconds": float(self.seconds),
            "encoder": str(self.encoder),
            "streams": [stream.to_dict() for stream in self.streams.all],
            "warnings": list(self.warnings),
        }


def plan_video(source: str | os.PathLike, target: str | os.PathLike, options: Options) -> Plan:
    """Looks at a clip and decides what becomes of each of its parts; writes nothing.

    Args:
        source: a clip, an animated picture, a folder or pattern of pictures.
        target: what to write, by its suffix or pattern.
        options: how.

    Raises:
        UsageError: an option, suffix or codec does not fit.
        MediaError: the source is missing, damaged, no video, or too large.
        OutputError: the target is the source, exists, or its folder cannot be written.
        MachineError: the encoder is not part of this machine's libraries.
    """
    with opened_plan(source, target, options) as (plan, _):
        return plan


@contextmanager
def opened_plan(
    source: str | os.PathLike, target: str | os.PathLike, options: Options
) -> Iterator[tuple[Plan, FrameSource]]:
    """Plan as `plan_video` does, and keep the clip open in the context, for `translate_planned`."""
    with _opened_plan(source, check_target(source, target, options.overwrite), options) as planned:
        yield planned


def describe(source: str | os.PathLike, suffix: str | None = None) -> Plan:
    """Tells what a clip is and what would become of each of its parts.

    Args:
        source: as in `plan_video`.
        suffix: of the result; None takes the source's own where it can be written, else .mp4.

    Raises:
        UsageError, MediaError, MachineError: as in `plan_video`.
    """
    own = Path(source).suffix.lower()
    suffix = suffix or (own if own in CONTAINERS else ".mp4")
    with _opened_plan(source, Path(f"OUT{suffix}"), Options()) as (plan, _):
        return plan


@contextmanager
def _opened_plan(
    source: str | os.PathLike, target: Path, options: Options
) -> Iterator[tuple[Plan, FrameSource]]:
    container = container_for(target)
    with ExitStack() as stack:
        with inspected_source(source, options) as (found, beginning):
            frames = stack.enter_context(open_frames(found, options))
            written = compared_clip(frames.clip, options.compare)
            encoder = choose_encoder(container, options, written)
            check_encoder(encoder, written)
            streams = plan_streams(found, beginning, container, span_of(found, options))
        yield _plan(found, target, options, frames, encoder, streams), frames


def _plan(
    found: SourceInfo,
    target: Path,
    options: Options,
    frames: FrameSource,
    encoder: Encoder,
    streams: StreamPlans,
) -> Plan:
    container, written = container_for(target), compared_clip(frames.clip, options.compare)
    pictures = PictureFiles(target.name, container, options.quality, getattr(frames, "loop", 0))
    warnings = [*found.warnings, *frames.warnings, *_size_warning(encoder, written)]
    warnings += [*encoder.warnings, *streams.warnings]
    warnings += pictures.check(written) if container.holds_pictures else []
    return Plan(
        source=found,
        target=target,
        options=options,
        container=container,
        clip=frames.clip,
        written=written,
        encoder=encoder,
        streams=streams,
        pictures=pictures,
        frames_total=frames_expected(found, options),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _size_warning(encoder: Encoder, written: Clip) -> list[str]:
    width, height = encoder.size(written)
    if (width, height) == (written.width, written.height):
        return []
    return [
        f"{encoder.codec} takes even sides only: {written.width}x{written.height} became {width}x{height}, "
        "where the last column or row is repeated."
    ]
