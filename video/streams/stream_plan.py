"""The plan of each stream that is not translated: plain values, from the planning to the report."""

from dataclasses import asdict, dataclass, field

from video.core.timing import Span


@dataclass(frozen=True)
class StreamPlan:
    """What happens to one stream.

    Attributes:
        index: of the stream in the source.
        kind: 'audio', 'subtitle', 'video', 'cover', 'attachment', 'timecode', 'data' or 'unknown'.
        codec: FFmpeg's name of the codec; the media type of an attachment; '' if it is unknown.
        language: of the source, None if it has none.
        title: of the source, None if it has none.
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
    """What happens to everything in a clip except the pictures of its main video.

    Attributes:
        all: one plan for each stream, in the source's order, without the main video and without a track of
            chapter titles.
        video_index: the main video's index in the source; None if there are no streams.
        span: the part of the clip that is kept.
        muxer: FFmpeg's name of the container to write.
        chapters: of the result.
        mov_flags: flags to add to the `movflags` of an mp4 or mov, so that it stores all tags.
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
