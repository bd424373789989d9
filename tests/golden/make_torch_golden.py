"""Makes torch.npz: what PyTorch computes with the networks of torch_networks.py, for tests to compare with.

The project does not depend on PyTorch, so this runs in an environment of its own, from the repository's root:

    python3 -m venv torch && torch/bin/pip install --group golden
    torch/bin/python tests/golden/make_torch_golden.py tests/golden/torch.npz

pip has known `--group` since 25.1. Weights and inputs are not stored. They come from NumPy's RandomState,
whose numbers never change: weights as `draw_weights` says, inputs as `draw_pictures`, which the tests'
conftest.py repeats. The names in the file:

    forward/NETWORK/arrays    of its state dictionary, in order: "NAME ROWSxCOLUMNS..."
    forward/NETWORK/output    (batch, height, width, channels), every third row and column
    steps/NETWORK/arrays      the same of G_A, G_B, D_A, D_B
    steps/NETWORK/moved       of each array, the sum of the absolute differences after two steps
    steps/NETWORK/final/NAME  the first and the last convolution after two steps
    steps/STEP/loss/NAME      and steps/STEP/fake_a, fake_b
    norm/...                  instance normalization: epsE_affineN/y, with gamma and beta where N is 1
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch_networks as networks
from torch import nn
from torch.nn import functional
from torch_training import Training

WIDTH = 8
# By name: the network, and height and width of the picture that it gets. Sides differ, so that none is
# mistaken for the other.
FORWARD = {
    "resnet_6blocks": (lambda: networks.resnet(WIDTH, 6), (32, 48)),
    "resnet_9blocks": (lambda: networks.resnet(WIDTH, 9), (32, 48)),
    "unet_128": (lambda: networks.unet(WIDTH, 7), (128, 256)),
    "patch_basic": (lambda: networks.patch_gan(WIDTH, 3), (64, 96)),
    "patch_n_layers2": (lambda: networks.patch_gan(WIDTH, 2), (64, 96)),
    "patch_pixel": (lambda: networks.pixel_gan(WIDTH), (32, 48)),
}
STEPS, SIZE = 2, (32, 32)
SPARSE = (slice(None), slice(None, None, 3), slice(None, None, 3))


def draw_weights(network: nn.Module, seed: int) -> None:
    """Fill every array in turn with float32 draws of N(0, 0.02), the reference's initialization."""
    random = np.random.RandomState(seed)
    for array in network.state_dict().values():
        array.copy_(torch.from_numpy(random.normal(0.0, 0.02, tuple(array.shape)).astype(np.float32)))


def draw_pictures(size: tuple[int, int], seed: int) -> torch.Tensor:
    """Return uniform draws in [-1, 1) that were (1, height, width, 3), as PyTorch wants them."""
    pictures = np.random.RandomState(seed).uniform(-1.0, 1.0, (1, *size, 3)).astype(np.float32)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def forward_numbers() -> dict[str, np.ndarray]:
    """Return what each network makes of one picture: weights from seed 0, the picture from seed 1."""
    numbers = {}
    for name, (build, size) in FORWARD.items():
        network = build()
        draw_weights(network, 0)
        with torch.no_grad():
            output = network(draw_pictures(size, 1))
        numbers[f"forward/{name}/arrays"] = described(network)
        numbers[f"forward/{name}/output"] = channels_last(output)[SPARSE]
    return numbers


def step_numbers() -> dict[str, np.ndarray]:
    """Return losses and fakes of two steps, and what became of the weights.

    Pictures of A come from seeds 10 and 11, of B from 20 and 21.
    """
    training, numbers = Training(WIDTH), {}
    for seed, network in enumerate(training.networks.values()):
        draw_weights(network, seed)
    before = {name: arrays_of(network) for name, network in training.networks.items()}
    for step in range(STEPS):
        losses, fakes = training.step(draw_pictures(SIZE, 10 + step), draw_pictures(SIZE, 20 + step))
        numbers |= {f"steps/{step}/loss/{name}": loss.detach().numpy() for name, loss in losses.items()}
        numbers |= {
            f"steps/{step}/{name}": channels_last(fake.detach())[SPARSE] for name, fake in fakes.items()
        }
    for name, network in training.networks.items():
        after = arrays_of(network)
        moved = [np.abs(after[key] - array).sum(dtype=np.float64) for key, array in before[name].items()]
        numbers |= {f"steps/{name}/arrays": described(network), f"steps/{name}/moved": np.array(moved)}
        ends = [key for key in after if key.rpartition(".")[0] in ends_of(after)]
        numbers |= {f"steps/{name}/final/{key}": after[key] for key in ends}
    return numbers


def norm_numbers() -> dict[str, np.ndarray]:
    """Return instance normalization of one input, with and without scale and offset; all from seed 0."""
    random = np.random.RandomState(0)
    x = random.normal(0.5, 2.0, (2, 9, 11, 5)).astype(np.float32)
    gamma = random.normal(1.0, 0.5, 5).astype(np.float32)
    beta = random.normal(0.0, 0.5, 5).astype(np.float32)
    numbers = {"norm/x": x, "norm/gamma": gamma, "norm/beta": beta}
    for epsilon in (1e-3, 1e-5):
        for affine in (False, True):
            scale, offset = (torch.from_numpy(gamma), torch.from_numpy(beta)) if affine else (None, None)
            images = torch.from_numpy(x).permute(0, 3, 1, 2)
            y = functional.instance_norm(images, weight=scale, bias=offset, eps=epsilon)
            numbers[f"norm/eps{epsilon}_affine{affine:d}"] = channels_last(y)
    return numbers


def arrays_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Return copies of a network's arrays by name."""
    return {name: array.numpy().copy() for name, array in network.state_dict().items()}


def ends_of(arrays: dict[str, np.ndarray]) -> set[str]:
    """Return the names of the first and the last convolution."""
    names = [name.rpartition(".")[0] for name in arrays]
    return {names[0], names[-1]}


def described(network: nn.Module) -> np.ndarray:
    """Return "NAME 8x3x7x7" of every array in order."""
    return np.array(
        [f"{name} {'x'.join(map(str, array.shape))}" for name, array in network.state_dict().items()]
    )


def channels_last(images: torch.Tensor) -> np.ndarray:
    """Return images as (batch, height, width, channels)."""
    return images.permute(0, 2, 3, 1).numpy()


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description="numbers of PyTorch for the golden tests")
    parser.add_argument("output", type=Path, help="the .npz to write")
    np.savez_compressed(parser.parse_args().output, **forward_numbers(), **step_numbers(), **norm_numbers())


if __name__ == "__main__":
    main()
