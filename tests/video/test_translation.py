import signal
from fractions import Fraction

import av
import numpy as np
import pytest

import video
from video.colour.conversion import ToPicture
from video.plan import plan_video


@pytest.mark.parametrize("height, matrix", [(128, 6), (720, 1)])
def test_an_untagged_clip_comes_back_tagged_by_its_height(
    make_clip, tmp_path, identity, look, height, matrix
):
    path = make_clip(colour=(2, 0, 2, 2), size=(32, height), count=2)
    video.translate_video(path, tmp_path / "out.mp4", identity)
    assert look(tmp_path / "out.mp4").tags == {(matrix, 1, matrix, matrix)}


@pytest.mark.parametrize(
    "source, target",
    [("in.mp4", "out.mkv"), ("in.mkv", "out.mp4"), ("in.mkv", "out.mov"), ("in.mp4", "out.webm")],
)
def test_variable_times_and_the_last_duration_survive(make_clip, tmp_path, identity, look, source, target):
    times = [0, 33, 66, 133, 400, 1160]
    path = make_clip(source, ticks=times, time_base=Fraction(1, 1000), bframes=0)
    report = video.translate_video(path, tmp_path / target, identity)
    after = look(tmp_path / target)
    for time, expected in zip(after.times, times[:-1], strict=True):
        assert abs(time - Fraction(expected, 1000)) <= after.tick
    assert after.seconds == pytest.approx(1.16, abs=0.002)
    assert report.duration_seconds == pytest.approx(1.16, abs=0.002)


def test_a_clip_can_be_translated_again_and_again(make_clip, tmp_path, identity, look):
    path = make_clip("0.mp4", ticks=[0, 33, 66, 133, 400, 1160], time_base=Fraction(1, 1000), bframes=0)
    for round_number in range(1, 4):
        report = video.translate_video(path, tmp_path / f"{round_number}.mp4", identity)
        path = tmp_path / f"{round_number}.mp4"
        assert report.frames_written == 5
    assert [round(float(time), 3) for time in look(path).times] == [0, 0.033, 0.066, 0.133, 0.4]
    assert look(path).seconds == pytest.approx(1.16, abs=0.002)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_no_frame_is_lost_with_b_frames(make_clip, tmp_path, identity, look, count):
    path = make_clip(count=count, bframes=3)
    report = video.translate_video(path, tmp_path / "out.mp4", identity, video.Options(batch_size=3))
    assert report.frames_read == report.frames_written == len(look(tmp_path / "out.mp4").times) == count


@pytest.mark.parametrize(
    "rate, target", [(Fraction(24000, 1001), "out.mp4"), (Fraction(30000, 1001), "out.mkv")]
)
def test_film_and_television_rates_stay_exact(make_clip, tmp_path, identity, look, rate, target):
    path = make_clip(ticks=[1001 * index for index in range(7)], time_base=1 / rate / 1001)
    video.translate_video(path, tmp_path / target, identity)
    with av.open(str(tmp_path / target)) as container:
        found = container.streams.video[0].average_rate
    assert Fraction(found.numerator, found.denominator) == rate
    if target == "out.mp4":
        assert look(tmp_path / target).times == [index / rate for index in range(6)]


@pytest.mark.parametrize("rotation, turns", [(90, 1), (180, 2), (270, 3)])
def test_a_rotated_clip_comes_out_upright_without_a_matrix(
    make_clip, tmp_path, identity, look, draw, rotation, turns
):
    path = make_clip(rotation=rotation, count=2)
    report = video.translate_video(path, tmp_path / "out.mp4", identity)
    after, expected = look(tmp_path / "out.mp4"), np.rot90(next(draw(1)), turns)
    assert after.rotations == {0}
    assert (report.height, report.width) == expected.shape[:2]
    assert abs(after.pixels[0].astype(int) - expected).mean() < 5


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_the_shape_of_a_pixel_is_kept(make_clip, tmp_path, identity, look, target):
    video.translate_video(make_clip(aspect=Fraction(16, 11)), tmp_path / target, identity)
    assert look(tmp_path / target).aspect == Fraction(16, 11)


def test_odd_sizes_reach_the_callable_as_they_are_and_grow_by_one_pixel(make_clip, tmp_path, look):
    path = make_clip("in.mkv", codec="ffv1", size=(127, 95), count=3)
    shapes = set()

    def translate(frames):
        shapes.add(frames.shape)
        return frames

    report = video.translate_video(path, tmp_path / "out.mp4", translate, video.Options(batch_size=4))
    assert shapes == {(4, 95, 127, 3)}
    assert (report.width, report.height) == look(tmp_path / "out.mp4").size == (128, 96)
    assert "127x95 became 128x96" in report.warnings[0]


@pytest.mark.parametrize("target", ["out.mp4", "out.mov", "out.mkv"])
def test_a_late_start_stays_in_sync_with_the_sound(make_clip, tmp_path, identity, look, target):
    ticks = [25600 + 512 * index for index in range(21)]
    path = make_clip(ticks=ticks, sounds=["aac"], sound_start=1.5)
    video.translate_video(path, tmp_path / target, identity)
    before, after = look(path), look(tmp_path / target)
    assert abs(after.times[0] - before.times[0]) <= after.tick
    offset = after.audio[0][0] - after.times[0]
    assert abs(offset - (before.audio[0][0] - before.times[0])) <= after.tick


