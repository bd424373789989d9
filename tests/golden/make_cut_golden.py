"""Makes cut.npz: a small anti-aliased generator as CUT wires it, with PyTorch's output for a picture.

The project does not depend on PyTorch, so this runs in an environment of its own, from the repository's root:

    python3 -m venv torch && torch/bin/pip install --group golden
    torch/bin/python tests/golden/make_cut_golden.py tests/golden/cut.npz

The file holds arrays/NAME in the order of the state dictionary, the input as uint8 (1, height, width, 3) and
the output as floats in [-1, 1]. There is one residual block, as in the tests' shallow generators.
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch_networks import Residual

WIDTH, SIZE = 4, (24, 32)


class Blur(nn.Module):
    """A fixed filter for every channel by itself, kept among the arrays of the network as "filt"."""

    def __init__(self, channels: int, line: tuple[float, ...]):
        super().__init__()
        one = torch.outer(torch.tensor(line), torch.tensor(line))
        self.register_buffer("filt", one.expand(channels, 1, *one.shape).clone())


class Downsample(Blur):
    """Every second pixel of the blurred picture, which is mirrored at its edges."""

    def __init__(self, channels: int):
        super().__init__(channels, (0.25, 0.5, 0.25))

    def forward(self, x):
        """Return a picture of half the size."""
        padded = functional.pad(x, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(padded, self.filt, stride=2, groups=len(self.filt))


class Upsample(Blur):
    """A transposed convolution with a fixed filter; the edge pixels are repeated."""

    def __init__(self, channels: int):
        super().__init__(channels, (0.25, 0.75, 0.75, 0.25))

    def forward(self, x):
        """Return a picture of twice the size."""
        padded = functional.pad(x, (1, 1, 1, 1), mode="replicate")
        large = functional.conv_transpose2d(padded, self.filt, stride=2, padding=2, groups=len(self.filt))
        return large[:, :, 1:-1, 1:-1]


def generator() -> nn.Sequential:
    """Return the generator; normalizations have neither scale nor offset."""
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, WIDTH, 7), nn.InstanceNorm2d(WIDTH), nn.ReLU()]
    for wide in (WIDTH, 2 * WIDTH):
        down = nn.Conv2d(wide, 2 * wide, 3, padding=1)
        layers += [down, nn.InstanceNorm2d(2 * wide), nn.ReLU(), Downsample(2 * wide)]
    layers.append(Residual(4 * WIDTH))
    for wide in (4 * WIDTH, 2 * WIDTH):
        up = nn.Conv2d(wide, wide // 2, 3, padding=1)
        layers += [Upsample(wide), up, nn.InstanceNorm2d(wide // 2), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(WIDTH, 3, 7), nn.Tanh())


def main() -> None:
    """Write the file that the command line names."""
    torch.manual_seed(0)
    network = generator()
    for name, array in network.state_dict().items():
        if not name.endswith("filt"):
            # Larger than initial weights, so that a missing layer shows.
            nn.init.normal_(array, 0, 0.2)
    picture = np.random.default_rng(0).integers(0, 256, (1, *SIZE, 3), dtype=np.uint8)
    given = torch.tensor(picture.transpose(0, 3, 1, 2)).float() / 127.5 - 1
    with torch.no_grad():
        output = network(given).numpy().transpose(0, 2, 3, 1)
    arrays = {f"arrays/{name}": array.numpy() for name, array in network.state_dict().items()}
    np.savez_compressed(sys.argv[1], **arrays, input=picture, output=output)


if __name__ == "__main__":
    main()
