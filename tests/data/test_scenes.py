import cv2
import numpy as np
import pytest

from cyclegan_tf.data.scenes import SEASONS, SUPERSAMPLING, draw_scene, draw_supersampled

SEEDS = range(12)


def psnr(first, second):
    return 10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2))


def edges(picture):
    """Returns where any colour changes, whatever the colours are."""
    blurred = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1)
    down, right = np.gradient(blurred, axis=(0, 1))
    return np.sqrt((down**2 + right**2).sum(axis=-1)).ravel()


def from_colour_alone(inputs, outputs):
    """Returns the best guess of the outputs from each pixel's own colour, in cells of 16 levels."""
    cells = (inputs // 16).astype(int) @ (256, 16, 1)
    counts = np.maximum(np.bincount(cells.ravel(), minlength=4096), 1)
    means = [np.bincount(cells.ravel(), outputs[..., c].ravel(), 4096) / counts for c in range(3)]
    return np.stack(means, axis=-1)[cells]


@pytest.mark.parametrize("season", SEASONS)
def test_a_seed_always_draws_the_same_picture(season):
    np.testing.assert_array_equal(draw_scene(3, season), draw_scene(3, season))


def test_other_seeds_draw_other_pictures():
    assert len({draw_scene(seed, "summer").tobytes() for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (192, 64), (50, 70)])
def test_a_picture_has_the_size_asked_for(width, height):
    picture = draw_scene(0, "winter", width=width, height=height)
    assert (picture.shape, picture.dtype) == ((height, width, 3), np.uint8)


def test_an_unknown_season_is_named():
    with pytest.raises(ValueError, match=r"expected season .*'summer', 'winter'.* Received: season='autumn'"):
        draw_scene(0, "autumn")


@pytest.mark.parametrize("seed", SEEDS)
def test_leaving_a_picture_unchanged_is_a_bad_translation(seed):
    assert 8 < psnr(draw_scene(seed, "summer"), draw_scene(seed, "winter")) < 13


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seasons_share_their_edges(seed):
    here = edges(draw_scene(seed, "summer"))
    assert np.corrcoef(here, edges(draw_scene(seed, "winter")))[0, 1] > 0.6


def test_edges_of_other_scenes_do_not_agree():
    here = edges(draw_scene(0, "summer"))
    assert np.corrcoef(here, edges(draw_scene(1, "winter")))[0, 1] < 0.4


@pytest.mark.parametrize("source", SEASONS)
def test_most_of_the_mapping_follows_from_colour_in_both_directions(source):
    target = SEASONS[1 - SEASONS.index(source)]
    inputs, outputs = (np.stack([draw_scene(s, season) for s in SEEDS]) for season in (source, target))
    assert psnr(from_colour_alone(inputs, outputs), outputs) > 20


def test_a_greater_unit_draws_the_same_scene_larger():
    large = draw_scene(5, "summer", width=192, height=192, unit=192)
    small = cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA)
    assert psnr(small, draw_scene(5, "summer")) > 28


def test_the_drawing_is_in_range_before_it_is_shrunk():
    drawing = draw_supersampled(0, "summer", width=50, height=70)
    assert (drawing.shape, drawing.dtype) == ((70 * SUPERSAMPLING, 50 * SUPERSAMPLING, 3), np.float32)
    assert 0 <= drawing.min() < drawing.max() <= 255
