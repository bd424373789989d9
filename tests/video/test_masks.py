from dataclasses import replace
from fractions import Fraction

import av
import imageio.v3 as imageio
import numpy as np
import pytest

import video
from video.core.errors import MediaError, UsageError
from video.core.options import Options
from video.masks import composite_pixels
from video.plan import plan_video
from video.preview import write_preview
from video.resuming import resume_key


def inverted(frames):
    return 255 - frames


inverted.translation_id = "inverted"


@pytest.fixture
def clip(make_clip):
    """Ten grey frames of 96x64, each of its own level."""
    return make_clip(count=10, frames=[np.full((64, 96, 3), 10 * n, np.uint8) for n in range(10)])


@pytest.fixture
def masks(tmp_path):
    """A folder of masks at half the size: white at the left, and more of it from frame to frame."""
    folder = tmp_path / "masks"
    folder.mkdir()
    for number in range(10):
        mask = np.zeros((32, 48), np.uint8)
        mask[:, : 4 * number] = 255
        imageio.imwrite(folder / f"{number:02}.png", mask)
    return folder


def translated(clip, target, **options):
    options = Options(quality="lossless", codec="ffv1", **options)
    report = video.translate_video(clip, target, inverted, options)
    return report, list(imageio.imiter(target, plugin="pyav"))


def test_a_black_mask_keeps_the_source_and_a_white_one_takes_the_translation(clip, masks, tmp_path):
    _, frames = translated(clip, tmp_path / "out.mkv", masks=masks)
    _, sources = translated(clip, tmp_path / "plain.mkv")
    for number, (frame, plain) in enumerate(zip(frames, sources, strict=True)):
        left = 8 * number
        np.testing.assert_array_equal(frame[:, left + 4 :], 255 - plain[:, left + 4 :])
        np.testing.assert_array_equal(frame[:, : max(0, left - 4)], plain[:, : max(0, left - 4)])


def test_a_clip_of_masks_serves_as_well_as_pictures(clip, masks, make_clip, tmp_path):
    levels = [imageio.imread(path) for path in sorted(masks.iterdir())]
    frames = [np.repeat(np.repeat(level, 2, 0), 2, 1)[..., np.newaxis].repeat(3, -1) for level in levels]
    as_clip = make_clip(name="masks.mp4", count=10, frames=frames)
    _, from_clip = translated(clip, tmp_path / "clip.mkv", masks=as_clip)
    _, from_pictures = translated(clip, tmp_path / "pictures.mkv", masks=masks)
    for one, other in zip(from_clip, from_pictures, strict=True):
        assert (np.abs(one.astype(int) - other) > 2).mean() < 0.1


def test_too_few_masks_are_refused_before_any_work(clip, masks, tmp_path):
    (masks / "09.png").unlink()
    with pytest.raises(MediaError, match=r"expected 10 masks; found 9"):
        translated(clip, tmp_path / "out.mkv", masks=masks)
    assert not (tmp_path / "out.mkv").exists()


def test_a_part_of_a_clip_with_pictures_as_masks_is_refused(clip, masks, tmp_path):
    with pytest.raises(UsageError, match="no times of their own"):
        translated(clip, tmp_path / "out.mkv", masks=masks, start=0.2)


@pytest.fixture
def damaged(make_clip):
    """A function that makes ten grey frames and destroys the data of one."""

    def make(number):
        frames = [np.full((64, 96, 3), 10 * n, np.uint8) for n in range(10)]
        kind = {"codec": "mjpeg", "pix_fmt": "yuvj420p", "time_base": Fraction(1, 25)}
        path = make_clip("in.avi", count=10, frames=frames, **kind)
        with av.open(str(path)) as container:
            packet = [packet for packet in container.demux() if packet.size][number]
            position, size = packet.pos, packet.size
        data = bytearray(path.read_bytes())
        data[position + 12 : position + size] = bytes(size - 12)
        path.write_bytes(data)
        return path

    return make


@pytest.fixture
def only_the_sixth(tmp_path):
    """A folder of ten masks: number 6 is white, the others are black."""
    folder = tmp_path / "sixth"
    folder.mkdir()
    for number in range(10):
        imageio.imwrite(folder / f"{number:02}.png", np.full((32, 48), 255 * (number == 6), np.uint8))
    return folder


@pytest.mark.parametrize(
    ("number", "policy", "place"), [(2, "skip", 5), (2, "repeat", 6), (0, "repeat", 5), (8, "skip", 6)]
)
def test_masks_stay_with_their_frames_where_a_frame_is_damaged(
    damaged, only_the_sixth, tmp_path, number, policy, place
):
    path = damaged(number)
    _, frames = translated(path, tmp_path / "out.mkv", masks=only_the_sixth, on_bad_frame=policy)
    assert [index for index, frame in enumerate(frames) if frame.mean() > 128] == [place]
    assert frames[place].mean() == pytest.approx(255 - 60, abs=3)


def test_a_frame_that_is_repeated_is_repeated_with_its_mask(damaged, only_the_sixth, tmp_path):
    path = damaged(7)
    _, frames = translated(path, tmp_path / "out.mkv", masks=only_the_sixth, on_bad_frame="repeat")
    assert [index for index, frame in enumerate(frames) if frame.mean() > 128] == [6, 7]


