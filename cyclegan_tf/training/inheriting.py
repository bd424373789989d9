"""The first weights of a student: the channels of its teacher that count most (as arXiv 2003.08936, 3.3)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import keras
import numpy as np

from cyclegan_tf.networks.resized_conv import ResizedConv2D, transposed_kernel
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec, Upsampling

_GIVEN = ("image", "output")
# What a student may have in place of its teacher's upsampling: the same sums but at the edges, with fewer
# multiplications at use.
_FOLDED: dict[Upsampling, Upsampling] = {"resize": "transposed_4"}


class Part(NamedTuple):
    """A convolution of a ResNet, with the channels that it reads and those that it writes.

    Attributes:
        conv: the name of the layer.
        norm: the name of the normalization after it, or "".
        reads: the name of a group of channels; layers that share one keep the same channels.
        writes: likewise.
    """

    conv: str
    norm: str
    reads: str
    writes: str


def upsampling_of_student(teacher: GeneratorSpec) -> Upsampling:
    """Return the fastest upsampling at use that begins with the weights of a teacher's."""
    is_resnet = teacher.architecture in RESNET_BLOCKS
    return _FOLDED.get(teacher.upsampling, teacher.upsampling) if is_resnet else teacher.upsampling


def can_inherit(student: GeneratorSpec, teacher: GeneratorSpec) -> bool:
    """Return whether a student is a thinner or shorter ResNet of its teacher's kind."""
    blocks = [RESNET_BLOCKS.get(spec.architecture, 0) for spec in (student, teacher)]
    same = replace(student, architecture=teacher.architecture, width=teacher.width)
    same = replace(same, norm_epsilon=teacher.norm_epsilon)
    if student.upsampling == _FOLDED.get(teacher.upsampling):
        same = replace(same, upsampling=teacher.upsampling)
    return 0 < blocks[0] <= blocks[1] and student.width <= teacher.width and same == teacher


def inherit(student: keras.Model, teacher: keras.Model, num_blocks: tuple[int, int]) -> None:
    """Give a ResNet the weights of the channels of a wider one that later layers weigh most.

    Normalization gives every channel the same variance, so what counts is how much is made of it.

    Args:
        student: as of `networks.generators.build_generator`, of a specification that can inherit.
        teacher: likewise.
        num_blocks: residual blocks of the student and of the teacher.
    """
    blocks = np.linspace(1, num_blocks[1], num_blocks[0]).round().astype(int)
    ours, theirs = list(_parts(range(1, num_blocks[0] + 1))), list(_parts(blocks))
    kept = _kept_channels(student, teacher, ours, theirs)
    for our, their in zip(ours, theirs):
        source, target = teacher.get_layer(their.conv), student.get_layer(our.conv)
        kernel, bias = _input_last(source)
        if isinstance(source, ResizedConv2D) and _is_transposed(target):
            kernel = transposed_kernel(source.kernel).numpy()
        kernel = kernel[..., kept[our.writes], :][..., kept[our.reads]]
        target.kernel.assign(kernel if _is_transposed(target) else np.swapaxes(kernel, 2, 3))
        target.bias.assign(bias[kept[our.writes]])
        norm = our.norm and student.get_layer(our.norm)
        if norm and norm.affine:
            for ours_of, theirs_of in zip(norm.weights, teacher.get_layer(their.norm).weights):
                ours_of.assign(theirs_of.numpy()[kept[our.writes]])


def _parts(blocks) -> Iterator[Part]:
    yield Part("first_conv", "first_norm", "image", "first")
    yield Part("down_1_conv", "down_1_norm", "first", "down_1")
    yield Part("down_2_conv", "down_2_norm", "down_1", "residual")
    for number, block in enumerate(blocks, start=1):
        inside = f"inside_{number}"
        yield Part(f"block_{block}_conv_1", f"block_{block}_1_norm", "residual", inside)
        yield Part(f"block_{block}_conv_2", f"block_{block}_2_norm", inside, "residual")
    yield Part("up_2_conv", "up_2_norm", "residual", "up_2")
    yield Part("up_1_conv", "up_1_norm", "up_2", "up_1")
    yield Part("last_conv", "", "up_1", "output")


def _kept_channels(student, teacher, ours: list[Part], theirs: list[Part]) -> dict[str, np.ndarray]:
    """Return the teacher's channels of each group, in their order."""
    weights: dict[str, np.ndarray] = {}
    sizes: dict[str, int] = {}
    for our, their in zip(ours, theirs):
        kernel, _ = _input_last(teacher.get_layer(their.conv))
        weights[our.reads] = weights.get(our.reads, 0.0) + np.abs(kernel).sum(axis=(0, 1, 2))
        sizes[our.writes] = student.get_layer(our.conv).filters
    kept = {
        group: np.sort(np.argsort(-weights[group], kind="stable")[: sizes[group]])
        for group in sizes
        if group in weights
    }
    edges = {"image": teacher.input_shape[-1], "output": teacher.output_shape[-1]}
    return kept | {name: np.arange(edges[name]) for name in _GIVEN}


def _is_transposed(layer) -> bool:
    return isinstance(layer, keras.layers.Conv2DTranspose)


def _input_last(layer) -> tuple[np.ndarray, np.ndarray]:
    """Return a kernel as (rows, columns, channels out, channels in), and the bias."""
    kernel = layer.kernel.numpy()
    return kernel if _is_transposed(layer) else np.swapaxes(kernel, 2, 3), layer.bias.numpy()
