"""The images of one training step, with and without masks."""

from dataclasses import dataclass

import tensorflow as tf

from cyclegan_tf.networks.mask_network import composite
from cyclegan_tf.networks.ranges import to_unit
from cyclegan_tf.networks.specs import LossSettings


@dataclass(frozen=True)
class Translations:
    """The images of one step, float32 (batch, height, width, channels) in [-1, 1]."""

    # Not fields: without masks both are None, so that readers need no case distinction.
    mask_a = mask_b = None
    real_a: tf.Tensor
    real_b: tf.Tensor
    fake_a: tf.Tensor
    fake_b: tf.Tensor
    cycled_a: tf.Tensor
    cycled_b: tf.Tensor
    identity_a: tf.Tensor | None
    identity_b: tf.Tensor | None


@dataclass(frozen=True)
class MaskedTranslations(Translations):
    """The images of one step with masks, where `fake_b` is composited over `real_a`.

    Attributes:
        plain_a: the generator's output for `fake_a`, before compositing.
        plain_b: the same for `fake_b`.
        mask_a: of `real_a`, (batch, height, width, 1) in [0, 1].
        mask_b: of `real_b`.
    """

    plain_a: tf.Tensor
    plain_b: tf.Tensor
    mask_a: tf.Tensor
    mask_b: tf.Tensor


def translate(generator_ab, generator_ba, settings: LossSettings, reals, masks=(None, None)) -> Translations:
    """Run every pass of the generators that the losses need.

    What a generator translates independently goes through it as one batch: with instance normalization,
    which sees each image alone, the result is the same and the step is faster.

    Args:
        generator_ab: from A to B.
        generator_ba: from B to A.
        settings: whether each step needs the identity passes.
        reals: images of A and of B, each float32 (batch, height, width, channels) in [-1, 1].
        masks: theirs, each float32 (batch, height, width, 1) in [0, 1]; None translates whole images.
    """
    (real_a, real_b), (mask_a, mask_b) = reals, masks
    identity_a = identity_b = None
    if settings.lambda_identity and settings.identity_every == 1:
        plain_b, identity_b = in_one_batch(generator_ab, real_a, real_b)
        plain_a, identity_a = in_one_batch(generator_ba, real_b, real_a)
    else:
        plain_b = generator_ab(real_a, training=True)
        plain_a = generator_ba(real_b, training=True)
    fake_b, fake_a = composited(plain_b, real_a, mask_a), composited(plain_a, real_b, mask_b)
    # The subject does not move, so the way back is composited by the same mask.
    cycled_a = composited(generator_ba(fake_b, training=True), fake_b, mask_a)
    cycled_b = composited(generator_ab(fake_a, training=True), fake_a, mask_b)
    translated = (real_a, real_b, fake_a, fake_b, cycled_a, cycled_b, identity_a, identity_b)
    if mask_a is None:
        return Translations(*translated)
    return MaskedTranslations(*translated, plain_a, plain_b, mask_a, mask_b)


def in_one_batch(network, first, second) -> list:
    """Return a network's outputs for two batches of the same size, from one pass."""
    outputs = network(tf.concat([first, second], axis=0), training=True)
    return tf.split(outputs, 2, axis=0)


def as_floats(data) -> list:
    """Return a batch as the networks take it: images in [-1, 1], and masks after them, if any, in [0, 1]."""
    images, masks = data[:2], data[2:]
    return [to_unit(batch) for batch in images] + [tf.cast(batch, tf.float32) / 255.0 for batch in masks]


def composited(translated, images, mask):
    """Return translations composited over their inputs by a mask, or as they are without one."""
    return translated if mask is None else composite(translated, images, mask)


def with_mask(images, mask):
    """Return images with their mask as the last channel, or as they are without one."""
    return images if mask is None else tf.concat([images, mask], axis=3)


def without_mask(images, *, masked: bool):
    """Return the two parts of what `with_mask` gave."""
    return (images[..., :-1], images[..., -1:]) if masked else (images, None)


def change_outside(translated, images, mask):
    """Return the mean absolute change that a generator makes outside the mask."""
    return tf.reduce_mean((1.0 - mask) * tf.abs(translated - images))
