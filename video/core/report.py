"""The report of a finished translation."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Report:
    """The record of one translated clip: what was read, translated and written.

    Attributes:
        source: absolute path of the clip that was read.
        target: absolute path of what was written.
        width: width of the written frames, in pixels.
        height: height of the written frames, in pixels.
        frames_read: frames of the source that belong to the result.
        frames_written: frames of the result.
        frames_translated: pictures that the callable translated; an exact repeat is translated once.
        frames_reused: frames of the result that an earlier, interrupted run had finished.
        frames_skipped: frames that could not be decoded and were left out.
        frames_repeated: frames that could not be decoded and show the previous picture.
        duration_seconds: from the start of the first frame to the end of the last.
        encoder: the encoder, how pixels are stored, and its options.
        batch_size: pictures in one call of the callable, at the end.
        streams: every other stream of the source and what happened to it.
        warnings: what the user should know about the result, in whole sentences.
        seconds: wall time of the whole call.
        frames_per_second: frames written in this call, over the time of its stages.
        busy: share of that time in which each stage was working: 'decode', 'translate', 'steady' if asked
            for, 'encode'.
        bottleneck: the busiest stage, and what would speed it up.
        verified: the checks that the written file passed, one short phrase each.
    """

    source: str
    target: str
    width: int
    height: int
    frames_read: int
    frames_written: int
    frames_translated: int
    frames_reused: int
    frames_skipped: int
    frames_repeated: int
    duration_seconds: float
    encoder: str
    batch_size: int
    streams: tuple[dict, ...]
    warnings: tuple[str, ...]
    seconds: float
    frames_per_second: float
    busy: dict[str, float]
    bottleneck: str
    verified: tuple[str, ...]

    def to_dict(self) -> dict:
        """Return the fields by name, ready for JSON; tuples become lists."""
        fields = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
