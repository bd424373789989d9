"""What a finished translation has to say."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Report:
    """The account of one translated clip.

    Attributes:
        source: absolute path of the clip that was read.
        target: absolute path of what was written.
        width: width of the written frames, in pixels.
        height: height of the written frames, in pixels.
        frames_read: frames of the source that belong to the result.
        frames_written: frames of the result.
        frames_translated: pictures that went through the callable; an exact repeat goes through once.
        frames_reused: frames of the result that an earlier, interrupted run had finished.
        frames_skipped: frames that could not be decoded and were left out.
        frames_repeated: frames that could not be decoded and show the picture before.
        duration_seconds: from the start of the first frame to the end of the last.
        encoder: the encoder, how pixels are stored, and its options.
        batch_size: pictures in one call of the callable, at the end.
        streams: every other stream of the source and what became of it.
        warnings: what the user should know about the result, in whole sentences.
        seconds: wall time of the whole call.
        frames_per_second: frames made in this call, over the time of its three stages.
        busy: share of that time in which each stage had work: 'decode', 'translate', 'encode'.
        bottleneck: the busiest stage, and what relieves it.
        verified: what was found right when the written file was opened again.
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
        """Returns the fields by name, lists for tuples, ready for JSON."""
        fields = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
