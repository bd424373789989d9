"""Upsampling by resize and convolution, which trains at the price of a transposed convolution."""

import keras
import numpy as np
import tensorflow as tf

from cyclegan_tf.networks.padding import cropped

# Of a transposed kernel of 4 from a kernel of 3, along one side: a pixel reaches the four places around its
# two copies, and where both copies lie under the kernel their two weights add up.
_SPREAD = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], np.float32)


class ResizedConv2D(keras.layers.Conv2D):
    """Enlargement by two, each pixel four times, and a 3x3 convolution with mirrored edges.

    In training both are one transposed convolution with a kernel of 4 and a stride of 2, whose weights follow
    from those of the 3x3 kernel. The sum is the same, with less than half the multiplications. At use it is
    the plain pair, which every runtime knows; only OpenVINO gets the transposed convolution there too.

    Args:
        filters: output channels.
        **kwargs: of `keras.layers.Conv2D`.

    The input is (batch, height, width, channels); the output has twice the height and width, which are at
    least 1.
    """

    def __init__(self, filters: int, kernel_size=3, **kwargs):
        super().__init__(filters, kernel_size, **kwargs)
        if self.kernel_size != (3, 3) or self.strides != (1, 1) or self.padding != "valid":
            raise ValueError(
                "expected a kernel of 3, a stride of 1 and no padding of its own. Received: "
                f"kernel_size={self.kernel_size}, strides={self.strides}, padding={self.padding!r}"
            )

    def call(self, inputs, training=False):
        """Return the convolution of the enlarged images."""
        if training:
            return self.transposed(inputs)
        return self.convolve(tf.pad(enlarge(inputs), [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT"))

    def convolve(self, enlarged):
        """Return the convolution of images that are enlarged and padded already."""
        return super().call(enlarged)

    def compute_output_shape(self, input_shape):
        """Return the static shape after the enlargement."""
        batch, height, width, _ = input_shape
        return (batch, *(None if side is None else 2 * side for side in (height, width)), self.filters)

    def transposed(self, inputs):
        """Return the same as one transposed convolution."""
        kernel = transposed_kernel(self.kernel)
        # A mirrored edge of enlarged pixels is the edge pixel itself.
        padded = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="SYMMETRIC")
        batch, height, width, _ = tf.unstack(tf.shape(padded))
        shape = (batch, 2 * height + 2, 2 * width + 2, self.filters)
        large = tf.nn.conv2d_transpose(padded, tf.cast(kernel, padded.dtype), shape, 2, "VALID")
        return cropped(large, 3, 3, 2 * height - 4, 2 * width - 4) + tf.cast(self.bias, large.dtype)


def transposed_kernel(kernel):
    """Return the kernel of the transposed convolution of stride 2 that equals enlargement and convolution.

    Args:
        kernel: (3, 3, channels in, channels out).

    Returns:
        float32 (4, 4, channels out, channels in).
    """
    return tf.einsum("ai,bj,ijcd->abdc", _SPREAD, _SPREAD, tf.cast(kernel, tf.float32))


def enlarge(images):
    """Return images of twice the height and width, each pixel four times.

    Keras's UpSampling2D gives the same numbers, by a repetition after which converters do not know the
    channels of pictures of any size. LiteRT's then refuses the convolution that follows.
    """
    batch, height, width, _ = tf.unstack(tf.shape(images))
    channels = images.shape[-1]
    wide = tf.reshape(tf.concat([images, images], axis=3), (batch, height, 2 * width, channels))
    return tf.reshape(tf.concat([wide, wide], axis=2), (batch, 2 * height, 2 * width, channels))
