"""A part of a clip, another rate, the source beside the result: from file to file."""

from fractions import Fraction

import av
import numpy as np
import pytest

import video

AUDIO_FRAME = Fraction(1024, 48000)


@pytest.fixture
def clapper(tmp_path):
    """A clip of 2 s whose picture flashes and whose sound clicks at 0.8 s and at 1.4 s."""
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "10", "g": "40", "bf": "2"})
        stream.width, stream.height = 64, 48
        sound = output.add_stream("aac", rate=48000)
        sound.codec_context.layout = "mono"
        wave = np.zeros(96256, np.float32)
        for second in (0.8, 1.4):
            wave[int(second * 48000) :][:480] = np.sin(np.arange(480) * 0.7) * 0.9
        packets = []
        for index in range(50):
            pixels = np.full((48, 64, 3), 230 if index in (20, 35) else 40, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            packets += stream.encode(frame)
        for first in range(0, len(wave), 1024):
            frame = av.AudioFrame.from_ndarray(wave[None, first : first + 1024], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
            packets += sound.encode(frame)
        packets += [*stream.encode(None), *sound.encode(None)]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            output.mux(packet)
    return path


def flashes_and_clicks(path):
    """Returns when the picture is bright and when a sound begins, in seconds."""
    flashes, clicks, last_loud = [], [], -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.to_ndarray(format="gray").mean() > 128:
                flashes.append(float(frame.pts * frame.time_base))
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = np.abs(frame.to_ndarray().astype(np.float32)).max(axis=0)
            for place in np.flatnonzero(samples > 0.2):
                time = float(frame.pts * frame.time_base) + place / frame.sample_rate
                clicks += [time] if time > last_loud + 0.1 else []
                last_loud = time
    return flashes, clicks


@pytest.mark.parametrize(
    "target, start, end, flash",
    [
        ("out.mp4", 0.5, 1.2, 0.8),
        ("out.mov", 1.01, None, 1.4),
        ("out.mkv", None, 1.2, 0.8),
        ("out.webm", 0.5, 1.2, 0.8),
    ],
)
def test_a_part_has_its_frames_its_times_and_its_sound(
    clapper, tmp_path, identity, look, target, start, end, flash
):
    report = video.translate_video(
        clapper, tmp_path / target, identity, video.Options(start=start, end=end, batch_size=4)
    )
    after = look(tmp_path / target)
    wanted = [Fraction(i, 25) for i in range(50) if (start or 0) <= i / 25 < (end or 2)]
    origin = Fraction(start or 0).limit_denominator(100)
    for found, expected in zip(after.times, wanted, strict=True):
        assert abs(found - (expected - origin)) <= after.tick
    assert report.duration_seconds == pytest.approx(float((end or 2) - wanted[0]), abs=1e-3)
    (seen,), (heard,) = flashes_and_clicks(tmp_path / target)
    assert seen == pytest.approx(flash - float(origin), abs=0.002)
    assert abs(heard - seen) < AUDIO_FRAME / 2


def test_the_part_to_translate_is_all_that_the_callable_sees(clapper, tmp_path):
    means = []

    def translate(frames):
        means.extend(frames.mean(axis=(1, 2, 3)))
        return frames

    report = video.translate_video(
        clapper, tmp_path / "o.mp4", translate, video.Options(start=0.72, end=0.92, batch_size=1)
    )
    # Pictures that are alike go through once.
    assert [mean > 128 for mean in means] in ([False, True, False], [False, False, True, False, False])
    assert (report.frames_read, report.frames_written) == (5, 5)


@pytest.mark.parametrize(
    "fps, rate, count",
    [(50, 50, 100), (24, 24, 48), (29.97, Fraction(30000, 1001), 60), (Fraction(1, 2), Fraction(1, 2), 1)],
)
def test_a_constant_rate_keeps_length_sound_and_places(clapper, tmp_path, identity, look, fps, rate, count):
    report = video.translate_video(
        clapper, tmp_path / "out.mp4", identity, video.Options(fps=fps, batch_size=4)
    )
    before, after = look(clapper), look(tmp_path / "out.mp4")
    assert after.times == [index / Fraction(rate) for index in range(count)]
    assert report.frames_written == count
    assert after.audio == before.audio
    # A player would show this frame at that time.
    for time, pixels in zip(after.times, after.pixels):
        shown = max(index for index, start in enumerate(before.times) if start <= time)
        assert abs(before.pixels[shown].astype(int) - pixels).mean() < 4


def test_a_variable_rate_becomes_constant_when_asked_for(make_clip, tmp_path, identity, look):
    path = make_clip(ticks=[0, 33, 66, 133, 400, 1160], time_base=Fraction(1, 1000), bframes=0)
    report = video.translate_video(path, tmp_path / "out.mkv", identity, video.Options(fps=25))
    after = look(tmp_path / "out.mkv")
    assert after.times == [Fraction(index, 25) for index in range(29)]
    assert report.frames_translated <= 5


def test_side_by_side_shows_the_source_at_the_left_and_keeps_the_sound(make_clip, tmp_path, look):
    path = make_clip(count=6, sounds=["aac"])
    report = video.translate_video(
        path, tmp_path / "o.mp4", lambda frames: 255 - frames, video.Options(compare="side-by-side", crf=1)
    )
    before, after = look(path), look(tmp_path / "o.mp4")
    assert (report.width, report.height) == after.size == (192, 64)
    assert after.times == before.times
    assert after.audio == before.audio
    for old, new in zip(before.pixels, after.pixels, strict=True):
        assert abs(old.astype(int) - new[:, :96]).mean() < 3
        assert abs(255 - old.astype(int) - new[:, 96:]).mean() < 3


def test_a_wipe_goes_over_the_clip_and_keeps_its_size(make_clip, tmp_path, look):
    path = make_clip(count=51)
    video.translate_video(
        path, tmp_path / "o.mkv", lambda frames: 255 - frames, video.Options(compare="wipe", crf=1)
    )
    before, after = look(path), look(tmp_path / "o.mkv")
    assert after.size == (96, 64)
    first, last = after.pixels[0].astype(int), after.pixels[-1].astype(int)
    # At the beginning all is translated, after two seconds nothing.
    assert abs(255 - before.pixels[0].astype(int) - first)[:, 2:].mean() < 3
    assert abs(before.pixels[-1].astype(int) - last)[:, :-2].mean() < 3
