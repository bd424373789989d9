"""A translator whose model has a mask network."""

import numpy as np
import pytest
import tensorflow as tf

from cyclegan_tf.inference.translator import Translator

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture(scope="module")
def translator(masked_model, request):
    request.getfixturevalue("shallow_generators")
    return Translator.load(masked_model)


def mask_of(translator, picture):
    return translator.module.mask_network(tf.constant(picture[np.newaxis])).numpy()[0, ..., 0]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_where_the_mask_is_0_the_output_is_the_input_to_the_bit(translator, scene, dtype):
    picture = scene.astype(dtype) * (257 if dtype == np.uint16 else 1)
    mask, translated = mask_of(translator, picture), translator(picture)
    outside = mask == 0
    assert 0.1 < outside.mean() < 0.9
    np.testing.assert_array_equal(translated[outside], picture[outside])
    assert (translated[mask == 1] != picture[mask == 1]).mean() > 0.5


def test_strips_give_what_one_pass_gives(translator, masked_model, scene):
    in_strips = Translator.load(masked_model, strip_rows=16)(scene)
    assert np.abs(in_strips.astype(int) - translator(scene)).max() <= 1
    outside = mask_of(translator, scene) == 0
    np.testing.assert_array_equal(in_strips[outside], scene[outside])


@pytest.mark.slow
def test_statistics_from_outside_keep_the_background_too(translator, scene):
    statistics = translator.collect_statistics(scene)
    outside = mask_of(translator, scene) == 0
    np.testing.assert_array_equal(translator(scene, statistics)[outside], scene[outside])


def test_without_its_own_masks_a_model_translates_everywhere(translator, masked_model, scene):
    plain = Translator.load(masked_model, own_masks=False)
    outside = mask_of(translator, scene) == 0
    assert (plain(scene)[outside] != scene[outside]).mean() > 0.5
    assert plain.translation_id != translator.translation_id


def test_masks_made_in_another_way_are_another_translation(translator, masked_model, monkeypatch):
    monkeypatch.setattr("cyclegan_tf.networks.mask_network.SMALLEST_SIDE", 128)
    assert Translator.load(masked_model).translation_id != translator.translation_id
