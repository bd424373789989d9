"""The layers that CycleGAN needs and Keras lacks, or has in a form that does not suit."""

import keras
import tensorflow as tf


class ReflectionPadding2D(keras.layers.Layer):
    """Pads height and width by mirroring, the edge itself not repeated.

    Args:
        padding: pixels added on each of the four sides.

    Input and output: (batch, height, width, channels) and the same with
    2 * padding added to height and width. Height and width must exceed padding.
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
    """Normalises every channel of every image by its own mean and variance (arXiv 1607.08022).

    The variance is the biased one and both statistics are taken in float32 whatever the layer computes
    in. The reduction stays 4-D, over axes 1 and 2: a form that TensorFlow and other runtimes fuse, which a
    reshape to 5-D, as in `keras.layers.GroupNormalization`, prevents.

    Args:
        epsilon: added to the variance. 1e-5 is PyTorch's, 1e-3 was tensorflow-addons' default.
        affine: learn a scale (gamma, from 1) and an offset (beta, from 0) for each channel.
        gamma_initializer: how gamma starts if affine.

    Input and output: (batch, height, width, channels).
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
        """Make gamma and beta if affine."""
        if len(input_shape) != 4:
            raise ValueError(
                f"expected images (batch, height, width, channels). Received: shape={input_shape}"
            )
        if self.affine:
            channels = (input_shape[-1],)
            self.gamma = self.add_weight(shape=channels, name="gamma", initializer=self.gamma_initializer)
            self.beta = self.add_weight(shape=channels, name="beta", initializer="zeros")

    def call(self, inputs):
        """Return the normalised images in the layer's compute dtype."""
        images = tf.cast(inputs, tf.float32)
        return self.normalise(images, *tf.nn.moments(images, axes=[1, 2], keepdims=True))

    def normalise(self, images, mean, variance):
        """Return float32 images normalised by statistics from elsewhere, that broadcast to the images."""
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


class LeakyReLU(keras.layers.Layer):
    """max(x, slope * x), for slopes up to 1.

    Keras's own layer gives the same numbers. Behind a convolution, though, TensorFlow's rewriter of CPU
    training graphs stumbles over its gradient, prints an error and leaves the whole graph as it was.

    Args:
        slope: of the negative side, in [0, 1].

    Input and output: any shape.
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
