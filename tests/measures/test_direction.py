import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.measures.direction import (
    Judge,
    background_scores,
    difference_score,
    judge_translations,
    share_score,
    truth_scores,
)
from cyclegan_tf.measures.feature_network import FeatureNetwork


def pictures(*levels, size=12):
    return np.stack([np.full((size, size, 3), level, np.uint8) for level in levels])


def drawn(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 12, 12, 3), dtype=np.uint8)


@pytest.fixture
def judged(mean_colour, picture_set):
    """Return a function from inputs, translations and real pictures to a direction."""

    def judge(inputs, translated, real, **about):
        judges = [Judge(mean_colour, mean_colour.features(real), **about)]
        return judge_translations(picture_set(inputs), translated, judges, 0)

    return judge


def test_translations_are_sorted_from_the_nearest_to_the_farthest(judged):
    found = judged(pictures(0, 1, 2, 3), pictures(90, 10, 255, 60), pictures(*[0] * 6)).pictures
    assert [one.name for one in found] == ["p1", "p3", "p0", "p2"]
    assert found[0].distance == pytest.approx(np.sqrt(3) * 10 / 127.5, rel=1e-4)
    assert (found[0].input[0, 0, 0], found[0].translated[0, 0, 0]) == (1, 10)


def test_the_scores_of_a_judge_carry_all_that_they_compare_with(judged):
    kid, fid = judged(drawn(8), drawn(8), drawn(9, seed=1), independent=False).scores
    assert (kid.name, fid.name) == ("kid", "fid") and kid.standard_error > 0
    for score in (kid, fid):
        assert (score.num_translated, score.num_real, score.independent) == (8, 9, False)
        assert (score.network, score.network_resize) == ("mean-colour", "bicubic to 4x4")


def test_too_few_pictures_for_a_stable_fid_are_a_warning_that_points_to_the_kid(judged):
    assert judged(drawn(8), drawn(8), drawn(9)).warnings == []
    flat = FeatureNetwork("flat", "", lambda images, training: tf.reshape(images, (-1, 48)), 4)
    found = judge_translations_by(flat)
    assert "the FID of flat is not stable: 8 translated and 9 real" in found.warnings[0]
    assert "read the KID" in found.warnings[0]


def judge_translations_by(network):
    from cyclegan_tf.data.picture_set import PictureSet

    inputs = PictureSet(list("abcdefgh"), drawn(8))
    return judge_translations(inputs, drawn(8), [Judge(network, network.features(drawn(9)))], 0)


def test_three_pictures_have_distances_but_no_kid(judged):
    found = judged(drawn(3), drawn(3), drawn(5))
    assert found.scores == [] and len(found.pictures) == 3
    assert "no KID and no FID" in found.warnings[0]


def test_the_background_is_not_measured_where_the_channels_differ():
    masks = np.zeros((1, 12, 12, 1), np.uint8)
    (score,) = background_scores(pictures(10), pictures(13), masks, "given")
    assert (score.value, score.masks, score.num_translated) == (3, "given", 1)
    assert background_scores(pictures(10), pictures(13)[..., :1], masks, "given") == []


def test_the_truth_gives_three_scores():
    psnr, ssim, l1 = truth_scores(pictures(100, 100), pictures(100, 100))
    assert (psnr.unit, psnr.value, l1.value) == ("dB", float("inf"), 0)
    assert ssim.value == pytest.approx(1)
    assert l1 == difference_score("truth_l1", pictures(100, 100), pictures(100, 100))


def test_the_share_counts_pictures_of_any_of_the_classes(mean_colour):
    red = np.zeros((1, 12, 12, 3), np.uint8)
    red[..., 0] = 200
    pixels = np.concatenate([red, red[..., ::-1], np.roll(red, 1, axis=-1), red])
    score = share_score(mean_colour, pixels, red, {0: "red", 1: ""}, independent=True)
    assert (score.value, score.real_value, score.num_real) == (0.75, 1.0, 1)
    assert score.standard_error == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert score.classes == "0 red, 1"
