import numpy as np
import pytest

from cyclegan_tf.measures.direction import Judge
from cyclegan_tf.measures.measuring import Material, measure_direction


def drawn(count, seed=0):
    return np.random.default_rng(seed).integers(10, 240, (count, 12, 12, 3), dtype=np.uint8)


@pytest.fixture
def material(mean_colour, picture_set):
    """Return a function from further fields to what five pictures are measured with."""
    judge = Judge(mean_colour, mean_colour.features(drawn(6, seed=1)))
    return lambda masks=None, **fields: Material(picture_set(drawn(5), masks), [judge], **fields)


def names(direction):
    return [score.name for score in direction.scores]


def value(direction, name):
    return next(score.value for score in direction.scores if score.name == name)


def brighter(pictures):
    return pictures + np.uint8(7)


def darker(pictures):
    return pictures - np.uint8(4)


def test_one_direction_alone_has_no_cycle(material):
    assert names(measure_direction(material(), brighter)) == ["kid", "fid"]


def test_the_cycle_goes_there_and_back(material):
    assert value(measure_direction(material(), brighter, darker), "cycle_l1") == 3


def test_the_identity_is_of_real_pictures_of_the_target_domain(material, picture_set):
    direction = measure_direction(material(targets=picture_set(drawn(6, seed=1))), brighter, darker)
    assert value(direction, "identity_l1") == 7
    assert "psnr" not in names(direction)


def test_masks_give_the_change_of_the_background(material):
    direction = measure_direction(material(np.zeros((5, 12, 12, 1), np.uint8)), brighter)
    assert value(direction, "background_l1") == 7


def test_pairs_are_compared_with_their_truth(material, picture_set):
    direction = measure_direction(material(targets=picture_set(brighter(drawn(5))), paired=True), brighter)
    assert value(direction, "truth_l1") == 0 and value(direction, "ssim") == pytest.approx(1)


def test_the_passes_that_are_told_beforehand_are_those_that_are_made(material, picture_set):
    counts = []
    given = material(targets=picture_set(drawn(6, seed=1)), on_pictures=counts.append)
    measure_direction(given, brighter, darker)
    assert sum(counts) == given.num_passes(back=True) == 16
    assert given.num_passes(back=False) == 11
