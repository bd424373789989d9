from dataclasses import replace

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


def test_levels_near_black_and_white_count_as_such():
    before, after = np.full((4, 4, 3), 7, np.uint8), np.full((4, 4, 3), 207, np.uint8)
    assert (composite_pixels(before, after, np.full((4, 4), 4, np.uint8)) == 7).all()
    assert (composite_pixels(before, after, np.full((4, 4), 251, np.uint8)) == 207).all()
    assert (composite_pixels(before, after, np.full((2, 2), 128, np.uint8)) == 107).all()
