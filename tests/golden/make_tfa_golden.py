"""Makes the numbers of tensorflow-addons that test_tensorflow_addons.py compares with.

tensorflow-addons reached its end of life in 2024 and does not work beside Keras 3, so this runs in an
environment of its own, on Python 3.11, from the repository's root:

    python3.11 -m venv tfa && tfa/bin/pip install --group tfa-golden
    tfa/bin/python tests/golden/make_tfa_golden.py ../shared/data/reference/tfa/tfa_instance_norm.npz

pip has known `--group` since 25.1. The names in the file: `x`, float32 (2, 9, 11, 5), and of each case
`epsE_affineN/y`, with `gamma` and `beta` beside it where N is 1.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np

EPSILONS = (1e-3, 1e-5)


def instance_normalization_numbers(seed: int) -> dict[str, np.ndarray]:
    """Returns one random input and what tensorflow-addons makes of it under each setting, by name."""
    import tensorflow_addons as tfa

    random = np.random.default_rng(seed)
    x = random.normal(0.5, 2.0, (2, 9, 11, 5)).astype(np.float32)
    numbers = {"x": x}
    for epsilon, affine in itertools.product(EPSILONS, (True, False)):
        case = f"eps{epsilon}_affine{affine:d}"
        layer = tfa.layers.InstanceNormalization(epsilon=epsilon, center=affine, scale=affine)
        layer.build(x.shape)
        if affine:
            gamma = random.normal(1.0, 0.5, 5).astype(np.float32)
            beta = random.normal(0.0, 0.5, 5).astype(np.float32)
            layer.gamma.assign(gamma)
            layer.beta.assign(beta)
            numbers |= {f"{case}/gamma": gamma, f"{case}/beta": beta}
        numbers[f"{case}/y"] = layer(x).numpy()
    return numbers


def main() -> None:
    """Writes the file that the command line names."""
    parser = argparse.ArgumentParser(description="numbers of tensorflow-addons for the golden tests")
    parser.add_argument("output", type=Path, help="the .npz to write")
    parser.add_argument("--seed", type=int, default=0, help="of the random input")
    arguments = parser.parse_args()
    np.savez(arguments.output, **instance_normalization_numbers(arguments.seed))


if __name__ == "__main__":
    main()
