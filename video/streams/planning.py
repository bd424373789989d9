"""Plans for the streams of a clip that are not translated, before any work.

A stream is copied if the container supports it, converted if it supports a similar codec, and left out, with
the reason, only if it supports neither.
"""

import contextlib
from dataclasses import replace

import av
from av.stream import Disposition

from video.core.containers import Container
from video.core.errors import MediaError
from video.core.source_info import SourceInfo
from video.core.timing import Span
from video.streams.audio import audio_encoders
from video.streams.dry_mux import Beginning, DryMux, MuxedFile
from video.streams.stream_plan import StreamPlan, StreamPlans
from video.streams.stream_warnings import name_of, not_held, stream_warnings, without_streams
from video.streams.subtitles import ENCODERS, is_text
from video.streams.tags import file_tags, kept_chapters, lost_tags

# All exceptions of PyAV and a muxer for a stream that they do not support.
_REFUSALS = (av.FFmpegError, MediaError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError)
_ONLY_PICTURES = "pictures hold nothing beside them"
# What a codec context does not know at opening, it will not know when the result is written either.
_UNKNOWN_SOUND = "nothing of it can be read near the clip's beginning, so its sample rate is not known"
_USE_ALL_TAGS = "+use_metadata_tags"
_WHOLE = Span()


def plan_streams(
    source: SourceInfo, beginning: Beginning | None, container: Container, span: Span = _WHOLE
) -> StreamPlans:
    """Decide by dry muxing what happens to all streams except the main video, to tags and to chapters.

    A stream that cannot be kept is not an error: its plan says why it is dropped.

    Args:
        source: the result of `video.probe.inspect_source`; without a `video_index` there is nothing to plan.
        beginning: of the open clip; None without a `video_index`.
        container: the output container.
        span: the part that is kept.
    """
    if source.video_index is None:
        return StreamPlans((), None)
    if container.holds_pictures:
        return _without_streams(beginning.source, source.video_index)
    return _Planner(beginning, source.video_index, container, span).plan()


def _without_streams(opened, video_index: int) -> StreamPlans:
    """Return the plans for an output that is only pictures."""
    plans = StreamPlans(
        tuple(
            replace(_described(stream), action="dropped", detail=_ONLY_PICTURES)
            for stream in opened.streams
            if stream.index != video_index and not _is_chapter_track(stream)
        ),
        video_index,
    )
    return replace(plans, warnings=without_streams(plans, len(opened.chapters())))


