"""Encodes frames at their own times, with one audio track beside them."""

import contextlib
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags

from video.audio import AudioTrack
from video.colour import FromRGB
from video.containers import Container
from video.errors import MachineError, MediaError
from video.frames import Clip, Frame, padded_to_even
from video.targets import write_error

DEFAULT_QUALITY = 18
_MAX_TIMESCALE = 2**31 - 1


class Writer:
    """Writes one clip; use it as a context manager: leaving it by an error removes the file.

    Args:
        path: the file to write; its suffix does not matter.
        container: the kind of file.
        clip: what all frames share.
        quality: constant rate factor, 0 (lossless) to 51 (worst).
        audio: from the output container to audio packets (see `video.audio`), or None.

    Attributes:
        width: width of the written frames in pixels; one more than the clip's if that is odd and the
            encoder refuses odd sizes.
        height: the same for the height.
        frames_written: frames encoded so far.
        start: pts of the first frame, in the clip's time base; None before it.
        last: pts of the last frame so far.
        end: end of the last frame so far.
        audio: the audio track, or None.

    Raises:
        OutputError: the file cannot be written.
        MachineError: the encoder is not part of this machine's libraries.
    """

    def __init__(
        self,
        path: Path,
        container: Container,
        clip: Clip,
        *,
        quality: int = DEFAULT_QUALITY,
        audio: Callable | None = None,
    ):
        self._path, self._container, self._clip = path, container, clip
        grow = container.needs_even_sides
        self.width = clip.width + (clip.width % 2 if grow else 0)
        self.height = clip.height + (clip.height % 2 if grow else 0)
        self._from_rgb = FromRGB(clip.colour)
        self._held, self._first_dts = None, None
        self.frames_written, self.start, self.last, self.end, self.audio = 0, None, None, 0, None
        try:
            self._output = av.open(
                "file:" + os.path.abspath(path), "w", format=container.muxer, options=self._muxer_options()
            )
        except (av.FFmpegError, OSError) as error:
            raise write_error(path, error) from error
        try:
            self._stream = self._add_video(quality)
            self.audio = AudioTrack(self._output, audio(self._output)) if audio else None
        except BaseException:
            self.abandon()
            raise

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind, *rest) -> None:
        if kind is not None:
            self.abandon()

    def write(self, frame: Frame) -> None:
        """Encodes one frame and muxes the audio up to it.

        Raises:
            OutputError: the disk or the encoder refuses.
            MediaError: the source's audio cannot be decoded.
        """
        pixels = padded_to_even(frame.pixels) if self._container.needs_even_sides else frame.pixels
        picture = self._from_rgb(pixels)
        picture.pts, picture.duration = frame.pts, frame.duration
        picture.time_base = self._clip.time_base
        with self._failures_explained():
            self._mux(self._stream.encode(picture))
            if self.audio:
                self.audio.advance(frame.pts * self._clip.time_base)
        self.start = frame.pts if self.start is None else self.start
        self.last, self.end = frame.pts, frame.pts + frame.duration
        self.frames_written += 1

    def finish(self) -> None:
        """Drains the encoder, muxes the rest of the audio and closes the file.

        Raises:
            OutputError: the disk or the encoder refuses.
            MediaError: the source's audio cannot be decoded.
        """
        with self._failures_explained():
            self._mux(self._stream.encode(None))
            if self._held is not None:
                self._stretch_last_packet()
                self._output.mux(self._held)
            if self.audio:
                self.audio.advance()
            self._output.close()

    def abandon(self) -> None:
        """Removes the unfinished file and lets go of everything."""
        # Removed before it is closed: closing would first move gigabytes to put the index in front.
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        if self.audio:
            self.audio.close()
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            self._output.close()

    def _muxer_options(self) -> dict[str, str]:
        """Returns options for an index in front and, in it, start times as exact as the frames' own."""
        if not self._container.is_indexed:
            return {}
        scale = self._clip.time_base.denominator
        exact = {"movie_timescale": str(scale)} if scale <= _MAX_TIMESCALE else {}
        return {"movflags": "+faststart", **exact}

    def _add_video(self, quality: int):
        options = {**self._container.video_options, "crf": str(quality)}
        try:
            stream = self._output.add_stream(
                self._container.video_encoder, rate=self._clip.rate, options=options
            )
        except av.codec.codec.UnknownCodecError as error:
            raise MachineError(
                f"PyAV was built without the encoder {self._container.video_encoder}",
                detail="expected the wheel from the package registry, which has it",
                fix="pip install --force-reinstall --only-binary av 'av>=18.1,<20'",
            ) from error
        context, colour = stream.codec_context, self._clip.colour
        context.width, context.height, context.pix_fmt = self.width, self.height, "yuv420p"
        context.time_base = self._clip.time_base
        context.colorspace, context.color_range = colour.matrix, colour.range
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        if self._clip.sample_aspect_ratio:
            context.sample_aspect_ratio = self._clip.sample_aspect_ratio
        # Without this flag encoders forget durations, and the last frame flashes by.
        context.flags |= Flags.frame_duration
        return stream

    def _mux(self, packets: list[av.Packet]) -> None:
        """Muxes all packets but the newest, whose duration may have to change."""
        for packet in packets:
            if self._held is None:
                self._first_dts = packet.dts
            else:
                self._output.mux(self._held)
            self._held = packet

    def _stretch_last_packet(self) -> None:
        """Makes an mp4's track as long as its frames say.

        Its length is the sum of the distances between decoding times and of the last packet's duration.
        With B-frames at a variable rate the last packet is not the last frame, and the sum falls short.
        """
        if not self._container.is_indexed or self._held.dts is None or self._first_dts is None:
            return
        unit = self._clip.time_base / Fraction(
            self._held.time_base.numerator, self._held.time_base.denominator
        )
        missing = round((self.end - self.start) * unit) - (self._held.dts - self._first_dts)
        if missing > 0:
            self._held.duration = missing

    @contextlib.contextmanager
    def _failures_explained(self):
        try:
            yield
        except MediaError:
            raise
        except (av.FFmpegError, OSError) as error:
            raise write_error(self._path, error) from error
