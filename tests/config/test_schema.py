from dataclasses import replace

import pytest
from pydantic import ValidationError

from cyclegan_tf.config.loading import load_config, parse_config
from cyclegan_tf.config.schema import Config
from cyclegan_tf.images.preprocess import Preprocess
from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec, LossSettings


def test_a_config_is_frozen():
    with pytest.raises(ValidationError):
        load_config().train.batch_size = 2


@pytest.mark.parametrize(
    "name", ["../../x", "a/b", ".hidden", "a{b}", "a\nb", "a\n", "a b", "", "ä", "x" * 101]
)
def test_a_name_that_is_not_a_plain_folder_name_is_refused(name):
    with pytest.raises(ValidationError):
        Config(name=name)


def test_the_values_that_networks_losses_and_data_take_are_made_of_the_keys():
    config = parse_config(
        "data: {preprocess: crop, crop_size: 128, flip: false, channels_a: 1, channels_b: 1}\n"
        "model: {generator: unet_128, generator_width: 8, discriminator: pixel, norm_affine: true}\n"
        "losses: {adversarial: hinge, lambda_a: 5.0}"
    )
    generator = GeneratorSpec("unet_128", 1, 1, width=8, norm_affine=True)
    assert config.generator_spec == generator
    assert config.discriminator_spec == DiscriminatorSpec("pixel", norm_affine=True)
    assert config.loss_settings == LossSettings("hinge", lambda_a=5.0)
    assert config.preprocess == Preprocess(
        "crop", crop_size=128, flip=False, multiple_of=128, at_least=generator.smallest_size
    )


def test_the_defaults_are_those_of_the_values_that_networks_and_losses_take():
    config = parse_config("")
    assert config.generator_spec == GeneratorSpec()
    assert config.discriminator_spec == DiscriminatorSpec()
    assert config.loss_settings == LossSettings()
    assert replace(config.preprocess, at_least=1) == Preprocess()


@pytest.mark.parametrize(
    ("discriminator", "architecture", "projected"),
    [
        ("patch", "n_layers", False),
        ("n_layers", "n_layers", False),
        ("pixel", "pixel", False),
        ("projected", "none", True),
        ("projected+patch", "n_layers", True),
    ],
)
def test_a_discriminators_name_says_what_judges(discriminator, architecture, projected):
    spec = load_config(None, [f"model.discriminator={discriminator}"]).discriminator_spec
    assert (spec.architecture, spec.projected) == (architecture, projected)


@pytest.mark.parametrize(("masks", "expected"), [("masks_a: m, masks_b: m", 1.5), ("", 1.0)])
def test_pictures_without_masks_are_not_zoomed(masks, expected):
    assert parse_config(f"data: {{zoom: 1.5, {masks}}}").preprocess.zoom == expected
