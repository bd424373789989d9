"""The history of translated images that the discriminators learn from."""

import tensorflow as tf

from cyclegan_tf.training import replicas


class HistoryBuffer(tf.Module):
    """Up to `capacity` earlier images of one direction (arXiv 1612.07828, section 2.3).

    A discriminator that sees images of the past, not only the newest, cannot be led in circles by its
    generator. While the buffer fills, each image is stored and given back. Once full, half of the images
    are exchanged for a stored one drawn at random, and the other half are given back and not stored.

    It is made of variables, so it lives on the device inside the compiled step. Where several devices train
    together, each has images of its own.

    Args:
        capacity: images held; 50 in the paper, 0 switches the buffer off.
        image_shape: (height, width, channels).
        name: names its variables.
    """

    def __init__(self, capacity: int, image_shape: tuple[int, int, int], name: str = "history"):
        super().__init__(name=name)
        if capacity < 0:
            raise ValueError(f"expected capacity >= 0. Received: capacity={capacity}")
        self.capacity = capacity
        # Of each replica its own: what one stores the others never see.
        apart = {
            "synchronization": tf.VariableSynchronization.ON_READ,
            "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
        }
        zeros = tf.zeros((capacity, *image_shape))
        self.images = tf.Variable(zeros, trainable=False, name="images", **apart)
        self.count = tf.Variable(0, dtype=tf.int32, trainable=False, name="count", **apart)

    def query(self, images, draws):
        """Exchange new images for a mixture of new and earlier ones.

        Args:
            images: float32 (batch, height, width, channels) with a static batch; gradients stop here.
            draws: uniform in [0, 1), (batch, 2): for each image whether to exchange it (below 0.5) and
                with which of the stored ones.

        Returns:
            float32 (batch, height, width, channels).
        """
        images = tf.stop_gradient(tf.cast(images, tf.float32))
        if self.capacity == 0:
            return images
        if images.shape[0] is None:
            raise ValueError(f"expected images with a static batch size. Received: shape={images.shape}")
        pairs = zip(tf.unstack(images), tf.unstack(draws, num=images.shape[0]))
        return tf.stack([self._exchange(image, draw) for image, draw in pairs])

    def _exchange(self, image, draw):
        # Without branches, so that one graph serves the filling and the full buffer, also under XLA.
        images, count = replicas.own(self.images), replicas.own(self.count)
        filling = count < self.capacity
        swap = tf.logical_and(tf.logical_not(filling), draw[0] < 0.5)
        drawn = tf.minimum(tf.cast(draw[1] * self.capacity, tf.int32), self.capacity - 1)
        index = tf.where(filling, count, drawn)
        stored = tf.gather(images, index)
        kept = tf.where(tf.logical_or(filling, swap), image, stored)
        images.scatter_update(tf.IndexedSlices(kept[tf.newaxis], index[tf.newaxis]))
        count.assign_add(tf.cast(filling, tf.int32))
        return tf.where(swap, stored, image)
