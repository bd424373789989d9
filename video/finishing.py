"""The end of a translation: the segments are joined to one file, which is opened again and checked."""

from dataclasses import dataclass
from pathlib import Path

from video.assembling.assembly import assemble
from video.assembling.segments import Segment, closed_segments
from video.assembling.verify import verify_clip
from video.core.errors import OutputError
from video.plan import Plan
from video.streams.carrying import CarriedStreams


@dataclass(frozen=True)
class Result:
    """A checked file or folder that is ready to be renamed to its target.

    Attributes:
        path: its temporary path.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
        num_frames: the number of frames.
        duration_seconds: from the start of the first frame to the end of the last.
        verified: the checks that it passed, one short phrase each.
        warnings: problems of the other streams, in whole sentences.
    """

    path: Path
    width: int
    height: int
    num_frames: int
    duration_seconds: float
    verified: tuple[str, ...]
    warnings: tuple[str, ...]


def finish(plan: Plan, work: Path) -> Result:
    """Write the result into the work folder and check it.

    Raises:
        OutputError: it cannot be written, or fails a check.
    """
    segments = _all_segments(work)
    clip = plan.written
    path = work / "result.part"
    warnings: tuple[str, ...] = ()
    if plan.container.holds_pictures:
        verified = plan.pictures.write(path, segments, clip)
    else:
        with CarriedStreams(plan.source, plan.streams) as carried:
            index = assemble(path, segments, clip, plan.encoder, plan.container, carried)
            warnings = tuple(carried.warnings)
            verified = verify_clip(path, index, segments, clip, carried.written)
    seconds = (segments[-1].end - segments[0].start) * clip.time_base
    return Result(
        path,
        *plan.encoder.size(clip),
        sum(len(segment.pts) for segment in segments),
        float(seconds),
        verified,
        warnings,
    )


def _all_segments(work: Path) -> list[Segment]:
    found = closed_segments(work)
    missing = set(range(max(found) + 1)) - set(found)
    if missing:
        raise OutputError(
            f"a finished segment is missing: {work}",
            detail=f"expected {max(found) + 1} segments; missing: {len(missing)}",
            fix="run the same command again: it translates them again",
        )
    return [found[number] for number in sorted(found)]
