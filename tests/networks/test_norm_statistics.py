import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.norm_statistics import RowMoments, check_statistics, norm_channels, precise_moments
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)


def lopsided(height, width, channels=2):
    """Values far from zero with a small spread, where sums of squares would cancel."""
    random = np.random.default_rng(0)
    slope = np.linspace(0, 0.3, height, dtype=np.float32)[:, np.newaxis, np.newaxis]
    return (1000 + slope + 0.1 * random.normal(size=(height, width, channels))).astype(np.float32)


def expected(images, axis):
    wide = images.astype(np.float64)
    return wide.mean(axis=axis), wide.var(axis=axis)


@pytest.mark.parametrize("step", [1, 3, 64])
def test_moments_of_rows_equal_those_of_the_whole_image_for_any_number_of_rows_per_call(step):
    image, moments = lopsided(64, 48), RowMoments()
    for start in range(0, 64, step):
        moments.add(tf.constant(image[np.newaxis, start : start + step]))
    mean, variance = moments.result()
    expected_mean, expected_variance = expected(image, (0, 1))
    assert mean.dtype == variance.dtype == np.float32
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-7)
    np.testing.assert_allclose(variance, expected_variance, rtol=2e-3)


def test_a_large_image_has_its_mean_within_a_few_roundings():
    # Sums of equal numbers are rounded the same way every time.
    image = np.repeat(np.float32([[[[100.1, 7.3]]]]), 2000, axis=1).repeat(2000, axis=2)
    mean, variance = precise_moments(tf.constant(image))
    np.testing.assert_allclose(mean[0, 0, 0], [100.1, 7.3], rtol=1e-6)
    np.testing.assert_allclose(variance[0, 0, 0], 0, atol=1e-8)


def test_images_of_a_batch_are_have_moments_of_their_own_or_shared_ones():
    images = np.stack([lopsided(8, 6), 3 + lopsided(8, 6)])
    each, shared = (precise_moments(tf.constant(images), across_batch=flag) for flag in (False, True))
    np.testing.assert_allclose(each[0][:, 0, 0], expected(images, (1, 2))[0], rtol=1e-6)
    np.testing.assert_allclose(each[1][:, 0, 0], expected(images, (1, 2))[1], rtol=2e-2)
    np.testing.assert_allclose(shared[0][0, 0, 0], expected(images, (0, 1, 2))[0], rtol=1e-6)
    np.testing.assert_allclose(shared[1][0, 0, 0], expected(images, (0, 1, 2))[1], rtol=2e-3)


@pytest.fixture(scope="module")
def generator():
    return build_generator(SPEC, "generator")


def plain(generator):
    return {name: (np.zeros(count), np.ones(count)) for name, count in norm_channels(generator).items()}


def test_statistics_of_the_network_are_accepted(generator):
    check_statistics(generator, plain(generator))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("up_1_norm"), "17 normalizations|expected statistics.*'up_1_norm'"),
        (lambda s: s.update(other=s["up_1_norm"]), "Received: 'other'"),
        (lambda s: s.update(up_1_norm=(np.zeros(3), np.ones(3))), r"\(2,\) of 'up_1_norm'"),
        (lambda s: s.update(up_1_norm=(np.zeros(2), -np.ones(2))), "variances >= 0 of 'up_1_norm'"),
        (lambda s: s.update(up_1_norm=(np.full(2, np.nan), np.ones(2))), "finite .* of 'up_1_norm'"),
    ],
    ids=["missing", "unknown", "shape", "negative", "nan"],
)
def test_statistics_of_another_network_are_refused(generator, change, message):
    statistics = plain(generator)
    change(statistics)
    with pytest.raises(ValueError, match=message):
        check_statistics(generator, statistics)
