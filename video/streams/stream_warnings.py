"""Warnings about streams, tags and chapters that change."""

from av.stream import Disposition

from video.core.timing import Span
from video.streams.dry_mux import MuxedFile, MuxedStream
from video.streams.stream_plan import StreamPlan, StreamPlans, counted
from video.streams.tags import file_tags, kept_chapters, language_for, lost_tags, stream_tags

_NAMES = {"matroska": "mkv"}
# Tags about the making of a file, whose loss nobody would notice; the language has a warning of its own.
_UNNOTICED = {"handler_name", "creation_time", "encoder", "timecode", "language"}


def name_of(muxer: str) -> str:
    """Return the usual name of a container."""
    return _NAMES.get(muxer, muxer)


def not_held(plan: StreamPlan, muxer: str) -> str:
    """Return that a container does not support a stream."""
    things = {"cover": "cover pictures", "attachment": "attachments", "data": "such data"}
    return f"{name_of(muxer)} does not hold {things.get(plan.kind, plan.codec)}"


def stream_warnings(source, plans: StreamPlans, muxed: MuxedFile, span: Span) -> tuple[str, ...]:
    """Return a sentence about every change from the source to the result.

    Args:
        source: the open source.
        plans: the plan of each stream.
        muxed: the file that was muxed as a trial.
        span: the part that is kept.
    """
    sentences = [sentence for plan in plans.all for sentence in _of_plan(plan, plans, span)]
    for index, place in muxed.places.items():
        stream, found = source.streams[index], muxed.streams[place]
        name = f"{plans.carried[index]}" if index in plans.carried else f"main video stream {index}"
        lost = _lost_labels(stream, found, plans.muxer, index == plans.video_index)
        if lost:
            sentences.append(
                f"The {name} loses what {name_of(plans.muxer)} does not hold: {', '.join(lost)}."
            )
        before = stream.codec_context.channels if found.num_channels else 0
        if found.num_channels != before:
            sentences.append(f"The {name} has {counted(found.num_channels, 'channel')} instead of {before}.")
    lost = lost_tags(file_tags(source.metadata, span), muxed.metadata)
    if lost:
        sentences.append(f"The clip loses tags that {name_of(plans.muxer)} does not hold: {', '.join(lost)}.")
    num_lost = len(kept_chapters(source.chapters(), span)) - muxed.num_chapters
    if num_lost > 0:
        sentences.append(f"The clip loses {counted(num_lost, 'chapter')}.")
    return tuple(sentences)


def without_streams(plans: StreamPlans, num_chapters: int) -> tuple[str, ...]:
    """Return the sentences about a result that is only pictures."""
    sentences = [sentence for plan in plans.all for sentence in _of_plan(plan, plans, plans.span)]
    if num_chapters:
        sentences.append(f"The clip loses its {counted(num_chapters, 'chapter')}.")
    return tuple(sentences)


def _of_plan(plan: StreamPlan, plans: StreamPlans, span: Span) -> list[str]:
    if plan.action == "dropped":
        return [f"The {plan} is left out: {plan.detail}."]
    if plan.action == "converted" and plan.kind == "timecode":
        return [f"The {plan} becomes a tag: {name_of(plans.muxer)} holds no timecode tracks."]
    if plan.action == "converted":
        return [f"The {plan} becomes {plan.detail}: {not_held(plan, plans.muxer)}."]
    if plan.kind != "video":
        return []
    copied = f"The {plan} is copied as it is: only stream {plans.video_index} is translated."
    return [copied + (" It starts with its first keyframe after the cut." if span.start else "")]


def _lost_labels(stream, found: MuxedStream, muxer: str, is_encoded_again: bool) -> list[str]:
    """Return what a container did not keep of a stream: language, disposition, tags."""
    meant = stream_tags(stream.metadata, Span(), is_encoded_again)
    kept = stream_tags(found.metadata, Span(), is_encoded_again=False)
    language = language_for(muxer, meant.get("language", "und"))
    lost = [] if language in ("und", kept.get("language")) else [f"the language {language}"]
    marks = stream.disposition & ~found.disposition
    lost += [f"the mark '{mark.name.replace('_', ' ')}'" for mark in Disposition if mark & marks]
    tags = [tag for tag in lost_tags(meant, kept) if tag.lower() not in _UNNOTICED]
    return lost + [f"the tag {tag}" for tag in tags]
