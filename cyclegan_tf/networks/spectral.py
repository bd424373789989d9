"""Convolutions whose kernel has spectral norm 1 (arXiv 1802.05957)."""

import keras
import tensorflow as tf

_EPSILON = 1e-12


class SpectralConv2D(keras.layers.Conv2D):
    """A convolution with its kernel divided by the largest singular value of its matrix.

    One step of the power iteration per call in training estimates the value. Its vector is part of the state,
    but is not trained. Unlike `keras.layers.SpectralNormalization` it leaves the trained
    kernel itself as it is.

    Args:
        filters: output channels.
        kernel_size: rows and columns.
        **kwargs: of `keras.layers.Conv2D`.
    """

    def build(self, input_shape):
        """Make the kernel, the bias and the vector."""
        super().build(input_shape)
        self.vector = self.add_weight(
            shape=(1, self.filters),
            name="vector",
            initializer="random_normal",
            trainable=False,
            dtype="float32",
            autocast=False,
        )

    def call(self, inputs, training=False):
        """Return the convolution of the inputs."""
        kernel = tf.cast(tf.convert_to_tensor(self._kernel), tf.float32)
        matrix = tf.reshape(kernel, (-1, self.filters))
        left = tf.stop_gradient(_unit(tf.matmul(self.vector, matrix, transpose_b=True)))
        right = tf.stop_gradient(_unit(tf.matmul(left, matrix)))
        if training:
            self.vector.assign(right)
        norm = tf.squeeze(tf.matmul(tf.matmul(left, matrix), right, transpose_b=True))
        outputs = self.convolution_op(inputs, tf.cast(kernel / norm, self.compute_dtype))
        return outputs + tf.cast(tf.convert_to_tensor(self.bias), self.compute_dtype)


def _unit(vector):
    return vector / (tf.norm(vector) + _EPSILON)
