"""Measure the translation of large pictures in strips against one pass over the whole picture.

    python benchmarks/large_pictures.py --size 4096x4096 --limit-gb 8
    python benchmarks/large_pictures.py --size 1080x1920 --model MODEL --picture photo.png

Each method runs in its own process, so that the peak memory is its own. --limit-gb limits the address space
of both; a method that does not fit says so. The default model is the paper's generator (ResNet, 9 blocks,
width 64) with initial weights. The default picture is drawn, half of it smooth and half of it noisy.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Print one line for each method, and the difference of their results."""
    arguments = _parse()
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for way, rows in (("strips", arguments.strip_rows), ("one pass", "0")):
            result = Path(folder, f"{way}.npy")
            command = [sys.executable, __file__, *sys.argv[1:], "--child", str(result), "--strip-rows", rows]
            child = subprocess.run(command, capture_output=True, text=True, check=False)
            if child.returncode:
                lines = child.stderr.strip().splitlines()
                print(f"{way:9} failed: {lines[-1][:150] if lines else child.returncode}", flush=True)
                continue
            found = json.loads(child.stdout.splitlines()[-1])
            print(f"{way:9} {found['seconds']:7.1f} s, peak {found['peak_gb']:.2f} GB", flush=True)
            results.append(np.load(result, mmap_mode="r"))
        if len(results) == 2:
            difference = np.abs(results[0].astype(np.int16) - results[1])
            share = (difference > 0).mean()
            print(f"largest difference {difference.max()} grey levels, {share:.2e} of values differ")


def child(arguments: argparse.Namespace) -> None:
    """Translate the picture with one method, and print time and peak memory."""
    if arguments.limit_gb:
        limit = int(arguments.limit_gb * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    from cyclegan_tf.system.tensorflow import import_tensorflow

    import_tensorflow()
    from cyclegan_tf.inference.translator import Translator

    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or _fresh_model(Path(folder, "model"))
        # "auto" leaves the choice to the translator, which is the default.
        strip_rows = None if arguments.strip_rows == "auto" else int(arguments.strip_rows)
        translator = Translator.load(model, strip_rows=strip_rows)
        picture = _picture(arguments)
        began = time.perf_counter()
        translated = translator(picture)
        seconds = time.perf_counter() - began
    np.save(arguments.child, translated)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "peak_gb": peak}))


def _fresh_model(folder: Path) -> Path:
    import keras

    from cyclegan_tf.models.card import ModelCard
    from cyclegan_tf.models.folder import save_model
    from cyclegan_tf.networks.generators import build_generator
    from cyclegan_tf.networks.specs import GeneratorSpec

    keras.utils.set_random_seed(0)
    spec = GeneratorSpec("resnet_9blocks", width=64)
    save_model(folder, {"ab": build_generator(spec, "generator")}, ModelCard({"ab": spec}, (256, 256)))
    return folder


def _picture(arguments: argparse.Namespace) -> np.ndarray:
    height, width = map(int, arguments.size.split("x"))
    if arguments.picture:
        from cyclegan_tf.images.reading import read_image

        picture = read_image(arguments.picture)
        repeats = (-(-height // picture.shape[0]), -(-width // picture.shape[1]), 1)
        return np.ascontiguousarray(np.tile(picture, repeats)[:height, :width])
    rows, columns = np.mgrid[0:height, 0:width] / max(height, width)
    smooth = np.stack([rows, columns, 1 - rows], axis=-1) * 180
    noise = np.random.default_rng(0).integers(0, 75, (height, width, 3))
    return (smooth + noise * (columns > 0.5)[..., np.newaxis]).astype(np.uint8)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", default="1080x1920", help="height x width in pixels")
    parser.add_argument("--model", type=Path, help="model folder")
    parser.add_argument("--picture", type=Path, help="a picture; tiled if it is smaller than the size")
    parser.add_argument("--limit-gb", type=float, help="address space for each method")
    parser.add_argument("--strip-rows", default="auto", help="rows of a strip")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = _parse()
    child(chosen) if chosen.child else main()
