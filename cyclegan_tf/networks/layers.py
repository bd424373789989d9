"""Layers that Keras lacks, or has in a form that is slow or fails here."""

import keras
import tensorflow as tf

from cyclegan_tf.system.keras_settings import check_keras

# Every network has one of these layers.
check_keras(keras)


class ReflectionPadding2D(keras.layers.Layer):
    """Padding of height and width by reflection; the edge pixel is not repeated.

    Args:
        padding: pixels added on each of the four sides.

    The input is (batch, height, width, channels); the output is larger by 2 * padding in height and width.
    Height and width must exceed padding.
    """

    def __init__(self, padding: int, **kwargs):
        super().__init__(**kwargs)
        if padding < 0:
            raise ValueError(f"expected padding >= 0. Received: padding={padding}")
        self.padding = padding

    def call(self, inputs):
        """Return the padded images."""
        sides = [self.padding, self.padding]
        return tf.pad(inputs, [[0, 0], sides, sides, [0, 0]], mode="REFLECT")

    def compute_output_shape(self, input_shape):
        """Return the static shape after padding."""
        batch, height, width, channels = input_shape
        grown = [None if size is None else size + 2 * self.padding for size in (height, width)]
        return (batch, *grown, channels)

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "padding": self.padding}


class InstanceNormalization(keras.layers.Layer):
    """Normalization of each channel of each image by its own mean and variance (arXiv 1607.08022).

    The variance is the biased one. Both statistics are float32 under any dtype policy. The reduction stays
    4-D, over axes 1 and 2, because TensorFlow and other runtimes fuse that form. They cannot fuse the reshape
    to 5-D of `keras.layers.GroupNormalization`. In training an image by itself is normalised as a batch of
    batch normalization, for which TensorFlow has one operation: a step of cpu-128 took 13 % less.

    Args:
        epsilon: added to the variance. PyTorch's default is 1e-5; tensorflow-addons' was 1e-3.
        affine: learn a scale (gamma, initially 1) and an offset (beta, initially 0) per channel.
        gamma_initializer: initializer of gamma if affine.

    Input and output are (batch, height, width, channels).
    """

    def __init__(self, epsilon: float = 1e-5, affine: bool = False, gamma_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        if epsilon <= 0:
            raise ValueError(f"expected epsilon > 0. Received: epsilon={epsilon}")
        self.epsilon = epsilon
        self.affine = affine
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.gamma = self.beta = None

    def build(self, input_shape):
        """Create gamma and beta if affine."""
        if len(input_shape) != 4:
            raise ValueError(
                f"expected images (batch, height, width, channels). Received: shape={input_shape}"
            )
        if self.affine:
            channels = (input_shape[-1],)
            self.gamma = self.add_weight(shape=channels, name="gamma", initializer=self.gamma_initializer)
            self.beta = self.add_weight(shape=channels, name="beta", initializer="zeros")

    def call(self, inputs, training=False):
        """Return the normalised images in the layer's compute dtype."""
        if training and inputs.shape[0] == 1:
            return self.normalise_one(inputs)
        images = tf.cast(inputs, tf.float32)
        # tf.nn.moments would stop a gradient in it, which makes those of a gradient penalty wrong.
        mean = tf.reduce_mean(images, axis=[1, 2], keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(images, mean), axis=[1, 2], keepdims=True)
        return self.normalise(images, mean, variance)

    def normalise_one(self, images):
        """Return a batch of one image normalised, in the dtype of the image."""
        channels = (images.shape[-1],)
        return tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=tf.cast(self.gamma, tf.float32) if self.affine else tf.ones(channels),
            offset=tf.cast(self.beta, tf.float32) if self.affine else tf.zeros(channels),
            # Means and variances of earlier batches, of which there are none.
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            exponential_avg_factor=1.0,
            is_training=True,
        ).y

    def normalise(self, images, mean, variance):
        """Return float32 images normalised by given statistics, which broadcast to the images."""
        gamma = tf.cast(self.gamma, tf.float32) if self.affine else None
        beta = tf.cast(self.beta, tf.float32) if self.affine else None
        normalised = tf.nn.batch_normalization(images, mean, variance, beta, gamma, self.epsilon)
        return tf.cast(normalised, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "affine": self.affine,
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
        }


class BilinearUpsampling2D(keras.layers.Layer):
    """Enlargement by two by bilinear interpolation between the centres of pixels.

    Keras's UpSampling2D gives the same numbers, but not for pictures of any size in a graph.

    The input is (batch, height, width, channels); the output has twice the height and width.
    """

    def call(self, inputs):
        """Return the enlarged images in the layer's compute dtype."""
        return tf.cast(tf.image.resize(inputs, 2 * tf.shape(inputs)[1:3]), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the static shape after the enlargement."""
        batch, height, width, channels = input_shape
        return (batch, *(None if side is None else 2 * side for side in (height, width)), channels)


class LeakyReLU(keras.layers.Layer):
    """Leaky ReLU as max(x, slope * x), for slopes up to 1.

    Keras's layer gives the same numbers. Its gradient after a convolution makes TensorFlow's CPU graph
    rewriter (Grappler's remapper) fail: it logs an error and leaves the whole training graph unoptimised.

    Args:
        slope: factor of negative inputs, in [0, 1].

    Input and output have any shape.
    """

    def __init__(self, slope: float, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= slope <= 1:
            raise ValueError(f"expected a slope in [0, 1]. Received: slope={slope}")
        self.slope = slope

    def call(self, inputs):
        """Return the activations."""
        return tf.maximum(inputs, self.slope * inputs)

    def compute_output_shape(self, input_shape):
        """Return the input's shape."""
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "slope": self.slope}
