"""Killed processes, full disks, damaged segments: the same call resumes, and the result is the same.

Every frame carries its number as black and white blocks, so the callable can note which frames it has seen.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest

import video
from video import translation
from video.pipeline.steadying import LEAD_FRAMES
from video.plan import plan_video
from video.resuming import begun_with

SEGMENT, BLOCK, DEADLINE = 20, 8, 240
# A process that notes the numbers of the frames it sees in a file, and says how it ended.
CHILD = f"""
import os, resource, signal, sys
import numpy as np
import video
from video import translation
from video.pipeline.steadying import LEAD_FRAMES
translation.SEGMENT_FRAMES = {SEGMENT}
source, target, journal = sys.argv[1:4]
noted = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def translate(frames):
    bits = frames[:, {BLOCK // 2}, {BLOCK // 2}::{BLOCK}, 1] > 128
    numbers = dict.fromkeys((bits @ (1 << np.arange(bits.shape[1]))).tolist())
    # In one write, or a kill leaves half a line.
    os.write(noted, "".join(f"{{number}}\\n" for number in numbers).encode())
    return 255 - frames

translate.translation_id = "negative"
"""
CALL = """
try:
    report = video.translate_video(source, target, translate, video.Options(batch_size=4))
    print("reused", report.frames_reused, *report.warnings, sep="\\n")
except video.UserError as error:
    print(error, *getattr(error, "__notes__", ()), sep="\\n")
    sys.exit(error.exit_code)
"""
# Dies before the n-th file would get its name.
DIES_AT_A_RENAME = """
rename, left = os.replace, [{number}]
def replace(*names):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    rename(*names)
os.replace = replace
"""
# What a full disk looks like, without filling one.
TAKES_ONLY = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({number}, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""


def numbered(count):
    """Pictures with their number in the first row of blocks, smooth at first and noisy from frame 40 on."""
    noise = np.random.default_rng(0)
    for number in range(count):
        picture = np.full((64, 96, 3), (number * 3 % 200, 90, 130), np.uint8)
        if number >= 40:
            picture[16:] = noise.integers(0, 256, (48, 96, 3))
        bits = number >> np.arange(96 // BLOCK) & 1
        picture[:BLOCK] = np.repeat(bits * 255, BLOCK)[None, :, None]
        yield picture


def number_of(picture):
    bits = picture[BLOCK // 2, BLOCK // 2 :: BLOCK, 1] > 128
    return int(bits @ (1 << np.arange(len(bits))))


@pytest.fixture
def job(tmp_path, make_clip):
    """A clip with sound at a variable rate, and a way to translate it in a process of its own."""

    def begin(count, name="out.mp4"):
        ticks = [40 * index + 7 * (index % 3) for index in range(count + 1)]
        source = make_clip(
            "in.mkv", ticks=ticks, time_base=Fraction(1, 1000), frames=numbered(count), sounds=["aac"]
        )
        target = tmp_path / name

        def start(extra="", to=target):
            journal = tmp_path / f"seen-{time.monotonic_ns()}"
            journal.touch()
            command = [sys.executable, "-c", CHILD + extra + CALL, source, to, journal]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            return SimpleNamespace(process=process, journal=journal)

        def run(extra="", to=target):
            child = start(extra, to)
            said, _ = child.process.communicate(timeout=DEADLINE)
            return SimpleNamespace(code=child.process.returncode, said=said, seen=numbers_in(child.journal))

        work = tmp_path / f".{name}.work"
        return SimpleNamespace(source=source, target=target, work=work, count=count, start=start, run=run)

    return begin


def numbers_in(journal):
    return [int(line) for line in journal.read_text().split()]


def finished(work):
    """Numbers of the frames in closed segments."""
    closed = [int(path.stem) for path in work.glob("*.mkv") if path.with_suffix(".json").exists()]
    return {number for place in closed for number in range(place * SEGMENT, (place + 1) * SEGMENT)}


def content(path):
    """Every packet with its times, and every decoded picture with its time."""
    with av.open(str(path)) as container:
        packets = [
            (packet.stream_index, packet.pts, packet.dts, packet.duration, bytes(packet))
            for packet in container.demux()
            if packet.size
        ]
    with av.open(str(path)) as container:
        return packets, [(frame.pts, frame.to_ndarray().tobytes()) for frame in container.decode(video=0)]


def assert_same(target, other):
    (packets, pictures), (expected_packets, expected_pictures) = content(target), content(other)
    assert pictures == expected_pictures
    assert packets == expected_packets


def kill_when_seen(child, number, delay):
    """Kills a process once its callable has seen so many frames, and a moment later."""
    limit = time.monotonic() + DEADLINE
    while len(numbers_in(child.journal)) < number:
        assert child.process.poll() is None, child.process.stdout.read()
        assert time.monotonic() < limit, "it makes no progress"
        time.sleep(0.002)
    time.sleep(delay)
    with child.process:
        child.process.kill()
    assert child.process.returncode == -signal.SIGKILL
    return numbers_in(child.journal)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4])
def test_killed_five_times_at_random_points_the_same_call_finishes_and_the_result_is_the_same(
    job, tmp_path, only_files, record_testsuite_property, seed
):
    clip, draws = job(400), random.Random(seed)
    reference = tmp_path / "whole.mp4"
    whole = clip.run(to=reference)
    assert whole.code == 0, whole.said
    at_start, seen, lost = [], [], 0
    for _ in range(5):
        done = finished(clip.work)
        at_start.append(done)
        child = clip.start()
        # So that every kill leaves something for the ones after it.
        seen.append(kill_when_seen(child, draws.randrange(1, 90), draws.uniform(0, 0.05)))
        assert not clip.target.exists()
        lost += len(set(seen[-1]) - finished(clip.work))
    at_start.append(finished(clip.work))
    last = clip.run()
    assert last.code == 0, last.said
    seen.append(last.seen)
    assert_same(clip.target, reference)
    for done, numbers in zip(at_start, seen):
        assert not done & set(numbers), "a finished segment was translated again"
    assert sorted({*at_start[-1], *last.seen}) == list(range(400))
    assert len(at_start[-1]) >= 2 * SEGMENT, "the kills must leave something for this test to say anything"
    assert f"reused\n{len(at_start[-1])}" in last.said
    assert [name for name in only_files(tmp_path) if "seen" not in name] == ["in.mkv", "out.mp4", "whole.mp4"]
    record_testsuite_property("frames_finished_at_each_start", str([len(done) for done in at_start]))
    record_testsuite_property("frames_seen_by_each_process", str([len(numbers) for numbers in seen]))
    record_testsuite_property("frames_translated_again", lost)


@pytest.mark.slow
# Of seconds, but it starts sixteen processes one after the other.
@pytest.mark.timeout(900)
def test_killed_before_every_single_rename_the_same_call_finishes(job, tmp_path):
    clip = job(30)
    assert clip.run(to=tmp_path / "whole.mp4").code == 0
    for number in itertools.count(1):
        target = tmp_path / f"{number}.mp4"
        result = clip.run(DIES_AT_A_RENAME.format(number=number), to=target)
        if result.code == 0:
            break
        assert result.code == -signal.SIGKILL, result.said
        assert not target.exists()
        again = clip.run(to=target)
        assert again.code == 0, again.said
        assert_same(target, tmp_path / "whole.mp4")
    # Of the journal twice, of two files for each of two segments, and of the result.
    assert number - 1 >= 7


def test_killed_while_the_result_is_put_together_nothing_is_translated_again(job):
    clip = job(50)
    dies = (
        "from video import finishing\n"
        "finishing.verify_clip = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert clip.run(dies).code == -signal.SIGKILL
    assert (clip.work / "result.part").exists()
    assert not clip.target.exists()
    result = clip.run()
    assert (result.code, result.seen) == (0, [])
    assert "reused\n50" in result.said
    assert not clip.work.exists()


def test_a_disk_that_fills_up_while_a_segment_is_written_keeps_those_before(job, tmp_path):
    clip = job(80)
    assert clip.run(to=tmp_path / "whole.mp4").code == 0
    result = clip.run(TAKES_ONLY.format(number=30_000))
    assert result.code == 6, result.said
    what, said, fix, needed, kept = result.said.splitlines()
    assert what == f"error: cannot write: {clip.work / '000002.mkv'}"
    assert said == "larger than the limit for one file"
    assert fix.startswith("fix: raise the limit")
    assert needed.endswith("MB more are needed, estimated from the finished frames")
    assert kept.startswith("40 of 80 frames are finished and kept")
    assert sorted(path.name for path in clip.work.iterdir() if path.suffix in (".mkv", ".part")) == [
        "000000.mkv",
        "000001.mkv",
    ]
    assert not clip.target.exists()
    again = clip.run()
    assert again.code == 0, again.said
    assert again.seen == list(range(40, 80))
    assert_same(clip.target, tmp_path / "whole.mp4")


def test_a_disk_that_fills_up_while_the_result_is_put_together_keeps_every_segment(job, tmp_path):
    clip = job(120)
    assert clip.run(to=tmp_path / "whole.mp4").code == 0
    size = (tmp_path / "whole.mp4").stat().st_size
    result = clip.run(TAKES_ONLY.format(number=size // 2))
    assert result.code == 6, result.said
    assert "error: cannot write: " in result.said
    assert "120 of 120 frames are finished and kept" in result.said
    assert not clip.target.exists()
    assert not (clip.work / "result.part").exists()
    again = clip.run()
    assert (again.code, again.seen) == (0, []), again.said
    assert_same(clip.target, tmp_path / "whole.mp4")


def test_a_disk_that_is_full_from_the_start_is_an_output_error_and_leaves_nothing(job):
    clip = job(20)
    # Frames are noted in a file too, but none is seen.
    result = clip.run(TAKES_ONLY.format(number=0))
    assert result.code == 6, result.said
    assert "error: cannot write" in result.said
    assert not clip.target.exists()
    assert not clip.work.exists()


class Counted:
    """The same translation in this process; `stop_at` ends it after so many frames."""

    translation_id = "negative"

    def __init__(self, stop_at=None):
        self.seen, self.stop_at = set(), stop_at

    def __call__(self, frames):
        self.seen |= {number_of(picture) for picture in frames}
        return 255 - frames

    def progress(self, done, total):
        if done == self.stop_at:
            raise RuntimeError("stopped by the test")


class Nameless(Counted):
    """The same translation without an identity."""

    translation_id = ""


@pytest.fixture
def begun(job, monkeypatch):
    """Work that stopped when two of three segments were closed."""
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)
    clip, translate = job(60), Counted(stop_at=55)
    with pytest.raises(RuntimeError):
        video.translate_video(
            clip.source, clip.target, translate, video.Options(batch_size=4), on_progress=translate.progress
        )
    assert finished(clip.work) == set(range(40))
    return clip


def damage_middle(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "spoil, suffix", [(damage_middle, ".mkv"), (os.unlink, ".json")], ids=["flipped_bit", "no_index"]
)
def test_a_damaged_segment_is_made_again_alone(begun, tmp_path, spoil, suffix):
    spoil((begun.work / "000000.mkv").with_suffix(suffix))
    translate = Counted()
    report = video.translate_video(begun.source, begun.target, translate, video.Options(batch_size=4))
    assert translate.seen == {*range(20), *range(40, 60)}
    assert (report.frames_reused, report.frames_translated, report.frames_written) == (20, 40, 60)
    video.translate_video(begun.source, tmp_path / "whole.mp4", Counted(), video.Options(batch_size=4))
    assert_same(begun.target, tmp_path / "whole.mp4")


def change_source(clip):
    os.utime(clip.source, ns=(1, 1))


@pytest.mark.parametrize(
    "part, change, translate, options",
    [
        ("source", change_source, Counted(), {}),
        ("options, encoder", None, Counted(), {"crf": 30}),
        ("translation", None, Counted(), {"translation_id": "new weights"}),
    ],
    ids=["source", "option", "identity"],
)
def test_a_change_starts_from_the_beginning_and_is_reported(begun, part, change, translate, options):
    if change:
        change(begun)
    report = video.translate_video(
        begun.source, begun.target, translate, video.Options(batch_size=4, **options)
    )
    assert translate.seen == set(range(60))
    assert report.frames_reused == 0
    assert f"Earlier work on this output was not resumed: another {part}." in report.warnings


def test_work_is_resumed_when_an_option_does_not_change_the_result(begun):
    translate = Counted()
    report = video.translate_video(
        begun.source, begun.target, translate, video.Options(batch_size=1, overwrite=True, keep_partial=True)
    )
    assert translate.seen == set(range(40, 60))
    assert report.frames_reused == 40
    # A batch of another size might round differently.
    assert report.batch_size == 4


def test_another_object_of_one_class_is_another_translation_by_its_translation_id(begun):
    first, second = Counted(), Counted()
    second.translation_id = "other weights"
    video.translate_video(begun.source, begun.target, second, video.Options(batch_size=4))
    assert second.seen == set(range(60)), "the clip was finished with the weights of another model"
    assert first.seen == set()


@pytest.mark.parametrize("one", [Nameless(), lambda frames: 255 - frames], ids=["object", "function"])
def test_work_of_a_callable_that_has_no_identity_is_not_resumed(job, monkeypatch, one):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)
    clip = job(60)
    with pytest.raises(RuntimeError) as caught:
        video.translate_video(
            clip.source,
            clip.target,
            one,
            video.Options(batch_size=4),
            on_progress=Counted(stop_at=55).progress,
        )
    assert caught.value.__notes__ == [
        "40 of 60 frames were finished and are not kept: only a callable with a translation_id can be resumed"
    ]
    assert not clip.work.exists()
    report = video.translate_video(clip.source, clip.target, one, video.Options(batch_size=4))
    assert (report.frames_reused, report.frames_translated) == (0, 60)


def test_work_without_an_identity_is_reported_once_as_not_resumed(begun):
    report = video.translate_video(begun.source, begun.target, Nameless(), video.Options(batch_size=4))
    assert (report.frames_reused, report.frames_translated) == (0, 60)
    said = [warning for warning in report.warnings if "arlier work" in warning]
    assert said == ["Earlier work on this output was not resumed: the callable has no translation_id."]


def test_a_plain_function_is_named_by_the_option(job, monkeypatch):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)
    clip, named = job(60), video.Options(translation_id="negative", batch_size=4)
    with pytest.raises(RuntimeError):
        stop = Counted(stop_at=55).progress
        video.translate_video(clip.source, clip.target, lambda frames: 255 - frames, named, on_progress=stop)
    report = video.translate_video(clip.source, clip.target, lambda frames: 255 - frames, named)
    assert report.frames_reused == 40


def test_steadied_work_resumes_with_the_frames_that_lead_in_and_the_result_is_the_same(
    job, tmp_path, monkeypatch
):
    monkeypatch.setattr(translation, "SEGMENT_FRAMES", SEGMENT)
    clip, options = job(60), video.Options(batch_size=4, steady=0.8)
    with pytest.raises(RuntimeError):
        stop = Counted(stop_at=35).progress
        video.translate_video(clip.source, clip.target, Counted(), options, on_progress=stop)
    assert finished(clip.work) == set(range(20))
    translate = Counted()
    report = video.translate_video(clip.source, clip.target, translate, options)
    assert translate.seen == set(range(20 - LEAD_FRAMES, 60))
    assert (report.frames_reused, report.frames_written) == (20, 60)
    video.translate_video(clip.source, tmp_path / "whole.mp4", Counted(), options)
    assert_same(clip.target, tmp_path / "whole.mp4")


def test_work_that_was_not_steadied_is_not_resumed_as_if_it_were(begun):
    translate = Counted()
    options = video.Options(batch_size=4, steady=0.8)
    report = video.translate_video(begun.source, begun.target, translate, options)
    assert translate.seen == set(range(60))
    assert set(report.busy) == {"decode", "translate", "steady", "encode"}


@pytest.mark.parametrize(
    ("ids", "options", "expected"),
    [
        (["other", "negative"], {}, "negative"),
        (["other"], {}, None),
        (["negative"], {"quality": "good"}, None),
    ],
    ids=["begun", "another callable", "another option"],
)
def test_unfinished_work_tells_which_callable_could_resume_it(begun, ids, options, expected):
    plan = plan_video(begun.source, begun.target, video.Options(batch_size=4, **options))
    assert begun_with(plan, ids) == expected


def test_nothing_was_begun_where_there_is_no_work(job):
    clip = job(3)
    assert begun_with(plan_video(clip.source, clip.target, video.Options()), ["negative"]) is None
