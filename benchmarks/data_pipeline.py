"""Time the data pipeline alone: python benchmarks/data_pipeline.py DATA, with trainA and trainB in DATA."""

import argparse
import time
from collections.abc import Iterable

from cyclegan_tf.data.dataset import UnpairedImages
from cyclegan_tf.data.domains import find_domains
from cyclegan_tf.images.preprocess import Preprocess


def main() -> None:
    """Print a table of milliseconds per step for both ways to get a batch, with and without the cache."""
    arguments = _parse()
    preprocess = Preprocess(arguments.mode, arguments.load_size, arguments.crop_size)
    domains = find_domains(arguments.data)
    print(f"{'cache':8} {'set-up s':>9} {'batch(step) ms':>15} {'dataset ms':>11}")
    for cache in ("memory", "off"):
        start = time.perf_counter()
        data = UnpairedImages.from_folders(
            domains.train_a, domains.train_b, preprocess, arguments.batch_size, cache=cache
        )
        seconds = time.perf_counter() - start
        direct = _milliseconds_per_item(map(data.batch, range(arguments.steps + 1)))
        piped = _milliseconds_per_item(data.dataset(0, arguments.steps + 1))
        print(f"{cache:8} {seconds:9.2f} {direct:15.3f} {piped:11.3f}")
    print(f"{data.num_a} + {data.num_b} pictures, {arguments.steps} steps of batch size {data.batch_size}")
    print(preprocess)


def _milliseconds_per_item(items: Iterable) -> float:
    iterator = iter(items)
    # The first item pays for starting threads and for the first permutation.
    next(iterator)
    start = time.perf_counter()
    count = sum(1 for _ in iterator)
    return 1000 * (time.perf_counter() - start) / count


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="folder with trainA and trainB")
    parser.add_argument("--mode", default="resize_and_crop")
    parser.add_argument("--load-size", type=int, default=143)
    parser.add_argument("--crop-size", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
