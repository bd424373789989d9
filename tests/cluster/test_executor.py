"""Clips on real workers of a real cluster."""

import os
import random
import re
import signal
import time

import numpy as np
import psutil
import pytest

import video
from cyclegan_tf.cluster.cluster import Cluster
from cyclegan_tf.cluster.executor import RayExecutor
from cyclegan_tf.cluster.options import ClusterOptions
from cyclegan_tf.cluster.worker import ModelRequest
from cyclegan_tf.errors import UsageError
from cyclegan_tf.inference.translator import Translator
from video import translation
from video.executing import translate_elsewhere
from video.plan import plan_video

pytestmark = pytest.mark.slow

OPTIONS = video.Options(batch_size=2)
SHARED = pytest.mark.parametrize("cluster", ["shared"], indirect=True)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 10)


@pytest.fixture(scope="module")
def cluster(ray, small_model, request):
    """Two workers with the model."""
    options = ClusterOptions(workers=2, transfer=request.param)
    with Cluster(options, ModelRequest(small_model, "ab")) as cluster:
        yield cluster


@pytest.mark.parametrize("cluster", ["shared", "store"], indirect=True)
def test_the_file_is_that_of_one_process_to_the_byte(cluster, small_model, clip, tmp_path):
    report = translate_elsewhere(plan_video(clip, tmp_path / "ray.mp4", OPTIONS), RayExecutor(cluster))
    assert (report.frames_read, report.frames_written) == (50, 50)
    video.translate_video(clip, tmp_path / "one.mp4", Translator(small_model), OPTIONS)
    assert (tmp_path / "ray.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()


def is_worker(process_id):
    """Return whether a process is there, alive, and a worker of Ray."""
    try:
        return any("ray::Worker" in word for word in psutil.Process(process_id).cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def at_work(tmp_path):
    """Waits for workers that have a segment of ray.mp4: at_work(killed) are the process ids of the others."""

    def wait(killed):
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            # Whoever has a segment has a folder with its process id in its name, which stays if it is killed.
            folders = tmp_path.glob(".ray.mp4.work/worker-*")
            ids = {int(path.name.split("-")[1]) for path in folders} - set(killed)
            if found := sorted(filter(is_worker, ids)):
                return found
            time.sleep(0.01)
        pytest.fail("no worker is at work")

    return wait


@SHARED
def test_a_worker_that_dies_loses_no_frame(cluster, small_model, clip, tmp_path, at_work, monkeypatch):
    # So many that a worker is still at work when this process hears of the first.
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", 4)
    killed = []

    def kill_one(done, total):
        if not killed:
            killed.append(at_work(killed)[0])
            os.kill(killed[0], signal.SIGKILL)

    plan = plan_video(clip, tmp_path / "ray.mp4", OPTIONS)
    assert translate_elsewhere(plan, RayExecutor(cluster), kill_one).frames_written == 50
    assert killed
    video.translate_video(clip, tmp_path / "one.mp4", Translator(small_model), OPTIONS)
    assert (tmp_path / "ray.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()


@SHARED
@pytest.mark.slow
def test_workers_that_die_again_and_again_lose_no_frame(cluster, small_model, tmp_path, at_work):
    frames = np.random.default_rng(0).integers(0, 256, (300, 96, 128, 3), dtype=np.uint8)
    video.write_clip(tmp_path / "in.mp4", frames, 25)
    killed, dice = [], random.Random(0)

    def kill(done, total):
        if done < 60 * (len(killed) + 1) or done == total:
            return
        killed.append(dice.choice(at_work(killed)))
        os.kill(killed[-1], signal.SIGKILL)

    plan = plan_video(tmp_path / "in.mp4", tmp_path / "ray.mp4", OPTIONS)
    assert translate_elsewhere(plan, RayExecutor(cluster), kill).frames_written == 300
    assert len(set(killed)) >= 2
    video.translate_video(tmp_path / "in.mp4", tmp_path / "one.mp4", Translator(small_model), OPTIONS)
    assert (tmp_path / "ray.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()


@SHARED
def test_an_error_of_a_worker_is_what_it_is_here_and_work_is_kept(cluster, tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (50, 32, 48, 3), dtype=np.uint8)
    video.write_clip(tmp_path / "in.mp4", frames, 25)
    plan = plan_video(tmp_path / "in.mp4", tmp_path / "out.mp4", OPTIONS)

    def remove_source(done, total):
        (tmp_path / "in.mp4").unlink(missing_ok=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        translate_elsewhere(plan, RayExecutor(cluster), remove_source)
    # The second worker may have finished its first segment too.
    assert re.match("[1-4]0 of 50 frames are finished and kept", caught.value.__notes__[0])
    with pytest.raises(video.MediaError, match=r"in\.mp4"):
        list(RayExecutor(cluster).translate(plan.source, work_of(plan), tmp_path, [0]))


def work_of(plan):
    from video.segment_run import ClipWork

    return ClipWork.of(plan, 10, 2)


@pytest.mark.parametrize("cluster", ["store"], indirect=True)
def test_pictures_as_a_clip_are_not_sent(cluster, tmp_path):
    import imageio.v3 as imageio

    for number in range(3):
        imageio.imwrite(tmp_path / f"{number}.png", np.full((32, 48, 3), number, np.uint8))
    plan = plan_video(tmp_path / "%d.png", tmp_path / "out.mp4", OPTIONS)
    with pytest.raises(UsageError, match="--ray-transfer shared"):
        list(RayExecutor(cluster).translate(plan.source, work_of(plan), tmp_path, [0]))
