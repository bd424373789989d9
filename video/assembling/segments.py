"""Closed segments: encoded parts of a clip, each of which is complete on the disk or not there.

A segment is a Matroska file with a fixed number of frames and a JSON file with the exact timestamps of its
packets (Matroska rounds to milliseconds) and its checksum. The JSON file is written last: a segment without
one, or with a wrong checksum, is encoded again.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from video.assembling.work_folder import read_json, write_json
from video.colour.captions import CaptionGiver
from video.core.disk import output_error
from video.core.errors import OutputError
from video.core.files import move_into_place
from video.core.frames import Clip, Frame, fraction
from video.encoding.encoder import Encoder, add_video_stream


@dataclass(frozen=True)
class Segment:
    """One closed segment.

    Attributes:
        path: its Matroska file.
        pts: PTS of its packets in decoding order, in the clip's time base.
        durations: durations of its packets.
    """

    path: Path
    pts: tuple[int, ...]
    durations: tuple[int, ...]

    @property
    def start(self) -> int:
        """PTS of its first frame."""
        return min(self.pts)

    @property
    def end(self) -> int:
        """End of its last frame."""
        return max(pts + duration for pts, duration in zip(self.pts, self.durations))


def closed_segments(folder: Path) -> dict[int, Segment]:
    """Return the segments in a work folder that are complete, by number; remove the others."""
    found = {}
    for path in sorted(folder.glob("*.mkv")):
        segment = _checked(path)
        if segment is None:
            path.unlink()
            path.with_suffix(".json").unlink(missing_ok=True)
        else:
            found[int(path.stem)] = segment
    return found


def finished_frames(folder: Path) -> int:
    """Return the number of finished frames according to the JSON files of a work folder."""
    notes = (read_json(path.with_suffix(".json")) for path in folder.glob("*.mkv"))
    return sum(len(note["pts"]) for note in notes if note)


def move_segment(number: int, source: Path, target: Path) -> None:
    """Move a closed segment from one folder into another of the same file system.

    Raises:
        OutputError: it cannot be moved.
    """
    for suffix in (".mkv", ".json"):
        name = f"{number:06d}{suffix}"
        move_into_place(source / name, target / name)


def _checked(path: Path) -> Segment | None:
    note = read_json(path.with_suffix(".json"))
    if note is None or not path.stem.isdecimal():
        return None
    times = (note.get("pts"), note.get("durations"))
    if note.get("sha256") != segment_checksum(path, *times):
        return None
    return Segment(path, *map(tuple, times))


def segment_checksum(path: Path, pts, durations) -> str:
    """Return the SHA-256 of a segment's file and of its timestamps, as its JSON file holds it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(json.dumps([pts, durations]).encode())
    return digest.hexdigest()


class SegmentWriter:
    """Encodes frames into segments; use it as a context manager.

    Args:
        folder: the work folder.
        encoder: how to encode.
        clip: the common properties of the frames.
        segment_frames: frames per segment; frame n belongs to segment n // segment_frames.

    Attributes:
        frames_written: frames encoded so far.

    Raises:
        OutputError: the disk or the encoder fails.
    """

    def __init__(self, folder: Path, encoder: Encoder, clip: Clip, segment_frames: int):
        self._folder, self._encoder, self._clip = folder, encoder, clip
        self._segment_frames = segment_frames
        self._open: _OpenSegment | None = None
        self.frames_written = 0

    def __enter__(self) -> "SegmentWriter":
        return self

    def __exit__(self, kind, *rest) -> None:
        if self._open is not None:
            self._open.abandon()

    def write(self, frame: Frame) -> None:
        """Encode one frame; if it is the first of a segment, close the previous segment."""
        number = frame.index // self._segment_frames
        if self._open is not None and self._open.number != number:
            self.close()
        if self._open is None:
            self._open = _OpenSegment(self._folder, number, self._encoder, self._clip, self._segment_frames)
        self._open.write(frame)
        self.frames_written += 1

    def close(self) -> None:
        """Close the open segment, if there is one."""
        if self._open is not None:
            self._open.close()
            self._open = None


