import pytest

import video
from video.encoding.encoder import check_encoder


@pytest.mark.parametrize(
    "codec, expected",
    [
        ("h264", [("crf", "18"), ("crf", "23"), ("crf", "28"), ("qp", "0")]),
        (
            "h265",
            [("crf", "20"), ("crf", "25"), ("crf", "30"), ("x265-params", "log-level=error:lossless=1")],
        ),
        ("av1", [("crf", "23"), ("crf", "32"), ("crf", "42")]),
        ("vp9", [("crf", "20"), ("crf", "31"), ("crf", "40"), ("lossless", "1")]),
        ("prores", [("profile", "hq"), ("profile", "standard"), ("profile", "lt")]),
    ],
)
def test_a_quality_has_a_meaning_for_every_encoder(codec, expected, chosen):
    for quality, (name, value) in zip(("high", "good", "small", "lossless"), expected):
        assert chosen(codec=codec, quality=quality).options[name] == value


def test_a_crf_and_a_preset_override_the_quality(chosen):
    encoder = chosen(crf=30, preset="veryfast", quality="lossless")
    assert encoder.name == "libx264"
    assert (encoder.options["preset"], encoder.options["crf"]) == ("veryfast", "30")
    assert "qp" not in encoder.options


@pytest.mark.parametrize("codec, crf", [("h264", 52), ("h264", -1), ("av1", 0), ("vp9", 64), ("h265", True)])
def test_a_crf_out_of_range_is_refused_with_the_range(codec, crf, chosen):
    with pytest.raises(video.UsageError, match="out of range for lib.*\n.* from . .* to .."):
        chosen(codec=codec, crf=crf)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"codec": "ffv1", "crf": 3}, "ffv1 has no constant rate factor"),
        ({"codec": "prores", "preset": "fast"}, "prores_ks has no presets"),
        ({"codec": "av1", "preset": "medium"}, "libsvtav1 has no such preset"),
        ({"codec": "vp9", "preset": "9"}, "libvpx-vp9 has no such preset"),
    ],
)
def test_what_an_encoder_does_not_have_is_refused(options, words, chosen):
    with pytest.raises(video.UsageError, match=words) as caught:
        chosen(**options)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "options, fix",
    [
        ({"preset": "mediumm"}, "did you mean medium?"),
        ({"encoder_options": {"bff": "2"}}, "did you mean bf?"),
        ({"encoder_options": {"prset": "fast"}}, "did you mean preset?"),
        ({"encoder_options": {"pix_fmt": "yuv44p"}}, "did you mean yuv444p?"),
        ({"codec": "vp9", "encoder_options": {"deadline": "god"}}, "did you mean good?"),
        ({"codec": "vp9", "encoder_options": {"cpu-used": "99"}}, "use a number from -8 to 8"),
    ],
)
def test_a_typo_is_answered_with_a_suggestion(options, fix, chosen):
    with pytest.raises(video.UsageError) as caught:
        chosen(**options)
    assert caught.value.fix == fix
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "options, words",
    [
        ({"encoder_options": {"x264-params": "ref=3:nonsense=1"}}, "nonsense"),
        ({"codec": "h265", "encoder_options": {"x265-params": "nonsense=1:ref=3"}}, "nonsense"),
        ({"codec": "av1", "encoder_options": {"svtav1-params": "nonsense=1"}}, "nonsense"),
        ({"encoder_options": {"tune": "flim"}}, "tune=flim"),
        ({"codec": "h265", "encoder_options": {"profile": "nonsense"}}, "profile=nonsense"),
    ],
)
def test_what_only_the_encoder_can_check_is_checked_by_it_before_any_work(options, words, clip, chosen):
    encoder = chosen(**options)
    with pytest.raises(video.UsageError, match="does not understand|refuses") as caught:
        check_encoder(encoder, clip())
    assert words in caught.value.detail


@pytest.mark.parametrize(
    "options",
    [
        {"encoder_options": {"x264-params": "ref=3:bframes=1", "tune": "film", "bf": "2", "g": "50"}},
        {"codec": "h265", "encoder_options": {"x265-params": "ref=3"}},
        {"codec": "av1", "encoder_options": {"svtav1-params": "tune=0"}},
        {"codec": "vp9", "encoder_options": {"deadline": "best"}},
        {"encoder_options": {"pix_fmt": "yuv444p"}},
        {"encoder_options": {"b": "2M"}},
    ],
)
def test_valid_options_are_accepted_and_passed_on(options, clip, chosen):
    encoder = chosen(**options)
    check_encoder(encoder, clip())
    assert all(str(value) in str(encoder) for value in options["encoder_options"].values())


def test_a_bit_rate_takes_the_place_of_the_quality(chosen):
    options = chosen(encoder_options={"b": "2M"}).options
    assert options == {"preset": "medium", "x264-params": "cpu-independent=1", "b": "2M"}


@pytest.mark.parametrize(
    "codec, option, ours",
    [("h265", "x265-params", "log-level=error"), ("h264", "x264-params", "cpu-independent=1")],
)
def test_options_inside_a_params_option_are_added_to_ours(codec, option, ours, chosen):
    options = chosen(codec=codec, encoder_options={option: "ref=3"}).options
    assert options[option] == f"{ours}:ref=3"
