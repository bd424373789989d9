"""The codecs with a plain name: their encoders, pixel formats and quality settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import av
from av.codec.codec import UnknownCodecError

# FFmpeg's FF_QP2LAMBDA: global_quality per step of the quantiser, for encoders without a crf.
_LAMBDA = 118
_EIGHT_BITS = ("yuv420p", "nv12", "yuv422p", "yuv444p", "gbrp", "bgr0", "rgb24")
_TEN_BITS = ("yuv420p10le", "p010le", "yuv422p10le")
_FACTORS = {"high": 19, "good": 25, "small": 31}
_SCALES = {"high": 2, "good": 4, "small": 8}
_HIGHEST_FACTOR = 63
_X26_PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)


@dataclass(frozen=True)
class Codec:
    """A codec and the encoder that is used for it.

    Attributes:
        name: its name for users.
        encoder: FFmpeg's name of the encoder.
        formats: pixel formats by bits per sample.
        alpha_formats: pixel formats with alpha; empty if it does not support alpha.
        lossless_formats: pixel formats that are bit-exact in RGB; empty if it cannot be lossless.
        lossless_encoder: FFmpeg's name of the encoder for those, if it is another one.
        qualities: options for 'high', 'good', 'small', and 'lossless' if it exists.
        alpha_options: options that override those of the quality for pictures with alpha.
        crf: lowest and highest constant rate factor; None if it has none.
        crf_option: name of the crf option.
        preset_option: name of the preset option; empty if it has none.
        presets: names of the presets, in order of speed.
        options: options that are always set.
        tag: codec tag (FourCC) in mp4 and mov, where FFmpeg's default does not play everywhere.
        has_full_range: whether the stream can signal full range.
        odd_sides: whether the encoder accepts odd widths and heights.
        smallest_side: smallest width and height that the encoder accepts.
    """

    name: str
    encoder: str
    formats: Mapping[int, str]
    alpha_formats: Mapping[int, str] = field(default_factory=dict)
    lossless_formats: Mapping[int, str] = field(default_factory=dict)
    lossless_encoder: str = ""
    qualities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    alpha_options: Mapping[str, str] = field(default_factory=dict)
    crf: tuple[int, int] | None = None
    crf_option: str = "crf"
    preset_option: str = ""
    presets: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""
    has_full_range: bool = True
    odd_sides: bool = False
    smallest_side: int = 1

    def formats_for(self, *, has_alpha: bool, is_lossless: bool) -> Mapping[int, str]:
        """Return the pixel formats by bits per sample; empty if the codec cannot do this."""
        if not self.formats:
            return self.alpha_formats if has_alpha else self.lossless_formats
        if is_lossless:
            return {} if has_alpha else self.lossless_formats
        return self.alpha_formats if has_alpha else self.formats


def _crf(high: int, good: int, small: int, **lossless: str) -> dict[str, dict[str, str]]:
    named = {"high": high, "good": good, "small": small}
    return {name: {"crf": str(value)} for name, value in named.items()} | (
        {"lossless": lossless} if lossless else {}
    )


# 'high' is visually lossless for most viewers; each lower quality about halves the size.
CODECS = {
    codec.name: codec
    for codec in (
        Codec(
            "h264",
            "libx264",
            {8: "yuv420p", 10: "yuv420p10le"},
            # RGB needs another encoder of x264. YUV would lose colour by rounding.
            lossless_formats={8: "rgb24"},
            lossless_encoder="libx264rgb",
            qualities=_crf(18, 23, 28, qp="0"),
            crf=(0, 51),
            preset_option="preset",
            presets=_X26_PRESETS,
            # Without cpu-independent, x264 rounds differently on each processor, so another machine writes
            # other bytes. With AVX-512, even the same machine does in one segment of ten. It costs no time.
            options={"preset": "medium", "x264-params": "cpu-independent=1"},
        ),
        Codec(
            "h265",
            "libx265",
            {8: "yuv420p", 10: "yuv420p10le", 12: "yuv420p12le"},
            lossless_formats={8: "gbrp", 10: "gbrp10le", 12: "gbrp12le"},
            qualities=_crf(20, 25, 30, **{"x265-params": "lossless=1"}),
            crf=(0, 51),
            preset_option="preset",
            presets=_X26_PRESETS,
            # x265 writes to stderr and not to FFmpeg's log.
            options={"preset": "medium", "x265-params": "log-level=error"},
            tag="hvc1",
            smallest_side=16,
        ),
        Codec(
            "av1",
            "libsvtav1",
            {8: "yuv420p", 10: "yuv420p10le"},
            qualities=_crf(23, 32, 42),
            # 0 means the encoder's default, which is 35.
            crf=(1, 63),
            preset_option="preset",
            presets=tuple(str(number) for number in range(14)),
            options={"preset": "8"},
            odd_sides=True,
            # It accepts smaller sides, but hangs on some, such as 640x16.
            smallest_side=64,
        ),
        Codec(
            "vp9",
            "libvpx-vp9",
            {8: "yuv420p"},
            alpha_formats={8: "yuva420p"},
            lossless_formats={8: "gbrp"},
            qualities=_crf(20, 31, 40, lossless="1"),
            crf=(0, 63),
            preset_option="cpu-used",
            presets=tuple(str(number) for number in range(9)),
            # With another bit rate than 0, crf is only a lower limit of the quantiser.
            options={"b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"},
            odd_sides=True,
        ),
        Codec(
            "prores",
            "prores_ks",
            {10: "yuv422p10le"},
            alpha_formats={10: "yuva444p10le"},
            qualities={
                "high": {"profile": "hq"},
                "good": {"profile": "standard"},
                "small": {"profile": "lt"},
            },
            alpha_options={"profile": "4444"},
            has_full_range=False,
            odd_sides=True,
        ),
        Codec(
            "ffv1",
            "ffv1",
            {},
            lossless_formats={8: "bgr0", 10: "gbrp10le", 12: "gbrp12le", 14: "gbrp14le", 16: "gbrp16le"},
            alpha_formats={8: "bgra", 16: "gbrap16le"},
            # Every frame is a keyframe.
            options={"g": "1"},
            odd_sides=True,
        ),
    )
}


def codec_of_encoder(encoder: str) -> Codec:
    """Return the properties of any other video encoder of FFmpeg, such as h264_nvenc.

    Raises:
        UnknownCodecError: there is no video encoder of this name.
    """
    about = av.Codec(encoder, "w")
    if about.type != "video":
        raise UnknownCodecError(encoder)
    options = av.CodecContext.create(encoder, "w").supported_options.private
    private = {option.name: option for option in options}
    formats = [format.name for format in about.video_formats or ()]
    eight = next((name for name in _EIGHT_BITS if name in formats), formats[0] if formats else "yuv420p")
    ten = next((name for name in _TEN_BITS if name in formats), None)
    factor = next((name for name in ("crf", "cq") if name in private), None)
    qualities: Mapping[str, Mapping[str, str]]
    if factor:
        qualities = {name: {factor: str(value)} for name, value in _FACTORS.items()}
    else:
        qualities = {
            name: {"flags": "+qscale", "global_quality": str(value * _LAMBDA)}
            for name, value in _SCALES.items()
        }
    preset = private.get("preset")
    return Codec(
        about.canonical_name,
        encoder,
        {8: eight} | ({10: ten} if ten else {}),
        qualities=qualities,
        crf=(0, int(min(private[factor].max, _HIGHEST_FACTOR))) if factor else None,
        crf_option=factor or "",
        preset_option="preset" if preset else "",
        presets=tuple(choice.name for choice in preset.choices) if preset else (),
        options={"b": "0"} if factor == "cq" else {},
        tag="hvc1" if about.canonical_name == "hevc" else "",
        has_full_range=about.canonical_name in ("h264", "hevc", "av1", "vp9"),
    )
