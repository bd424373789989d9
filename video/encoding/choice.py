"""Choice of the encoder and the pixel format of a clip in a container."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import av
from av.codec.codec import UnknownCodecError

from video.colour.hdr import HdrMetadata, metadata_options
from video.core.containers import CONTAINERS, Container
from video.core.errors import UsageError
from video.core.frames import Clip
from video.core.options import Options
from video.encoding.codecs import CODECS, Codec, codec_of_encoder
from video.encoding.encoder import Encoder
from video.encoding.encoder_options import NESTED, check_crf, check_options, check_preset, closest

# Rate control options. If the user sets one, our quality does not apply.
_RATE_CONTROL = {"b", "crf", "cq", "qp", "global_quality", "lossless", "rc"}


def choose_encoder(container: Container, options: Options, clip: Clip) -> Encoder:
    """Decide how a clip is encoded for a container.

    The default codec is the container's first one that keeps the clip's alpha and bit depth. So alpha goes to
    VP9 (webm, mkv) or ProRes 4444 (mov), and more than 8 bits go to H.265 or AV1. Lossless is bit-exact RGB.

    Args:
        container: the output container. For pictures, this is about their intermediate segments: lossless.
        options: codec, quality, crf, preset and encoder options.
        clip: the common properties of the frames.

    Raises:
        UsageError: one of the options does not fit the encoder, the container or the clip.
        MachineError: FFmpeg was built without the encoder.
    """
    if container.holds_pictures:
        _check_no_encoder_options(options)
        options = replace(options, quality="lossless")
    codec = (
        named_codec(container, options.codec) if options.codec else _default_codec(container, options, clip)
    )
    _check_size(codec, clip)
    if options.crf is not None:
        check_crf(codec, options.crf)
    if options.preset is not None:
        check_preset(codec, options.preset)
    return _encoder(codec, _Storage.choose(container, codec, options, clip), options, clip)


def _encoder(codec: Codec, stored: "_Storage", options: Options, clip: Clip) -> Encoder:
    name = codec.lossless_encoder if stored.is_lossless and codec.lossless_encoder else codec.encoder
    asked = {key: str(value) for key, value in options.encoder_options.items()}
    pix_fmt = _checked_format(name, asked.pop("pix_fmt", _for_odd_sides(name, codec, stored.pix_fmt, clip)))
    check_options(name, asked)
    hdr = cast(HdrMetadata, clip.hdr_metadata)
    metadata = metadata_options(name, hdr) if hdr else {}
    halves_chroma = av.VideoFormat(pix_fmt).chroma_width(64) < 64
    return Encoder(
        name,
        codec.name,
        pix_fmt,
        _merged(codec.options, _quality(codec, options, stored, asked), metadata, asked),
        codec.tag,
        codec.has_full_range,
        halves_chroma and not codec.odd_sides,
        _stores_captions(name),
        {key: value for key, value in asked.items() if key in NESTED},
        (*stored.warnings, *_metadata_warnings(name, clip, metadata)),
    )


def _stores_captions(encoder: str) -> bool:
    options = av.CodecContext.create(encoder, "w").supported_options.private
    return any(option.name == "a53cc" for option in options)


def _for_odd_sides(encoder: str, codec: Codec, pix_fmt: str, clip: Clip) -> str:
    """Return the pixel format that keeps odd sides of a source without chroma subsampling, if there is one.

    Not of RGB sources: what plays those may not play such video.
    """
    is_odd = clip.width % 2 or clip.height % 2
    full = pix_fmt.replace("420", "444")
    formats = [format.name for format in av.Codec(encoder, "w").video_formats or ()]
    return full if is_odd and clip.has_full_chroma and not codec.odd_sides and full in formats else pix_fmt


def _check_size(codec: Codec, clip: Clip) -> None:
    if min(clip.width, clip.height) < codec.smallest_side:
        raise UsageError(
            f"the clip is too small for {codec.encoder}",
            detail=f"expected at least {codec.smallest_side} pixels a side; found {clip.width}x{clip.height}",
            fix="use the codec h264, in .webm vp9",
        )


def _is_lossless(options: Options) -> bool:
    return options.quality == "lossless" and options.crf is None


def _check_no_encoder_options(options: Options) -> None:
    asked = [name for name in ("codec", "crf", "preset", "encoder_options") if getattr(options, name)]
    if asked:
        raise UsageError(
            "pictures have no video encoder",
            detail=f"expected none of its options; found {', '.join(asked)}",
            fix="leave them out; only the quality can be set",
        )


def named_codec(container: Container, name: str) -> Codec:
    """Return the codec with this name or this encoder name, if the container supports it.

    Raises:
        UsageError: no codec has this name, or the container does not support it.
    """
    by_encoder = {codec.encoder: codec for codec in CODECS.values()}
    codec = CODECS.get(name) or by_encoder.get(name)
    if codec is not None:
        fits = codec.name in container.codecs
    else:
        try:
            codec = codec_of_encoder(name)
        except UnknownCodecError as error:
            raise UsageError(
                f"there is no codec {name!r}",
                detail=f"expected one of {', '.join(container.codecs)}, or an encoder by FFmpeg's name",
                fix=closest(name, _known_names()) or f"use {container.codecs[0]}",
            ) from error
        with av.open(io.BytesIO(), "w", format=container.muxer) as output:
            fits = name in output.supported_codecs
    if not fits:
        others = [suffix for suffix, other in CONTAINERS.items() if codec.name in other.codecs]
        elsewhere = f", or write {' or '.join(others)}" if others else ""
        raise UsageError(
            f"{name} does not belong in {container.muxer}",
            detail=f"expected one of {', '.join(container.codecs)}; found {name}",
            fix=f"use {container.codecs[0]}{elsewhere}",
        )
    return codec


def _known_names() -> list[str]:
    names = list(CODECS)
    for name in av.codecs_available:
        try:
            names += [name] if av.Codec(name, "w").type == "video" else []
        except UnknownCodecError:
            # FFmpeg can only decode it.
            continue
    return names


def _default_codec(container: Container, options: Options, clip: Clip) -> Codec:
    """Return the container's first codec that keeps bit depth and alpha, or at least one of them."""
    codecs = [CODECS[name] for name in container.codecs]
    codecs = [codec for codec in codecs if codec.smallest_side <= min(clip.width, clip.height)]
    if clip.depth > 8:
        # Few devices play 10-bit H.264; nearly all play 10-bit H.265.
        codecs.sort(key=lambda codec: codec.name == "h264")
    depth = _wanted_bits(clip, _is_lossless(options))
    wishes = ((clip.has_alpha, depth), (clip.has_alpha, clip.depth), (clip.has_alpha, 8), (False, clip.depth))
    for has_alpha, depth in wishes:
        for codec in codecs:
            formats = codec.formats_for(has_alpha=has_alpha, is_lossless=_is_lossless(options))
            if max(formats, default=0) >= depth:
                return codec
    return codecs[0]


