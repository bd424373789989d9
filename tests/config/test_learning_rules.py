"""Which keys of projected discriminators and masks go together."""

import pytest

from cyclegan_tf.config.loading import load_config
from cyclegan_tf.errors import ConfigError


def refused(*overrides):
    with pytest.raises(ConfigError) as caught:
        load_config(None, overrides)
    return caught.value.detail


@pytest.mark.parametrize(("given", "missing"), [("masks_a", "masks_b"), ("masks_b", "masks_a")])
def test_masks_of_one_domain_alone_are_refused(given, missing):
    detail = refused(f"data.{given}=somewhere")
    assert f"data.{missing}: missing, expected together with data.{given}" in detail


def test_masks_need_as_many_channels_in_both_domains():
    detail = refused("data.masks_a=a", "data.masks_b=b", "data.channels_b=1", "losses.lambda_identity=0")
    assert "so A and B need the same channels" in detail


@pytest.mark.parametrize("discriminator", ["projected", "projected+patch"])
def test_a_crop_must_be_large_enough_for_the_coarsest_features(discriminator):
    crop = ("data.load_size=28", "data.crop_size=28")
    assert "expected at least 32" in refused(f"model.discriminator={discriminator}", *crop)
    crop = ("data.load_size=32", "data.crop_size=32")
    assert load_config(None, [f"model.discriminator={discriminator}", *crop]).data.crop_size == 32


def test_the_presets_of_the_quick_recipe_differ_in_size_and_length_alone():
    small, large = load_config("cpu-128"), load_config("fast-256")
    assert small.model.discriminator == "projected+patch" and small.losses.identity_every == 4
    sizes = {"generator": "resnet_6blocks", "generator_width": 32, "discriminator_width": 32}
    assert small.model == large.model.model_copy(update=sizes)
    assert small.losses == large.losses
    assert small.train == large.train.model_copy(update={"steps": 2400})


def test_the_paper_s_recipe_has_none_of_it():
    config = load_config("paper-256")
    assert config.model.discriminator == "patch" and config.model.upsampling == "transposed"
    assert config.losses.identity_every == 1 and config.data.masks_a is None


@pytest.mark.parametrize(
    ("keys", "weight"),
    [
        ((), 0.5),
        (("data.masks_a=a", "data.masks_b=b"), 0),
        (("data.masks_a=a", "data.masks_b=b", "losses.lambda_identity=0.1"), 0.1),
        (("losses.lambda_identity=0",), 0),
    ],
)
def test_masks_take_the_place_of_the_identity_loss_unless_it_is_given(keys, weight):
    assert load_config("cpu-128", list(keys)).loss_settings.lambda_identity == weight