class _Planner:
    """Trial of the streams one by one and then together.

    Args:
        beginning: of the source.
        video_index: its main video.
        container: the output container.
        span: the part that is kept.
    """

    def __init__(self, beginning: Beginning, video_index: int, container: Container, span: Span):
        self._opened, self._dry_mux = beginning.source, DryMux(beginning)
        self._empty = StreamPlans(
            (),
            video_index,
            Span(),
            container.muxer,
            tuple(kept_chapters(self._opened.chapters(), span)),
            pictures=beginning.pictures,
        )
        self._main, self._span = video_index, span
        self._audio_encoder = container.audio_encoder

    def plan(self) -> StreamPlans:
        """Return the plans, with a warning about every change."""
        streams = [stream for stream in self._opened.streams if stream.index != self._main]
        decided = [self._decided(stream) for stream in streams if not _is_chapter_track(stream)]
        plans, muxed = self._all_together(replace(self._empty, all=tuple(decided)))
        plans, muxed = self._with_all_tags(plans, muxed)
        warnings = stream_warnings(self._opened, plans, muxed, self._span)
        return replace(plans, span=self._span, warnings=warnings)

    def _decided(self, stream) -> StreamPlan:
        plan = _described(stream)
        if plan.kind == "timecode":
            return self._timecode(plan)
        if plan.kind == "unknown" or (plan.codec == "" and plan.kind in ("audio", "video", "subtitle")):
            return replace(plan, action="dropped", detail="its codec is not known here")
        if plan.kind == "audio" and not stream.codec_context.sample_rate:
            return replace(plan, action="dropped", detail=_UNKNOWN_SOUND)
        if stream.disposition & Disposition.timed_thumbnails:
            return replace(plan, action="dropped", detail="pictures of chapters cannot be written")
        if self._refusal(plan) is None:
            return plan
        lacking = not_held(plan, self._empty.muxer)
        reason = lacking + (", and pictures cannot become text" if plan.kind == "subtitle" else "")
        for target in self._conversions(stream, plan):
            converted = replace(plan, action="converted", detail=target)
            refusal = self._refusal(converted)
            if refusal is None:
                return converted
            reason = f"{lacking}, and it cannot become {target} ({refusal})"
        return replace(plan, action="dropped", detail=reason)

    def _timecode(self, plan: StreamPlan) -> StreamPlan:
        if self._span.start is not None:
            return replace(plan, action="dropped", detail="it would be wrong after a cut")
        if self._empty.muxer in ("mp4", "mov"):
            return plan
        return replace(plan, action="converted", detail="a tag")

    def _conversions(self, stream, plan: StreamPlan) -> list[str]:
        """Return the codecs to which a stream could be converted, the best first."""
        if plan.kind == "audio":
            encoders = audio_encoders(stream, self._empty.muxer, self._audio_encoder)
            return [encoder.removeprefix("lib") for encoder in encoders]
        if plan.kind == "subtitle" and is_text(stream):
            return [ENCODERS[self._empty.muxer]]
        return []

    def _refusal(self, plan: StreamPlan) -> str | None:
        """Return why the container does not support a stream, None if it does."""
        try:
            muxed = self._dry_mux.run(replace(self._empty, all=(plan,), chapters=()))
        except MediaError as error:
            return error.what
        except _REFUSALS as error:
            return (getattr(error, "strerror", None) or str(error)).splitlines()[0]
        others = [found for place, found in enumerate(muxed.streams) if place != muxed.places[self._main]]
        if any(_is_like(found, plan.kind) for found in others):
            return None
        return "it is not in the file that was written"

    def _all_together(self, plans: StreamPlans) -> tuple[StreamPlans, MuxedFile]:
        """Return plans that also work together, and the file that was muxed with them."""
        with contextlib.suppress(*_REFUSALS):
            return plans, self._dry_mux.run(plans)
        accepted = replace(plans, all=())
        for plan in plans.all:
            trial = replace(accepted, all=(*accepted.all, plan))
            try:
                self._dry_mux.run(trial)
                accepted = trial
            except _REFUSALS:
                reason = f"{name_of(plans.muxer)} does not hold it beside the other streams"
                accepted = replace(trial, all=(*accepted.all, replace(plan, action="dropped", detail=reason)))
        return accepted, self._dry_mux.run(accepted)

    def _with_all_tags(self, plans: StreamPlans, muxed: MuxedFile) -> tuple[StreamPlans, MuxedFile]:
        """Return plans with the flag that allows tags of any name in an mp4, if it is needed.

        It is not the default: with it, an mp4 has no cover, and Apple's players find no title.
        """
        has_cover = any(plan.kind == "cover" for plan in plans.carried.values())
        if plans.muxer not in ("mp4", "mov") or has_cover or not self._lost_file_tags(muxed):
            return plans, muxed
        plans = replace(plans, mov_flags=_USE_ALL_TAGS)
        return plans, self._dry_mux.run(plans)

    def _lost_file_tags(self, muxed: MuxedFile) -> list[str]:
        return lost_tags(file_tags(self._opened.metadata, self._span), muxed.metadata)


def _described(stream) -> StreamPlan:
    """Return the plan of a stream that is copied, whatever the container supports."""
    title = stream.metadata.get("title") or stream.metadata.get("name")
    if stream.type == "attachment":
        kind, codec, title = "attachment", stream.mimetype or "", title or stream.name
    elif stream.type == "data":
        kind, codec = ("timecode" if "timecode" in stream.metadata else "data"), stream.name or ""
    else:
        is_cover = stream.type == "video" and stream.disposition & Disposition.attached_pic
        kind = "cover" if is_cover else stream.type
        codec = stream.codec_context.codec.canonical_name if stream.codec_context else ""
    return StreamPlan(stream.index, kind, codec, stream.language, title, "copied")


def _is_like(found, kind: str) -> bool:
    is_cover = bool(found.disposition & Disposition.attached_pic)
    return is_cover if kind == "cover" else found.kind == kind and not is_cover


def _is_chapter_track(stream) -> bool:
    """Return whether a stream of an mp4 or mov only holds the titles of chapters.

    The demuxer returns them as chapters and marks the track as discarded.
    """
    return stream.type == "data" and stream.discard == av.stream.Discard.all
