"""The plan for a clip: everything that is decided before any work."""

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
from video.core.timing import duration_of, frames_expected, span_of
from video.encoding.choice import choose_encoder
from video.encoding.encoder import Encoder, check_encoder
from video.masks import check_masks
from video.pictures.files import PictureFiles
from video.pipeline.comparison import compared_clip
from video.probe import inspected_source, open_frames
from video.streams.planning import plan_streams
from video.streams.stream_plan import StreamPlans


@dataclass(frozen=True)
class Plan:
    """All decisions about a clip, before the first frame is translated.

    Attributes:
        source: the properties of the input.
        target: the file to write, or the pattern of pictures.
        options: as given.
        container: the kind of file.
        clip: the properties that all translated frames share.
        written: the same for the written frames, which are wider when the source is shown beside them.
        encoder: how they are encoded.
        streams: what happens to every other stream, chapters and metadata.
        pictures: how pictures are written, when the target is not a container.
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
        """The duration of the part that is translated."""
        return duration_of(self.source, self.options)

    def to_dict(self) -> dict:
        """Return the plan for people and programs, ready for JSON."""
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
    """Inspect a clip and decide what happens to each of its streams; write nothing.

    Args:
        source: a clip, an animated picture, a folder or pattern of pictures.
        target: what to write, by its suffix or pattern.
        options: how.

    Raises:
        UsageError: an option, suffix or codec does not fit.
        MediaError: the source is missing, damaged, too large, or not a video.
        OutputError: the target is the source, exists, or its folder cannot be written.
        MachineError: this machine's libraries lack the encoder.
    """
    with opened_plan(source, target, options) as (plan, _):
        return plan


@contextmanager
def opened_plan(
    source: str | os.PathLike, target: str | os.PathLike, options: Options
) -> Iterator[tuple[Plan, FrameSource]]:
    """Plan as `plan_video` does, and keep the source open in the context, for `translate_planned`."""
    with _opened_plan(source, check_target(source, target, options.overwrite), options) as planned:
        yield planned


def describe(source: str | os.PathLike, suffix: str | None = None) -> Plan:
    """Describe a clip and what would happen to each of its streams.

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
        with inspected_source(source, options) as (info, beginning):
            frames = stack.enter_context(open_frames(info, options))
            written = compared_clip(frames.clip, options.compare)
            encoder = choose_encoder(container, options, written)
            check_encoder(encoder, written)
            streams = plan_streams(info, beginning, container, span_of(info, options))
        frames_total = frames_expected(info, options)
        check_masks(options, frames_total)
        pictures = PictureFiles(target.name, container, options.quality, getattr(frames, "loop", 0))
        warnings = [*info.warnings, *frames.warnings, *_size_warning(encoder, written)]
        warnings += caption_warning(encoder, options) if frames.clip.has_captions else []
        warnings += _clock_warning(container, info, options)
        warnings += [*encoder.warnings, *streams.warnings]
        warnings += pictures.check(written) if container.holds_pictures else []
        plan = Plan(
            source=info,
            target=target,
            options=options,
            container=container,
            clip=frames.clip,
            written=written,
            encoder=encoder,
            streams=streams,
            pictures=pictures,
            frames_total=frames_total,
            warnings=tuple(dict.fromkeys(warnings)),
        )
        yield plan, frames


def caption_warning(encoder: Encoder, options: Options) -> list[str]:
    """Return a sentence if closed captions are lost, for a source that has some."""
    lost = "The source's closed captions (CEA-608, CEA-708) are left out: "
    if not encoder.stores_captions:
        return [f"{lost}{encoder.name} does not store them; .mp4 or .mkv with h264 or h265 does."]
    if options.fps is not None:
        return [f"{lost}they belong to its own frames; without --fps they are kept."]
    return []


def _clock_warning(container: Container, source: SourceInfo, options: Options) -> list[str]:
    step = source.shortest_step if options.fps is None else 1 / Fraction(options.fps)
    if container.muxer not in ("matroska", "webm") or not 0 < step < Fraction(1, 1000):
        return []
    return [
        f"mkv and webm store whole milliseconds, and frames are {float(step * 1000):.3g} ms apart: some "
        "share a time; .mp4 and .mov keep them apart."
    ]


def _size_warning(encoder: Encoder, written: Clip) -> list[str]:
    width, height = encoder.size(written)
    if (width, height) == (written.width, written.height):
        return []
    return [
        f"{encoder.codec} takes even sides only: {written.width}x{written.height} became {width}x{height}, "
        "where the last column or row is repeated."
    ]
