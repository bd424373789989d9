"""Transcoded audio: every sample at its own time, the same number of channels."""

from fractions import Fraction

import av
import numpy as np
import pytest


def _heard(path, index=1):
    """Decodes a track: (samples, channels) with silence wherever nothing is, from second 0 on, and its rate.

    Like a player it takes what is off by less than 20 ms for rounding.
    """
    position = None
    with av.open(str(path)) as container:
        stream = container.streams[index]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler("flt", stream.codec_context.layout.name, rate)
        heard = np.zeros((rate * 6, stream.codec_context.layout.nb_channels), np.float32)
        for frame in container.decode(stream):
            start = round(frame.pts * frame.time_base * rate)
            if position is not None and abs(start - position) < rate // 50:
                start = position
            position = start + frame.samples
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray().reshape(piece.samples, -1)
                samples = samples[max(0, -start) :]
                heard[max(0, start) : max(0, start) + len(samples)] = samples
    return heard, rate


def _loud_seconds(path):
    """The seconds of the first and last sample of each stretch of sound."""
    heard, rate = _heard(path)
    blocks = np.abs(heard[:, 0]).reshape(-1, rate // 100).max(axis=1) > 0.1
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blocks, [False]]).astype(int)))
    return [edge / 100 for edge in edges]


def _delay_seconds(found, meant, rate):
    """How much later the same sound comes, by the best of all shifts up to 2 ms; and how alike they are."""
    shifts = range(-rate // 500, rate // 500 + 1)
    inner = slice(rate // 100, len(meant) - rate // 100)
    alike = [np.corrcoef(np.roll(found, -shift)[inner], meant[inner])[0, 1] for shift in shifts]
    best = int(np.argmax(alike))
    return shifts[best] / rate, alike[best]


@pytest.mark.parametrize(
    ("codec", "target"),
    [("aac", "out.webm"), ("libopus", "out.mov"), ("flac", "out.webm"), ("flac", "out.mov")],
)
def test_a_gap_in_the_sound_stays_a_gap(make_tracks, track, carry, codec, target):
    path = make_tracks("in.mkv", track("audio", codec, spans=((0.5, 1), (3, 3.5))), seconds=4)
    carried = carry(path, target)
    assert carried.actions == {1: "converted"}
    assert _loud_seconds(carried.path) == pytest.approx([0.5, 1, 3, 3.5], abs=0.05)


def test_a_cut_of_converted_sound_is_exact(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "flac", spans=((0.5, 3.5),)), seconds=4)
    first, last = Fraction(1234, 1000), Fraction(3)
    before, rate = _heard(path)
    after, _ = _heard(carry(path, "out.mov", first, last).path)
    begin, length = round(first * rate), round((last - first) * rate)
    assert np.array_equal(after[:length], before[begin : begin + length])
    assert not after[length:].any()


def test_a_cut_of_converted_sound_is_in_time_where_the_container_rounds(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "flac", spans=((0, 4),)), seconds=4)
    before, rate = _heard(path)
    after, _ = _heard(carry(path, "out.webm", Fraction(1234, 1000), Fraction(3)).path)
    begin = round(1.234 * rate)
    delay, alike = _delay_seconds(after[:rate, 0], before[begin : begin + rate, 0], rate)
    assert abs(delay) <= 0.001
    assert alike > 0.99
    assert not after[round(1.8 * rate) :].any()


@pytest.mark.parametrize(("stored", "kept"), [("s16", "s16p"), ("s32", "s32p")])
def test_lossless_sound_stays_lossless_where_the_container_can(make_tracks, track, carry, stored, kept):
    path = make_tracks("in.mkv", track("audio", "flac", sample_format=stored))
    carried = carry(path, "out.mov")
    assert carried.plans.all[0].detail == "alac"
    assert np.array_equal(_heard(carried.path)[0], _heard(path)[0])
    with av.open(str(carried.path)) as container:
        assert container.streams[1].codec_context.format.name == kept