def _wanted_bits(clip: Clip, is_lossless: bool) -> int:
    """Return the wanted bits per sample: RGB from 10-bit YUV needs more than 10 bits."""
    return 16 if is_lossless and clip.depth > 8 and not clip.is_rgb else clip.depth


@dataclass(frozen=True)
class _Storage:
    """The pixel format, and what it loses."""

    pix_fmt: str
    has_alpha: bool
    is_lossless: bool
    warnings: tuple[str, ...]

    @classmethod
    def choose(cls, container: Container, codec: Codec, options: Options, clip: Clip) -> "_Storage":
        is_lossless = _is_lossless(options) or not codec.formats
        formats = codec.formats_for(has_alpha=clip.has_alpha, is_lossless=is_lossless)
        keeps_alpha = clip.has_alpha and bool(formats)
        formats = formats or codec.formats_for(has_alpha=False, is_lossless=is_lossless)
        wanted = _wanted_bits(clip, is_lossless)
        bits = min((bits for bits in formats if bits >= wanted), default=max(formats, default=0))
        candidates = [codec] if options.codec else [CODECS[name] for name in container.codecs]
        loses_alpha = clip.has_alpha and not keeps_alpha
        could_keep_alpha = loses_alpha and any(one.alpha_formats for one in candidates)
        if is_lossless and (bits < clip.depth or could_keep_alpha):
            raise _not_lossless(container, codec, clip)
        warnings = []
        if loses_alpha:
            warnings.append(f"{codec.name} in {container.muxer} has no alpha; .webm or .mov would keep it.")
        if bits < clip.depth:
            warnings.append(f"{codec.encoder} stores {bits} of the {clip.depth} bits a sample.")
        return cls(formats[bits], keeps_alpha, is_lossless, tuple(warnings))


def _not_lossless(container: Container, codec: Codec, clip: Clip) -> UsageError:
    what = "alpha" if clip.has_alpha else f"{clip.depth} bits"
    able = [
        one.name
        for one in CODECS.values()
        if max(one.formats_for(has_alpha=clip.has_alpha, is_lossless=True), default=0) >= clip.depth
    ]
    return UsageError(
        f"{codec.name} in {container.muxer} cannot be lossless for this clip",
        detail=f"expected a codec that keeps every bit of {what}: {', '.join(able)}",
        fix="write .mkv with the codec ffv1, or use the quality 'high'",
    )


def _checked_format(encoder: str, pix_fmt: str) -> str:
    formats = [format.name for format in av.Codec(encoder, "w").video_formats or ()]
    if formats and pix_fmt not in formats:
        raise UsageError(
            f"{encoder} has no pixel format {pix_fmt!r}",
            detail=f"expected one of {', '.join(formats)}",
            fix=closest(pix_fmt, formats) or "leave pix_fmt out",
        )
    return pix_fmt


def _quality(codec: Codec, options: Options, stored: _Storage, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the encoder options for quality and preset."""
    chosen = {}
    if options.crf is not None:
        chosen[codec.crf_option] = str(options.crf)
    elif not _RATE_CONTROL & set(asked):
        chosen |= codec.qualities.get("lossless" if stored.is_lossless else options.quality, {})
        chosen |= codec.alpha_options if stored.has_alpha else {}
    if options.preset is not None:
        chosen[codec.preset_option] = str(options.preset)
    return chosen


def _merged(*parts: Mapping[str, str]) -> dict[str, str]:
    """Merge options. Later ones take precedence; values of the options in NESTED are concatenated."""
    merged = {}
    for part in parts:
        for key, value in part.items():
            merged[key] = f"{merged[key]}:{value}" if key in NESTED and key in merged else value
    return merged


def _metadata_warnings(encoder: str, clip: Clip, metadata: Mapping[str, str]) -> list[str]:
    if clip.hdr_metadata is None or metadata:
        return []
    return [f"{encoder} cannot store the clip's HDR metadata; its colour tags are kept."]
