"""The choice of the video stream to translate."""

import os

import av

from video.core.errors import UsageError
from video.core.options import Options
from video.reading.opening import no_video, open_source
from video.reading.packets import demuxed

_COVER = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails


def main_video(
    container: av.container.InputContainer, path: str | os.PathLike, options: Options = Options()
) -> av.VideoStream:
    """Return the video stream to translate: the one that was asked for, or the one that a player shows.

    Of several, one with more than a single picture comes before a still, and the first with the default flag
    before all others. Without such a flag it is the one with the most pictures, the first of several.

    Args:
        container: the open clip; none of its packets is read.
        path: of the clip, whose packets are counted if it has several video streams.
        options: `video_stream` is used.

    Raises:
        UsageError: there is no video stream with the number that was asked for.
        MediaError: there is no video stream at all.
    """
    streams = video_streams(container)
    if not streams:
        raise no_video(path, ", ".join(stream.type for stream in container.streams) or "no streams")
    if options.video_stream is not None:
        return _asked_for(streams, options.video_stream, path)
    if len(streams) == 1:
        return streams[0]
    counts = _pictures(path, [stream.index for stream in streams])
    moving = [one for one in streams if counts[one.index] > 1] or streams
    default = next((one for one in moving if _is_default(one)), None)
    return default or max(moving, key=lambda one: counts[one.index])


def video_streams(container: av.container.InputContainer) -> list[av.VideoStream]:
    """Return the video streams of a clip, without cover pictures and sets of thumbnails."""
    return [one for one in container.streams.video if not one.disposition & _COVER and one.codec_context]


def has_video(container: av.container.InputContainer, path: str | os.PathLike) -> None:
    """Raise MediaError if a clip has no video stream."""
    if not video_streams(container):
        main_video(container, path)


def _is_default(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.default)


def _asked_for(streams: list[av.VideoStream], index: int, path: str | os.PathLike) -> av.VideoStream:
    found = next((stream for stream in streams if stream.index == index), None)
    if found is not None:
        return found
    numbers = ", ".join(str(stream.index) for stream in streams)
    raise UsageError(
        f"stream {index} is not a video that can be translated: {path}",
        detail=f"expected one of {numbers}",
        fix=f"use --video-stream {streams[0].index}, or leave it out",
    )


def _pictures(path: str | os.PathLike, indices: list[int]) -> dict[int, int]:
    """Return the number of pictures in each of these streams."""
    counts = dict.fromkeys(indices, 0)
    with open_source(path) as container:
        for packet in demuxed(container, [], *(container.streams[index] for index in indices)):
            counts[packet.stream_index] += not packet.is_discard
    return counts
