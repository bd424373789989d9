import keras
import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.graph_functions import PictureFunctions
from cyclegan_tf.inference.translator import PictureTranslator
from cyclegan_tf.networks.generators import build_generator
from cyclegan_tf.networks.specs import GeneratorSpec

SPEC = GeneratorSpec("resnet_6blocks", width=2)


@pytest.fixture(scope="module")
def translator(shallow_generators):
    keras.utils.set_random_seed(0)
    return PictureTranslator(build_generator(SPEC, "generator"), SPEC)


@pytest.fixture(scope="module")
def functions(translator):
    return PictureFunctions(translator)


def pictures(*shape, dtype=np.uint8, seed=0):
    return tf.constant(np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, (*shape, 3), dtype=dtype))


def test_pictures_are_translated_as_by_the_module_that_is_exported(translator, functions):
    batch = pictures(2, 33, 47)
    translated, finite = functions.translate(batch)
    assert np.abs(translated.numpy().astype(int) - translator.serve(batch)).max() <= 1
    assert finite.numpy().tolist() == [True, True]


def test_16_bits_come_out_as_16_bits(functions):
    assert functions.translate(pictures(1, 8, 8, dtype=np.uint16))[0].dtype == tf.uint16


def test_a_picture_whose_values_are_not_finite_is_marked_alone(functions):
    statistics = functions.collect(pictures(1, 16, 16))
    statistics["first_norm"] = (statistics["first_norm"][0] * np.nan, statistics["first_norm"][1])
    assert not functions.translate(pictures(1, 16, 16), statistics)[1].numpy().any()


def test_statistics_take_the_place_of_a_pictures_own(functions):
    dark, bright = pictures(1, 32, 32) // 4, 128 + pictures(1, 32, 32, seed=1) // 4
    own, given = (functions.translate(dark, functions.collect(of))[0].numpy() for of in (dark, bright))
    assert np.abs(own.astype(int) - functions.translate(dark)[0]).max() <= 1
    assert np.abs(own.astype(int) - given).mean() > 3


def test_statistics_of_a_batch_are_those_of_all_its_pictures_together(functions):
    batch = tf.concat([pictures(1, 32, 32) // 2, 128 + pictures(1, 32, 32, seed=1) // 2], 0)
    means, variances = zip(*(functions.collect(picture[tf.newaxis])["first_norm"] for picture in batch))
    mean, variance = functions.collect(batch)["first_norm"]
    np.testing.assert_allclose(mean, np.mean(means, axis=0), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(variance, np.mean(variances, axis=0) + np.var(means, axis=0), rtol=1e-3)


def test_a_function_is_traced_once_for_all_sizes(functions):
    for shape in ((1, 8, 8), (2, 12, 31)):
        functions.translate(pictures(*shape))
    assert [made.experimental_get_tracing_count() for made in functions._compiled.values()] == [1] * len(
        functions._compiled
    )
