"""Which decoder reads a stream: usually its own."""

import av

# FFmpeg's own decoders of VP8 and VP9 drop alpha, which lies beside the picture as a second one.
_WITH_ALPHA = {"vp9": "libvpx-vp9", "vp8": "libvpx"}


def decoder_for(stream: av.VideoStream) -> str | None:
    """Returns the name of the decoder that a stream needs; None when its own is right."""
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    return _WITH_ALPHA.get(stream.codec_context.name) if tags.get("alpha_mode") == "1" else None


def decoder(stream: av.VideoStream) -> av.VideoCodecContext:
    """Returns what decodes the stream's packets, with all threads: `decoder(stream).decode(packet)`.

    The demuxer's empty last packet drains it, and `flush_buffers` lets it stop early.
    """
    own, name = stream.codec_context, decoder_for(stream)
    if name is None:
        own.thread_type = "AUTO"
        return own
    made = av.CodecContext.create(name, "r")
    # These lie in the container, not in the packets.
    made.color_primaries, made.color_trc = own.color_primaries, own.color_trc
    made.colorspace, made.color_range = own.colorspace, own.color_range
    return made