class _OpenSegment:
    """A segment that is being written."""

    def __init__(self, folder: Path, number: int, encoder: Encoder, clip: Clip, frames: int):
        self.number, self._clip, self._frames = number, clip, frames
        self._path = folder / f"{number:06d}.mkv"
        self._part = folder / f"{number:06d}.mkv.part"
        self._to_frame = encoder.converter(clip)
        self._give = CaptionGiver(*encoder.size(clip), encoder.pix_fmt) if encoder.stores_captions else None
        self._pts, self._duration_of = [], {}
        with self._as_output_errors():
            self._output = av.open("file:" + os.path.abspath(self._part), "w", format="matroska")
            self._stream = add_video_stream(self._output, encoder, clip)

    def write(self, frame: Frame) -> None:
        picture = self._to_frame(frame.picture)
        if frame.captions is not None and self._give is not None:
            picture = self._give(picture, frame.captions)
        picture.pts, picture.duration = frame.pts, frame.duration
        picture.time_base = self._clip.time_base
        self._duration_of[frame.pts] = frame.duration
        with self._as_output_errors():
            self._mux(self._stream.encode(picture))

    def close(self) -> None:
        with self._as_output_errors():
            self._mux(self._stream.encode(None))
            self._output.close()
            durations = [self._duration_of[pts] for pts in self._pts]
            checksum = segment_checksum(self._part, self._pts, durations)
            move_into_place(self._part, self._path)
            write_json(
                self._path.with_suffix(".json"),
                {"sha256": checksum, "pts": self._pts, "durations": durations},
            )

    def abandon(self) -> None:
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            self._stream.encode(None)
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            self._output.close()

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            ticks = self._clip.time_base / fraction(packet.time_base)
            self._pts.append(round(packet.pts / ticks))
            # If a few frames are far apart, the muxer refuses the encoder's DTS. These here are replaced in
            # the end (see `decoding_times`) and only have to increase and be less than the first PTS.
            packet.dts = round((self._pts[0] - self._frames + len(self._pts)) * ticks) - 1
            self._output.mux(packet)

    @contextlib.contextmanager
    def _as_output_errors(self):
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            raise output_error(error, self._path) from error


def decoding_times(segments: list[Segment]) -> Iterator[int]:
    """Yield the DTS of every packet of the segments, in order.

    Each segment's encoder starts its own DTS, so they overlap at the segment borders. The sorted PTS,
    delayed by the largest reordering of any packet, are valid DTS (never later than the packet's PTS) for
    the whole clip.
    """
    delay = max(_reordering(segment.pts) for segment in segments)
    shown = [pts for segment in segments for pts in sorted(segment.pts)]
    step = max(1, min((b - a for a, b in zip(shown, shown[1:])), default=1))
    yield from (shown[0] - (delay - index) * step for index in range(min(delay, len(shown))))
    yield from shown[: len(shown) - delay]


def _reordering(pts: tuple[int, ...]) -> int:
    rank = {time: place for place, time in enumerate(sorted(pts))}
    return max(place - rank[time] for place, time in enumerate(pts))


def segment_packets(segments: list[Segment], time_base: Fraction) -> Iterator[av.Packet]:
    """Yield every packet of the segments with its exact timestamps.

    Raises:
        OutputError: the number of packets of a segment is not the one in its JSON file.
    """
    times = decoding_times(segments)
    for segment in segments:
        count = 0
        with av.open("file:" + str(segment.path)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size == 0:
                    continue
                if count < len(segment.pts):
                    packet.pts, packet.dts = segment.pts[count], next(times)
                    packet.duration, packet.time_base = segment.durations[count], time_base
                count += 1
                yield packet
        if count != len(segment.pts):
            raise OutputError(
                f"a finished part of the work has changed: {segment.path}",
                detail=f"expected {len(segment.pts)} frames; found {count}",
                fix="remove this folder and translate again",
            )


def segment_frames(segments: list[Segment], time_base: Fraction) -> Iterator[av.VideoFrame]:
    """Yield every decoded frame of lossless segments, in order, with its exact PTS and duration."""
    for segment in segments:
        shown = sorted(zip(segment.pts, segment.durations))
        with av.open("file:" + str(segment.path)) as container:
            frames = container.decode(container.streams.video[0])
            for frame, (pts, duration) in zip(frames, shown, strict=True):
                frame.pts, frame.duration, frame.time_base = pts, duration, time_base
                yield frame