def test_frame_types_of_the_source_do_not_force_keyframes(make_clip, tmp_path, identity, look):
    path = make_clip(count=30, options=None, bframes=0, codec="mpeg4")
    assert look(path).keyframes > 1
    video.translate_video(path, tmp_path / "out.mp4", identity)
    assert look(tmp_path / "out.mp4").keyframes == 1


def test_a_wrong_result_names_the_frames_and_leaves_nothing(make_clip, tmp_path, only_files):
    calls = []

    def translate(frames):
        calls.append(1)
        return frames if len(calls) == 1 else frames[:3]

    with pytest.raises(video.TranslationError, match=r"frames 4 to 7 is not .*\n.*found uint8 \(3,"):
        video.translate_video(make_clip(), tmp_path / "out.mp4", translate, video.Options(batch_size=4))
    assert only_files(tmp_path) == ["in.mp4"]


def fail_with_error(frames):
    raise FileNotFoundError("weights")


def fail_with_ctrl_c(frames):
    signal.raise_signal(signal.SIGINT)
    return frames


@pytest.mark.parametrize(
    "translate, error, target",
    [(fail_with_error, FileNotFoundError, "out.mp4"), (fail_with_ctrl_c, KeyboardInterrupt, "out.mkv")],
)
@pytest.mark.timeout(30)
def test_a_failing_callable_leaves_the_old_output_and_no_file(
    make_clip, tmp_path, only_files, translate, error, target
):
    (tmp_path / target).write_bytes(b"old")
    source = make_clip(count=40, sounds=["aac"])
    with pytest.raises(error):
        video.translate_video(source, tmp_path / target, translate, video.Options(overwrite=True))
    assert only_files(tmp_path) == ["in.mp4", target]
    assert (tmp_path / target).read_bytes() == b"old"


def test_an_old_output_is_replaced_on_success(make_clip, tmp_path, identity, look):
    (tmp_path / "out.mp4").write_bytes(b"old")
    video.translate_video(make_clip(), tmp_path / "out.mp4", identity, video.Options(overwrite=True))
    assert len(look(tmp_path / "out.mp4").times) == 8


def test_a_bad_target_is_refused_before_the_source_is_read(tmp_path, identity):
    with pytest.raises(video.UsageError, match="suffix"):
        video.translate_video(tmp_path / "missing.mp4", tmp_path / "out.txt", identity)


def test_progress_counts_frames_up_to_the_total(make_clip, tmp_path, identity):
    seen = []
    video.translate_video(
        make_clip(count=10),
        tmp_path / "o.mp4",
        identity,
        video.Options(batch_size=4),
        on_progress=lambda *now: seen.append(now),
    )
    assert seen == [(frame, 10) for frame in range(1, 11)]


def test_decoding_is_never_more_than_a_few_batches_ahead(make_clip, tmp_path, monkeypatch):
    decoded, lead, original = [0], [], ToPicture.__call__

    def counted(self, *arguments):
        decoded[0] += 1
        return original(self, *arguments)

    monkeypatch.setattr(ToPicture, "__call__", counted)
    calls = [0]

    def slow(frames):
        signal.sigtimedwait([], 0.005)
        lead.append(decoded[0] - 2 * calls[0])
        calls[0] += 1
        return frames

    video.translate_video(make_clip(count=150), tmp_path / "out.mp4", slow, video.Options(batch_size=2))
    assert calls[0] == 75
    assert max(lead) <= 2 + 2 * 2 + 4


@pytest.fixture
def opened(monkeypatch):
    """The paths that FFmpeg was given to read, one for each time."""
    paths, open_file = [], av.open

    def note(file, mode="r", **options):
        if mode == "r":
            paths.append(str(file).removeprefix("file:"))
        return open_file(file, mode, **options)

    monkeypatch.setattr(av, "open", note)
    return paths


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv", "in.avi"])
def test_a_source_is_opened_once_for_each_time_it_is_read_through(
    make_clip, tmp_path, identity, opened, name
):
    path = make_clip(name, count=10, sounds=["mp2"])
    report = video.translate_video(path, tmp_path / "out.mkv", identity)
    assert report.frames_written == 10
    # For inspection, for its frames, and for its other streams.
    assert opened.count(str(path)) == 3


def test_a_plan_opens_its_source_for_packets_and_for_the_first_frame(make_clip, tmp_path, opened):
    path = make_clip(count=10, sounds=["aac"])
    plan_video(path, tmp_path / "out.mp4", video.Options())
    assert opened.count(str(path)) == 2


def test_odd_sides_of_a_source_without_chroma_subsampling_stay_odd(make_clip, tmp_path, identity, look):
    path = make_clip(size=(97, 65), pix_fmt="yuv444p", count=3)
    report = video.translate_video(path, tmp_path / "out.mp4", identity)
    assert (report.width, report.height, report.warnings) == (97, 65, ())
    assert look(tmp_path / "out.mp4").size == (97, 65)
