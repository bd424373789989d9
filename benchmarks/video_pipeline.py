"""Measure the video pipeline: python benchmarks/video_pipeline.py {overhead,memory,busy}.

overhead: translate_video with the identity against a plain PyAV loop that decodes to RGB and encodes with
          the same settings, alternating, on a 10 s clip of 1280x720.
memory:   peak memory for a short and a long clip of the same size, each in its own process.
busy:     the share of time in which each stage works, with a callable that takes a set time per frame.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

import video

RATE = 30
ENCODER_OPTIONS = {"preset": "veryfast", "crf": "17"}


def main() -> None:
    """Print one table."""
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        {"overhead": overhead, "memory": memory, "busy": busy}[arguments.what](Path(folder), arguments)


def overhead(folder: Path, arguments: argparse.Namespace) -> None:
    """Time both sides alternately, and print the medians and their ratio."""
    source = _clip(folder / "in.mp4", 10, (1280, 720))
    ours, plain = [], []
    for turn in range(arguments.turns):
        plain.append(_seconds(lambda: _plain_loop(source, folder / "plain.mp4")))
        ours.append(_seconds(lambda: _ours(source, folder / "ours.mp4")))
        print(f"turn {turn + 1}: plain loop {plain[-1]:.2f} s, translate_video {ours[-1]:.2f} s")
    print(f"medians: {statistics.median(plain):.2f} s, {statistics.median(ours):.2f} s")
    print(f"ratio of medians: {statistics.median(ours) / statistics.median(plain):.3f}")


def memory(folder: Path, _arguments: argparse.Namespace) -> None:
    """Print the peak resident memory for both lengths."""
    peaks = []
    for seconds in (30, 300):
        source = _clip(folder / f"{seconds}.mp4", seconds, (640, 360))
        command = [sys.executable, __file__, "child", str(source), str(folder / f"out_{seconds}.mp4")]
        child = subprocess.Popen(command)
        _, _, usage = os.wait4(child.pid, 0)
        peaks.append(usage.ru_maxrss / 1024)
        print(f"{seconds:4} s of 640x360: peak {peaks[-1]:.0f} MB")
    print(f"ratio: {peaks[1] / peaks[0]:.3f}")


def busy(folder: Path, arguments: argparse.Namespace) -> None:
    """Print each stage's share for a callable of a known speed."""
    source = _clip(folder / "in.mp4", 5, (854, 480))

    def slow(frames: np.ndarray) -> np.ndarray:
        time.sleep(arguments.seconds_a_frame * len(frames))
        return frames

    report = video.translate_video(source, folder / "out.mp4", slow, video.Options(batch_size=2))
    print(", ".join(f"{stage} {share:.1%}" for stage, share in report.busy.items()))
    print(report.bottleneck)


def _ours(source: Path, target: Path) -> None:
    options = {"preset": ENCODER_OPTIONS["preset"], "crf": int(ENCODER_OPTIONS["crf"]), "overwrite": True}
    video.translate_video(source, target, lambda frames: frames, video.Options(batch_size=4, **options))


def _plain_loop(source: Path, target: Path) -> None:
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options=ENCODER_OPTIONS)
        decoded = container.streams.video[0]
        decoded.thread_type = "AUTO"
        stream.width, stream.height, stream.pix_fmt = decoded.width, decoded.height, "yuv420p"
        for frame in container.decode(decoded):
            pixels = frame.to_ndarray(format="rgb24")
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))


def _seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _clip(path: Path, seconds: int, size: tuple[int, int]) -> Path:
    """Write a clip with motion and texture, so that the encoder has real work."""
    video.write_clip(path, _frames(seconds * RATE, *size), RATE)
    return path


def _frames(count: int, width: int, height: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (height // 8, width // 4, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (2 * width, height), interpolation=cv2.INTER_CUBIC)
    for index in range(count):
        left = (index * 3) % width
        frame = picture[:, left : left + width].copy()
        cv2.circle(frame, (width // 2, (index * 5) % height), height // 6, (index % 256, 40, 200), -1)
        yield frame


def _child(source: str, target: str) -> None:
    video.translate_video(
        source, target, lambda frames: frames, video.Options(batch_size=4, preset="ultrafast")
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["overhead", "memory", "busy"])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds-a-frame", type=float, default=0.05)
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _child(*sys.argv[2:])
    else:
        main()
