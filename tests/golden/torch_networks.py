"""The networks of the CycleGAN paper in plain torch.nn, as the PyTorch reference wires them.

An independent witness for ours: only make_torch_golden.py imports it. Instance normalization has neither
scale nor offset, so every convolution has a bias. Modules are made in the order in which they run, because
our importer knows a network by the order and the shapes of its arrays.
"""

import torch
from torch import nn


def resnet(width: int, blocks: int) -> nn.Sequential:
    """Return the generator of section 7.2: c7s1, two d, `blocks` times R, two u, c7s1, tanh."""
    layers = [nn.ReflectionPad2d(3), *_normed(nn.Conv2d(3, width, 7)), nn.ReLU()]
    for wide in (width, 2 * width):
        layers += [*_normed(nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1)), nn.ReLU()]
    layers += [Residual(4 * width) for _ in range(blocks)]
    for wide in (4 * width, 2 * width):
        up = nn.ConvTranspose2d(wide, wide // 2, 3, stride=2, padding=1, output_padding=1)
        layers += [*_normed(up), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


class Residual(nn.Module):
    """Two convolutions with mirrored edges, added to what came in."""

    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3)),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3)),
        )

    def forward(self, x):
        """Return the sum."""
        return x + self.body(x)


def unet(width: int, levels: int) -> nn.Sequential:
    """Return the U-Net of pix2pix (arXiv 1611.07004), which halves `levels` times and comes back by skips."""
    widths = [width * min(2**level, 8) for level in range(levels)]
    inner = None
    for above, wide in zip(reversed(widths[:-1]), reversed(widths[1:]), strict=True):
        inner = Level(above, wide, inner)
    up = nn.ConvTranspose2d(2 * width, 3, 4, stride=2, padding=1)
    return nn.Sequential(nn.Conv2d(3, width, 4, stride=2, padding=1), inner, nn.ReLU(), up, nn.Tanh())


class Level(nn.Module):
    """One level of a U-Net: its input beside what comes back from below. The innermost has no norm below."""

    def __init__(self, above: int, wide: int, inner: nn.Module | None):
        super().__init__()
        down = nn.Conv2d(above, wide, 4, stride=2, padding=1)
        below = [*_normed(down), inner] if inner else [down]
        up = nn.ConvTranspose2d(wide * (2 if inner else 1), above, 4, stride=2, padding=1)
        self.body = nn.Sequential(nn.LeakyReLU(0.2), *below, nn.ReLU(), *_normed(up))

    def forward(self, x):
        """Return (batch, 2 * channels, height, width)."""
        return torch.cat([x, self.body(x)], dim=1)


def patch_gan(width: int, layers: int) -> nn.Sequential:
    """Return the PatchGAN with `layers` strided convolutions; three of them are the paper's 70x70."""
    body = [nn.Conv2d(3, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    wide = width
    for layer in range(1, layers + 1):
        narrow, wide = wide, width * min(2**layer, 8)
        stride = 2 if layer < layers else 1
        body += [*_normed(nn.Conv2d(narrow, wide, 4, stride=stride, padding=1)), nn.LeakyReLU(0.2)]
    return nn.Sequential(*body, nn.Conv2d(wide, 1, 4, padding=1))


def pixel_gan(width: int) -> nn.Sequential:
    """Return the discriminator that judges every pixel on its own."""
    second = _normed(nn.Conv2d(width, 2 * width, 1))
    return nn.Sequential(
        nn.Conv2d(3, width, 1), nn.LeakyReLU(0.2), *second, nn.LeakyReLU(0.2), nn.Conv2d(2 * width, 1, 1)
    )


def _normed(conv: nn.Module) -> tuple[nn.Module, nn.Module]:
    return conv, nn.InstanceNorm2d(conv.out_channels)
