"""Conflicts between the keys of a configuration."""

import math
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cyclegan_tf.networks.specs import RESNET_BLOCKS, DiscriminatorSpec

if TYPE_CHECKING:
    from cyclegan_tf.config.schema import Config, DataConfig

PATCH_LAYERS = DiscriminatorSpec.num_layers


class Problem(NamedTuple):
    """A conflict between keys.

    Attributes:
        keys: the dotted keys that are involved.
        text: one sentence for the user, without the keys' path in front.
    """

    keys: tuple[str, ...]
    text: str


def find_problems(config: "Config") -> list[Problem]:
    """Return every conflict between the keys of a `Config`."""
    unbuildable = list(_generator_problems(config))
    if unbuildable:
        # The other rules look at the generator.
        return unbuildable
    return [
        *_length_problems(config),
        *_folder_problems(config.data),
        *_channel_problems(config),
        *_size_problems(config),
        *_mask_problems(config.data),
        *_stopping_problems(config),
        *_device_problems(config),
        *_student_problems(config),
    ]


def _generator_problems(config: "Config") -> Iterator[Problem]:
    model = config.model
    if model.generator_downsampling == "blur" and model.generator not in RESNET_BLOCKS:
        yield Problem(
            ("model.generator_downsampling", "model.generator"),
            f"model.generator_downsampling: received blur, expected strided for {model.generator}",
        )


def _length_problems(config: "Config") -> Iterator[Problem]:
    keys = ("train.epochs", "train.steps")
    epochs, steps = config.train.epochs, config.train.steps
    if epochs is None and steps is None:
        yield Problem(keys, "train.epochs and train.steps: both are null, expected one of them")
    if epochs is not None and steps is not None:
        yield Problem(
            keys, f"train.epochs and train.steps: received {epochs} and {steps}, expected only one of them"
        )


def _folder_problems(data: "DataConfig") -> Iterator[Problem]:
    if data.root is None and (data.a is None) != (data.b is None):
        given, missing = ("a", "b") if data.b is None else ("b", "a")
        yield Problem(
            ("data.root", "data.a", "data.b"),
            f"data.{missing}: missing, expected together with data.{given} when there is no data.root",
        )
    if data.a is not None and data.b is not None and os.path.abspath(data.a) == os.path.abspath(data.b):
        yield Problem(("data.a", "data.b"), f"data.a and data.b: both are {data.a}, expected two folders")


def _channel_problems(config: "Config") -> Iterator[Problem]:
    data, identity = config.data, config.loss_settings.lambda_identity
    if identity and data.channels_a != data.channels_b:
        yield Problem(
            ("data.channels_a", "data.channels_b", "losses.lambda_identity"),
            f"losses.lambda_identity: received {identity:g}, expected 0 when data.channels_a = "
            f"{data.channels_a} and data.channels_b = {data.channels_b} differ",
        )
    for key, limits in (("data.range_a", data.range_a), ("data.range_b", data.range_b)):
        if limits is not None and limits[0] >= limits[1]:
            yield Problem((key,), f"{key}: received {limits}, expected the lower number first")


def _mask_problems(data: "DataConfig") -> Iterator[Problem]:
    if (data.masks_a is None) != (data.masks_b is None):
        given, missing = ("masks_a", "masks_b") if data.masks_b is None else ("masks_b", "masks_a")
        yield Problem(
            ("data.masks_a", "data.masks_b"),
            f"data.{missing}: missing, expected together with data.{given}",
        )
    if data.masks_a is not None and data.channels_a != data.channels_b:
        yield Problem(
            ("data.masks_a", "data.channels_a", "data.channels_b"),
            f"data.masks_a: a translation is composited over its input, so A and B need the same channels; "
            f"received data.channels_a = {data.channels_a} and data.channels_b = {data.channels_b}",
        )


def _stopping_problems(config: "Config") -> Iterator[Problem]:
    output, patience = config.output, config.train.stop_after_no_improvement
    if patience is None or (output.evaluate_every_steps and output.best_metric):
        return
    yield Problem(
        ("train.stop_after_no_improvement", "output.evaluate_every_steps", "output.best_metric"),
        f"train.stop_after_no_improvement: received {patience}, expected together with "
        "output.evaluate_every_steps above 0 and output.best_metric",
    )


def _device_problems(config: "Config") -> Iterator[Problem]:
    train = config.train
    if train.jit_compile and (train.devices != 1 or train.hosts != "auto"):
        yield Problem(
            ("train.jit_compile", "train.devices", "train.hosts"),
            "train.jit_compile: received true, expected false where several devices train together",
        )


def _student_problems(config: "Config") -> Iterator[Problem]:
    if config.distill.teacher is None:
        return
    for key, value in (("data.masks_a", config.data.masks_a), ("train.start_from", config.train.start_from)):
        if value is not None:
            yield Problem(
                ("distill.teacher", key),
                f"{key}: received {value}, expected null for a student, which has its teacher's masks and "
                "begins with its teacher's weights",
            )


def _size_problems(config: "Config") -> Iterator[Problem]:
    data, model = config.data, config.model
    if model.discriminator != "n_layers" and model.discriminator_layers != PATCH_LAYERS:
        yield Problem(
            ("model.discriminator", "model.discriminator_layers"),
            f"model.discriminator_layers: received {model.discriminator_layers}, but model.discriminator is "
            f"{model.discriminator}; only n_layers can have other than {PATCH_LAYERS}",
        )
    if data.preprocess == "none":
        return
    if data.preprocess != "crop" and data.load_size < data.crop_size:
        yield Problem(
            ("data.load_size", "data.crop_size", "data.preprocess"),
            f"data.load_size: received {data.load_size}, expected at least data.crop_size = {data.crop_size} "
            f"with data.preprocess = {data.preprocess}",
        )
    stride, smallest = config.generator_spec.stride, config.discriminator_spec.smallest_size
    if data.crop_size % stride:
        below = data.crop_size // stride * stride
        nearest = f"{below} or {below + stride}" if below else f"{stride}"
        yield Problem(
            ("data.crop_size", "model.generator", "data.preprocess"),
            f"data.crop_size: received {data.crop_size}, expected a multiple of {stride} for "
            f"{model.generator}; nearest: {nearest}",
        )
    if data.crop_size < smallest:
        yield Problem(
            ("data.crop_size", "model.discriminator", "model.discriminator_layers", "data.preprocess"),
            f"data.crop_size: received {data.crop_size}, expected at least "
            f"{math.ceil(smallest / stride) * stride} for a {model.discriminator} discriminator "
            f"with {model.discriminator_layers} layers",
        )
