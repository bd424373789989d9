import av
import pytest
from av.codec.codec import UnknownCodecError

from video.encoding.codecs import CODECS, codec_of_encoder


@pytest.mark.parametrize("name", CODECS)
def test_every_encoder_exists_and_has_the_pixel_formats_of_the_table(name):
    codec = CODECS[name]
    supported = {format.name for format in av.Codec(codec.encoder, "w").video_formats}
    lossless = {
        format.name for format in av.Codec(codec.lossless_encoder or codec.encoder, "w").video_formats
    }
    assert {*codec.formats.values(), *codec.alpha_formats.values()} <= supported
    assert set(codec.lossless_formats.values()) <= lossless


@pytest.mark.parametrize("name", CODECS)
def test_a_pixel_format_has_the_bits_and_the_alpha_of_its_place_in_the_table(name):
    codec = CODECS[name]
    for has_alpha, formats in (
        (False, codec.formats),
        (False, codec.lossless_formats),
        (True, codec.alpha_formats),
    ):
        for bits, pix_fmt in formats.items():
            components = av.VideoFormat(pix_fmt).components
            assert max(part.bits for part in components) == bits
            # bgr0 has four components, the last of which is padding.
            assert pix_fmt == "bgr0" or any(part.is_alpha for part in components) == has_alpha


@pytest.mark.parametrize(
    ("name", "has_alpha", "is_lossless", "bits"),
    [
        ("h264", False, False, {8, 10}),
        ("h264", False, True, {8}),
        ("h264", True, False, set()),
        ("vp9", True, True, set()),
        ("ffv1", True, False, {8, 16}),
        ("ffv1", False, False, {8, 10, 12, 14, 16}),
    ],
)
def test_only_formats_that_keep_what_is_asked_are_offered(name, has_alpha, is_lossless, bits):
    assert set(CODECS[name].formats_for(has_alpha=has_alpha, is_lossless=is_lossless)) == bits


def test_another_encoder_has_the_properties_that_ffmpeg_reports():
    codec = codec_of_encoder("mpeg4")
    assert (codec.name, codec.encoder, dict(codec.formats)) == ("mpeg4", "mpeg4", {8: "yuv420p"})
    assert codec.crf is None
    assert codec.qualities["high"] == {"flags": "+qscale", "global_quality": "236"}


@pytest.mark.parametrize("name", ["aac", "nonsense"])
def test_what_is_not_a_video_encoder_is_unknown(name):
    with pytest.raises(UnknownCodecError):
        codec_of_encoder(name)
