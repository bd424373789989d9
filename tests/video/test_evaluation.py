"""Two clips as files."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

import video
from video.core.options import Options


@pytest.fixture
def clips(tmp_path, texture_shots):
    """A function that writes a clip of two shots, and the same with every picture changed by a function."""

    def write(change):
        befores = texture_shots
        paths = tmp_path / "in.mkv", tmp_path / "out.mp4"
        for path, pictures in zip(paths, (befores, [change(picture) for picture in befores])):
            video.write_clip(path, pictures, 25)
        return paths

    return write


@pytest.fixture
def texture_shots():
    shots = []
    for seed in range(2):
        coarse = np.random.default_rng(seed).integers(40, 216, (16, 40, 3), dtype=np.uint8)
        scene = cv2.resize(coarse, (160, 64), interpolation=cv2.INTER_CUBIC)
        shots += [np.ascontiguousarray(scene[:, 2 * place : 96 + 2 * place]) for place in range(5)]
    return shots


def noisy(picture, random=np.random.default_rng(0)):  # noqa: B008 - one series of noise for all pictures
    return np.clip(picture + random.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)


def test_a_clip_beside_itself_is_as_steady_and_as_sharp(clips):
    source, _ = clips(lambda picture: picture)
    seen = []
    found = video.evaluate_video(source, source, on_progress=lambda *counts: seen.append(counts))
    assert (found.whole.warping_ratio, found.whole.sharpness) == (1, 1)
    assert [(shot.first_frame, shot.start_seconds) for shot in found.shots] == [(0, 0), (5, 0.2)]
    assert (found.size, found.flow_size) == ((64, 96), (64, 96))
    assert seen[-1] == (10, 10)


def test_noise_is_less_steady_and_blur_less_sharp(clips):
    noise = video.evaluate_video(*clips(noisy)).whole
    blur = video.evaluate_video(*clips(lambda picture: cv2.GaussianBlur(picture, (0, 0), 2))).whole
    assert noise.warping_ratio > 1.5
    assert noise.sharpness > 1.5
    assert blur.sharpness < 0.7


def test_a_translated_part_is_measured_beside_that_part(clips, tmp_path):
    source, _ = clips(lambda picture: picture)
    options = Options(start=0.16, end=0.32)
    video.translate_video(source, tmp_path / "part.webm", lambda frames: 255 - frames, options)
    found = video.evaluate_video(source, tmp_path / "part.webm", options)
    assert [shot.measures.num_frames for shot in found.shots] == [1, 3]
    assert [shot.start_seconds for shot in found.shots] == pytest.approx([0.16, 0.2])
    with pytest.raises(video.MediaError, match="do not fit.*\n.*\nfix: .*--start"):
        video.evaluate_video(source, tmp_path / "part.webm")


@pytest.fixture
def clip_of_two(tmp_path, texture_shots):
    """A clip with two video streams: of still pictures, and of moving ones."""
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("ffv1", rate=25) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv444p"
        for stream, pictures in zip(streams, ([texture_shots[0]] * 10, texture_shots)):
            for number, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("stream", [0, 1])
def test_the_stream_that_was_translated_is_measured(clip_of_two, tmp_path, stream):
    def translate(frames):
        return np.stack([noisy(frame) for frame in frames])

    options = Options(video_stream=stream)
    video.translate_video(clip_of_two, tmp_path / "out.mkv", translate, options)
    assert video.evaluate_video(clip_of_two, tmp_path / "out.mkv", options).whole.sharpness > 1.5


def test_a_result_with_more_streams_than_the_source_is_refused(clips, clip_of_two):
    source, _ = clips(noisy)
    with pytest.raises(video.MediaError, match="nobody can tell.*translation of stream 0"):
        video.evaluate_video(source, clip_of_two, Options(video_stream=0))