def test_a_cut_of_converted_sound_has_no_faded_start(make_tracks, track, carry):
    path = make_tracks("in.mp4", track("audio", "aac", spans=((0, 3),)), seconds=3)
    # Just after the start of a packet, on which the next one depends.
    start = Fraction(1003, 1000)
    before, rate = _heard(path)
    after, _ = _heard(carry(path, "out.webm", start).path)
    begin, length = round(start * rate), rate // 100
    loudness = [np.sqrt(np.mean(sound[:length, 0] ** 2)) for sound in (after, before[begin:])]
    assert loudness[0] == pytest.approx(loudness[1], rel=0.03)


@pytest.mark.parametrize(
    ("layout", "target", "kept"),
    [
        ("mono", "out.webm", "mono"),
        ("5.1", "out.webm", "5.1"),
        ("5.1(side)", "out.webm", "5.1"),
        ("7.1", "out.webm", "7.1"),
        ("4.0", "out.webm", "quad"),
    ],
)
def test_converted_sound_keeps_its_number_of_channels(make_tracks, track, carry, see, layout, target, kept):
    carried = carry(make_tracks("in.mkv", track("audio", "flac", layout=layout)), target)
    assert see(carried.path)[0][1].layout == kept
    assert len(carried.plans.warnings) == 1


def test_every_channel_comes_out_where_it_went_in(make_tracks, track, carry, tmp_path):
    path = make_tracks("in.mkv", track("audio", "pcm_s16le", layout="7.1", spans=((0, 0.5),)), seconds=1)
    heard, _ = _heard(carry(path, "out.webm").path)
    assert heard.shape[1] == 8
    levels = np.abs(heard[5000:20000]).max(axis=0)
    # The low-frequency channel, the fourth, holds what is low.
    assert (np.delete(levels, 3) > 0.2).all()


@pytest.mark.parametrize(("rate", "codec"), [(44100, "aac"), (22050, "aac"), (44100, "flac")])
def test_another_rate_changes_neither_length_nor_pitch(make_tracks, track, carry, rate, codec):
    path = make_tracks("in.mkv", track("audio", codec, rate=rate, spans=((0, 1.2),)), seconds=1)
    before, before_rate = _heard(path)
    after, after_rate = _heard(carry(path, "out.webm").path)
    assert (before_rate, after_rate) == (rate, 48000)
    times = np.arange(after_rate) / after_rate
    meant = np.interp(times, np.arange(len(before)) / rate, before[:, 0])
    delay, alike = _delay_seconds(after[: len(times), 0], meant, after_rate)
    assert abs(delay) <= 0.001
    assert alike > 0.99


def test_sound_of_8000_samples_a_second_can_be_converted(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "libopus", rate=8000))
    carried = carry(path, "out.mov")
    assert carried.actions == {1: "converted"}
    assert see(carried.path)[0][1].codec == "aac"


def test_packets_that_cannot_be_decoded_become_silence_and_are_counted(make_tracks, track, carry):
    path = make_tracks("in.mkv", track("audio", "flac", spans=((0, 4),)), seconds=4)
    with av.open(str(path)) as container:
        payload = next(bytes(p) for p in container.demux(container.streams[1]) if p.size and p.pts == 1920)
    damaged = path.read_bytes().replace(payload, b"\xaa" * len(payload))
    path.write_bytes(damaged)
    carried = carry(path, "out.webm")
    assert carried.warnings == [
        "The audio stream 1 (flac) cannot be decoded in 1 packet; there is silence instead."
    ]
    first, last, *rest = _loud_seconds(carried.path)
    assert [first, last, *rest] == pytest.approx([0, 1.92, 2.016, 3.93], abs=0.06)


def test_sound_of_which_nothing_can_be_decoded_is_left_out_with_the_reason(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "flac"))
    data = path.read_bytes()
    for payload in see(path)[0][1].payloads:
        data = data.replace(payload, b"\xaa" * len(payload))
    path.write_bytes(data)
    assert carry(path, "out.webm").plans.warnings == (
        "The audio stream 1 (flac) is left out: webm does not hold flac, and it cannot become opus "
        "(not one of its first packets can be decoded).",
    )


def test_sound_without_any_layout_is_carried(make_tracks, track, carry, see):
    path = make_tracks("in.mkv", track("audio", "pcm_s16le", layout="5.1"))
    assert see(path)[0][1].layout == "6 channels"
    assert see(carry(path, "out.mp4").path)[0][1].layout == "5.1"
    assert see(carry(path, "out.webm").path)[0][1].layout == "5.1"
