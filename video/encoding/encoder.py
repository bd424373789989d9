"""Encoder settings for a clip: conversion of pictures to frames, set-up and trial of the encoder."""

import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import av
import numpy as np
from av.codec.codec import Capabilities, UnknownCodecError
from av.codec.context import Flags

from video.colour.conversion import FromPicture
from video.colour.subsampling import written_position
from video.core.colour_codes import FULL, LIMITED, RGB, Colour
from video.core.errors import MachineError, UsageError
from video.core.frames import Clip, Picture, padded_to_even
from video.encoding.encoder_options import check_nested
from video.encoding.scheduling import ordinary_scheduling


@dataclass(frozen=True)
class Encoder:
    """How the frames of a clip are encoded.

    Attributes:
        name: FFmpeg's name of the encoder.
        codec: name in `video.encoding.codecs.CODECS`, or else FFmpeg's name of the codec.
        pix_fmt: FFmpeg's name of the pixel format.
        options: encoder options by FFmpeg's names.
        codec_tag: FourCC in mp4 and mov; empty for FFmpeg's default.
        has_full_range: whether the stream can signal full range.
        needs_even_sides: whether odd widths and heights are padded by repeating the last pixel.
        stores_captions: whether it stores closed captions.
        nested: the user's options of `NESTED`, which contain options of the encoder library.
        warnings: sentences about what is lost.
    """

    name: str
    codec: str
    pix_fmt: str
    options: Mapping[str, str]
    codec_tag: str = ""
    has_full_range: bool = True
    needs_even_sides: bool = False
    stores_captions: bool = False
    nested: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    # A stream copy uses the decoder's codec as template. AV1 and others have no encoder of that name.
    needs_opaque_copy = True

    def __str__(self) -> str:
        return " ".join([self.name, self.pix_fmt, *(f"{key}={value}" for key, value in self.options.items())])

    def size(self, clip: Clip) -> tuple[int, int]:
        """Return width and height of the written frames in pixels."""
        grow = self.needs_even_sides
        return clip.width + (clip.width % 2 if grow else 0), clip.height + (clip.height % 2 if grow else 0)

    def colour(self, clip: Clip) -> Colour:
        """Return the tags of the written stream."""
        if av.VideoFormat(self.pix_fmt).is_rgb:
            return replace(clip.colour, matrix=RGB, range=FULL)
        return clip.colour if self.has_full_range else replace(clip.colour, range=LIMITED)

    def converter(self, clip: Clip) -> Callable[[Picture], av.VideoFrame]:
        """Return a function that converts a picture to a frame without PTS for this encoder."""
        stored = clip.colour if self.has_full_range else replace(clip.colour, range=LIMITED)
        convert = FromPicture(stored, self.pix_fmt, written_position(self.codec))
        return (lambda picture: convert(_padded(picture))) if self.needs_even_sides else convert


def _padded(picture: Picture) -> Picture:
    parts = (picture.pixels, picture.alpha, picture.residual)
    return Picture(*(None if part is None else padded_to_even(part) for part in parts))


def add_video_stream(output: av.container.OutputContainer, encoder: Encoder, clip: Clip) -> av.VideoStream:
    """Add a clip's video stream to an output container, and open its encoder.

    Raises:
        FFmpegError, ValueError: the encoder refuses an option or the size.
        MachineError: PyAV's FFmpeg was built without the encoder.
    """
    if encoder.name == "libsvtav1":
        # By default SVT-AV1 prints its configuration to stderr; 1 means errors only.
        os.environ.setdefault("SVT_LOG", "1")
    try:
        options = {**encoder.options, **_chroma_option(encoder)}
        options |= {"a53cc": "1"} if encoder.stores_captions else {}
        stream = cast(av.VideoStream, output.add_stream(encoder.name, rate=clip.rate, options=options))
    except UnknownCodecError as error:
        raise MachineError(
            f"PyAV was built without the encoder {encoder.name}",
            detail="expected the wheel from the package registry, which has it",
            fix="pip install --force-reinstall --only-binary av 'av>=18.1,<20'",
        ) from error
    context = stream.codec_context
    context.width, context.height = encoder.size(clip)
    context.pix_fmt, context.time_base = encoder.pix_fmt, clip.time_base
    describe_stream(stream, encoder, clip)
    # Without this flag, encoders drop the frame duration, and the last frame is shown for no time.
    context.flags |= Flags.frame_duration
    with ordinary_scheduling():
        context.open(strict=False)
    return stream


def _chroma_option(encoder: Encoder) -> dict[str, str]:
    """Return the option that makes the stream say where its chroma samples lie, if it has fewer of them."""
    is_subsampled = av.VideoFormat(encoder.pix_fmt).chroma_width(64) < 64
    return {"chroma_sample_location": written_position(encoder.codec)} if is_subsampled else {}


def describe_stream(stream: av.VideoStream, encoder: Encoder, clip: Clip) -> None:
    """Set the stream's colour tags, sample aspect ratio and codec tag."""
    context, colour = stream.codec_context, encoder.colour(clip)
    context.colorspace, context.color_range = colour.matrix, colour.range
    context.color_primaries, context.color_trc = colour.primaries, colour.transfer
    if clip.sample_aspect_ratio:
        context.sample_aspect_ratio = clip.sample_aspect_ratio
    if encoder.codec == "vp9" and "yuva" in encoder.pix_fmt:
        # VP9 stores alpha in BlockAdditions, and this tag tells decoders about it.
        stream.metadata["alpha_mode"] = "1"
    if encoder.codec_tag and stream.container.format.name in ("mp4", "mov"):
        context.codec_tag = encoder.codec_tag


def check_encoder(encoder: Encoder, clip: Clip) -> None:
    """Encode one black frame in memory, so that refused settings are reported before the real work.

    Raises:
        UsageError: the encoder refuses an option or the clip's size.
        MachineError: the encoder is missing, or its hardware is.
    """
    check_nested(encoder.name, encoder.pix_fmt, encoder.nested)
    black = Picture(np.zeros((clip.height, clip.width, 3), np.uint8))
    try:
        with av.open(io.BytesIO(), "w", format="matroska") as output:
            stream = add_video_stream(output, encoder, clip)
            frame = encoder.converter(clip)(black)
            frame.pts, frame.duration, frame.time_base = 0, 1, clip.time_base
            # Not muxed: with fewer than three frames, x265 takes the DTS of packets from uninitialized
            # memory, and a muxer sometimes refuses those.
            stream.encode(frame)
            stream.encode(None)
    except (av.FFmpegError, ValueError) as error:
        if av.Codec(encoder.name, "w").capabilities & Capabilities.hardware:
            raise MachineError(
                f"the encoder {encoder.name} does not start on this machine",
                detail=f"it needs a device that was not found ({error})",
                fix="use a codec that needs none: h264, h265, av1, vp9",
            ) from error
        width, height = encoder.size(clip)
        raise UsageError(
            f"{encoder.name} refuses this clip or one of its options",
            detail=f"it was asked for {width}x{height}, {encoder} ({getattr(error, 'strerror', error)})",
            fix="leave the options out, or use another codec",
        ) from error
