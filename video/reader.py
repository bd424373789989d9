"""Decodes a clip into upright RGB frames, each with its own time."""

from collections.abc import Iterator
from fractions import Fraction

import av

from video.colour import ToRGB, colour_warnings, source_colour, target_colour
from video.errors import MediaError
from video.frames import Clip, Frame, display_matrix, fraction, is_quarter_turn, upright
from video.probe import Source, open_source

_DEFAULT_RATE = Fraction(25)


class Reader:
    """Streams the frames of one clip; holds two decoded frames at a time. Iterate it once.

    Args:
        source: what `probe` found.

    Attributes:
        clip: what all frames share, as the translated clip will have it.
        frames_read: frames given so far.
        warnings: sentences for the report; complete after the last frame.

    Raises:
        MediaError: not one frame can be decoded.
    """

    def __init__(self, source: Source):
        self._source = source
        self._container = open_source(source.path)
        self._stream = self._container.streams[source.video_index]
        self._stream.thread_type = "AUTO"
        self._time_base = fraction(self._stream.time_base)
        self.frames_read, self.warnings = 0, []
        self._frames_decoded, self._last_seen = 0, 0
        try:
            self._decoded = self._decode()
            self._first = self._decode_first()
            self.clip = self._describe(self._first)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; also in the middle of the clip."""
        self._stream.codec_context.flush_buffers()
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yields every frame in order of display.

        Raises:
            MediaError: a frame cannot be decoded or has another size than the first.
        """
        held, held_pts = self._first, self._first_pts()
        self._first = None
        for following in self._decoded:
            pts = self._next_pts(held, held_pts, following.pts)
            yield self._frame(held, held_pts, pts - held_pts)
            held, held_pts = following, pts
        yield self._frame(held, held_pts, self._last_duration(held, held_pts))

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Yields decoded frames; the demuxer's empty last packet drains the decoder."""
        try:
            for packet in self._container.demux(self._stream):
                for frame in packet.decode():
                    if frame.is_corrupt:
                        raise self._damaged("the decoder marked it as corrupt")
                    self._last_seen = frame.pts
                    yield frame
                    self._frames_decoded += 1
        except av.FFmpegError as error:
            raise self._damaged(error.strerror) from error

    def _damaged(self, reason: str) -> MediaError:
        seconds = float((self._last_seen or 0) * self._time_base)
        return MediaError(
            f"frame {self._frames_decoded} cannot be decoded: {self._source.path}",
            detail=f"the data are damaged after {seconds:.2f} s ({reason})",
            fix="copy or download the clip again, or cut the damaged part out",
        )

    def _decode_first(self) -> av.VideoFrame:
        first = next(self._decoded, None)
        if first is None:
            raise MediaError(
                f"0 of {self._source.frames_total} frames can be decoded: {self._source.path}",
                detail=f"the stream is {self._stream.codec_context.name}",
                fix="copy or download the clip again",
            )
        return first

    def _describe(self, frame: av.VideoFrame) -> Clip:
        """Returns the clip as it will be written, from its first frame; notes what is lost."""
        colour = source_colour(frame)
        self._to_rgb = ToRGB(colour)
        self.warnings += colour_warnings(frame)
        if frame.interlaced_frame:
            self.warnings.append("The source is interlaced; its fields were translated as they are.")
        width, height = frame.width, frame.height
        aspect = fraction(self._stream.sample_aspect_ratio)
        if is_quarter_turn(display_matrix(frame)):
            width, height = height, width
            aspect = 1 / aspect if aspect else None
        rate = fraction(self._stream.average_rate) or fraction(self._stream.guessed_rate) or _DEFAULT_RATE
        return Clip(width, height, self._time_base, rate, aspect, target_colour(colour))

    def _first_pts(self) -> int:
        pts = self._first.pts
        return pts if pts is not None else self._stream.start_time or 0

    def _next_pts(self, held: av.VideoFrame, held_pts: int, pts: int | None) -> int:
        """Returns the following frame's time; an AVI has none, and a broken clip may go backwards."""
        if pts is not None and pts > held_pts:
            return pts
        if pts is not None:
            self._warn_once("The source has frames that are not later than the one before; they were moved.")
            return held_pts + 1
        return held_pts + self._own_duration(held)

    def _own_duration(self, frame: av.VideoFrame) -> int:
        return frame.duration or max(1, round(1 / self.clip.rate / self._time_base))

    def _last_duration(self, frame: av.VideoFrame, pts: int) -> int:
        """Returns how long the last frame is shown.

        An mp4's packet durations are distances between decoding times, which B-frames reorder; the end
        of the stream is certain. Matroska has no end of a stream, and its packet durations are right.
        """
        if self._stream.duration is not None and self._stream.start_time is not None:
            until_end = self._stream.start_time + self._stream.duration - pts
            if until_end > 0:
                return until_end
        return self._own_duration(frame)

    def _frame(self, frame: av.VideoFrame, pts: int, duration: int) -> Frame:
        pixels = upright(self._to_rgb(frame), display_matrix(frame))
        height, width = pixels.shape[:2]
        if (width, height) != (self.clip.width, self.clip.height):
            raise MediaError(
                f"the size changes at frame {self.frames_read}: {self._source.path}",
                detail=f"expected {self.clip.width}x{self.clip.height}; found {width}x{height}",
                fix="cut the clip there and translate the parts",
            )
        self.frames_read += 1
        return Frame(pixels, pts, duration)

    def _warn_once(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)
