from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

import video
from video.core.containers import ANIMATIONS, SEQUENCE
from video.core.options import Options
from video.encoding.choice import choose_encoder
from video.encoding.codecs import CODECS
from video.encoding.encoder import add_video_stream, check_encoder


@pytest.mark.parametrize(
    "suffix, about, options, expected",
    [
        (".mp4", {}, {}, ("libx264", "yuv420p")),
        (".mov", {}, {}, ("libx264", "yuv420p")),
        (".mkv", {}, {}, ("libx264", "yuv420p")),
        (".webm", {}, {}, ("libvpx-vp9", "yuv420p")),
        (".mp4", {"depth": 10}, {}, ("libx265", "yuv420p10le")),
        (".mkv", {"depth": 12}, {}, ("libx265", "yuv420p12le")),
        (".webm", {"depth": 10}, {}, ("libsvtav1", "yuv420p10le")),
        (".mkv", {"depth": 10}, {"codec": "h264"}, ("libx264", "yuv420p10le")),
        (".webm", {"has_alpha": True}, {}, ("libvpx-vp9", "yuva420p")),
        (".mkv", {"has_alpha": True}, {}, ("libvpx-vp9", "yuva420p")),
        (".mov", {"has_alpha": True}, {}, ("prores_ks", "yuva444p10le")),
        (".mkv", {"has_alpha": True}, {"codec": "ffv1"}, ("ffv1", "bgra")),
        (".mkv", {"has_alpha": True, "depth": 10}, {}, ("ffv1", "gbrap16le")),
        (".mkv", {}, {"codec": "ffv1"}, ("ffv1", "bgr0")),
        (".mkv", {"depth": 10, "is_rgb": True}, {"codec": "ffv1"}, ("ffv1", "gbrp10le")),
        (".mkv", {"depth": 10}, {"codec": "ffv1"}, ("ffv1", "gbrp16le")),
        (".mp4", {}, {"quality": "lossless"}, ("libx264rgb", "rgb24")),
        (".webm", {}, {"quality": "lossless"}, ("libvpx-vp9", "gbrp")),
        (".mp4", {"depth": 10, "is_rgb": True}, {"quality": "lossless"}, ("libx265", "gbrp10le")),
        (".mkv", {"has_alpha": True}, {"quality": "lossless"}, ("ffv1", "bgra")),
        (".mov", {}, {"codec": "prores"}, ("prores_ks", "yuv422p10le")),
        (".mp4", {}, {"codec": "mpeg4"}, ("mpeg4", "yuv420p")),
        (".mp4", {"depth": 10, "height": 8}, {}, ("libx264", "yuv420p10le")),
        (".mp4", {"width": 95, "has_full_chroma": True}, {}, ("libx264", "yuv444p")),
        (".mp4", {"height": 63, "has_full_chroma": True, "depth": 10}, {}, ("libx265", "yuv444p10le")),
        (".mp4", {"has_full_chroma": True}, {}, ("libx264", "yuv420p")),
        (".mp4", {"width": 95, "is_rgb": True}, {}, ("libx264", "yuv420p")),
    ],
)
def test_the_encoder_is_the_one_that_keeps_what_the_clip_has(suffix, about, options, expected, clip, chosen):
    encoder = chosen(suffix, clip(**about), **options)
    assert (encoder.name, encoder.pix_fmt) == expected
    assert encoder.warnings == ()


@pytest.mark.parametrize(
    "container, about, pix_fmt",
    [
        (ANIMATIONS[".gif"], {}, "bgr0"),
        (ANIMATIONS[".webp"], {"has_alpha": True}, "bgra"),
        (SEQUENCE, {"depth": 10}, "gbrp16le"),
    ],
)
def test_segments_of_pictures_are_lossless(container, about, pix_fmt, clip):
    encoder = choose_encoder(container, Options(), clip(**about))
    assert (encoder.name, encoder.pix_fmt) == ("ffv1", pix_fmt)


