"""Stream copy and transcoding of all streams that are not translated, in one pass over the source."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from video.core.frames import fraction
from video.core.source_info import SourceInfo
from video.reading.joins import moved
from video.reading.opening import open_source
from video.streams.copying import TrackWriter
from video.streams.stream_plan import StreamPlans
from video.streams.tags import file_tags
from video.streams.tracks import add_tracks

# Packets of different streams are sorted by time if they are not further apart in the source than this.
_MERGE_SECONDS = 2
_STEADY_KINDS = ("audio", "video")


@dataclass
class Written:
    """What was muxed for one stream.

    Attributes:
        kind: of the stream, as in `StreamPlan`.
        packets: number of packets.
        bytes: size of their payload.
        first_time: PTS of the first one in seconds; None before it, or if it has none.
        early: packets before 0, which decoders need and players skip.
    """

    kind: str
    packets: int = 0
    bytes: int = 0
    first_time: Fraction | None = None
    early: int = 0

    def is_met_by(self, packets: int, num_bytes: int) -> bool:
        """Return whether a stream of the finished file is complete, by its number of packets and bytes.

        The mov demuxer splits PCM into other packets; then the bytes count. An mp4 marks the end of each
        subtitle with a packet of two bytes.
        """
        marks = packets - self.packets
        has_marks = self.kind == "subtitle" and marks > 0 and num_bytes == self.bytes + 2 * marks
        return packets == self.packets or num_bytes == self.bytes or has_marks


class CarriedStreams:
    """The streams of a source that are copied or transcoded beside the translated one.

    Use it as a context manager. Call `add_streams` before the output's header is written, then iterate
    `packets` once.

    Args:
        source: the result of `video.probe.inspect_source`.
        plans: the plan of each stream.

    Attributes:
        warnings: what failed, in whole sentences; complete after the last packet.

    Raises:
        MediaError: the source cannot be opened any more.
    """

    def __init__(self, source: SourceInfo, plans: StreamPlans):
        self._plans = plans
        self._writers: dict[int, TrackWriter] = {}
        self._container = open_source(source.path) if plans.video_index is not None else None
        self._counts: dict[int, Written] = {}
        self._joins = source.joins
        self.warnings: list[str] = []

    @property
    def mov_flags(self) -> str:
        """Flag to add to the `movflags` of an mp4 or mov."""
        return self._plans.mov_flags

    def __enter__(self) -> "CarriedStreams":
        return self

    def __exit__(self, *exception) -> None:
        if self._container is not None:
            self._container.close()

    def add_streams(self, output: av.container.OutputContainer, add_video: Callable) -> None:
        """Add all streams, tags and chapters to an output.

        Args:
            output: opened with the plans' `mov_flags`; its header is not written yet.
            add_video: called once, at the main video's position: adds it and returns its stream, which then
                gets the source's language, title and dispositions.

        Raises:
            FFmpegError, ValueError: the container refuses.
        """
        if self._container is None:
            add_video()
            return
        self._writers = add_tracks(output, self._container, self._plans, add_video)
        label_file(output, self._container, self._plans)
        kinds = {index: plan.kind for index, plan in self._plans.carried.items()}
        self._counts = {writer.stream.index: Written(kinds[index]) for index, writer in self._writers.items()}

    @property
    def written(self) -> dict[int, Written]:
        """What was muxed, by index in the finished file; complete after the last packet.

        Covers and attachments are part of its header and not counted.
        """
        counted = {index: count for index, count in self._counts.items() if count.kind != "cover"}
        return {
            self.place_in_file(index): count
            for index, count in counted.items()
            if index not in self._unwritten
        }

    def place_in_file(self, index: int) -> int:
        """Return the index in the finished file of a stream of the output, after the last packet."""
        return index - sum(unwritten < index for unwritten in self._unwritten)

    @property
    def _unwritten(self) -> list[int]:
        """The tracks that an mp4 or mov leaves out because they have no packets."""
        if self._plans.muxer not in ("mp4", "mov"):
            return []
        # A text track always gets an end mark.
        return [i for i, count in self._counts.items() if not count.packets and count.kind != "subtitle"]

    def packets(self) -> Iterator[av.Packet]:
        """Yield the packets to mux in order of time; only a few seconds of them are buffered."""
        waiting, newest, latest = [], {}, Fraction(0)
        for number, (index, packet) in enumerate(self._pushed()):
            time = packet_time(packet)
            # The packets of a stream stay in decoding order, whatever their timestamps are.
            newest[index] = max(newest.get(index, time), time)
            latest = max(latest, newest[index])
            heapq.heappush(waiting, (newest[index], number, packet))
            while latest - waiting[0][0] > _MERGE_SECONDS:
                yield self._counted(heapq.heappop(waiting)[2])
        while waiting:
            yield self._counted(heapq.heappop(waiting)[2])
        for index, writer in self._writers.items():
            plan = self._plans.carried[index]
            self.warnings += [f"The {plan} {text}." for text in writer.warnings]
            if not self._counts[writer.stream.index].packets:
                self.warnings.append(f"The {plan} has nothing in the part that is kept.")

    def _pushed(self) -> Iterator[tuple[int, av.Packet]]:
        """Yield (index in the source, packet of the output) in the order of the source."""
        for index, packet in self._demuxed():
            for finished in self._writers[index].push(packet):
                yield index, finished
            if self._is_past_end():
                break
        for index, writer in self._writers.items():
            for finished in writer.finish():
                yield index, finished

    def _demuxed(self) -> Iterator[tuple[int, av.Packet]]:
        if not self._writers:
            return
        for stream in self._container.streams:
            if stream.index not in self._writers:
                stream.discard = av.stream.Discard.all
        streams = [self._container.streams[index] for index in self._writers]
        last = Fraction(0)
        try:
            for packet in (moved(packet, self._joins) for packet in self._container.demux(streams)):
                if packet.size and packet.pts is not None:
                    last = packet.pts * fraction(packet.time_base)
                yield packet.stream.index, packet
        except av.FFmpegError as error:
            self.warnings.append(
                f"The source is damaged after {float(last):.2f} s ({error.strerror}): its sound and "
                "subtitles end there."
            )

    def _is_past_end(self) -> bool:
        """Return whether audio and video are past the end; subtitles may never be."""
        steady = [
            writer
            for index, writer in self._writers.items()
            if self._plans.carried[index].kind in _STEADY_KINDS
        ]
        return bool(steady) and all(writer.is_past_end for writer in steady)

    def _counted(self, packet: av.Packet) -> av.Packet:
        written = self._counts[packet.stream_index]
        written.packets += 1
        written.bytes += packet.size
        if written.first_time is None and packet.pts is not None:
            written.first_time = packet.pts * fraction(packet.time_base)
        written.early += packet.pts is not None and packet.pts < 0
        return packet


def label_file(output: av.container.OutputContainer, source, plans: StreamPlans) -> None:
    """Give an output the tags and chapters of the source, before its header is written."""
    output.metadata.update(file_tags(source.metadata, plans.span))
    if plans.chapters:
        chapters: Any = list(plans.chapters)
        output.set_chapters(chapters)


def packet_time(packet: av.Packet) -> Fraction:
    """Return the DTS of a packet in seconds, or else its PTS; 0 if it has neither."""
    ticks = packet.dts if packet.dts is not None else packet.pts
    return Fraction(0) if ticks is None else ticks * fraction(packet.time_base)
