from fractions import Fraction

import av
import numpy as np
import pytest

import video


@pytest.mark.parametrize(
    "name, rate", [("a.mp4", 25), ("a.mov", 25), ("a.mkv", 25), ("a.webm", Fraction(30000, 1001))]
)
def test_a_written_clip_is_read_back(tmp_path, draw, name, rate):
    pictures = list(draw(6))
    video.write_clip(tmp_path / name, iter(pictures), rate)
    frames = list(video.read_clip(tmp_path / name))
    assert len(frames) == 6
    for index, ((pixels, seconds), picture) in enumerate(zip(frames, pictures)):
        assert abs(seconds - index / Fraction(rate)) <= Fraction(1, 1000)
        assert abs(pixels.astype(int) - picture).mean() < 4


def test_times_of_a_constant_rate_are_exact_in_mp4(tmp_path, draw):
    video.write_clip(tmp_path / "a.mp4", draw(5), Fraction(24000, 1001))
    assert [seconds for _, seconds in video.read_clip(tmp_path / "a.mp4")] == [
        index * Fraction(1001, 24000) for index in range(5)
    ]


@pytest.mark.parametrize("shape", [(44100,), (44100, 1), (44100, 2)])
def test_sound_is_written_as_aac_of_the_right_length(tmp_path, draw, shape):
    wave = np.sin(np.arange(44100) * 2 * np.pi * 330 / 44100).astype(np.float32) * 0.5
    samples = np.broadcast_to(wave if len(shape) == 1 else wave[:, None], shape)
    video.write_clip(tmp_path / "a.mp4", draw(25), 25, samples=samples)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == "aac"
        assert stream.codec_context.channels == (shape[1] if len(shape) == 2 else 1)
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
    assert abs(len(sound) - 44100) <= 2048
    assert 0.35 < np.abs(sound[10000:30000]).max() < 0.65


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [np.zeros((64, 96), np.uint8)],
        [np.zeros((64, 96, 4), np.uint8)],
        [np.zeros((64, 96, 3), np.float32)],
        [np.zeros((64, 96, 3), np.uint8), np.zeros((48, 64, 3), np.uint8)],
    ],
)
def test_no_frames_and_frames_that_are_not_rgb_of_one_size_are_refused(tmp_path, only_files, frames):
    with pytest.raises(video.UsageError):
        video.write_clip(tmp_path / "a.mp4", frames, 25)
    assert only_files(tmp_path) == []


def test_an_array_of_frames_will_do(tmp_path, draw):
    video.write_clip(tmp_path / "a.mkv", np.stack(list(draw(4))), 10)
    assert len(list(video.read_clip(tmp_path / "a.mkv"))) == 4
