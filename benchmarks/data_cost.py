"""Time the training step with real data against the same step with one constant batch.

    python benchmarks/data_cost.py DATA --config cpu-128

The difference is the cost of the data pipeline. Blocks of steps alternate, so a machine that slows down slows
both sides. Quote the medians and their ratio.
"""

import time
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from cyclegan_tf.system.tensorflow import import_tensorflow


def main(
    data: Annotated[Path, typer.Argument(help="Folder with trainA and trainB.")],
    config: Annotated[str, typer.Option(help="Preset or YAML file.")] = "cpu-128",
    overrides: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
    blocks: Annotated[int, typer.Option(help="Blocks of each kind.")] = 10,
    steps: Annotated[int, typer.Option(help="Steps in a block.")] = 10,
) -> None:
    """Print milliseconds per step of both, and their ratio."""
    import_tensorflow()
    import tensorflow as tf

    from cyclegan_tf.cli.run_config import configure
    from cyclegan_tf.data.loading import load_data
    from cyclegan_tf.system.precision import resolve_precision
    from cyclegan_tf.training.building import build_model

    resolved = configure(config, overrides or [], data=data, a=None, b=None)
    images = load_data(resolved)
    model = build_model(resolved, 10**6, images.image_shape[:2])
    model.make_train_function()
    real = iter(images.dataset(0, 10**6))
    constant = iter(tf.data.Dataset.from_tensors(next(real)).repeat())

    def time_block(batches) -> float:
        began = time.perf_counter()
        for _ in range(steps):
            losses = model.train_function(batches)
        float(losses["cycle_a"])
        return (time.perf_counter() - began) / steps * 1000

    for batches in (real, constant):
        time_block(batches)
    pairs = [(time_block(real), time_block(constant)) for _ in range(blocks)]
    with_data, without = (median(side) for side in zip(*pairs))
    ratio = median(a / b for a, b in pairs)
    print(f"{resolved.name}, {resolve_precision(resolved.train.precision)}, {blocks} blocks of {steps} steps")
    print(f"real data       {with_data:8.1f} ms/step (median)")
    print(f"constant batch  {without:8.1f} ms/step (median)")
    print(f"ratio           {ratio:8.3f} (median of pairs)")


if __name__ == "__main__":
    typer.run(main)
