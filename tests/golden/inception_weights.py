"""Random weights of the FID's Inception network; NumPy's RandomState never changes its numbers."""

import numpy as np


def draw_inception_weights(arrays):
    """Arrays by name, from texts "NAME ROWSxCOLUMNS..." in their order.

    Kernels keep the size of their input, statistics and scales are far from 0 and 1: so features are neither
    all zero nor huge, and an error in any of them shows.
    """
    random, drawn = np.random.RandomState(0), {}
    for name, _, text in (line.partition(" ") for line in arrays):
        shape = tuple(map(int, text.split("x")))
        if name.endswith(("bn.weight", "running_var")):
            values = random.uniform(0.5, 1.5, shape)
        elif name.endswith("conv.weight"):
            values = random.normal(0.0, np.sqrt(2 / np.prod(shape[1:])), shape)
        else:
            values = random.normal(0.0, 0.1, shape)
        drawn[name] = values.astype(np.float32)
    return drawn
