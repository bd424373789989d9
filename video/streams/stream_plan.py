"""What becomes of each stream that is not translated: plain values, from the plan to the report."""

from dataclasses import asdict, dataclass, field

from video.core.timing import Span


@dataclass(frozen=True)
class StreamPlan:
    """What becomes of one stream.

    Attributes:
        index: of the stream in the source.
        kind: 'audio', 'subtitle', 'video', 'cover', 'attachment', 'timecode', 'data' or 'unknown'.
        codec: FFmpeg's name of the codec; an attachment's media type; '' when it is not known.
        language: as the source says, None when it does not.
        title: as the source says, None when it does not.
        action: 'copied', 'converted' or 'dropped'.
        detail: the new codec of a converted stream, the reason for a dropped one.
    """

    index: int
    kind: str
    codec: str
    language: str | None
    title: str | None
    action: str
    detail: str = ""

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.codec, self.language, self.title) if part)
        name = {"cover": "cover picture in", "attachment": "attachment in", "video": "other video"}
        kind = name.get(self.kind, self.kind)
        return f"{kind} stream {self.index}" + (f" ({about})" if about else "")

    def to_dict(self) -> dict:
        """Return the fields by name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class StreamPlans:
    """What becomes of everything in a clip but the pictures of its main video.

    Attributes:
        all: one plan for each stream, in the source's order; the main video and a track that only holds
            chapter titles are not among them.
        video_index: the main video's index in the source; None when there are no streams.
        span: the part of the clip that is kept.
        muxer: FFmpeg's name of the container to write.
        chapters: as the result will have them.
        mov_flags: to be added to an mp4's or mov's `movflags`, so that it holds all tags.
        pictures: the bytes of each cover, by index in the source.
        warnings: what is changed, left out or lost, in whole sentences.
    """

    all: tuple[StreamPlan, ...]
    video_index: int | None
    span: Span = Span()
    muxer: str = ""
    chapters: tuple[dict, ...] = ()
    mov_flags: str = ""
    pictures: dict[int, bytes] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def carried(self) -> dict[int, StreamPlan]:
        """The plans of the streams that are not dropped, by index in the source."""
        return {plan.index: plan for plan in self.all if plan.action != "dropped"}


def counted(number: int, noun: str) -> str:
    """Return '1 packet' or '2 packets'."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
