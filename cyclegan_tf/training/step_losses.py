"""The loss terms of one training step, as functions of its images, its networks and the settings.

Each term is a float32 scalar that already has its weight.
"""

from collections.abc import Callable

import tensorflow as tf

from cyclegan_tf.networks.specs import LossSettings
from cyclegan_tf.training.disturbance import Disturbance
from cyclegan_tf.training.losses import ADVERSARIAL, gradient_penalty, mean_absolute_error
from cyclegan_tf.training.projected import patch_weights
from cyclegan_tf.training.translations import (
    Translations,
    change_outside,
    composited,
    in_one_batch,
    without_mask,
)

# The passes for stability come so rarely because they cost half of what the translations themselves do.
STABILITY_EVERY = 4


def adversarial_losses(
    discriminator_a, discriminator_b, images: Translations, settings: LossSettings
) -> dict[str, tf.Tensor]:
    """Return the adversarial terms of both generators by name."""
    _, adversarial = ADVERSARIAL[settings.adversarial]
    logits_b = discriminator_b(images.fake_b, training=True)
    logits_a = discriminator_a(images.fake_a, training=True)
    return {
        "adversarial_ab": adversarial(logits_b, patch_weights(images.mask_a, logits_b)),
        "adversarial_ba": adversarial(logits_a, patch_weights(images.mask_b, logits_a)),
    }


def cycle_losses(images: Translations, settings: LossSettings) -> dict[str, tf.Tensor]:
    """Return the cycle-consistency terms of both domains by name."""
    return {
        "cycle_a": settings.lambda_a * mean_absolute_error(images.cycled_a, images.real_a),
        "cycle_b": settings.lambda_b * mean_absolute_error(images.cycled_b, images.real_b),
    }


def identity_losses(
    generator_ab, generator_ba, images: Translations, settings: LossSettings, step
) -> dict[str, tf.Tensor]:
    """Return the identity terms by name: |BA(A) - A| and |AB(B) - B|.

    Args:
        generator_ab: called here if `images` has no identity passes.
        generator_ba: likewise.
        images: of the step.
        settings: with `identity_every` n above 1, the terms are 0 but in every n-th step, with n-fold weight.
        step: steps done, a scalar tensor.
    """
    every = settings.identity_every

    def errors():
        identity_a = generator_ba(images.real_a, training=True)
        identity_b = generator_ab(images.real_b, training=True)
        return (
            every * mean_absolute_error(identity_a, images.real_a),
            every * mean_absolute_error(identity_b, images.real_b),
        )

    if every == 1:
        error_a = mean_absolute_error(images.identity_a, images.real_a)
        error_b = mean_absolute_error(images.identity_b, images.real_b)
    else:
        error_a, error_b = tf.cond(step % every == 0, errors, lambda: (tf.constant(0.0), tf.constant(0.0)))
    return {
        "identity_a": settings.lambda_a * settings.lambda_identity * error_a,
        "identity_b": settings.lambda_b * settings.lambda_identity * error_b,
    }


def background_losses(images, settings: LossSettings) -> dict[str, tf.Tensor]:
    """Return the terms of what the generators change outside the masks; needs `MaskedTranslations`."""
    weight_a = settings.lambda_a * settings.lambda_background
    weight_b = settings.lambda_b * settings.lambda_background
    return {
        "background_a": weight_a * change_outside(images.plain_b, images.real_a, images.mask_a),
        "background_b": weight_b * change_outside(images.plain_a, images.real_b, images.mask_b),
    }


def stability_losses(
    generator_ab, generator_ba, images: Translations, settings: LossSettings, step, draw: Callable
) -> dict[str, tf.Tensor]:
    """Return the terms by name of what disturbing an input changes in its translation.

    They are 0 but in every fourth step, where they count four times: in the steps between those of the
    identity losses.

    Args:
        generator_ab: from A to B.
        generator_ba: from B to A.
        images: of the step.
        settings: the weights.
        step: steps done, a scalar tensor.
        draw: of `Disturbance`.
    """

    def errors():
        disturbance = Disturbance(images.real_a.shape[0], draw)

        def error(generator, real, mask, fake, number):
            moved = disturbance.shifted(real)
            again = generator(disturbance.with_noise(moved, number), training=True)
            seen = composited(again, moved, disturbance.shifted(mask))
            return STABILITY_EVERY * mean_absolute_error(seen, disturbance.shifted(fake))

        return (
            error(generator_ab, images.real_a, images.mask_a, images.fake_b, 1),
            error(generator_ba, images.real_b, images.mask_b, images.fake_a, 2),
        )

    is_due = step % STABILITY_EVERY == STABILITY_EVERY // 2
    error_a, error_b = tf.cond(is_due, errors, lambda: (tf.constant(0.0), tf.constant(0.0)))
    return {
        "stability_a": settings.lambda_a * settings.lambda_stability * error_a,
        "stability_b": settings.lambda_b * settings.lambda_stability * error_b,
    }


def discriminator_loss(discriminator, real, fake, settings: LossSettings, draw: Callable) -> tf.Tensor:
    """Return a discriminator's own loss, with the gradient penalty where the settings ask for it.

    Args:
        discriminator: from images to logits.
        real: images of its domain; with masks these are their last channel.
        fake: the same number of translations, likewise.
        settings: the adversarial loss and its weights.
        draw: from a shape to uniform draws in [0, 1), for the penalty.
    """
    adversarial, _ = ADVERSARIAL[settings.adversarial]
    (real, real_mask), (fake, fake_mask) = (
        without_mask(part, masked=settings.masked) for part in (real, fake)
    )
    real_logits, fake_logits = in_one_batch(discriminator, real, fake)
    weights = patch_weights(real_mask, real_logits), patch_weights(fake_mask, fake_logits)
    loss = adversarial(real_logits, fake_logits, *weights)
    if settings.adversarial == "wgan_gp":
        mix = draw((real.shape[0], 1, 1, 1))
        loss += settings.lambda_gradient_penalty * gradient_penalty(discriminator, real, fake, mix)
    return loss
