"""Assembly of the finished clip from its translated segments and the other streams of the source."""

import heapq
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from video.assembling.matroska_aspect import reserve_aspect_ratio, write_aspect_ratio
from video.assembling.segments import Segment, segment_packets
from video.core.containers import Container
from video.core.disk import output_error
from video.core.frames import Clip
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
    """Write one file from closed segments and the other streams of the source, without encoding the video.

    Args:
        path: the file to write.
        segments: in order.
        clip: the common properties of the frames.
        encoder: the encoder of the segments.
        container: the output container.
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
            streams = []

            def add_video():
                streams.append(_add_video(output, template.streams.video[0], clip, encoder))
                return streams[0]

            carried.add_streams(output, add_video)
            if _lacks_aspect_ratio(container, clip):
                reserve_aspect_ratio(streams[0])
            video = _video_packets(segments, clip.time_base, streams[0])
            if container.is_indexed:
                video = _with_last_duration(video, segments)
            # In order of time, so that the interleaving muxer buffers little.
            for packet in heapq.merge(carried.packets(), video, key=packet_time):
                output.mux(packet)
            index = carried.place_in_file(streams[0].index)
        if _lacks_aspect_ratio(container, clip):
            write_aspect_ratio(path, *encoder.size(clip), clip.sample_aspect_ratio)
        return index
    except (av.FFmpegError, OSError) as error:
        raise output_error(error, path) from error


def _lacks_aspect_ratio(container: Container, clip: Clip) -> bool:
    """Return whether PyAV would drop the sample aspect ratio."""
    return not container.is_indexed and clip.sample_aspect_ratio not in (None, 1)


def _muxer_options(container: Container, clip: Clip, mov_flags: str) -> dict[str, str]:
    """Return options for a moov box at the start, with start times as exact as the frames' own."""
    if not container.is_indexed:
        # By default, audio priming before 0 shifts the whole file, audio and video alike.
        return {"avoid_negative_ts": "disabled"}
    scale = clip.time_base.denominator
    exact = {"movie_timescale": str(scale)} if scale <= _MAX_TIMESCALE else {}
    return {"movflags": f"+faststart{mov_flags}", **exact}


def _add_video(output, template, clip: Clip, encoder: Encoder):
    stream = output.add_stream_from_template(template, opaque=encoder.needs_opaque_copy)
    stream.time_base = clip.time_base
    # Otherwise Matroska stores the ticks per second of the time base as the frame rate.
    stream.codec_context.framerate = clip.rate
    describe_stream(stream, encoder, clip)
    return stream


def _video_packets(segments: list[Segment], time_base: Fraction, stream) -> Iterator[av.Packet]:
    for packet in segment_packets(segments, time_base):
        packet.stream = stream
        yield packet


def _with_last_duration(packets: Iterator[av.Packet], segments: list[Segment]) -> Iterator[av.Packet]:
    """Extend the last packet of an mp4 track so that the track ends with its last frame.

    The length of the track is the sum of the DTS differences and of the last packet's duration. With
    B-frames and a variable frame rate, the last packet is not the last frame, and the sum is too short.
    """
    length = segments[-1].end - segments[0].start
    first = next(packets)
    last, first_dts = first, first.dts
    for packet in packets:
        yield last
        last = packet
    last.duration = max(last.duration, length - (last.dts - first_dts))
    yield last
