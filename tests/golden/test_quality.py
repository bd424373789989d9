"""Our measures of quality give the numbers of other people's code; make_quality_golden.py made them."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from cyclegan_tf.measures.frechet import frechet_distance
from cyclegan_tf.measures.inception_file import load_inception_fid
from cyclegan_tf.measures.kernel_distance import squared_distance
from cyclegan_tf.measures.ssim import ssim

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def numbers():
    with np.load(HERE / "quality.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.slow
def test_the_inception_of_a_pytorch_file_gives_the_features_of_pytorch_fid(
    numbers, torch_files, tmp_path, caplog
):
    draw = runpy.run_path(str(HERE / "inception_weights.py"))["draw_inception_weights"]
    arrays = torch_files.tensors_of(draw(numbers["inception/arrays"]))
    torch_files.write_zip(tmp_path / "inception.pth", arrays)
    network = load_inception_fid(tmp_path / "inception.pth")
    features, expected = network.features(numbers["inception/pictures"]), numbers["inception/features"]
    assert np.abs(features - expected).max() < 1e-3 * np.abs(expected).mean()
    assert (network.name, len(network.sha256)) == ("inception-fid", 64)
    assert "is not the published file" in caplog.text


@pytest.mark.parametrize("name", ["few", "many"])
def test_the_frechet_distance_is_that_of_pytorch_fid_and_of_torch_fidelity(numbers, name):
    distance = frechet_distance(numbers[f"sets/{name}/x"], numbers[f"sets/{name}/y"])
    assert distance == pytest.approx(float(numbers[f"sets/{name}/fid"]), rel=1e-6)
    assert distance == pytest.approx(float(numbers[f"sets/{name}/fid_2"]), rel=1e-6)


@pytest.mark.parametrize("name", ["few", "many"])
def test_the_kernel_distance_of_two_sets_is_that_of_torch_fidelity(numbers, name):
    x, y = numbers[f"sets/{name}/x"], numbers[f"sets/{name}/y"]
    assert squared_distance(x, y[: len(x)]) == pytest.approx(float(numbers[f"sets/{name}/kid"]), rel=1e-9)


def test_the_structural_similarity_is_that_of_scikit_image(numbers):
    value = ssim(numbers["ssim/x"][np.newaxis], numbers["ssim/y"][np.newaxis])
    assert value == pytest.approx(float(numbers["ssim/value"]), abs=1e-6)
