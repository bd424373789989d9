"""The losses of CycleGAN (arXiv 1703.10593, section 3), as pure functions of tensors.

Images are float tensors (batch, height, width, channels) in [-1, 1]; logits are what a discriminator
returns, (batch, rows, columns, 1), without a sigmoid. Every function returns a float32 scalar. Weights of
logits, where given, are of their shape and in [0, 1]: the share of each patch that counts.
"""

from collections.abc import Callable

import tensorflow as tf


def mean_absolute_error(images, targets):
    """Compute the L1 distance of the cycle and identity terms, as a mean over all elements."""
    return tf.reduce_mean(tf.abs(_float32(images) - _float32(targets)))


def lsgan_discriminator(real_logits, fake_logits, real_weights=None, fake_weights=None):
    """Least squares (arXiv 1611.04076): real towards 1, fake towards 0; halved as in the paper's code."""
    real, fake = _float32(real_logits), _float32(fake_logits)
    return (_mean(tf.square(real - 1.0), real_weights) + _mean(tf.square(fake), fake_weights)) / 2.0


def lsgan_generator(fake_logits, weights=None):
    """Least squares: fake towards 1. Its gradient does not vanish where the discriminator is sure."""
    return _mean(tf.square(_float32(fake_logits) - 1.0), weights)


def vanilla_discriminator(real_logits, fake_logits, real_weights=None, fake_weights=None):
    """Binary cross entropy on logits (arXiv 1406.2661), halved like least squares."""
    return (
        _cross_entropy(real_logits, 1.0, real_weights) + _cross_entropy(fake_logits, 0.0, fake_weights)
    ) / 2.0


def vanilla_generator(fake_logits, weights=None):
    """Binary cross entropy on logits in its non-saturating form: fake towards 1."""
    return _cross_entropy(fake_logits, 1.0, weights)


def hinge_discriminator(real_logits, fake_logits, real_weights=None, fake_weights=None):
    """Hinge (arXiv 1705.02894): only logits inside the margin of 1 count; halved like least squares."""
    real, fake = _float32(real_logits), _float32(fake_logits)
    return (_mean(tf.nn.relu(1.0 - real), real_weights) + _mean(tf.nn.relu(1.0 + fake), fake_weights)) / 2.0


def wasserstein_discriminator(real_logits, fake_logits, real_weights=None, fake_weights=None):
    """Wasserstein critic (arXiv 1701.07875); needs `gradient_penalty` beside it."""
    return _mean(_float32(fake_logits), fake_weights) - _mean(_float32(real_logits), real_weights)


def raise_logits_generator(fake_logits, weights=None):
    """Compute the generator's side of hinge and Wasserstein: raise the logits of its images."""
    return -_mean(_float32(fake_logits), weights)


ADVERSARIAL: dict[str, tuple[Callable, Callable]] = {
    "lsgan": (lsgan_discriminator, lsgan_generator),
    "vanilla": (vanilla_discriminator, vanilla_generator),
    "hinge": (hinge_discriminator, raise_logits_generator),
    "wgan_gp": (wasserstein_discriminator, raise_logits_generator),
}
"""By name: (discriminator's loss of real and fake logits, generator's loss of fake logits)."""


def gradient_penalty(discriminator: Callable, real, fake, mix):
    """Compute WGAN-GP's penalty (arXiv 1704.00028, section 4): gradients between real and fake of norm 1.

    Args:
        discriminator: from images to logits.
        real: images of the domain.
        fake: the same number of translated images.
        mix: uniform draws in [0, 1), (batch, 1, 1, 1): the position between fake and real.

    Returns:
        The mean over the batch of (norm of the gradient - 1) squared.
    """
    between = fake + mix * (real - fake)
    with tf.GradientTape() as tape:
        tape.watch(between)
        score = tf.reduce_sum(_float32(discriminator(between)))
    gradient = _float32(tape.gradient(score, between))
    # The epsilon keeps the square root's own gradient finite where the gradient is 0.
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1.0))


def mask_cross_entropy(logits, masks):
    """Compute the loss of the mask network: binary cross entropy of each pixel with a soft mask in [0, 1]."""
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=masks, logits=_float32(logits)))


def _cross_entropy(logits, target: float, weights=None):
    logits = _float32(logits)
    labels = tf.fill(tf.shape(logits), target)
    return _mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits), weights)


def _mean(values, weights=None):
    """Return the mean of all values; with weights that of each image, then over the images."""
    if weights is None:
        return tf.reduce_mean(values)
    # Where less than one patch is subject, the image has less weight.
    total = tf.maximum(tf.reduce_sum(weights, axis=[1, 2, 3]), 1.0)
    return tf.reduce_mean(tf.reduce_sum(values * weights, axis=[1, 2, 3]) / total)


def _float32(tensor):
    return tf.cast(tensor, tf.float32)
