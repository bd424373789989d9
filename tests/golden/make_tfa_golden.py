"""Compute tfa.npz: the tensorflow-addons outputs that test_tensorflow_addons.py compares with.

tensorflow-addons reached its end of life in 2024 and does not work with Keras 3. So this script needs its own
environment on Python 3.11. Run it from the repository's root:

    python3.11 -m venv tfa && tfa/bin/pip install --group tfa-golden
    tfa/bin/python tests/golden/make_tfa_golden.py tests/golden/tfa.npz

`--group` needs pip 25.1 or newer. The file holds `x`, float32 (2, 9, 11, 5), and for each case
`epsE_affineN/y`, plus `epsE_affineN/gamma` and `.../beta` where N is 1.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np

EPSILONS = (1e-3, 1e-5)


def instance_normalization_numbers(seed: int) -> dict[str, np.ndarray]:
    """Return one random input and the output of tensorflow-addons for each setting, by name."""
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
    """Write the file that is named on the command line."""
    parser = argparse.ArgumentParser(description="outputs of tensorflow-addons for the golden tests")
    parser.add_argument("output", type=Path, help="the .npz to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random input")
    arguments = parser.parse_args()
    np.savez_compressed(arguments.output, **instance_normalization_numbers(arguments.seed))


if __name__ == "__main__":
    main()
