"""Small clips to and from arrays, for demos, tests and single frames."""

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain

import av
import numpy as np

from video.core.colour_codes import default_colour
from video.core.containers import container_for
from video.core.disk import output_error
from video.core.errors import UsageError
from video.core.files import replace_file
from video.core.frames import Clip, Picture
from video.core.leftovers import recover
from video.core.options import Options
from video.core.targets import check_target
from video.encoding.choice import choose_encoder
from video.encoding.encoder import add_video_stream
from video.probe import inspect_source, open_frames
from video.streams.audio import sampled_packets


def read_clip(path: str | os.PathLike) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Yield the frames of a clip one by one, in presentation order.

    Args:
        path: a local mp4, mov, mkv, webm or avi file.

    Yields:
        (pixels, seconds): upright uint8 RGB, (height, width, 3), and the exact presentation time.

    Raises:
        UsageError: the path is a URL or stands for standard input.
        MediaError: no readable video, or a frame that cannot be decoded.
    """
    options = Options()
    with open_frames(inspect_source(path, options), options) as source:
        for frame in source.frames(lambda _: True):
            yield frame.picture.pixels, frame.pts * source.clip.time_base


def write_clip(
    path: str | os.PathLike,
    frames: Iterable[np.ndarray],
    rate: int | Fraction,
    *,
    samples: np.ndarray | None = None,
    sample_rate: int = 44100,
) -> None:
    """Write frames at a constant rate, with optional sound; replace an existing file.

    Args:
        path: .mp4, .mov, .mkv or .webm.
        frames: uint8 RGB, (height, width, 3) each: an array (n, height, width, 3) or any iterable;
            only a few are in memory at a time. Odd sides grow by one repeated pixel, except in webm.
        rate: frames per second, above 0.
        samples: float32 sound in [-1, 1], (num_samples,) mono or (num_samples, 2) stereo; written as
            AAC, in webm as Opus.
        sample_rate: samples per second; one that the encoder supports (webm: 48000).

    Raises:
        UsageError: an unknown suffix, no frame, or frames that are not uint8 RGB of one size.
        OutputError: the file cannot be written.
    """
    target = check_target("", path, overwrite=True)
    container = container_for(target)
    rate = Fraction(rate)
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise UsageError(f"there are no frames to write: {path}", fix="give at least one frame")
    _check_frame(first, np.shape(first), 0)
    height, width = first.shape[:2]
    clip = Clip(width, height, 1 / rate, rate, None, default_colour(height))
    encoder = choose_encoder(container, Options(), clip)
    options = {"movflags": "+faststart"} if container.is_indexed else {}
    recover(target)
    with replace_file(target) as part:
        try:
            with av.open(
                "file:" + os.path.abspath(part), "w", format=container.muxer, options=options
            ) as output:
                stream = add_video_stream(output, encoder, clip)
                sound: Iterator[av.Packet] = iter(())
                if samples is not None:
                    sound = sampled_packets(samples, sample_rate, output, container.audio_encoder)
                for packet in _encoded(stream, encoder.converter(clip), chain([first], frames), clip):
                    output.mux(packet)
                for packet in sound:
                    output.mux(packet)
        except (av.FFmpegError, OSError) as error:
            raise output_error(error, target) from error


def _encoded(stream, convert, frames: Iterable[np.ndarray], clip: Clip) -> Iterator[av.Packet]:
    shape = None
    for index, pixels in enumerate(frames):
        shape = shape or pixels.shape
        _check_frame(pixels, shape, index)
        frame = convert(Picture(np.ascontiguousarray(pixels)))
        frame.pts, frame.duration, frame.time_base = index, 1, clip.time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _check_frame(pixels: np.ndarray, shape: tuple[int, ...], index: int) -> None:
    found = getattr(pixels, "dtype", type(pixels).__name__), np.shape(pixels)
    if found != (np.uint8, shape) or len(shape) != 3 or shape[2] != 3:
        expected = shape if index else "(height, width, 3)"
        raise UsageError(
            f"frame {index} cannot be written",
            detail=f"expected uint8 {expected}; found {found[0]} {found[1]}",
            fix="give uint8 RGB frames of one size",
        )
