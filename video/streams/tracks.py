"""Set-up of an output: adds every stream that is copied or transcoded, each with its track writer."""

from collections.abc import Callable

import av
from av.stream import Disposition

from video.core.frames import fraction
from video.core.timing import track_tick
from video.streams.audio import AudioWriter, guessed_layout
from video.streams.copying import CopyWriter, CoverWriter, OrderedWriter, TrackWriter
from video.streams.stream_plan import StreamPlan, StreamPlans
from video.streams.subtitles import ENCODERS, SubtitleWriter
from video.streams.tags import language_for, stream_tags

# The DTS of two packets of a track must differ there.
_STRICT_MUXERS = ("mp4", "mov")
_ENCODERS = {"opus": "libopus"}
_IMAGE_TYPES = {"mjpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp", "gif": "image/gif"}
_IMAGE_TYPES |= {"webp": "image/webp", "tiff": "image/tiff"}


def add_tracks(
    output: av.container.OutputContainer, source, plans: StreamPlans, add_video: Callable
) -> dict[int, TrackWriter]:
    """Add every stream that is not dropped, and the main video at its position, before the header is written.

    Tracks keep the source's order. Covers and attachments come last, where demuxers list them anyway.

    Args:
        output: the file to write.
        source: the open source.
        plans: the plan of each stream.
        add_video: adds the main video to the output and returns its stream.

    Returns:
        The writers of the streams with packets, by index in the source.
    """
    writers: dict[int, TrackWriter] = {}
    carried = plans.carried
    tracks = [stream for stream in source.streams if not _is_beside(carried.get(stream.index))]
    for stream in tracks:
        if stream.index == plans.video_index:
            video = add_video()
            video.metadata.update(_timecode(source, plans))
            _label(video, stream, plans, is_encoded_again=True)
        elif stream.index in carried and carried[stream.index].kind != "timecode":
            plan = carried[stream.index]
            is_strict = plans.muxer in _STRICT_MUXERS and plan.kind in ("audio", "video")
            writers[stream.index] = OrderedWriter(_add_track(output, stream, plan, plans), is_strict)
    for stream in source.streams:
        if _is_beside(carried.get(stream.index)):
            writer = _add_beside(output, stream, carried[stream.index], plans)
            writers |= {stream.index: writer} if writer else {}
    return writers


def _is_beside(plan: StreamPlan | None) -> bool:
    return plan is not None and plan.kind in ("cover", "attachment")


def _add_track(output, stream, plan: StreamPlan, plans: StreamPlans) -> TrackWriter:
    if plan.action == "copied":
        copy = output.add_stream_from_template(stream, **_template_options(stream))
        if plan.kind != "audio":
            copy.time_base = track_tick(fraction(stream.time_base))
        guessed = guessed_layout(stream.codec_context.layout) if plan.kind == "audio" else None
        if guessed:
            # An mp4 does not support PCM without a channel layout.
            copy.codec_context.layout = guessed
        writer: TrackWriter = CopyWriter(
            stream, copy, plan.kind, plans.span, can_hide=plans.muxer in _STRICT_MUXERS
        )
    elif plan.kind == "audio":
        encoder = _ENCODERS.get(plan.detail, plan.detail)
        writer = AudioWriter(stream, output, encoder, plans.span)
    else:
        writer = SubtitleWriter(stream, output, ENCODERS[plans.muxer], plans.span)
    _label(writer.stream, stream, plans, is_encoded_again=plan.action == "converted")
    return writer


def _template_options(stream) -> dict[str, bool]:
    # The template is the decoder's codec: AV1 and others have no encoder of that name.
    return {} if stream.codec_context is None else {"opaque": True}


def _add_beside(output, stream, plan: StreamPlan, plans: StreamPlans) -> TrackWriter | None:
    """Add a cover or an attachment; Matroska stores both as attachments, in the header."""
    if plan.kind == "cover" and plans.muxer == "matroska":
        suffix = plan.codec.replace("mjpeg", "jpg")
        mime_type = stream.metadata.get("mimetype") or _IMAGE_TYPES[plan.codec]
        name = stream.metadata.get("filename") or f"cover.{suffix}"
        copy = output.add_attachment(name, mime_type, plans.pictures[stream.index])
        copy.metadata.update({key: text for key, text in stream.metadata.items() if key.lower() == "title"})
        return None
    copy = output.add_stream_from_template(stream, **_template_options(stream))
    if plan.kind == "attachment":
        return None
    copy.disposition = stream.disposition
    return CoverWriter(stream, copy, plan.kind, plans.span)


def _label(copy, stream, plans: StreamPlans, is_encoded_again: bool) -> None:
    tags = stream_tags(stream.metadata, plans.span, is_encoded_again)
    if "language" in tags:
        tags["language"] = language_for(plans.muxer, tags["language"])
    copy.metadata.update(tags)
    copy.disposition = stream.disposition & ~Disposition.attached_pic


def _timecode(source, plans: StreamPlans) -> dict[str, str]:
    """Return the tag from which the muxer creates a timecode track."""
    for index, plan in plans.carried.items():
        if plan.kind == "timecode":
            return {"timecode": source.streams[index].metadata["timecode"]}
    return {}
