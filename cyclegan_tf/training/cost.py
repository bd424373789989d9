"""The cost of a training step: multiply-adds, memory, and time on this machine."""

import time

import keras
import tensorflow as tf

from cyclegan_tf.models.frozen import load_efficientnet_lite0
from cyclegan_tf.training.cyclegan import CycleGAN
from cyclegan_tf.training.step_losses import STABILITY_EVERY

PROBE_SECONDS = 1.0
# Measured on two cores with cpu-128: a step takes this many times as long as its convolutions alone.
OVERHEAD = 2.0
# TensorFlow itself, before the first network.
RUNTIME_BYTES = 1000 * 2**20


def multiply_adds(network: keras.Model, height: int, width: int) -> int:
    """Return the multiply-adds of one network's convolutions for one image of the given size in pixels."""
    total = 0
    for layer, shape in _output_shapes(network, height, width):
        if isinstance(layer, keras.layers.Conv2DTranspose):
            # Every input pixel is spread over the kernel; the output is twice as large each way.
            total += shape[1] * shape[2] // 4 * _size(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Conv2D):
            total += shape[1] * shape[2] * _size(layer.kernel.shape)
    return total


def step_multiply_adds(model: CycleGAN, height: int, width: int) -> int:
    """Return the multiply-adds of a training step for one image of each domain.

    A pass with gradients counts three times. The generators run two translations, two cycles and, with the
    identity loss, two more. Each discriminator judges one image whose gradient flows to the generator (two
    times a pass), then learns from a real and an earlier one.
    """
    generator = multiply_adds(model.generator_ab, height, width)
    total = 3 * _passes(model) * generator
    if model.discriminator_b:
        total += (2 * 2 + 3 * 4) * multiply_adds(model.discriminator_b, height, width)
    if model.projected:
        # The heads are small beside the frozen network, which sees two reals and, with gradients, two fakes.
        total += (2 + 2 * 2) * multiply_adds(load_efficientnet_lite0(), height, width)
    return int(total)


def memory_bytes(model: CycleGAN, batch_size: int, height: int, width: int) -> int:
    """Estimate the peak memory of training: weights, optimisers, history and what gradients keep."""
    generators = sum(network.count_params() for network in (model.generator_ab, model.generator_ba))
    discriminators = sum(network.count_params() for network in model.discriminator_networks)
    # Weight, gradient and two moments, and for generators the average.
    weights = 4 * (generators * (5 if model.ema_decay else 4) + discriminators * 4)
    kept = (6 if model.losses_settings.lambda_identity else 4) * _activations(
        model.generator_ab, height, width
    )
    if model.discriminator_b:
        kept += 4 * _activations(model.discriminator_b, height, width)
    if model.projected:
        kept += 4 * _activations(load_efficientnet_lite0(), height, width)
    history = 4 * sum(_size(buffer.images.shape) for buffer in (model.history_a, model.history_b))
    return RUNTIME_BYTES + weights + history + batch_size * kept


def _passes(model: CycleGAN) -> float:
    """Return the number of generator passes in a step, on average."""
    settings = model.losses_settings
    identity = 2 / settings.identity_every if settings.lambda_identity else 0
    return 4 + identity + (2 / STABILITY_EVERY if settings.lambda_stability else 0)


def seconds_per_step(model: CycleGAN, batch_size: int, height: int, width: int) -> float:
    """Estimate the time of a training step from a short convolution like those of the generator.

    Runs for about a second. Expect an error of up to a third.
    """
    channels = model.generator_ab.get_layer("down_2_conv").filters
    dtype = model.generator_ab.get_layer("down_2_conv").compute_dtype
    images = tf.ones((2 * batch_size, height // 4, width // 4, channels), dtype)
    kernel = tf.ones((3, 3, channels, channels), dtype)

    @tf.function
    def probe():
        with tf.GradientTape() as tape:
            tape.watch((images, kernel))
            outputs = tf.nn.conv2d(images, kernel, 1, "SAME")
        return tape.gradient(outputs, (images, kernel))

    probe()
    began, runs = time.perf_counter(), 0
    while time.perf_counter() - began < PROBE_SECONDS:
        probe()
        runs += 1
    rate = runs * 3 * _size(images.shape) * _size(kernel.shape[:3]) / (time.perf_counter() - began)
    return OVERHEAD * batch_size * step_multiply_adds(model, height, width) / rate


def _output_shapes(network: keras.Model, height: int, width: int):
    shapes = {}
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            shapes[layer.output.name] = (1, height, width, layer.output.shape[-1])
            continue
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        given = [shapes[tensor.name] for tensor in inputs]
        shape = layer.compute_output_shape(given if len(given) > 1 else given[0])
        shapes[layer.output.name] = shape
        yield layer, shape


def _activations(network: keras.Model, height: int, width: int) -> int:
    """Return the bytes of all layers' outputs; normalization also keeps float32 copies."""
    total = 0
    for layer, shape in _output_shapes(network, height, width):
        item = tf.as_dtype(layer.compute_dtype).size
        total += _size(shape) * (item + 4 if "norm" in layer.name else item)
    return total


def _size(shape) -> int:
    total = 1
    for side in shape:
        total *= int(side)
    return total
