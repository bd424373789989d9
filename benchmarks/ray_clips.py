"""Measure clips over Ray: python benchmarks/ray_clips.py {speed,faults}.

speed:  clips an hour by two workers of one thread against one worker of one thread, in turn on one local
        cluster, with medians and their ratio. Model loading is not part of it. A worker decodes and encodes
        beside its model, and so uses more than a core where one is free; --one-core gives each just one.
faults: the same clip while a worker is killed at random every few seconds; no frame may be lost, and the file
        has to be that of a run without kills.
"""

import argparse
import contextlib
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

import video
from cyclegan_tf.cluster.cluster import Cluster, connect, import_ray
from cyclegan_tf.cluster.executor import RayExecutor
from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.worker import ModelRequest
from cyclegan_tf.models.run import find_model
from video import translation
from video.executing import translate_elsewhere
from video.plan import plan_video

OPTIONS = video.Options(batch_size=1, overwrite=True)


def main() -> None:
    """Print one table."""
    arguments = _parse()
    translation.SEGMENT_FRAMES = arguments.segment
    ray = import_ray()
    connect(ray, ClusterOptions(workers=2))
    with tempfile.TemporaryDirectory() as folder:
        {"speed": speed, "faults": faults}[arguments.what](Path(folder), arguments)
    ray.shutdown()


def speed(folder: Path, arguments: argparse.Namespace) -> None:
    """Time one worker and two in turn, and print the medians and their ratio."""
    source = _clip(folder / "in.mp4", arguments)
    rates: dict[int, list[float]] = {1: [], 2: []}
    work: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(arguments.turns):
        for workers in (1, 2):
            options = ClusterOptions(workers=workers)
            with Cluster(options, _model(arguments)) as cluster:
                # Every worker is ready, and has read the first segment, before the clock starts.
                _translate(cluster, source, folder / "warm.mp4")
                if arguments.one_core:
                    _bind_workers()
                began, worked = time.perf_counter(), _seconds_of_workers()
                _translate(cluster, source, folder / "out.mp4")
                seconds, worked = time.perf_counter() - began, _seconds_of_workers() - worked
            rates[workers].append(3600 / seconds)
            work[workers].append(worked)
            load = os.getloadavg()[0]
            print(f"{workers} workers: {seconds:.1f} s, {worked:.1f} s of a core, load {load:.1f}")
    one, two = (statistics.median(rates[workers]) for workers in (1, 2))
    print(f"clips an hour: {one:.1f} by one worker, {two:.1f} by two; ratio {two / one:.2f}")
    one, two = (statistics.median(work[workers]) for workers in (1, 2))
    # On a machine with other work this says more: what two workers do twice, if anything.
    print(f"seconds of a core for a clip: {one:.1f} by one worker, {two:.1f} by two; ratio {two / one:.2f}")


def faults(folder: Path, arguments: argparse.Namespace) -> None:
    """Kill a worker at random again and again, and compare the file with that of a quiet run."""
    source, dice = _clip(folder / "in.mp4", arguments), random.Random(0)
    with Cluster(ClusterOptions(workers=2), _model(arguments)) as cluster:
        _translate(cluster, source, folder / "quiet.mp4")
        ended, killed = threading.Event(), []

        def kill() -> None:
            while not ended.wait(arguments.seconds):
                if workers := _at_work(folder):
                    # A folder may be that of one who died before.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker := dice.choice(workers), signal.SIGKILL)
                        killed.append(worker)

        threading.Thread(target=kill, daemon=True).start()
        began = time.perf_counter()
        report = _translate(cluster, source, folder / "killed.mp4")
        seconds = time.perf_counter() - began
        ended.set()
    same = (folder / "quiet.mp4").read_bytes() == (folder / "killed.mp4").read_bytes()
    print(f"{len(killed)} workers killed in {seconds:.0f} s, one every {arguments.seconds:g} s")
    print(f"{report.frames_written} of {arguments.frames} frames; the file is the same to the byte: {same}")


def _translate(cluster: Cluster, source: Path, target: Path) -> video.Report:
    return translate_elsewhere(plan_video(source, target, OPTIONS), RayExecutor(cluster))


def _seconds_of_workers() -> float:
    """Return the processor time that the workers below this process have used."""
    seconds = 0.0
    for process in _workers():
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:2])
    return seconds


def _bind_workers() -> None:
    """Bind all threads of each worker to a core of its own; what they start inherits it."""
    for core, process in zip(sorted(os.sched_getaffinity(0)), _workers()):
        for thread in process.threads():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread.id, {core})


def _workers() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "".join(process.cmdline()[:1]).startswith("ray::Worker"):
                found.append(process)
    return found


def _at_work(folder: Path) -> list[int]:
    """Return the processes of the workers that have a segment, by the names of their folders."""
    return [int(path.name.split("-")[1]) for path in folder.glob(".*.work/worker-*.part")]


def _model(arguments: argparse.Namespace) -> ModelRequest:
    return ModelRequest(find_model(arguments.model).absolute(), "ab")


def _clip(path: Path, arguments: argparse.Namespace) -> Path:
    height, width = arguments.size, arguments.size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    video.write_clip(path, (np.roll(noise, index, axis=1) for index in range(arguments.frames)), 25)
    return path


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["speed", "faults"])
    parser.add_argument("--model", type=Path, help="run or model folder; the bundled model by default")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--size", type=int, default=256, help="of the square frames in pixels")
    parser.add_argument("--segment", type=int, default=20, help="frames of a segment")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--one-core", action="store_true", help="bind each worker to a core; on Linux")
    parser.add_argument("--seconds", type=float, default=10.0, help="between two kills")
    return parser.parse_args()


if __name__ == "__main__":
    main()
