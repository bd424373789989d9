import numpy as np
import pytest

from cyclegan_tf.models.card import load_card
from cyclegan_tf.models.folder import load_generator, load_mask_network
from cyclegan_tf.models.shipping import ship_model

pytestmark = pytest.mark.usefixtures("shallow_generators")


@pytest.fixture
def shipped(masked_model, tmp_path):
    ship_model(masked_model, tmp_path / "shipped", {"summary": "a test"})
    return tmp_path / "shipped"


def size_of(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def test_a_shipped_model_is_half_as_large(shipped, masked_model):
    assert size_of(shipped) < 0.6 * size_of(masked_model)


def test_its_weights_are_those_of_the_model_rounded_to_16_bits(shipped, masked_model):
    for ours, given in zip(
        load_generator(shipped, "ab").get_weights(), load_generator(masked_model, "ab").get_weights()
    ):
        assert ours.dtype == np.float32
        np.testing.assert_array_equal(ours, given.astype(np.float16))
    assert load_mask_network(shipped) is not None


def test_its_card_says_what_it_was_given(shipped):
    assert load_card(shipped).provenance["summary"] == "a test"


def test_what_it_was_given_replaces_what_the_source_said(shipped, tmp_path):
    ship_model(shipped, tmp_path / "again", {"summary": "another test"})
    assert load_card(tmp_path / "again").provenance["summary"] == "another test"
