"""Makes walk.mp4: two seconds as a phone would film them on a walk, for the tests of video.

    python tests/clips/make_walk.py tests/clips/walk.mp4

What is real about it: held upright, so that it is stored lying with a mark of rotation; frames that come a
little early or late, with one missing; B-frames; a hand that shakes, a picture that is never sharp
everywhere, grain, an exposure that drifts; steps, wind and a second, narrower sound. What is filmed is a
drawn landscape of `cyclegan_tf.data.scenes`, so it belongs to nobody else.
"""

import argparse
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from cyclegan_tf.data.scenes import SUPERSAMPLING, draw_supersampled

SIZE = (136, 240)  # width and height of what a viewer sees
SECONDS, RATE, TICK = 2, 30, Fraction(1, 90_000)
SOUND_RATE = 44_100


def film(random: np.random.RandomState) -> list[np.ndarray]:
    """Return the frames, uint8 RGB (240, 136, 3)."""
    width, height = SIZE
    land = draw_supersampled(7, "summer", width=320, height=288, unit=160)
    shake = smooth(random.normal(0, 1, (SECONDS * RATE, 2)), 5) * 3
    frames = []
    for index in range(SECONDS * RATE):
        middle = np.array([90 + 1.8 * index, 144]) + shake[index]
        zoom = 1 + 0.0015 * index
        size = (round(width * SUPERSAMPLING / zoom), round(height * SUPERSAMPLING / zoom))
        view = cv2.getRectSubPix(land, size, tuple(map(float, middle * SUPERSAMPLING)))
        view = cv2.GaussianBlur(cv2.resize(view, SIZE, interpolation=cv2.INTER_AREA), (0, 0), 0.7)
        exposed = view * (1 + 0.08 * np.sin(index / 11))
        frames.append(np.clip(exposed + grain(random), 0, 255).astype(np.uint8))
    return frames


def grain(random: np.random.RandomState) -> np.ndarray:
    """Return what a small sensor adds: noise of brightness, a little soft."""
    noise = random.normal(0, 6, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.6)[..., np.newaxis]


def smooth(noise: np.ndarray, width: int) -> np.ndarray:
    """Return noise as a running mean over `width` of its rows."""
    kernel = np.ones(width) / width
    return np.stack([np.convolve(column, kernel, mode="same") for column in noise.T], axis=1)


def moments(random: np.random.RandomState, count: int) -> np.ndarray:
    """Return when each frame was taken, in 1/90000 seconds: never quite in time."""
    exact = np.arange(count) * (90_000 // RATE)
    return exact + random.randint(-400, 400, count) * (np.arange(count) > 0)


def sound(random: np.random.RandomState) -> np.ndarray:
    """Return steps in the wind, float32 (2, samples)."""
    time = np.arange(SECONDS * SOUND_RATE) / SOUND_RATE
    wind = smooth(random.normal(0, 1, (len(time), 2)), 60).T * (0.5 + 0.3 * np.sin(2 * np.pi * 0.7 * time))
    since = time % 0.55
    steps = np.sin(2 * np.pi * 90 * since) * np.exp(-since * 30) * 0.5
    return (wind + steps * np.array([[1.0], [0.8]])).astype(np.float32)


def add_picture(container, frames: list[np.ndarray], times: np.ndarray):
    """Add the video stream and return its packets."""
    stream = container.add_stream("libx264", rate=RATE, options={"crf": "21", "preset": "veryslow"})
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
    context.time_base = TICK
    context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
    stream.set_display_rotation(90)
    packets = []
    for index, (pixels, time) in enumerate(zip(frames, times, strict=True)):
        if index == 41:  # the phone was busy
            continue
        lying = np.ascontiguousarray(np.rot90(pixels, -1))
        frame = av.VideoFrame.from_ndarray(lying, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=1, src_color_range=2, dst_color_range=1)
        frame.pts, frame.time_base = int(time), TICK
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def add_sound(container, samples: np.ndarray, layout: str, language: str):
    """Add an AAC stream and return its packets."""
    stream = container.add_stream("aac", rate=SOUND_RATE)
    stream.codec_context.layout, stream.codec_context.bit_rate = layout, 32_000 * len(samples)
    stream.metadata["language"] = language
    packets = []
    for first in range(0, samples.shape[1] - 1024, 1024):
        chunk = np.ascontiguousarray(samples[:, first : first + 1024])
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), first
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description="a small clip for the tests of video")
    parser.add_argument("output", type=Path, help="the .mp4 to write")
    random = np.random.RandomState(0)
    frames, stereo = film(random), sound(random)
    with av.open(str(parser.parse_args().output), "w", format="mp4") as container:
        container.metadata["title"] = "A walk"
        packets = add_picture(container, frames, moments(random, len(frames)))
        packets += add_sound(container, stereo, "stereo", "eng")
        packets += add_sound(container, stereo[:1] * np.float32(0.5), "mono", "deu")
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)


if __name__ == "__main__":
    main()
