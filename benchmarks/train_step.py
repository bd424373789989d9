"""Time a training step of the paper's recipe beside the same step in plain PyTorch.

    python benchmarks/train_step.py
    python benchmarks/train_step.py --width 4 --side 32 --blocks 2   # a trial

Both begin with equal weights; first it is proved that their losses are equal for two steps. Then they take
turns in one process, so a machine that slows down slows both; quote the ratios. PyTorch comes from the
dependency group `benchmark`. It has no history and no moving average, which costs it nothing, and its default
layout: with channels_last the second step of PyTorch 2.13 differed from its own in the default one.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from memory import peak_mb

from cyclegan_tf.system.tensorflow import import_tensorflow

# PyTorch's side of the golden tests: own code, proved equal there too.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "golden"))

OURS = {
    "G_A": "generator_ab",
    "G_B": "generator_ba",
    "D_A": "discriminator_b",
    "D_B": "discriminator_a",
}
LOSSES = {
    "G_A": "adversarial_ab",
    "G_B": "adversarial_ba",
    "cycle_A": "cycle_a",
    "cycle_B": "cycle_b",
    "idt_A": "identity_b",
    "idt_B": "identity_a",
    "D_A": "discriminator_b",
    "D_B": "discriminator_a",
}
# Later steps differ more: rounding moves weights whose gradient is near 0 by a whole step of Adam.
_PROVED_STEPS, _TOLERANCE = 2, 1e-3


def main(
    width: Annotated[int, typer.Option(help="Channels of the first layer of each network.")] = 32,
    side: Annotated[int, typer.Option(help="Height and width of the pictures.")] = 128,
    blocks: Annotated[int, typer.Option(help="Timed blocks of each side.")] = 6,
    steps: Annotated[int, typer.Option(help="Steps in a block.")] = 4,
    bfloat16: Annotated[bool, typer.Option(help="Time bfloat16 too.")] = False,
    child: Annotated[str, typer.Option(help="A side: only its peak memory.", hidden=True)] = "",
) -> None:
    """Print one table."""
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 1, side, side, 3)).astype(np.float32)
    if child:
        list(islice(_steps_of(child, width, pictures), 3))
        print(json.dumps(peak_mb()))
        return
    precisions = ("float32", "bfloat16") if bfloat16 else ("float32",)
    sides = [f"{name} {p}" for p in precisions for name in ("cyclegan-tf", "torch")]
    runs = {name: _steps_of(name, width, pictures) for name in sides}
    print(f"largest relative difference of a loss: {_prove_equal(runs):.1e} in {_PROVED_STEPS} steps")
    seconds = {name: [] for name in sides}
    for _ in range(blocks):
        for name, run in runs.items():
            began = time.perf_counter()
            list(islice(run, steps))
            seconds[name].append((time.perf_counter() - began) / steps)
    base = "torch float32"
    print(f"ResNet, 6 blocks, width {width}, {side}x{side}, {os.cpu_count()} processors, {blocks} turns")
    print(", ".join(f"{name} {version(name)}" for name in ("tensorflow", "torch")))
    print(f"| side | ms a step (median) | times as fast as {base} | peak MB |")
    print("| --- | --- | --- | --- |")
    for name in sides:
        ratio = median(one / other for one, other in zip(seconds[base], seconds[name]))
        peak = _peak_of_child(name)
        print(f"| {name} | {1000 * median(seconds[name]):.0f} | {ratio:.2f} | {peak:.0f} |")


def _steps_of(side: str, width: int, pictures: np.ndarray) -> Iterator[dict[str, float]]:
    """Yield the losses of step after step of a side, by our names."""
    name, precision = side.split()
    theirs = _torch_training(width)
    if name == "cyclegan-tf":
        return _our_steps(theirs, width, pictures, precision)
    return _torch_steps(theirs, pictures, precision)


def _torch_training(width: int):
    import torch
    from torch_training import Training

    training = Training(width)
    bits = torch.Generator().manual_seed(0)
    for network in training.networks.values():
        for weight in network.parameters():
            weight.data.normal_(0.0, 0.02, generator=bits)
    return training


def _torch_steps(training, pictures: np.ndarray, precision: str) -> Iterator[dict]:
    import torch

    reals = [torch.from_numpy(part).permute(0, 3, 1, 2).contiguous() for part in pictures]
    while True:
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            losses, _ = training.step(*reals)
        yield {ours: losses[theirs].item() for theirs, ours in LOSSES.items()}


def _our_steps(theirs, width: int, pictures: np.ndarray, precision: str) -> Iterator[dict]:
    import_tensorflow()
    import tensorflow as tf

    from cyclegan_tf.networks.specs import DiscriminatorSpec, GeneratorSpec
    from cyclegan_tf.training.cyclegan import CycleGAN
    from cyclegan_tf.training.optimizers import adam

    generator, discriminator = GeneratorSpec("resnet_6blocks", width=width), DiscriminatorSpec(width=width)
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    model = CycleGAN(generator, discriminator, dtype=dtype, ema_decay=0)
    for their_name, our_name in OURS.items():
        arrays = [weight.detach().numpy() for weight in theirs.networks[their_name].parameters()]
        # A kernel's axes are turned round, of plain and of transposed convolutions alike.
        turned = [array.transpose(2, 3, 1, 0) if array.ndim == 4 else array for array in arrays]
        getattr(model, our_name).set_weights(turned)
    model.compile(adam(2e-4, 0.5, 0.999), adam(2e-4, 0.5, 0.999), image_size=pictures.shape[2:4])
    model.make_train_function()
    batches = iter(tf.data.Dataset.from_tensors(tuple(pictures)).repeat())
    while True:
        yield {name: float(value) for name, value in model.train_function(batches).items()}


def _prove_equal(runs: dict[str, Iterator[dict]]) -> float:
    """Return the largest difference between float32 sides in the first steps; end if it is too large."""
    largest = 0.0
    for _ in range(_PROVED_STEPS):
        taken = {name: next(run) for name, run in runs.items()}
        ours = taken["cyclegan-tf float32"]
        for name, losses in taken.items():
            if name.endswith("float32"):
                largest = max(largest, *(abs(losses[key] / ours[key] - 1) for key in LOSSES.values()))
    if largest > _TOLERANCE:
        raise SystemExit(f"the losses differ by {largest:.1e}: not the same recipe")
    return largest


def _peak_of_child(side: str) -> float:
    command = [sys.executable, __file__, *sys.argv[1:], "--child", side]
    return json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )


if __name__ == "__main__":
    typer.run(main)
