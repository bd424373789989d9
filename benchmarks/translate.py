"""Time the engines that are installed, and PyTorch, on one picture with equal weights.

    python benchmarks/translate.py
    python benchmarks/translate.py --architecture resnet_6blocks --width 4 --side 64 --turns 3   # a trial

All sides take turns in one process, so a machine that slows down slows all; quote the ratios. PyTorch runs in
both of its layouts, and the faster one is the measure. It is there if the dependency group `benchmark` is
installed. Pictures are uint8 in and out on every side. A side's peak memory is that of a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from memory import peak_mb

from cyclegan_tf.inference.engines.kinds import REFERENCE, engines_for
from cyclegan_tf.networks.specs import RESNET_BLOCKS, GeneratorSpec

LAYOUTS = ("torch", "torch channels_last")
_WARM_UP = 2


def main(
    architecture: Annotated[str, typer.Option(help="resnet_6blocks or resnet_9blocks.")] = "resnet_9blocks",
    width: Annotated[int, typer.Option(help="Channels of the first layer.")] = 64,
    side: Annotated[int, typer.Option(help="Height and width of the picture.")] = 256,
    turns: Annotated[int, typer.Option(help="Timed calls of each side.")] = 15,
    picture: Annotated[
        Path | None, typer.Option(help="A picture, cut to size; without it one is drawn.")
    ] = None,
    child: Annotated[str, typer.Option(help="SIDE=MODEL: only its peak memory.", hidden=True)] = "",
) -> None:
    """Print one table."""
    pixels = _picture(picture, side)
    if child:
        name, _, model = child.partition("=")
        print(json.dumps(_peak_mb(side_of(name, Path(model), architecture, width), pixels)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        model = fresh_model(Path(scratch, "model"), architecture, width)
        names = [str(engine) for engine in engines_for("auto", "auto")]
        names += LAYOUTS if find_spec("torch") else ()
        sides = {name: side_of(name, model, architecture, width) for name in names}
        results, seconds, cpu = _in_turn(sides, pixels, turns)
        peaks = {name: _peak_of_child(name, model) for name in names}
    base = min(
        (name for name in names if name in LAYOUTS), key=lambda name: median(seconds[name]), default=None
    )
    base = base or str(REFERENCE)
    packages = [name for name in ("tensorflow", "openvino", "torch") if find_spec(name)]
    print(f"{architecture}, width {width}, {side}x{side}, {turns} turns, {os.cpu_count()} processors")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print(f"| side | ms (median) | CPU ms | times as fast as {base} | PSNR to {REFERENCE}, dB | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in names:
        ratio = median(one / other for one, other in zip(seconds[base], seconds[name]))
        print(
            f"| {name} | {1000 * median(seconds[name]):.0f} | {1000 * median(cpu[name]):.0f} | {ratio:.2f} | "
            f"{_decibels(results[name], results[str(REFERENCE)])} | {peaks[name]:.0f} |"
        )


def _in_turn(sides: dict[str, Callable], pixels: np.ndarray, turns: int) -> tuple[dict, dict, dict]:
    """Return each side's picture, and its seconds of wall and of processor in every turn."""
    results, seconds, cpu = {}, {name: [] for name in sides}, {name: [] for name in sides}
    for turn in range(turns + _WARM_UP):
        for name, translate in sides.items():
            began, began_cpu = time.perf_counter(), time.process_time()
            results[name] = translate(pixels)
            if turn >= _WARM_UP:
                seconds[name].append(time.perf_counter() - began)
                cpu[name].append(time.process_time() - began_cpu)
    return results, seconds, cpu


def side_of(name: str, model: Path, architecture: str, width: int) -> Callable:
    """Return a call from a uint8 picture (height, width, 3) to its translation."""
    if name in LAYOUTS:
        return _torch_side(model, GeneratorSpec(architecture, width=width), name == LAYOUTS[1])
    from cyclegan_tf.system.tensorflow import import_tensorflow

    import_tensorflow()
    from cyclegan_tf.inference.translator import Translator

    engine, precision = name.split()
    return Translator.load(model, engine=engine, precision=precision, strip_rows=0)


def _torch_side(model: Path, spec: GeneratorSpec, channels_last: bool) -> Callable:
    import torch
    from safetensors.numpy import load_file
    from torch.nn import functional

    layout = torch.channels_last if channels_last else torch.contiguous_format
    arrays = {
        name: torch.from_numpy(array) for name, array in load_file(model / "generator_ab.safetensors").items()
    }
    order = {name: (3, 2, 0, 1) for name in arrays if name.endswith("/kernel")}
    kernels = {
        name: arrays[name].permute(axes).contiguous(memory_format=layout) for name, axes in order.items()
    }

    def conv(images, name, **options):
        return functional.conv2d(images, kernels[f"{name}/kernel"], arrays[f"{name}/bias"], **options)

    def norm(images):
        return functional.instance_norm(images, eps=spec.norm_epsilon)

    def padded(images, by):
        return functional.pad(images, (by,) * 4, mode="reflect")

    def generate(images):
        x = functional.relu(norm(conv(padded(images, 3), "first_conv")))
        for level in (1, 2):
            x = functional.relu(norm(conv(x, f"down_{level}_conv", stride=2, padding=1)))
        for block in range(1, RESNET_BLOCKS[spec.architecture] + 1):
            y = functional.relu(norm(conv(padded(x, 1), f"block_{block}_conv_1")))
            x = x + norm(conv(padded(y, 1), f"block_{block}_conv_2"))
        for level in (2, 1):
            name = f"up_{level}_conv"
            x = functional.conv_transpose2d(
                x, kernels[f"{name}/kernel"], arrays[f"{name}/bias"], stride=2, padding=1, output_padding=1
            )
            x = functional.relu(norm(x))
        return torch.tanh(conv(padded(x, 3), "last_conv"))

    @torch.inference_mode()
    def translate(pixels):
        images = torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous(memory_format=layout)
        levels = (generate(images.float() / 127.5 - 1) + 1) * 127.5
        return levels.round().clamp(0, 255).to(torch.uint8)[0].permute(1, 2, 0).numpy()

    return translate


def fresh_model(folder: Path, architecture: str, width: int) -> Path:
    """Write a model of the default options with initial weights."""
    from cyclegan_tf.system.tensorflow import import_tensorflow

    import_tensorflow()
    import keras

    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator

    keras.utils.set_random_seed(0)
    spec = GeneratorSpec(architecture, width=width)
    save_model(folder, {"ab": build_generator(spec, "generator")}, ModelCard({"ab": spec}, (256, 256)))
    return folder


def _picture(path: Path | None, side: int) -> np.ndarray:
    if path is None:
        from cyclegan_tf.data.scenes import draw_scene

        return draw_scene(0, "summer", width=side, height=side, unit=side)
    from cyclegan_tf.images.reading import read_image

    return np.ascontiguousarray(read_image(path)[:side, :side])


def _peak_mb(translate: Callable, pixels: np.ndarray) -> float:
    for _ in range(3):
        translate(pixels)
    return peak_mb()


def _peak_of_child(name: str, model: Path) -> float:
    command = [sys.executable, __file__, *sys.argv[1:], "--child", f"{name}={model}"]
    return json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )


def _decibels(one: np.ndarray, other: np.ndarray) -> str:
    from cyclegan_tf.measures.psnr import decibels

    found = float(decibels(np.mean(np.square(one.astype(np.float64) - other))))
    return "equal" if np.isinf(found) else f"{found:.1f}"


if __name__ == "__main__":
    typer.run(main)
