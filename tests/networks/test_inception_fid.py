from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.networks.inception_fid import BLOCKS, STEM, STEM_2, STEM_3, Conv, build_inception_fid

GOLDEN = Path(__file__).parents[1] / "golden" / "quality.npz"


def convolutions(steps, block=""):
    for step in steps:
        if isinstance(step, Conv):
            yield f"{block}{step.name}"
        elif isinstance(step, list):
            yield from convolutions(step, block)


def test_the_table_names_the_convolutions_of_the_published_file():
    with np.load(GOLDEN) as file:
        published = {
            line.split(".conv.weight")[0] for line in file["inception/arrays"] if ".conv.weight" in line
        }
    ours = set(convolutions((*STEM, *STEM_2, *STEM_3)))
    for name, branches in BLOCKS.items():
        ours |= set(convolutions(branches, f"{name}."))
    assert ours == {name for name in published if not name.startswith("AuxLogits")}


def test_a_missing_weight_is_named():
    with pytest.raises(KeyError, match="Conv2d_1a_3x3.bn.weight"):
        build_inception_fid({})