@pytest.mark.parametrize(
    "suffix, about, options, words",
    [
        (".mp4", {"has_alpha": True}, {}, "h264 in mp4 has no alpha"),
        (".webm", {"has_alpha": True}, {"codec": "av1"}, "av1 in webm has no alpha"),
        (".mkv", {"depth": 10}, {"codec": "vp9"}, "stores 8 of the 10 bits"),
        (".webm", {"depth": 12}, {}, "stores 8 of the 12 bits"),
    ],
)
def test_what_an_encoder_loses_is_a_warning(suffix, about, options, words, clip, chosen):
    assert any(words in warning for warning in chosen(suffix, clip(**about), **options).warnings)


@pytest.mark.parametrize(
    "codec, size", [*((codec, (17, 19)) for codec in CODECS), ("h265", (640, 16)), ("av1", (640, 16))]
)
def test_every_codec_encodes_small_and_odd_clips_or_says_what_it_needs(codec, size, clip, chosen):
    needed = CODECS[codec].smallest_side
    if min(size) >= needed:
        check_encoder(chosen(".mkv", clip(*size), codec=codec), clip(*size))
    else:
        with pytest.raises(video.UsageError, match=f"too small for .*\n.* at least {needed} pixels a side"):
            chosen(".mkv", clip(*size), codec=codec)


def test_what_an_encoder_refuses_is_reported_before_any_work(clip, chosen):
    about = clip(time_base=Fraction(1, 90000))
    with pytest.raises(video.UsageError, match="mpeg4 refuses this clip") as caught:
        check_encoder(chosen(".mp4", about, codec="mpeg4"), about)
    assert "96x64" in caught.value.detail


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine has the device")
def test_an_encoder_without_its_device_says_so(clip, chosen):
    with pytest.raises(video.MachineError, match="does not start on this machine") as caught:
        check_encoder(chosen(".mp4", codec="h264_nvenc"), clip(640, 480))
    assert caught.value.exit_code == 8


def test_a_missing_encoder_is_explained(clip, chosen):
    encoder = replace(chosen(".mp4"), name="libx999")
    with (
        av.open("/dev/null", "w", format="matroska") as output,
        pytest.raises(video.MachineError, match="built without the encoder libx999"),
    ):
        add_video_stream(output, encoder, clip())


@pytest.mark.parametrize(
    "suffix, codec, words",
    [
        (".mp4", "vp9", "use h264, or write .mkv or .webm"),
        (".mov", "av1", "use h264, or write .mp4 or .mkv or .webm"),
        (".webm", "h264", "use vp9, or write .mp4 or .mov or .mkv"),
        (".mp4", "h256", "did you mean h265?"),
        (".mp4", "aac", "use h264"),
        (".webm", "mpeg4", "use vp9"),
    ],
)
def test_a_codec_that_does_not_fit_is_refused_with_one_that_does(suffix, codec, words, chosen):
    with pytest.raises(video.UsageError, match="does not belong|there is no codec") as caught:
        chosen(suffix, codec=codec)
    assert caught.value.fix == words
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "suffix, about, options",
    [
        (".mp4", {}, {"codec": "av1"}),
        (".mov", {}, {"codec": "prores"}),
        (".mov", {"has_alpha": True}, {}),
        (".webm", {"has_alpha": True}, {}),
        (".webm", {"depth": 10}, {}),
        (".mp4", {}, {"codec": "mpeg4"}),
    ],
)
def test_lossless_is_refused_where_it_cannot_be(suffix, about, options, clip, chosen):
    with pytest.raises(video.UsageError, match="cannot be lossless") as caught:
        chosen(suffix, clip(**about), quality="lossless", **options)
    assert "ffv1" in caught.value.fix


@pytest.mark.parametrize(
    "options", [{"codec": "h264"}, {"crf": 3}, {"preset": "fast"}, {"encoder_options": {"g": "1"}}]
)
def test_pictures_take_no_options_of_an_encoder(options, clip):
    with pytest.raises(video.UsageError, match="pictures have no video encoder"):
        choose_encoder(ANIMATIONS[".gif"], Options(**options), clip())


def test_an_encoder_is_described_in_one_line(chosen):
    assert str(chosen(".mp4")) == "libx264 yuv420p preset=medium x264-params=cpu-independent=1 crf=18"
