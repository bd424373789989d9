import pytest
import tensorflow as tf

from cyclegan_tf.networks.specs import LossSettings
from cyclegan_tf.training import step_losses
from cyclegan_tf.training.translations import MaskedTranslations, Translations


def image(level):
    return tf.fill((1, 2, 2, 3), float(level))


def translations(identity_a=None, identity_b=None):
    pairs = (image(0), image(1)), (image(0.5), image(0.25)), (image(0.1), image(0.8))
    return Translations(*(part for pair in pairs for part in pair), identity_a, identity_b)


def floats(losses):
    return {name: float(value) for name, value in losses.items()}


def brighter(images, training):
    return images + 0.5


def darker(images, training):
    return images - 0.25


def mean_logits(images, training=True):
    return tf.reduce_mean(images, axis=3, keepdims=True)


def test_the_cycle_losses_are_mean_distances_with_their_weights():
    losses = step_losses.cycle_losses(translations(), LossSettings(lambda_a=10.0, lambda_b=4.0))
    assert floats(losses) == pytest.approx({"cycle_a": 10 * 0.1, "cycle_b": 4 * 0.2})


def test_each_adversarial_loss_judges_its_own_translation():
    settings = LossSettings(adversarial="lsgan")
    losses = step_losses.adversarial_losses(mean_logits, mean_logits, translations(), settings)
    assert floats(losses) == pytest.approx({"adversarial_ab": 0.75**2, "adversarial_ba": 0.5**2})


def test_identity_losses_of_every_step_use_the_passes_that_were_made():
    settings = LossSettings(lambda_a=10.0, lambda_b=4.0, lambda_identity=0.5)
    images = translations(identity_a=image(0.2), identity_b=image(0.6))
    losses = step_losses.identity_losses(None, None, images, settings, tf.constant(3))
    assert floats(losses) == pytest.approx({"identity_a": 5 * 0.2, "identity_b": 2 * 0.4})


@pytest.mark.parametrize(("step", "factor"), [(0, 4), (1, 0), (3, 0), (4, 4)])
def test_identity_losses_of_every_fourth_step_count_four_times(step, factor):
    settings = LossSettings(lambda_a=10.0, lambda_b=4.0, lambda_identity=0.5, identity_every=4)
    losses = step_losses.identity_losses(brighter, darker, translations(), settings, tf.constant(step))
    expected = {"identity_a": factor * 5 * 0.25, "identity_b": factor * 2 * 0.5}
    assert floats(losses) == pytest.approx(expected)


def test_the_background_losses_weigh_what_changes_outside_the_masks():
    plain = [image(0.5), image(0.25)]
    masks = [tf.fill((1, 2, 2, 1), share) for share in (0.5, 0.0)]
    known = vars(translations()).values()
    settings = LossSettings(lambda_a=10.0, lambda_b=4.0, lambda_background=0.5, masked=True)
    losses = step_losses.background_losses(MaskedTranslations(*known, *plain, *masks), settings)
    assert floats(losses) == pytest.approx({"background_a": 5 * 0.5 * 0.25, "background_b": 2 * 1.0 * 0.5})


def still(shape, number):
    """Draw the middle: neither a shift nor noise."""
    return tf.fill(shape, 0.5)


def test_stability_losses_compare_the_disturbed_translation_in_every_fourth_step():
    images = Translations(
        *(tf.fill((1, 16, 16, 3), float(level)) for level in (0, 1, 0.3, 0.25, 0, 0)), None, None
    )
    settings = LossSettings(lambda_a=10.0, lambda_b=4.0, lambda_stability=0.5)
    for step, factor in [(0, 0), (1, 0), (2, 4), (6, 4)]:
        losses = step_losses.stability_losses(brighter, darker, images, settings, tf.constant(step), still)
        # brighter(0) is 0.5 where the fake was 0.25; darker(1) is 0.75 where it was 0.3.
        assert floats(losses) == pytest.approx(
            {"stability_a": factor * 5 * 0.25, "stability_b": factor * 2 * 0.45}
        )


@pytest.mark.parametrize(("adversarial", "drawn"), [("lsgan", []), ("wgan_gp", [(1, 1, 1, 1)])])
def test_only_the_gradient_penalty_draws(adversarial, drawn):
    shapes = []

    def draw(shape):
        shapes.append(shape)
        return tf.zeros(shape)

    settings = LossSettings(adversarial=adversarial)
    step_losses.discriminator_loss(mean_logits, image(1), image(0.5), settings, draw)
    assert shapes == drawn
