"""Puts a finished clip together: the translated stretches, and everything else of the source beside them."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from video.assembling.matroska_aspect import reserve_aspect_ratio, write_aspect_ratio
from video.assembling.segments import Segment, segment_packets
from video.core.containers import Container
from video.core.disk import output_error
from video.core.frames import Clip, fraction
from video.encoding.encoder import Encoder, describe_stream
from video.streams.carrying import CarriedStreams, packet_time

_MAX_TIMESCALE = 2**31 - 1


def assemble(
    path: Path,
    segments: list[Segment],
    clip: Clip,
    encoder: Encoder,
    container: Container,
    carried: CarriedStreams,
) -> int:
    """Write one file from closed segments and the streams that are carried over, without encoding.

    Args:
        path: the file to write.
        segments: in order.
        clip: what all frames share.
        encoder: what made the segments.
        container: the kind of file.
        carried: the other streams of the source.

    Returns:
        The index of the translated stream in the file.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with (
            av.open("file:" + str(segments[0].path)) as template,
            av.open(
                "file:" + os.path.abspath(path),
                "w",
                format=container.muxer,
                options=_muxer_options(container, clip, carried.mov_flags),
            ) as output,
        ):
            made = []

            def add_video():
                made.append(_add_video(output, template.streams.video[0], clip, encoder))
                return made[0]

            carried.add_streams(output, add_video)
            if _says_no_shape(container, clip):
                reserve_aspect_ratio(made[0])
            video = _relabelled(segments, clip.time_base, made[0])
            if container.is_indexed:
                video = _last_stretched(video, segments)
            for packet in _merged(video, carried.packets()):
                output.mux(packet)
            index = carried.place_in_file(made[0].index)
        if _says_no_shape(container, clip):
            write_aspect_ratio(path, *encoder.size(clip), clip.sample_aspect_ratio)
        return index
    except (av.FFmpegError, OSError) as error:
        raise output_error(error, path) from error


def _says_no_shape(container: Container, clip: Clip) -> bool:
    """Return whether PyAV would leave out that the pixels are no squares."""
    return not container.is_indexed and clip.sample_aspect_ratio not in (None, 1)


def _muxer_options(container: Container, clip: Clip, mov_flags: str) -> dict[str, str]:
    """Return options for an index in front and, in it, start times as exact as the frames' own."""
    if not container.is_indexed:
        # Else an encoder's priming before 0 moves the whole file, sound and picture alike.
        return {"avoid_negative_ts": "disabled"}
    scale = clip.time_base.denominator
    exact = {"movie_timescale": str(scale)} if scale <= _MAX_TIMESCALE else {}
    return {"movflags": f"+faststart{mov_flags}", **exact}


def _add_video(output, template, clip: Clip, encoder: Encoder):
    stream = output.add_stream_from_template(template, opaque=encoder.needs_opaque_copy)
    stream.time_base = clip.time_base
    # A Matroska would claim as many frames a second as the time base has ticks.
    stream.codec_context.framerate = clip.rate
    describe_stream(stream, encoder, clip)
    return stream


def _relabelled(segments: list[Segment], time_base: Fraction, stream) -> Iterator[av.Packet]:
    for packet in segment_packets(segments, time_base):
        packet.stream = stream
        yield packet


def _last_stretched(packets: Iterator[av.Packet], segments: list[Segment]) -> Iterator[av.Packet]:
    """Make an mp4's track as long as its frames say.

    Its length is the sum of the distances between decoding times and of the last packet's duration.
    With B-frames at a variable rate the last packet is not the last frame, and the sum falls short.
    """
    length = segments[-1].end - segments[0].start
    first = held = None
    for packet in packets:
        if held is not None:
            yield held
        first = packet.dts if first is None else first
        held = packet
    held.duration = max(held.duration, length - (held.dts - first))
    yield held


def _merged(video: Iterator[av.Packet], others: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """Yield the packets of both in order of time, so that they lie side by side in the file."""
    waiting = next(others, None)
    for packet in video:
        time = packet.dts * fraction(packet.time_base)
        while waiting is not None and packet_time(waiting) <= time:
            yield waiting
            waiting = next(others, None)
        yield packet
    while waiting is not None:
        yield waiting
        waiting = next(others, None)