@pytest.mark.parametrize(
    ("number", "policy", "place"), [(2, "skip", 5), (2, "repeat", 6), (0, "repeat", 5), (8, "skip", 6)]
)
def test_masks_stay_with_their_pictures_too(only_the_sixth, tmp_path, number, policy, place):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in range(10):
        imageio.imwrite(folder / f"{level:02}.png", np.full((32, 48, 3), 10 * level, np.uint8))
    bad = folder / f"{number:02}.png"
    bad.write_bytes(bad.read_bytes()[:-30])
    _, frames = translated(folder, tmp_path / "out.mkv", masks=only_the_sixth, on_bad_frame=policy)
    assert [index for index, frame in enumerate(frames) if frame.mean() > 128] == [place]


@pytest.mark.parametrize(("policy", "number"), [("skip", 3), ("repeat", 3), ("repeat", 0)])
def test_a_damaged_mask_does_not_move_the_later_ones(clip, only_the_sixth, tmp_path, policy, number):
    path = only_the_sixth / f"{number:02}.png"
    path.write_bytes(path.read_bytes()[:-30])
    _, frames = translated(clip, tmp_path / "out.mkv", masks=only_the_sixth, on_bad_frame=policy)
    assert [index for index, frame in enumerate(frames) if frame.mean() > 128] == [6]


@pytest.fixture
def sounding(tmp_path):
    """A clip of 50 frames, each as bright as four times its number, with 2.1 s of sound."""
    frames = (np.full((64, 96, 3), 4 * number, np.uint8) for number in range(50))
    samples = np.zeros(100_800, np.float32)
    video.write_clip(tmp_path / "sounding.mp4", frames, 25, samples=samples, sample_rate=48000)
    return tmp_path / "sounding.mp4"


@pytest.fixture
def late_masks(make_clip):
    """A clip of 50 masks without sound: black, and white from number 35 on."""
    frames = [np.full((64, 96, 3), 255 * (number >= 35), np.uint8) for number in range(50)]
    return make_clip("late.mp4", count=50, frames=frames)


@pytest.mark.parametrize(
    ("part", "count", "first_white"),
    [({}, 50, 35), ({"end": 1.5}, 38, 35), ({"start": 1}, 25, 10), ({"fps": 10}, 20, 14)],
)
def test_sound_that_outlasts_the_pictures_asks_for_no_more_masks(
    sounding, late_masks, tmp_path, part, count, first_white
):
    report, frames = translated(sounding, tmp_path / "out.mkv", masks=late_masks, **part)
    _, plain = translated(sounding, tmp_path / "plain.mkv", **part)
    assert report.frames_written == plan_video(sounding, tmp_path / "n.mkv", Options(**part)).frames_total
    assert len(frames) == count
    for index, (frame, inverse) in enumerate(zip(frames, plain, strict=True)):
        expected = inverse if index >= first_white else 255 - inverse
        np.testing.assert_array_equal(frame, expected)


@pytest.mark.parametrize("part", [{"start": 1}, {"fps": 10}])
def test_a_clip_of_too_few_masks_is_refused_for_a_part_too(sounding, make_clip, tmp_path, part):
    short = make_clip("short.mp4", count=40)
    with pytest.raises(MediaError, match=r"there is not one mask for each frame"):
        plan_video(sounding, tmp_path / "out.mkv", Options(masks=short, **part))


def test_work_with_other_masks_is_not_resumed(clip, masks, tmp_path):
    plan = plan_video(clip, tmp_path / "out.mkv", Options(masks=masks))
    before = resume_key(plan, "inverted")
    imageio.imwrite(masks / "00.png", np.full((32, 48), 255, np.uint8))
    assert resume_key(plan, "inverted") != before
    assert resume_key(replace(plan, options=Options()), "inverted")["masks"] == ""


def test_a_preview_shows_the_masks(clip, masks, tmp_path):
    plan = plan_video(clip, tmp_path / "out.mkv", Options(masks=masks))
    write_preview(plan, tmp_path / "look.png", inverted)
    last = imageio.imread(tmp_path / "look.png")[-64:, 104:].astype(int)
    assert abs(last[:, 2] - last[:, -2]).min() > 60


def test_a_preview_at_another_rate_shows_each_still_with_its_mask(sounding, late_masks, tmp_path):
    plan = plan_video(sounding, tmp_path / "out.mkv", Options(masks=late_masks, fps=10))
    found = write_preview(plan, tmp_path / "look.png", inverted)
    rows = imageio.imread(tmp_path / "look.png").reshape(-1, 64, 200, 3).astype(int)
    is_translated = [abs(row[:, :96] - row[:, 104:]).max() > 20 for row in rows]
    assert is_translated == [seconds >= 1.4 for seconds in found.times_seconds]
    assert 0 < sum(is_translated) < len(rows)


def test_levels_near_black_and_white_count_as_such():
    before, after = np.full((4, 4, 3), 7, np.uint8), np.full((4, 4, 3), 207, np.uint8)
    assert (composite_pixels(before, after, np.full((4, 4), 4, np.uint8)) == 7).all()
    assert (composite_pixels(before, after, np.full((4, 4), 251, np.uint8)) == 207).all()
    assert (composite_pixels(before, after, np.full((2, 2), 128, np.uint8)) == 107).all()
