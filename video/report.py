"""What a finished translation has to say."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Report:
    """The account of one translated clip.

    Attributes:
        source: absolute path of the clip that was read.
        target: absolute path of the clip that was written.
        width: width of the written frames, in pixels.
        height: height of the written frames, in pixels.
        frames_read: frames that the decoder gave.
        frames_written: frames that the encoder took; always equal to `frames_read`.
        duration_seconds: from the start of the first frame to the end of the last.
        audio: 'copied', 'transcoded <codec>', 'dropped: <reason>' or 'none'.
        dropped: every stream of the source that the target does not have, with its kind.
        warnings: what the user should know about the result, in whole sentences.
        seconds: wall time of the whole call.
        frames_per_second: `frames_written / seconds`.
        verified: the written file was reopened and its frames, times and audio packets were right.
    """

    source: str
    target: str
    width: int
    height: int
    frames_read: int
    frames_written: int
    duration_seconds: float
    audio: str
    dropped: tuple[str, ...]
    warnings: tuple[str, ...]
    seconds: float
    frames_per_second: float
    verified: bool

    def to_dict(self) -> dict:
        """Returns the fields by name, lists for tuples, ready for JSON."""
        fields = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
