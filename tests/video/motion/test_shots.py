import numpy as np
import pytest

from video.motion.shots import ShotFinder


def begins(pictures):
    finder = ShotFinder()
    return [finder.begins_shot(picture) for picture in pictures]


def test_a_cut_begins_a_shot_also_where_the_colours_stay(texture):
    one = texture(0)
    assert begins([one, one, one[::-1].copy(), one[::-1].copy(), texture(1)]) == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_a_picture_after_black_begins_a_shot_and_black_after_black_does_not(texture):
    black = np.zeros((96, 128, 3), np.uint8)
    assert begins([black, black, texture(0), black]) == [True, False, True, True]


def flash(scene, index):
    return np.clip(scene[:, :128] * (1.6 if index % 2 else 1.0), 0, 255).astype(np.uint8)


def fade(scene, index):
    return (scene[:, :128] * (1 - 0.2 * index)).astype(np.uint8)


def noise(scene, index):
    random = np.random.default_rng(index)
    return np.clip(scene[:, :128] + random.normal(0, 20, (96, 128, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "shown",
    [lambda scene, index: scene[:, 5 * index : 128 + 5 * index], flash, fade, noise],
    ids=["pan", "flash", "fade", "noise"],
)
def test_what_happens_in_a_shot_does_not_begin_another(texture, shown):
    scene = texture(3, 96, 160)
    assert begins([shown(scene, index) for index in range(5)]) == [True] + 4 * [False]
